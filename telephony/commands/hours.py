"""``ringback hours``: open or closed, by which rule, and when that changes.

The settings and the calendar files are read here. Days told by the API and calendars asked over HTTP are in the
database: if it cannot be reached at once, the answer is without them and says so.
"""

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

from telephony.callback.promises.calendar_days import DayPromises, promises_for, scope_of
from telephony.commands.callbacks import moment
from telephony.commands.ledger import of_running_daemon
from telephony.errors import DatabaseUnavailable, SettingsError
from telephony.numbers import canonical
from telephony.postgres.outages import is_outage
from telephony.postgres.pool import Pool, open_pool
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.rules.calendars import Answer, Calendars
from telephony.schedule.watch import CalendarWatch
from telephony.settings import DatabaseSettings, TelephonySettings


class _Wanted(NamedTuple):
    """What is asked for."""

    at: datetime
    did: str
    group: str


async def run_hours(asked: argparse.Namespace, settings: TelephonySettings, now: datetime) -> None:
    """Print it for the company, or for one DID or group.

    Raises:
        ScheduleUnreadable: the hours, a day or a calendar file cannot be read.
        Refused: the time that was asked for cannot be read.
    """
    almanac = Almanac(settings.hours)
    did = canonical(asked.did, settings.numbers.region) if asked.did else ""
    schedule = scope_of(almanac.calendars, did, asked.group or "")
    at = _moment(asked.at, now, schedule.zone) if asked.at else now
    wanted = _Wanted(at, did, asked.group or "")
    async with _at_hand(settings.database) as pool:
        promises = await _asked_everywhere(pool, settings, almanac, wanted)
    schedule = scope_of(almanac.calendars, wanted.did, wanted.group)
    sys.stdout.write(said(schedule.explain(at), schedule.plan.timezone, promises))
    if promises is None:
        sys.stderr.write("ringback: the database is away: days told by the API and calendars elsewhere do not count\n")


async def _asked_everywhere(
    pool: Pool | None, settings: TelephonySettings, almanac: Almanac, wanted: _Wanted
) -> DayPromises | None:
    """Let the almanac know what files and database tell; give the promises of that day, None without a database."""
    if pool is not None:
        try:
            await CalendarWatch(pool, settings.hours, almanac, lambda: wanted.at).look()
            return await _promises(pool, almanac.calendars, wanted, settings.numbers.region)
        except Exception as error:
            # A missing table: the daemon of this version has never been started, there is nothing to be read.
            if not (is_outage(error) or isinstance(error, asyncpg.UndefinedTableError)):
                raise
    await CalendarWatch(None, settings.hours, almanac, lambda: wanted.at).look()
    return None


async def _promises(pool: Pool, calendars: Calendars, wanted: _Wanted, region: str) -> DayPromises:
    day = wanted.at.astimezone(scope_of(calendars, wanted.did, wanted.group).zone).date()
    return await promises_for(pool, calendars, day, wanted.did, wanted.group, region)


@asynccontextmanager
async def _at_hand(settings: DatabaseSettings) -> AsyncIterator[Pool | None]:
    """Yield the database if it answers at once; nothing is started, nothing is migrated for a question."""
    dsn = settings.dsn.get_secret_value() or await of_running_daemon(settings)
    try:
        pool = await open_pool(dsn, size=1, patience_seconds=0) if dsn else None
    except (DatabaseUnavailable, SettingsError):
        pool = None
    try:
        yield pool
    finally:
        if pool is not None:
            await pool.close()


def _moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read when, as orders about callbacks do; but here the past may be asked about."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return moment(text, now, zone)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def said(answer: Answer, timezone: str, promises: DayPromises | None = None) -> str:
    """Return an answer in lines for a person."""
    lines = [
        f"{_time(answer.at)} ({timezone}): {'open' if answer.open else 'closed'}",
        f"by      {answer.because}",
        f"{'closes' if answer.open else 'opens '}  {_time(answer.next_change if answer.open else answer.next_opening)}",
    ]
    if promises is not None and promises.promises:
        closed = f", {promises.when_closed} of them when nobody works" if promises.when_closed else ""
        callers = "1 caller waits" if promises.promises == 1 else f"{promises.promises} callers wait"
        lines.append(f"told    {callers} for a time on this day{closed}")
    return "".join(f"{line}\n" for line in lines)


def _time(at: datetime | None) -> str:
    return f"{at:%a %Y-%m-%d %H:%M}" if at else "never"
