"""Days told by the API, and how many promises were made for them before.

A promise stays a promise when its day is closed afterwards: nobody called the customer to say otherwise. Its request
waits for the next opening, goes before all others then, and the promise is overdue meanwhile and late in the end. So
whoever closes a day is told at once how many callers were told a time on it.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from telephony.callback.promises.rows import SQL
from telephony.numbers import canonical
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.rules.assembly import ToldDay
from telephony.schedule.rules.calendars import Answer, Calendars, Schedule
from telephony.schedule.rules.days import hours_of_day
from telephony.schedule.rules.hours import weekly
from telephony.schedule.rules.icalendar_files import PlannedDays
from telephony.schedule.store import CalendarStore, Written

_DAY: Final = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1970, 9000


class StandingPromise(NamedTuple):
    """A time that a caller was told, and that stands."""

    at: datetime
    slot_of: str
    did: str
    """Canonical."""


class DayPromises(NamedTuple):
    """Promises for a day."""

    promises: int
    when_closed: int
    """Those of them whose time is none of our working hours (any more)."""


@dataclass(frozen=True, slots=True)
class DayTold:
    """A day of the API, with what it does."""

    day: date
    hours: str
    note: str
    did: str
    group: str
    by: str
    changed_at: datetime
    because: str
    """The rule that decides over that day now; another one, if it overrides this one."""
    promises: int
    promises_when_closed: int


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A day of everybody's calendar: when we work, by which rule, and what callers were promised for it."""

    day: date
    hours: tuple[tuple[datetime, datetime], ...]
    because: str
    promises: int
    promises_when_closed: int


@dataclass(frozen=True, slots=True)
class OpenOrClosed:
    """Whether we work at a moment, and the promises for that day."""

    answer: Answer
    timezone: str
    told: DayPromises


class CalendarDays:
    """What the API may do to the calendar.

    Args:
        pool: the database.
        almanac: the calendars as they are now.
        refresh: makes them current, after a change.
        region: the operator's country.
        clock: now.
    """

    def __init__(
        self, pool: Pool, almanac: Almanac, refresh: Callable[[], Awaitable[object]], region: str, clock: Clock
    ) -> None:
        self._pool = pool
        self._store = CalendarStore(pool)
        self._almanac = almanac
        self._refresh = refresh
        self._region = region
        self._clock = clock

    async def days(self, first: date, last: date) -> list[DayTold]:
        """Return the days told from ``first`` to ``last``, both included, in order."""
        return await self._described(await self._store.days(PlannedDays(first, last)))

    async def ahead(self, first: date, last: date) -> list[DayAhead]:
        """Return each day of everybody's calendar from ``first`` to ``last``, both included."""
        calendars = self._almanac.calendars
        general = calendars.general
        promised = _by_day(await standing_promises(self._pool, first, last, self._region), general.zone)
        days = (first + _DAY * number for number in range((last - first).days + 1))
        return [
            DayAhead(
                day,
                general.hours_of(day),
                general.plan.decides(day),
                *counted(promised.get(day, []), calendars, "", ""),
            )
            for day in days
        ]

    async def put(self, day: date, *, hours: str, note: str, did: str, group: str, by: str) -> DayTold:
        """Return a day, in place of what was told of it for the same scope.

        Args:
            day: which.
            hours: ``10:00-14:00``, ``09:00-13:00,14:00-18:00``; empty is closed.
            note: for whoever asks why.
            did: only for this number of ours (canonical), if not empty.
            group: only for this group, if not empty.
            by: who says so.

        Raises:
            ScheduleUnreadable: the hours cannot be read.
            TooManyDays: there are too many.
        """
        written_day = ToldDay(day, hours_of_day(hours), note, by, did, group)
        weekly(
            written_day.rule().expression(), "UTC"
        )  # what we cannot read in the end is not written in the first place
        at = self._clock()
        await self._store.put(written_day, at)
        await self._refresh()
        return (await self._described([Written(written_day, at)]))[0]

    async def take_back(self, day: date, *, did: str, group: str) -> bool:
        """Let a day be as it is without; tell whether it was told."""
        taken = await self._store.take_back(day, did, group)
        if taken:
            await self._refresh()
        return taken

    async def at(self, at: datetime | None = None, *, did: str = "", group: str = "") -> OpenOrClosed:
        """Return whether we work at a moment (now), by which rule, and how many promises there are for that day."""
        calendars = self._almanac.calendars
        schedule = scope_of(calendars, did, group)
        answer = schedule.explain(at or self._clock())
        day = answer.at.date()
        promises = await promises_for(self._pool, calendars, day, did, group, self._region)
        return OpenOrClosed(answer, schedule.plan.timezone, promises)

    async def _described(self, days: Sequence[Written]) -> list[DayTold]:
        if not days:
            return []
        calendars = self._almanac.calendars
        standing = await standing_promises(self._pool, days[0].told.day, days[-1].told.day, self._region)
        by_day = {zone: _by_day(standing, zone) for zone in {_zone(calendars, one.told) for one in days}}
        return [self._one(one, calendars, by_day) for one in days]

    def _one(
        self, written: Written, calendars: Calendars, by_day: dict[ZoneInfo, dict[date, list[StandingPromise]]]
    ) -> DayTold:
        written_day = written.told
        schedule = scope_of(calendars, written_day.did, written_day.group)
        promised = by_day[schedule.zone].get(written_day.day, [])
        counts = counted(promised, calendars, written_day.did, written_day.group)
        return DayTold(
            day=written_day.day,
            hours=written_day.hours,
            note=written_day.note,
            did=written_day.did,
            group=written_day.group,
            by=written_day.by,
            changed_at=written.changed_at,
            because=schedule.plan.decides(written_day.day),
            promises=counts.promises,
            promises_when_closed=counts.when_closed,
        )


