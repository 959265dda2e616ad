"""Whose customer is on the line while the database is away, frozen, or never was there."""

import asyncio
import stat
from datetime import UTC, datetime
from pathlib import Path

from telephony.callback.owners import CallersOwner, Owners
from telephony.directory.last_known import LastKnown
from telephony.directory.model import CustomerEntry, Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.numbers import Canonical
from telephony.postgres.door import PoolProxy
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.pool import Pool
from telephony.settings import TelephonySettings
from telephony.voice.dialogs.caller_port import Caller
from tests.integration.telephony.calls.own_server import frozen
from tests.waiting import PATIENCE

ANNA = Canonical("+380671234567")
IVAN = ManagerEntry(ManagerId("ivan"), "Іван", Endpoint("PJSIP/101"))
CALLER = Caller("1.1", "0671234567", "0440000000")


def owner_of(pool: Pool, file: Path) -> CallersOwner:
    owners = Owners(pool, TelephonySettings(), [], LastKnown(pool, file))
    return CallersOwner(
        owners, "UA", lambda: datetime(2026, 11, 25, 10, tzinfo=UTC), several_pbxs=False, dnd=lambda _: False
    )


async def test_the_last_copy_answers_while_the_database_is_frozen_or_away(
    pool: Pool, postgres: EmbeddedServer, tmp_path: Path
) -> None:
    file = tmp_path / "spool" / "directory.json"
    await DirectoryStore(pool).replace_managers([IVAN])
    await DirectoryStore(pool).put_customers([CustomerEntry(ANNA, "Анна", IVAN.manager_id)])
    await LastKnown(pool, file).take()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert await owner_of(pool, file).owner_phone(CALLER) == "PJSIP/101"

    with frozen(postgres):
        async with asyncio.timeout(PATIENCE):
            assert await LastKnown(pool, file).owner_of(ANNA) == "ivan"
            never_there = PoolProxy()
            assert await owner_of(never_there.pool, file).owner_phone(CALLER) == "PJSIP/101"
            owners = Owners(pool, TelephonySettings(), [], LastKnown(pool, file))
            assert await owners.owner_of(ANNA, 0.1) == "ivan"


async def test_without_a_copy_or_with_a_damaged_one_nobody_is_known(tmp_path: Path) -> None:
    file = tmp_path / "directory.json"
    assert await owner_of(PoolProxy().pool, file).owner_phone(CALLER) is None
    file.write_text("{")
    assert await owner_of(PoolProxy().pool, file).owner_phone(CALLER) is None
