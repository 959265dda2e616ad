"""Keys that are none: tried without end they cost few queries, and nobody who has one is held up."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.values.rates import WrongKeys
from telephony.postgres.pool import Pool

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Database:
    """Has one key, and counts who asks."""

    def __init__(self) -> None:
        self.queries: list[Sequence[str]] = []
        self.away = False

    async def fetch(self, _query: str, wanted: Sequence[str]) -> list[Mapping[str, Any]]:
        self.queries.append(wanted)
        await asyncio.sleep(0)
        if self.away:
            raise OSError("away")
        row = {"key_id": "good", "name": "x", "secret_sha256": b"", "scopes": [], "per_minute": 1}
        return [row | {"expires_at": None, "revoked_at": None}] if "good" in wanted else []


async def test_a_flood_of_wrong_keys_is_one_query_at_a_time() -> None:
    database = Database()
    keys = KeyStore(cast("Pool", database), lambda: NOW)
    found = await asyncio.gather(*(keys.find(f"wrong{number}") for number in range(1000)), keys.find("good"))
    assert found[:1000] == [None] * 1000
    assert found[-1] is not None
    assert len(database.queries) <= 2
    assert keys.knows("good")
    assert not keys.knows("wrong1")


async def test_a_database_that_is_away_is_everybodys_answer_and_not_a_wrong_key() -> None:
    database = Database()
    database.away = True
    keys = KeyStore(cast("Pool", database), lambda: NOW)
    failed = await asyncio.gather(*(keys.find(key) for key in ("good", "wrong")), return_exceptions=True)
    assert all(isinstance(error, OSError) for error in failed)
    database.away = False
    assert await keys.find("good") is not None


def test_an_address_may_try_sixty_and_one_more_each_second() -> None:
    wrong = WrongKeys()
    for _ in range(60):
        assert wrong.wait("a", NOW) == 0
        wrong.note("a", NOW)
    assert wrong.wait("a", NOW) == pytest.approx(1)
    assert wrong.wait("b", NOW) == 0
    assert wrong.wait("a", NOW + timedelta(seconds=1)) == 0


def test_addresses_are_forgotten_rather_than_heaped_up() -> None:
    wrong = WrongKeys()
    for number in range(10_100):
        wrong.note(str(number), NOW)
    assert len(wrong._buckets) == 10_000  # noqa: SLF001 - the bound itself
