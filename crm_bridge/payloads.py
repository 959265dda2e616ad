"""What other systems read of us: one JSON shape for a call, in webhooks and in the API alike.

The shapes are versioned as a whole (`VERSION`): a field is added at will, and renamed or removed never. Times are ISO
8601 in UTC, durations are seconds, numbers are text.
"""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from telephony.model import Call, CallKind, Direction, Disposition, Leg, MissedReason, TransferKind
from telephony.numbers import canonical

VERSION = "1"


class Shape(BaseModel):
    """A published JSON object."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class PartyShape(Shape):
    """Somebody with a number and perhaps a name."""

    number: str = Field(description="As the PBX said it; empty if hidden.")
    name: str = Field(description="As the caller's side sent it: never trust it as HTML.")


class AnswererShape(PartyShape):
    """The person who answered."""

    channel: str = Field(description="Asterisk's channel name.")


class LegShape(Shape):
    """One party's part in a call."""

    channel: str
    uniqueid: str
    number: str
    name: str
    started_at: datetime
    rang_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    hangup_cause: int | None = Field(
        description="Q.850 cause: 16 normal, 17 busy, 19 no answer, 26 answered elsewhere."
    )

    @classmethod
    def of(cls, leg: Leg) -> Self:
        """Take it from the ledger's own value."""
        return cls.model_validate(leg)


class TransferShape(Shape):
    """One hand-over inside a call."""

    kind: TransferKind
    by: str
    to: str
    at: datetime


class CallShape(Shape):
    """One call of the ledger."""

    call_id: str = Field(description="`<pbx>:<linkedid>`; stable for ever.")
    pbx: str
    direction: Direction
    kind: CallKind
    caller: PartyShape
    dialed: str = Field(description="What the caller dialled: our DID of an inbound call.")
    customer: str = Field(description="The outside party, E.164; empty for internal calls and hidden callers.")
    trunk: str
    queue: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    disposition: Disposition
    missed_reason: MissedReason | None
    answered_by: AnswererShape | None = Field(description="Who answered, first if several did.")
    wait_seconds: float
    talk_seconds: float
    repaired: bool = Field(description="True if a part was rebuilt after an outage rather than heard live.")
    legs: tuple[LegShape, ...]
    transfers: tuple[TransferShape, ...]
    talked_last: AnswererShape | None = Field(
        default=None,
        description="Who of ours talked with the customer last: after a hand-over somebody else than who answered.",
    )

    @classmethod
    def of(cls, call: Call, region: str) -> Self:
        """Take it from the ledger's own value; ``region`` is the operator's country, for the customer's number."""
        return cls.model_validate(call).model_copy(update={"customer": canonical(call.customer, region)})


class CallbackEventShape(Shape):
    """A callback request, as it stands after something happened to it."""

    request_id: int
    verb: str = Field(description="What happened: `miss`, `request`, `ring`, `accept`, `bridge`, `retry`, `done` ...")
    state: str
    reason: str
    by: str = Field(description="Who did it: a manager's id or a key's name; empty for Ringback itself.")
    customer: str
    name: str
    did: str
    owner: str
    misses: int
    spent: int
    first_missed_at: datetime
    due_at: datetime
    call_id: str = Field(description="The last missed call; empty if a person asked for it.")
    rang_at: datetime | None
    accepted_at: datetime | None
    talked_at: datetime | None
    closed_at: datetime | None


class ReadyRecording(Shape):
    """A recording that can be played."""

    recording_id: int
    started_at: datetime
    seconds: float
    sides: int
    format: str
    bytes: int


class AlarmShape(Shape):
    """Something is wrong with a recording, or (no call) with recording as such."""

    alarm_id: int
    call_id: str | None
    cause: str = Field(description="`missing`, `silent`, `one_sided`, `short`, `unreadable`, `disk_full` ...")
    why: str
    raised_at: datetime
