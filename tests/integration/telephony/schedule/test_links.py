"""Calendars behind links: asked in their time by one daemon, known to all, and the last good one counts."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from structlog.testing import capture_logs

from telephony.postgres.pool import Pool
from telephony.schedule.caldav import CalendarServer
from telephony.schedule.fetching import CalendarFetching
from telephony.schedule.rules.icalendar_files import ClosedDays, PlannedDays, closed_days
from telephony.schedule.sources import CalendarLink
from telephony.schedule.store import CalendarStore
from telephony.settings import CalendarSettings, HoursSettings
from tests.integration.telephony.schedule.calendars import CHRISTMAS_DAY, MOVING_DAY, NOW, Daemon, here
from tests.integration.telephony.schedule.fake_caldav import MOVING, FakeCalDav
from tests.waiting import until


@dataclass(slots=True)
class Asking:
    """A daemon that also asks; ``ask`` is one turn of its loop."""

    daemon: Daemon
    fetching: CalendarFetching
    link: CalendarLink
    server: CalendarServer

    async def ask(self) -> None:
        await self.fetching.ask(self.link, self.server)
        await self.daemon.watch.look()


def asking(pool: Pool, http: aiohttp.ClientSession, url: str) -> Asking:
    one = CalendarSettings.model_validate({"name": "holidays", "url": url})
    daemon = Daemon(pool, HoursSettings(calendars=(one,)))
    fetching = CalendarFetching(pool, (one,), lambda: daemon.now, here)
    return Asking(daemon, fetching, CalendarLink(one), CalendarServer(http, one))


@pytest.mark.parametrize("path", ["/link.ics", "/collection/"])
async def test_a_link_is_asked_in_its_time_by_one_daemon_and_known_to_all(
    pool: Pool, http: aiohttp.ClientSession, fake: FakeCalDav, path: str
) -> None:
    one, other = asking(pool, http, fake.url + path), asking(pool, http, fake.url + path)
    await one.ask()
    asked = len(fake.asked)
    await other.ask()
    assert len(fake.asked) == asked
    for each in (one, other):
        assert not each.daemon.open_at(CHRISTMAS_DAY)
        assert "hours.calendars holidays" in each.daemon.because(CHRISTMAS_DAY)
        assert each.daemon.part()[0]
    fake.events.append(MOVING)
    await one.ask()
    assert one.daemon.open_at(MOVING_DAY), "it is not asked before its time"
    for each in (one, other):
        each.daemon.now += timedelta(minutes=16)
    await other.ask()
    await one.ask()
    assert not one.daemon.open_at(MOVING_DAY)


@pytest.mark.parametrize("etag", ['"\xff\x80"', "x" * 1000, 'W/"\t"', '"\N{SNOWMAN}"'], ids=ascii)
async def test_whatever_a_server_calls_its_calendar_it_is_kept_and_asked_again(
    pool: Pool, http: aiohttp.ClientSession, fake: FakeCalDav, etag: str
) -> None:
    fake.etag, one = etag, asking(pool, http, f"{fake.url}/link.ics")
    for _ in range(2):
        await one.ask()
        assert not one.daemon.open_at(CHRISTMAS_DAY)
        assert one.daemon.part()[0]
        one.daemon.now += timedelta(minutes=16)
        fake.events.append(MOVING)
    assert len(fake.asked) == 2


async def test_a_calendar_that_nobody_foresaw_is_set_aside_and_the_others_are_asked(
    pool: Pool, fake: FakeCalDav
) -> None:
    async def not_this_one(body: bytes, window: PlannedDays, source: str) -> ClosedDays:
        if "odd" in source:
            raise RecursionError("a \0 of a calendar")
        return closed_days(body, window, source)

    both = tuple(
        CalendarSettings.model_validate({"name": name, "url": f"{fake.url}/link.ics"}) for name in ("odd", "holidays")
    )
    daemon = Daemon(pool, HoursSettings(calendars=both))
    fetching = CalendarFetching(pool, both, lambda: daemon.now, not_this_one)
    loop = asyncio.create_task(fetching.run())
    await until(lambda: pool.fetchval("SELECT count(*) = 1 FROM calendar_sources WHERE body IS NOT NULL"))
    assert not loop.done()
    loop.cancel()
    trouble = await pool.fetchval("SELECT trouble FROM calendar_sources WHERE body IS NULL")
    assert trouble == "RecursionError: a  of a calendar"


async def test_a_calendar_put_off_by_a_clock_that_was_set_back_is_asked(pool: Pool) -> None:
    store = CalendarStore(pool)
    years_ahead = NOW + timedelta(days=1500)
    assert await store.claim("x", years_ahead, years_ahead + timedelta(minutes=1)) is not None
    assert await store.claim("x", NOW, NOW + timedelta(minutes=1)) is not None
    assert await store.claim("x", NOW, NOW + timedelta(minutes=1)) is None


async def test_a_restart_while_the_server_is_away_still_knows_the_holidays(
    pool: Pool, http: aiohttp.ClientSession, fake: FakeCalDav
) -> None:
    await asking(pool, http, f"{fake.url}/link.ics").ask()
    fake.away = True
    restarted = asking(pool, http, f"{fake.url}/link.ics")
    await restarted.daemon.watch.begin()
    assert not restarted.daemon.open_at(CHRISTMAS_DAY)

    with capture_logs() as logs:
        for _ in range(5):
            restarted.daemon.now += timedelta(minutes=16)
            await restarted.ask()
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["calendar.away"], "told once"
    assert not restarted.daemon.open_at(CHRISTMAS_DAY)
    healthy, said = restarted.daemon.part()
    assert (healthy, "HTTP 503" in said) == (False, True), "after an hour somebody should look after it"

    fake.away = False
    restarted.daemon.now += timedelta(minutes=2)
    await restarted.ask()
    assert restarted.daemon.part()[0]


@pytest.mark.parametrize("raw", [b"BEGIN:VCALENDAR\r\n", b"BEGIN:VCALENDAR\r\n\xff\xff", b"<html>Log in</html>"])
async def test_what_is_no_calendar_replaces_none_that_was(
    pool: Pool, http: aiohttp.ClientSession, fake: FakeCalDav, raw: bytes
) -> None:
    one = asking(pool, http, f"{fake.url}/link.ics")
    await one.ask()
    fake.raw = raw
    one.daemon.now += timedelta(minutes=16)
    await one.ask()
    assert not one.daemon.open_at(CHRISTMAS_DAY)
    one.daemon.now += timedelta(hours=2)
    await one.ask()
    assert not one.daemon.part()[0]


async def test_a_link_that_never_answered_well_is_told_at_once(
    pool: Pool, http: aiohttp.ClientSession, fake: FakeCalDav
) -> None:
    one = asking(pool, http, f"{fake.url}/page")
    await one.daemon.watch.begin()
    assert one.daemon.part()[0], "it has not been asked yet"
    await one.ask()
    healthy, said = one.daemon.part()
    assert (healthy, "no calendar is there" in said) == (False, True)


async def test_another_address_under_the_same_name_is_another_calendar(
    pool: Pool, http: aiohttp.ClientSession, fake: FakeCalDav
) -> None:
    await asking(pool, http, f"{fake.url}/link.ics").ask()
    moved = asking(pool, http, f"{fake.url}/page")
    await moved.daemon.watch.begin()
    assert moved.daemon.open_at(CHRISTMAS_DAY)
