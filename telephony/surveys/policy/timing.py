"""On which day, and in which half of it, somebody is asked. Pure."""

from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from telephony.numbers import Canonical
from telephony.surveys.policy.model import HalfDay

FIRST_DAYS, LAST_DAYS = 14, 28
"""Asked so many days after the purchase or the first talk."""
GRACE: Final = timedelta(days=7)
"""Callbacks may hold a survey up for so long beyond its last day; then it is not made."""
_NOON: Final = time(13)


def planned_for(customer: Canonical, anchor: datetime, zone: ZoneInfo) -> datetime:
    """Return the beginning of the day (aware) on which a customer is to be asked.

    The days of all are spread evenly over the window by their numbers' hash: a day of many sales makes no day of many
    calls two weeks later, and planning twice gives one day.
    """
    spread = int.from_bytes(sha256(customer.encode()).digest()[:4]) % (LAST_DAYS - FIRST_DAYS + 1)
    day = anchor.astimezone(zone).date() + timedelta(days=FIRST_DAYS + spread)
    return datetime.combine(day, time(), zone)


def expiry(anchor: datetime) -> datetime:
    """Return until when a customer may be asked."""
    return anchor + timedelta(days=LAST_DAYS) + GRACE


def next_try(at: datetime, zone: ZoneInfo) -> tuple[datetime, HalfDay]:
    """Return when a customer who did not pick up at ``at`` is tried again: another day, its other half."""
    local = at.astimezone(zone)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), time(), zone)
    return tomorrow, HalfDay.AFTERNOON if local.time() < _NOON else HalfDay.MORNING


def in_half(at: datetime, half: HalfDay, zone: ZoneInfo) -> datetime:
    """Return ``at`` if it lies in that half of its day, else the next moment (aware) that does."""
    local = at.astimezone(zone)
    noon = datetime.combine(local.date(), _NOON, zone)
    match half:
        case HalfDay.ANY:
            return at
        case HalfDay.MORNING:
            return at if local < noon else datetime.combine(local.date() + timedelta(days=1), time(), zone)
        case HalfDay.AFTERNOON:
            return at if local >= noon else noon
