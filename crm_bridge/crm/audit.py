"""Parity: does the CRM have every call of a day, and once?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm_bridge.crm.links import SQL
from crm_bridge.crm.plugin.gateway import AskedCrm
from crm_bridge.crm.policy.types import KeptCall
from telephony.postgres.pool import Pool

_LATE = timedelta(days=8)
"""A CRM may file a call under the day on which it was told; the outbox gives up long before this."""


class CrmGap(StrEnum):
    """What is wrong with a call."""

    MISSING = "missing"
    DOUBLE = "double"


@dataclass(frozen=True, slots=True)
class ToldCall:
    """One of our calls that the CRM is to have, and what became of its message."""

    call_id: str
    started_at: datetime
    direction: str
    disposition: str
    customer: str
    told: str | None
    """``told``; ``nothing`` where no rule makes a lead of the caller; None before the CRM had it."""
    state: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One call that is not there exactly once."""

    gap: CrmGap
    call: ToldCall
    why: str


def compare(calls: Sequence[ToldCall], kept: Iterable[KeptCall]) -> list[Difference]:
    """Find what is missing and what is there twice."""
    there: defaultdict[str, set[str]] = defaultdict(set)
    for each in kept:
        there[each.call_id].add(each.crm_id)
    found: list[Difference] = []
    for call in calls:
        ids = there.get(call.call_id, set())
        if len(ids) > 1:
            found.append(Difference(CrmGap.DOUBLE, call, ", ".join(sorted(ids))))
        elif not ids and call.told != "nothing":
            found.append(Difference(CrmGap.MISSING, call, _why(call)))
    return found


def _why(call: ToldCall) -> str:
    match call.state:
        case "waiting" | "sending":
            return f"still to be told: {call.reason or 'its turn has not come'}"
        case "dead":
            return f"a dead letter: {call.reason}"
        case "delivered":
            return "was told, and is not there (any more)"
        case _:
            return "was never to be told: it ended before this CRM was set up"


def span(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return a day's begin and end in UTC; a day of the operator's has 23 to 25 hours."""
    begin, end = (datetime.combine(each, time.min, zone) for each in (day, day + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


async def audit(
    crm: str, gateway: AskedCrm, pool: Pool, day: date, zone: ZoneInfo, now: datetime
) -> tuple[int, list[Difference]]:
    """Compare a day; gives how many calls the CRM is to have, and the differences.

    Raises:
        CrmError: it could not be asked.
    """
    since, until = span(day, zone)
    calls = [ToldCall(**row) for row in await pool.fetch(SQL.calls_to_tell, crm, since, until)]
    kept = await gateway.kept_calls(since, max(until, min(now, until + _LATE)))
    return sum(call.told != "nothing" for call in calls), compare(calls, kept)
