"""Which callback requests are listed, and in which order."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from crm_bridge.api.endpoint import Instant, Line, Number, Several
from crm_bridge.api.listing import PageParams
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.queries.sql_builder import any_of
from crm_bridge.schemas import CallbackShape
from telephony.numbers import canonical

_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""In a cursor: the deadline of a request that has none."""


class CallbackState(StrEnum):
    """Where a request is."""

    WAITING = "waiting"
    RINGING = "ringing"
    DIALLING = "dialling"
    TALKING = "talking"
    HELD = "held"
    DONE = "done"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"


class CallbackOrder(StrEnum):
    """In which order they come."""

    NEWEST = "newest"
    """By the first miss, the newest first."""
    RING_BY = "ring_by"
    """By when a phone must ring, the most urgent first."""


class TargetStand(StrEnum):
    """How the target of a request stands."""

    OPEN = "open"
    MET = "met"
    MISSED = "missed"
    NOT_NEEDED = "not_needed"


class FateName(StrEnum):
    """What became of a customer who was missed."""

    OWED = "owed"
    ANSWERED_LATER = "answered_later"
    GOT_THROUGH = "got_through"
    LOST = "lost"
    NEVER_CALL = "never_call"


ManagerName = Annotated[Line, Field(min_length=1, max_length=64)]
"""A manager's id, or a group's name."""
WorkingSeconds = Annotated[float, Field(ge=0, le=10**7, allow_inf_nan=False)]
"""Of the company's hours."""


class CallbackListParams(PageParams):
    """What to list; filters are joined by "and"."""

    order: CallbackOrder = Field(CallbackOrder.NEWEST, description="A cursor is good for the order that made it.")
    open: bool | None = Field(None, description="True: what is still to be done; false: what is closed.")
    state: Several[CallbackState] = ()
    target: Several[TargetStand] = Field((), description="Whether a manager's phone rang by `ring_by`.")
    fate: Several[FateName] = Field((), description="What became of the customer.")
    closed_for: Several[ManagerName] = Field((), description="`reached`, `got_through`, `attempts_spent` ...")
    number: Several[Number] = Field((), description="The customer, in any spelling.")
    owner: Several[ManagerName] = Field((), description="The manager's id in the directory.")
    group: Several[ManagerName] = Field((), description="The group that the owner is in now.")
    manager: Several[ManagerName] = Field((), description="Whose phone was rung for it, by the directory's id.")
    why_not: Several[ManagerName] = Field((), description="What it waited for when the target's time ran out.")
    ring_from: WorkingSeconds | None = Field(
        None, description="Closed, and a phone rang after so many working seconds or more."
    )
    ring_to: WorkingSeconds | None = Field(None, description="Closed, and a phone rang within so many working seconds.")
    since: Instant | None = Field(None, description="First missed at or after; ISO 8601 with a zone.")
    until: Instant | None = Field(None, description="First missed before; ISO 8601 with a zone.")


def place(request: CallbackShape, order: CallbackOrder) -> str:
    """Return the cursor of where a request stands."""
    at = (request.ring_by or _NEVER) if order is CallbackOrder.RING_BY else request.first_missed_at
    return cursor.write(CursorPosition(at, str(request.request_id)))


def filters(params: CallbackListParams, region: str) -> dict[str, list[object]]:
    """Turn parameters into the list's filters."""
    found: dict[str, list[object]] = {}
    if params.open is not None:
        found["open" if params.open else "closed"] = []
    words: dict[str, Sequence[object]] = {
        "state": params.state,
        "target": params.target,
        "fate": params.fate,
        "closed_for": params.closed_for,
        "owner": params.owner,
        "group": params.group,
        "manager": params.manager,
        "why_not": params.why_not,
        "customer": [canonical(number, region) for number in params.number],
    }
    found |= {name: any_of(given) for name, given in words.items() if given}
    plain = {
        "since": params.since,
        "until": params.until,
        "ring_from": params.ring_from,
        "ring_to": params.ring_to,
    }
    found |= {name: [value] for name, value in plain.items() if value is not None}
    if params.cursor is not None:
        last = cursor.read(params.cursor)
        row = cursor.row_number(last.call_id)
        if params.order is CallbackOrder.RING_BY:
            found["behind"] = ["infinity" if last.started_at == _NEVER else last.started_at.isoformat(), row]
        else:
            found["before"] = [last.started_at, row]
    return found
