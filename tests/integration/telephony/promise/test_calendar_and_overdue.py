"""Promises and days that change: the next one avoids a closed day, those given stay; an overdue one is seen at once."""

from datetime import UTC, timedelta

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from telephony.callback.assembly import Callbacks
from telephony.callback.owners import Owners
from telephony.callback.policy.context import callback_context
from telephony.callback.policy.lifecycle import Verb
from telephony.callback.policy.model import ClosedReason
from telephony.callback.promises.booking import Booking, choices
from telephony.callback.promises.calendar_days import CalendarDays
from telephony.callback.promises.overdue import OverdueWatch
from telephony.callback.rows import SQL
from telephony.numbers import Canonical
from telephony.postgres.pool import Pool
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.watch import CalendarWatch
from telephony.voice.dialogs.caller_port import Booked
from tests.integration.telephony.promise.test_promise_desk import (
    FRIDAY_NIGHT,
    NUMBER,
    SETTINGS,
    Night,
    caller,
    monday,
    night,
)

__all__ = ["night"]  # a fixture

OTHER = Canonical("+380501112233")
SLOT = timedelta(minutes=5)


class Company:
    """The desk and the calendar of one daemon."""

    def __init__(self, pool: Pool, night: Night) -> None:
        self.almanac = Almanac(SETTINGS.hours)
        self.desk = Booking(
            pool,
            night.book,
            Owners(pool, SETTINGS, []),
            callback_context(SETTINGS, self.almanac),
            choices(SETTINGS),
            lambda: night.now,
        )
        watch = CalendarWatch(pool, SETTINGS.hours, self.almanac, lambda: night.now)
        self.days = CalendarDays(pool, self.almanac, watch.look, "UA", lambda: night.now)


@pytest.fixture
def company(pool: Pool, night: Night) -> Company:
    return Company(pool, night)


async def test_a_promise_given_after_a_day_was_closed_avoids_it_and_one_given_before_stays(
    night: Night, company: Company
) -> None:
    assert await company.desk.book(caller(), NUMBER, None) == Booked(monday("09:05"))
    told = await company.days.put(monday("00:00").date(), hours="", note="", did="", group="", by="boss")
    assert (told.promises, told.promises_when_closed) == (1, 1)
    tuesday = monday("09:05") + timedelta(days=1)
    assert await company.desk.book(caller("1763.2", OTHER), OTHER, None) == Booked(tuesday)
    assert await company.desk.book(caller("1763.3"), NUMBER, None) == Booked(monday("09:05")), "what they were told"

    saturday = monday("10:00").date() - timedelta(days=2)
    await company.days.put(saturday, hours="12:00-13:00", note="", did="", group="", by="boss")
    third = Canonical("+380501112244")
    booked = await company.desk.book(caller("1763.4", third), third, None)
    assert booked == Booked(monday("12:05") - timedelta(days=2)), "a specially open day is a day to be called on"
    assert night.now == FRIDAY_NIGHT


async def test_what_waits_for_an_opening_is_looked_at_when_the_hours_change(night: Night, pool: Pool) -> None:
    await night.desk.book(caller(), NUMBER, None)
    await night.desk.book(caller("1763.2", OTHER), OTHER, None)
    await pool.execute("UPDATE callback_requests SET waits_for = 'closed' WHERE customer = $1", OTHER)
    callbacks = Callbacks(pool, SETTINGS, lambda: night.now)
    await callbacks.hours_changed()
    assert (await night.request(OTHER)).due_at == night.now
    assert (await night.request()).due_at == monday("09:05"), "a promise is a promise"


async def test_a_promise_waiting_for_an_opening_still_goes_before_ordinary_requests(night: Night, pool: Pool) -> None:
    """Its day was closed afterwards: it waits for the next opening, as others do that are older."""
    await night.desk.book(caller(), NUMBER, None)
    ordinary = Canonical("+380501112233")
    await night.desk.book(caller("1763.2", ordinary), ordinary, None)
    await pool.execute("DELETE FROM promises p USING callback_requests r WHERE p.request_id = r.request_id"
                       " AND r.customer = $1", ordinary)  # fmt: skip
    await pool.execute(
        "UPDATE callback_requests SET waits_for = 'closed', owner_asked = true,"
        " due_at = $1::timestamptz - CASE customer WHEN $2 THEN interval '1 hour' ELSE interval '0' END",
        night.now,
        ordinary,
    )
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(SQL.claim, night.now, ["pbx"], 10)
    assert [row["customer"] for row in rows] == [NUMBER, ordinary]


async def test_an_overdue_promise_is_seen_as_such_until_its_verdict_is_written_once(night: Night, pool: Pool) -> None:
    registry = CollectorRegistry()
    watch = OverdueWatch(pool, SLOT, lambda: night.now, registry)
    await night.desk.book(caller(), NUMBER, None)
    for passed in (timedelta(0), SLOT):
        night.now = monday("09:05").astimezone(UTC) + passed
        await watch.look()
        assert await night.verdicts() == [None]
    night.now += timedelta(seconds=1)
    with capture_logs() as logs:
        for _ in range(3):
            await watch.look()
            night.now += timedelta(minutes=1)
    assert [log["event"] for log in logs] == ["promise.overdue"], "told once"
    assert logs[0]["waits_for"] == "promised"
    assert await night.verdicts() == ["overdue"]
    assert registry.get_sample_value("ringback_promises_overdue") == 1
    assert await pool.fetchval("SELECT settled_at FROM published.promises") is None

    await night.close(Verb.DISCARD, ClosedReason.ATTEMPTS_SPENT)
    assert await night.verdicts() == ["broken"]
    await watch.look()
    assert registry.get_sample_value("ringback_promises_overdue") == 0
    [row] = await pool.fetch("SELECT why, overdue_at, settled_at FROM published.promises")
    assert (row["why"], row["overdue_at"] < row["settled_at"]) == ("attempts_spent", True)


async def test_of_two_daemons_one_tells_of_an_overdue_promise(night: Night, pool: Pool) -> None:
    await night.desk.book(caller(), NUMBER, None)
    night.now = monday("10:00").astimezone(UTC)
    daemons = [OverdueWatch(pool, SLOT, lambda: night.now, CollectorRegistry()) for _ in range(2)]
    with capture_logs() as logs:
        for daemon in daemons:
            await daemon.look()
    assert len(logs) == 1


async def test_the_next_look_is_when_the_next_promise_could_be_overdue(night: Night, pool: Pool) -> None:
    watch = OverdueWatch(pool, SLOT, lambda: night.now, CollectorRegistry())
    assert await watch.look() == 15
    await night.desk.book(caller(), NUMBER, None)
    night.now = monday("09:10").astimezone(UTC) - timedelta(seconds=4)
    assert await watch.look() == 4
