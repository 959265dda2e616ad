"""What somebody must do after a call: whose it is, and until when. Pure, and the same for every CRM.

* A **missed** call is the owner's to call back, within the product's promise.
* A call that **somebody else** dealt with is the owner's to look at; not one that a secretary handed over to the owner.
* When the customer was reached (or got through, or a person dealt with it), the task of the missed call is closed with
  what happened; when we gave up, it stays and says so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm_bridge.schemas import CallShape
from telephony.model import Direction, Disposition

_ANSWER_WITHIN = timedelta(minutes=5)
"""The promise of the product: a missed customer is called back within five minutes."""
_REVIEW_WITHIN = timedelta(hours=8)


class Role(StrEnum):
    """What a duty is for; also the name of its link."""

    CALL_BACK = "task"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something to be done."""

    role: Role
    call_id: str
    text: str
    due: datetime
    owner: str
    """The CRM's user id; empty leaves it to the CRM."""

    @property
    def marker(self) -> str:
        """The words by which it is found again."""
        return marker(f"{self.role} {self.call_id}")


def marker(what: str) -> str:
    """The words by which something of ours is found again in a CRM: ``[ringback pbx:1763.1]``."""
    return f"[ringback {what}]"


def notes_marker(call_id: str) -> str:
    """The words by which the notes of a call are found again."""
    return marker(f"notes {call_id}")


def is_told(call: CallShape) -> bool:
    """Return whether a CRM hears of a call at all: not of internal ones, nor of callers who hide their number."""
    return call.direction is not Direction.INTERNAL and bool(call.customer)


def duty_of(call: CallShape, *, talked: str, owner: str, now: datetime) -> FollowUp | None:
    """Decide what an ended call leaves to do.

    Args:
        call: the call, ended.
        talked: the CRM's user whose the call is (who talked last), or empty.
        owner: the CRM's user who is responsible for the customer, or empty.
        now: the time.
    """
    if call.disposition is Disposition.MISSED:
        due = (call.ended_at or now) + _ANSWER_WITHIN
        return FollowUp(Role.CALL_BACK, call.call_id, f"Call back {call.customer}", due, owner)
    if call.direction is Direction.INBOUND and talked and owner and talked != owner:
        text = f"Look at the call with {call.customer}"
        return FollowUp(Role.REVIEW, call.call_id, text, now + _REVIEW_WITHIN, owner)
    return None


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a callback request, for the tasks of its missed calls."""

    customer: str
    closes: bool
    """Whether nothing is left to do."""
    words: str


_CLOSED_FOR = {
    "reached": "reached",
    "dealt": "dealt with by a person",
    "got_through": "the customer got through",
    "called_by_us": "somebody called the customer",
    "by_hand": "cancelled by hand",
}


def ending_of(
    customer: str, state: str, reason: str, by: str, spent: int, at: datetime, zone: ZoneInfo
) -> Ending | None:
    """Decide what a change of a callback request means for its tasks; None while it goes on.

    Args:
        customer: the number in E.164; empty for hidden callers, who have no tasks.
        state: the request's, as published: ``done``, ``cancelled``, ``discarded``; every other goes on.
        reason: why it is closed, as published.
        by: who did it, or empty.
        spent: dials of the customer that were not answered.
        at: when.
        zone: the operator's, for the hour in the words.
    """
    if not customer or state not in {"done", "cancelled", "discarded"}:
        return None
    why = _CLOSED_FOR.get(reason, reason.replace("_", " "))
    when = f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
    who = f", {by}" if by else ""
    if state == "discarded":
        return Ending(customer, closes=False, words=f"Not reached ({why}), {spent} dials without answer, {when}{who}")
    return Ending(customer, closes=True, words=f"{why[:1].upper()}{why[1:]}, {when}{who}")