def scope_of(calendars: Calendars, did: str, group: str) -> Schedule:
    """Return the schedule of a number of ours, of a group, or of everybody."""
    if did:
        return calendars.of_did(did)
    return calendars.of_group(group) if group else calendars.general


def _zone(calendars: Calendars, written_day: ToldDay) -> ZoneInfo:
    return scope_of(calendars, written_day.did, written_day.group).zone


async def standing_promises(pool: Pool, first: date, last: date, region: str) -> list[StandingPromise]:
    """Read the promises that stand for these days, of whatever zone."""
    if not _FIRST_YEAR <= first.year <= last.year <= _LAST_YEAR:
        return []  # whoever asks about the year 9999 gets an answer, too
    since = datetime.combine(first, time(), UTC) - _DAY
    until = datetime.combine(last, time(), UTC) + 2 * _DAY
    rows = await pool.fetch(SQL.open_between, since, until)
    return [StandingPromise(row["promised_at"], row["slot_of"], canonical(row["did"], region)) for row in rows]


def _by_day(promised: Iterable[StandingPromise], zone: ZoneInfo) -> dict[date, list[StandingPromise]]:
    found: dict[date, list[StandingPromise]] = {}
    for one in promised:
        found.setdefault(one.at.astimezone(zone).date(), []).append(one)
    return found


def counted(promised: Iterable[StandingPromise], calendars: Calendars, did: str, group: str) -> DayPromises:
    """Count the promises of a scope among those of a day."""
    theirs = [one for one in promised if (not did or one.did == did) and (not group or one.slot_of == f"group:{group}")]
    closed = [one for one in theirs if not _works(one, calendars)]
    return DayPromises(len(theirs), len(closed))


def _works(promised: StandingPromise, calendars: Calendars) -> bool:
    kind, _, name = promised.slot_of.partition(":")
    theirs = calendars.own_of_group(name) if kind == "group" else None
    works = calendars.of_did(promised.did).calendar.open_at(promised.at)
    return works and (theirs is None or theirs.calendar.open_at(promised.at))


async def promises_for(pool: Pool, calendars: Calendars, day: date, did: str, group: str, region: str) -> DayPromises:
    """Count the promises for one day of a scope."""
    standing = await standing_promises(pool, day, day, region)
    zone = scope_of(calendars, did, group).zone
    return counted(_by_day(standing, zone).get(day, []), calendars, did, group)
