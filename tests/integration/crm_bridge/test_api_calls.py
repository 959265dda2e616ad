"""The call log over HTTP: every filter, every spelling of a number, pages that neither lose nor repeat a call."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_bridge.outbox.store import OutboxStore, TargetRow, enqueue
from telephony.calls.store import LedgerWriter
from telephony.events import CallEnded
from telephony.model import Call
from telephony.postgres.pool import Pool
from tests import builders
from tests.builders import after
from tests.integration.crm_bridge.conftest import Api

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\u202e\r\nAction: Logoff"


def call(number: int, *, answered: bool = True, customer: str = "0671234567", name: str = "Олена") -> Call:
    at = START + timedelta(seconds=number)
    begun = builders.inbound(f"1763.{number}", at=at, customer=customer, name=name, did="0442000600")
    if answered:
        phone = builders.leg(f"1763.{number}9", "101", at, name="Іван", channel="PJSIP/101-1")
        begun = builders.answered(begun, after(5, at), by=phone)
    return builders.ended(begun, after(30, at))


async def write(pool: Pool, calls: Sequence[Call]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await LedgerWriter("UA").write(connection, [CallEnded(each, each.started_at) for each in calls])


async def listed(api: Api, query: str) -> list[str]:
    async with api.http.get(f"/api/v1/calls?{query}") as response:
        body = await response.json()
        assert response.status == 200, body
        return [each["call_id"] for each in body["calls"]]


@pytest.mark.parametrize(
    "spelling",
    [
        "0671234567",
        "067%20123-45-67",
        "(067)%20123%2045%2067",
        "380671234567",
        "%2B380671234567",
        "%2B38%20(067)%20123-45-67",
        "00380671234567",
        "067.123.45.67",
        "067%C2%A0123%C2%A045%C2%A067",
        "%2B38-067-123-4567",
    ],
)
async def test_a_customer_is_found_in_any_spelling(api: Api, pool: Pool, spelling: str) -> None:
    await write(pool, [call(1), call(2, customer="0501112233")])
    assert await listed(api, f"number={spelling}") == ["pbx:1763.1"]


@pytest.mark.parametrize("kept", ["+380501112233", "0501112233"])
async def test_a_managers_mobile_finds_the_calls_that_stand_under_their_extension(
    api: Api, pool: Pool, kept: str
) -> None:
    await pool.execute("insert into managers values ('ivan', 'Ivan', 'PJSIP/101', $1)", kept)
    await write(pool, [call(1), call(2, answered=False)])
    assert await listed(api, "manager=%2B380501112233") == ["pbx:1763.1"]
    assert await listed(api, "manager=050 111-22-33") == ["pbx:1763.1"]
    assert await listed(api, "manager=0501112234") == []


async def test_each_filter_gives_its_calls_and_they_join_by_and(api: Api, pool: Pool) -> None:
    await write(pool, [call(1), call(2, answered=False), call(3, customer="0501112233")])
    assert await listed(api, "disposition=missed") == ["pbx:1763.2"]
    assert await listed(api, "missed_reason=no_answer") == ["pbx:1763.2"]
    assert await listed(api, "manager=101") == ["pbx:1763.3", "pbx:1763.1"]
    assert await listed(api, "manager=101&number=0671234567") == ["pbx:1763.1"]
    assert await listed(api, "did=044%20200-06-00&direction=inbound&kind=ordinary") == [
        f"pbx:1763.{n}" for n in (3, 2, 1)
    ]
    assert await listed(api, "direction=outbound") == []
    assert await listed(api, "since=2026-11-21T14:00:02%2B02:00") == ["pbx:1763.3", "pbx:1763.2"]
    assert await listed(api, "until=2026-11-21T12:00:02Z") == ["pbx:1763.1"]


async def test_pages_neither_lose_nor_repeat_a_call_while_new_ones_arrive(api: Api, pool: Pool) -> None:
    same_moment = [call(0) for _ in range(1)]
    await write(pool, [*(call(n) for n in range(1, 26)), *same_moment])
    seen: list[str] = []
    cursor = ""
    while True:
        async with api.http.get(f"/api/v1/calls?limit=10{cursor}") as response:
            body: dict[str, Any] = await response.json()
        seen += [each["call_id"] for each in body["calls"]]
        await write(pool, [call(100 + len(seen))])
        if body["next_cursor"] is None:
            break
        cursor = f"&cursor={body['next_cursor']}"
    assert seen == [f"pbx:1763.{n}" for n in range(25, -1, -1)]


async def test_one_call_comes_with_its_legs_and_timeline_and_hostile_names_stay_data(api: Api, pool: Pool) -> None:
    await write(pool, [call(7, answered=False, name=HOSTILE)])
    async with api.http.get("/api/v1/calls/pbx:1763.7") as response:
        body = await response.json()
        assert response.content_type == "application/json"
    assert body["legs"][0]["uniqueid"] == "1763.7"
    assert body["missed_reason"] == "no_answer"
    assert body["timeline"][0]["kind"] == "leg_started"
    assert "leg_ended" in [entry["kind"] for entry in body["timeline"]]
    assert "script" in body["caller_name"], "kept as it was: it is the reader who must not take it for HTML"


async def test_a_message_commits_with_its_call_or_not_at_all(pool: Pool) -> None:
    await OutboxStore(pool).declare([TargetRow("crm")])
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await LedgerWriter("UA").write(connection, [CallEnded(call(1), START)])
        await enqueue(connection, ["crm"], key="pbx:1763.1", kind="call.ended", body={}, at=START)
        await transaction.rollback()
    assert await pool.fetchval("select count(*) from outbox_messages") == 0
    assert await pool.fetchval("select count(*) from calls") == 0


async def test_a_missed_call_says_why_in_the_readers_language(api: Api, pool: Pool) -> None:
    await write(pool, [call(1, answered=False), call(2)])

    async def why(query: str = "", accept: str = "de") -> str | None:
        async with api.http.get(f"/api/v1/calls/pbx:1763.{query}", headers={"Accept-Language": accept}) as response:
            assert response.status == 200
            found: str | None = (await response.json())["why_missed"]
            return found

    assert await why("1") == "Nobody picked up."
    assert await why("1?language=uk") == "Ніхто не відповів."
    assert await why("1?language=uk") == await why("1", "uk-UA,uk;q=0.9")
    assert await why("1?language=ru") != await why("1?language=en")
    assert await why("2") is None
    async with api.http.get("/api/v1/calls/pbx:1763.1?language=xx") as response:
        assert response.status == 422
