"""The calendar of running daemons: files, links and days change under it, and the last good one counts."""

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from telephony.daemon.parts.calendar import CalendarPart
from telephony.postgres.door import PoolProxy
from telephony.postgres.pool import Pool
from telephony.schedule.caldav import CalendarServer
from telephony.schedule.errors import ScheduleUnreadable, TooManyDays
from telephony.schedule.fetching import CalendarFetching
from telephony.schedule.last_good import DaysCopy
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.rules.assembly import ToldDay
from telephony.schedule.rules.icalendar_files import ClosedDays, PlannedDays, closed_days
from telephony.schedule.sources import CalendarLink
from telephony.schedule.store import MOST_AHEAD, CalendarStore
from telephony.schedule.watch import CalendarWatch
from telephony.settings import CalendarSettings, HoursSettings
from tests.integration.telephony.schedule.fake_caldav import MOVING, FakeCalDav, serving
from tests.unit.telephony.schedule.test_icalendar_files import CHRISTMAS, calendar

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHRISTMAS_DAY = datetime(2026, 12, 25, 10, 0, tzinfo=UTC)
MOVING_DAY = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)


async def here(body: bytes, window: PlannedDays, source: str) -> ClosedDays:
    """Read it in this process: what `unrolled` does is its own tests' business."""
    return closed_days(body, window, source)


@dataclass(slots=True)
class Daemon:
    """One daemon's calendar, looked at by hand."""

    pool: Pool | None
    settings: HoursSettings
    now: datetime = NOW
    copy: DaysCopy | None = None
    changes: int = 0
    almanac: Almanac = field(init=False)
    watch: CalendarWatch = field(init=False)

    def __post_init__(self) -> None:
        self.almanac = Almanac(self.settings)
        self.watch = CalendarWatch(
            self.pool,
            self.settings,
            self.almanac,
            lambda: self.now,
            on_change=self._changed,
            copy=self.copy,
            unroll=here,
        )

    async def _changed(self) -> None:
        self.changes += 1

    def open_at(self, at: datetime) -> bool:
        return self.almanac.calendars.general.calendar.open_at(at)

    def because(self, at: datetime) -> str:
        return self.almanac.calendars.general.explain(at).because

    def part(self) -> tuple[bool, str]:
        told = CalendarPart(self.watch, None).part()
        return told.healthy, told.said


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "holidays.ics"
    path.write_text(calendar(CHRISTMAS))
    return path


async def test_a_file_that_is_written_anew_counts_at_the_next_look(pool: Pool, file: Path) -> None:
    daemon = Daemon(pool, HoursSettings(closed_days_files=(file,)))
    await daemon.watch.begin()
    assert not daemon.open_at(CHRISTMAS_DAY)
    assert daemon.open_at(MOVING_DAY)
    await daemon.watch.look()
    assert daemon.changes == 1, "nothing changed, nobody is told"
    file.write_text(calendar(CHRISTMAS, MOVING))
    await daemon.watch.look()
    assert not daemon.open_at(MOVING_DAY)
    assert "Moving" in daemon.because(MOVING_DAY)
    assert daemon.changes == 2
    assert daemon.part() == (True, "1 calendars, 0 days by the API")


@pytest.mark.parametrize("broken", ["BEGIN:VCALENDAR\r\n", "<html>Log in</html>", None])
async def test_a_broken_file_leaves_the_last_good_one_and_is_told_once_also_after_a_restart(
    pool: Pool, file: Path, broken: str | None
) -> None:
    daemon = Daemon(pool, HoursSettings(closed_days_files=(file,)))
    await daemon.watch.begin()
    with capture_logs() as logs:
        file.write_text(broken) if broken is not None else file.unlink()
        for _ in range(3):
            await daemon.watch.look()
            daemon.now += timedelta(days=1)
    assert not daemon.open_at(CHRISTMAS_DAY)
    assert [log["event"] for log in logs] == ["calendar.broken"]
    assert "mend the file" in logs[0]["cure"]
    healthy, said = daemon.part()
    assert not healthy
    assert str(file) in said

    restarted = Daemon(pool, daemon.settings)
    await restarted.watch.begin()
    assert not restarted.open_at(CHRISTMAS_DAY)
    assert not restarted.part()[0]

    file.write_text(calendar(MOVING))
    await restarted.watch.look()
    assert restarted.open_at(CHRISTMAS_DAY)
    assert not restarted.open_at(MOVING_DAY)
    assert restarted.part()[0]


async def test_a_file_that_never_could_be_read_is_told_at_the_start(pool: Pool, tmp_path: Path) -> None:
    daemon = Daemon(pool, HoursSettings(closed_days_files=(tmp_path / "nothing.ics",)))
    with pytest.raises(ScheduleUnreadable, match=r"closed_days_files.*nothing\.ics"):
        await daemon.watch.begin()


async def test_recurring_days_are_unrolled_on_as_the_years_go_by(pool: Pool, file: Path) -> None:
    daemon = Daemon(pool, HoursSettings(closed_days_files=(file,)))
    await daemon.watch.begin()
    later = CHRISTMAS_DAY.replace(year=2028)
    assert daemon.open_at(later)
    daemon.now += timedelta(days=700)
    await daemon.watch.look()
    assert not daemon.open_at(later)


# --- days of the API --------------------------------------------------------------------------------------------------


