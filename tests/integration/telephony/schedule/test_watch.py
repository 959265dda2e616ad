"""The calendar of running daemons: files and days change under it, and the last good one counts."""

import asyncio
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from telephony.postgres.door import PoolProxy
from telephony.postgres.outages import is_outage
from telephony.postgres.pool import Pool
from telephony.schedule.caldav import CalendarServer
from telephony.schedule.errors import ScheduleUnreadable, TooManyDays
from telephony.schedule.fetching import CalendarFetching
from telephony.schedule.last_good import DaysCopy
from telephony.schedule.rules.assembly import ToldDay
from telephony.schedule.sources import CalendarLink
from telephony.schedule.store import MOST_AHEAD, CalendarStore
from telephony.settings import CalendarSettings, HoursSettings
from tests.integration.telephony.schedule.calendars import CHRISTMAS_DAY, MOVING_DAY, NOW, Daemon, here
from tests.integration.telephony.schedule.fake_caldav import MOVING, FakeCalDav
from tests.unit.telephony.schedule.test_icalendar_files import CHRISTMAS, calendar
from tests.waiting import until

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
        await until(lambda: _listening(pool, 2))
        await store.put(ToldDay(CHRISTMAS_DAY.date(), "", "Christmas", "boss"), NOW)
        await until(lambda: not any(daemon.open_at(CHRISTMAS_DAY) for daemon in daemons))
        assert await store.take_back(CHRISTMAS_DAY.date(), "", "")
        await until(lambda: all(daemon.open_at(CHRISTMAS_DAY) for daemon in daemons))
        for loop in loops:
            loop.cancel()
    assert "hours.schedule" in daemons[0].because(CHRISTMAS_DAY)


async def _listening(pool: Pool, daemons: int) -> bool:
    """Tell whether so many listen; whoever asks may be on a connection that was just cut, too."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN \"ringback_calendar\"'"
        " AND datname = current_database()"
    )
    try:
        found: int = await pool.fetchval(query)
    except Exception as error:
        if not is_outage(error):
            raise
        return False
    return found == daemons


async def test_a_loop_survives_a_cut_connection_and_hears_what_was_told_meanwhile(pool: Pool) -> None:
    daemon = Daemon(pool, HoursSettings(look_seconds=0.2))
    loop = asyncio.create_task(daemon.watch.run())
    store = CalendarStore(pool)
    for _ in range(3):
        await until(lambda: _listening(pool, 1))
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    await store.put(ToldDay(CHRISTMAS_DAY.date(), "", "", "boss"), NOW)
    await until(lambda: not daemon.open_at(CHRISTMAS_DAY))
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
