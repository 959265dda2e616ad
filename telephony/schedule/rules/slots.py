"""The time that a caller is promised: the first free slot after the next opening.

A slot is a stretch of working time in which one manager (or one group) has one callback to make. Slots stand on a grid
that begins at each opening plus the lead, so that two callers who are promised times at once compete for the same
slots and a unique index can keep them apart.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from telephony.schedule.rules.hours import Calendar


@dataclass(frozen=True, slots=True)
class SlotRules:
    """How promised times are made; see the settings under ``[promise]``."""

    slot: timedelta = timedelta(minutes=5)
    lead: timedelta = timedelta(minutes=5)
    rounding: timedelta = timedelta(minutes=5)
    horizon: timedelta = timedelta(days=30)


def first_free(
    now: datetime,
    calendar: Calendar,
    zone: ZoneInfo,
    rules: SlotRules,
    *,
    is_taken: Callable[[datetime], bool],
    later_than: datetime | None = None,
) -> datetime | None:
    """Find the time to promise.

    Args:
        now: the moment of the question.
        calendar: when the manager or the group works.
        zone: in which the time is spoken, and so rounded.
        rules: slot length, lead, rounding, horizon.
        is_taken: whether the slot that begins at a time (UTC) is somebody else's.
        later_than: a promise that does not suit the caller.

    Returns:
        The begin of the slot in UTC, or None if nothing is free within the horizon.
    """
    after = later_than or now
    return next(
        (slot for slot in slots(now, calendar, zone, rules) if slot > after and not is_taken(slot)),
        None,
    )


def slots(now: datetime, calendar: Calendar, zone: ZoneInfo, rules: SlotRules) -> Iterator[datetime]:
    """Yield all slots from ``now`` on, in UTC, in order, within the horizon."""
    end = now + rules.horizon
    opening = calendar.next_opening(now)
    while opening is not None and opening < end:
        closing = calendar.next_change(opening) or end
        at = round_up(opening + rules.lead, zone, rules.rounding)
        while at + rules.slot <= closing and at < end:
            yield at
            at = round_up(at + rules.slot, zone, rules.rounding)
        opening = calendar.next_opening(closing) if closing < end else None


def round_up(at: datetime, zone: ZoneInfo, step: timedelta) -> datetime:
    """Round a moment up to a time that is easy to say in ``zone``: whole steps from its midnight."""
    local = at.astimezone(zone)
    # The wall clock is what is spoken, so it is the wall clock's own midnight that the steps count from.
    since_midnight = timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    missing = -since_midnight % step
    return at + missing