async def test_a_day_told_on_one_daemon_is_heard_by_the_others_at_once(pool: Pool) -> None:
    """Without the hint they would look in an hour."""
    settings = HoursSettings(look_seconds=3600)
    store, daemons = CalendarStore(pool), [Daemon(pool, settings) for _ in range(2)]
    async with asyncio.TaskGroup() as group:
        loops = [group.create_task(daemon.watch.run()) for daemon in daemons]
        await _until(lambda: _listening(pool, 2))
        await store.put(ToldDay(CHRISTMAS_DAY.date(), "", "Christmas", "boss"), NOW)
        await _until(lambda: _true(not any(daemon.open_at(CHRISTMAS_DAY) for daemon in daemons)))
        assert await store.take_back(CHRISTMAS_DAY.date(), "", "")
        await _until(lambda: _true(all(daemon.open_at(CHRISTMAS_DAY) for daemon in daemons)))
        for loop in loops:
            loop.cancel()
    assert "hours.schedule" in daemons[0].because(CHRISTMAS_DAY)


async def _true(told: bool) -> bool:
    return told


async def _listening(pool: Pool, daemons: int) -> bool:
    found: int = await pool.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN \"ringback_calendar\"'"
        " AND datname = current_database()"
    )
    return found == daemons


async def _until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await true():
            await asyncio.sleep(0.02)


async def test_a_loop_survives_a_cut_connection_and_hears_what_was_told_meanwhile(pool: Pool) -> None:
    daemon = Daemon(pool, HoursSettings(look_seconds=0.2))
    loop = asyncio.create_task(daemon.watch.run())
    store = CalendarStore(pool)
    for _ in range(3):
        await _until(lambda: _listening(pool, 1))
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    await store.put(ToldDay(CHRISTMAS_DAY.date(), "", "", "boss"), NOW)
    await _until(lambda: _true(not daemon.open_at(CHRISTMAS_DAY)))
    loop.cancel()


async def test_so_many_days_are_refused_that_the_calendar_would_be_slow(pool: Pool) -> None:
    store = CalendarStore(pool)
    await pool.execute(
        "INSERT INTO calendar_days (day, did, hours, by_whom, changed_at)"
        " SELECT date '2026-12-01' + n % 300, '+38044' || n, '', 'x', now() FROM generate_series(1, $1) n",
        MOST_AHEAD,
    )
    with pytest.raises(TooManyDays):
        await store.put(ToldDay(date(2026, 12, 25), "", "", "boss"), NOW)
    await store.put(ToldDay(date(2026, 12, 2), "10:00-12:00", "", "boss", "+380441"), NOW)


# --- a start without the database -------------------------------------------------------------------------------------


async def test_a_start_without_the_database_knows_the_days_that_were_known_last(
    pool: Pool, http: aiohttp.ClientSession, fake: FakeCalDav, file: Path, tmp_path: Path
) -> None:
    """Of all three kinds: a link's, a file's that is gone by now, and the API's."""
    one = CalendarSettings.model_validate({"name": "holidays", "url": f"{fake.url}/link.ics"})
    fake.events[:] = [MOVING]
    settings, copy = HoursSettings(closed_days_files=(file,), calendars=(one,)), tmp_path / "spool" / "calendar.json"
    api_day = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
    await CalendarStore(pool).put(ToldDay(api_day.date(), "", "Stocktaking", "boss"), NOW)
    daemon = Daemon(pool, settings, copy=DaysCopy(copy))
    await CalendarFetching(pool, (one,), lambda: NOW, here).ask(CalendarLink(one), CalendarServer(http, one))
    await daemon.watch.begin()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "secret" not in copy.read_text()
    assert fake.url not in copy.read_text()

    file.unlink()
    away = PoolProxy()
    restarted = Daemon(away.pool, settings, copy=DaysCopy(copy))
    await restarted.watch.begin()
    assert [restarted.open_at(day) for day in (CHRISTMAS_DAY, MOVING_DAY, api_day)] == [False] * 3
    assert "Stocktaking" in restarted.because(api_day)
    assert not restarted.part()[0], "the file is to be mended"

    await CalendarStore(pool).take_back(api_day.date(), "", "")
    away.open(pool)
    await restarted.watch.look()
    assert [restarted.open_at(day) for day in (CHRISTMAS_DAY, MOVING_DAY, api_day)] == [False, False, True]
    last = Daemon(PoolProxy().pool, settings, copy=DaysCopy(copy))
    await last.watch.begin()
    assert last.open_at(api_day), "the copy follows"


@pytest.mark.parametrize("damage", ["{", '{"sources": {"file:x": 5}}', None])
async def test_a_damaged_copy_or_none_ends_no_start(tmp_path: Path, damage: str | None) -> None:
    copy = tmp_path / "calendar.json"
    if damage is not None:
        copy.write_text(damage)
    daemon = Daemon(PoolProxy().pool, HoursSettings(), copy=DaysCopy(copy))
    await daemon.watch.begin()
    assert daemon.open_at(CHRISTMAS_DAY)


async def test_a_disk_that_takes_no_copy_is_told_once(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    daemon = Daemon(pool, HoursSettings(), copy=DaysCopy(tmp_path / "taken" / "calendar.json"))
    with capture_logs() as logs:
        for _ in range(3):
            await daemon.watch.look()
    assert [log["event"] for log in logs] == ["calendar.copy_unwritten"]


# --- links ------------------------------------------------------------------------------------------------------------


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


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeCalDav]:
    async with serving(FakeCalDav()) as made:
        yield made


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


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
    await _until(lambda: pool.fetchval("SELECT count(*) = 1 FROM calendar_sources WHERE body IS NOT NULL"))
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
