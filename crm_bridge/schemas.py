"""What other systems read of us: one JSON shape for a call, in webhooks and in the API alike.

The shapes are versioned as a whole (`VERSION`): a field is added at will, and renamed or removed never. Times are ISO
8601 in UTC, durations are seconds, numbers are text.
"""

from datetime import datetime
from decimal import Decimal
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
    ring_by: datetime | None = Field(description="By when a manager's phone must ring; see `getCallback`'s target.")


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


# What others read beside a call itself: notes, callbacks, recordings, deliveries. Rules as in `payloads`.
class CommentShape(Shape):
    """What somebody wrote on a call."""

    comment_id: int
    at: datetime
    author: str = Field(description="The name of the key that wrote it.")
    text: str


class TagShape(Shape):
    """A word put on a call."""

    tag: str
    at: datetime
    author: str


class ResultShape(Shape):
    """How a call went, by the company's own code."""

    code: str
    at: datetime
    author: str
    amount: Decimal | None = Field(None, description="What it brought, in the company's currency; text, never a float.")


class NotesShape(Shape):
    """All that people wrote on a call, as it stands after something was written or taken back."""

    verb: str = Field(description="`comment`, `uncomment`, `tag`, `untag`, `result`, `unresult`; `end` at its end.")
    by: str = Field(description="The name of the key that did it; empty at the call's end.")
    comments: tuple[CommentShape, ...] = Field(description="The last ones, at most 20, the oldest first.")
    earlier: int = Field(description="How many comments are older than those.")
    tags: tuple[TagShape, ...]
    result: ResultShape | None


class CallbackShape(Shape):
    """One customer's callback request."""

    request_id: int
    pbx: str
    customer: str = Field(description="E.164; empty for hidden callers.")
    name: str = Field(description="As the caller's side or the directory told it: never trust it as HTML.")
    did: str = Field(description="Our number that they had called.")
    state: str = Field(
        description="`waiting`, `ringing`, `dialling`, `talking`, `held`, `done`, `cancelled` or `discarded`."
    )
    waits_for: str = Field(description="While it waits: why (`new`, `closed`, `nobody_free`, `retry`, `by_hand` ...).")
    misses: int = Field(description="Missed calls that it stands for; 0 if a person asked for it.")
    first_missed_at: datetime
    last_missed_at: datetime
    due_at: datetime
    spent: int = Field(description="Dials of the customer that were not answered.")
    owner: str | None = Field(description="The manager who serves the customer, by the directory's id.")
    rang_at: datetime | None
    accepted_at: datetime | None
    talked_at: datetime | None
    closed_at: datetime | None
    closed_for: str | None = Field(description="`reached`, `dealt`, `got_through`, `by_hand`, `attempts_spent` ...")
    closed_by: str
    ring_by: datetime | None = Field(
        description="By when a manager's phone must ring: `callback.target_seconds` of working time after the hang-up. "
        "Null if the hours never open."
    )
    target: str = Field(
        description="`open`, `met`, `missed` or `not_needed`: whether a manager's phone rang by `ring_by`."
    )
    fate: str | None = Field(
        description="What became of the customer: `owed` while it is open, then `answered_later`, `got_through`, "
        "`lost` or `never_call` (bait, own numbers, who does not want it). Written once, at the closing."
    )
    priority: int = Field(description="0 to 100: of those that are due, the more urgent are rung first.")


class RecordingShape(Shape):
    """One kept recording of a call; it may have several."""

    recording_id: int
    call_id: str
    channel: str
    started_at: datetime
    seconds: float | None = Field(description="Null until it is converted.")
    sides: int | None = Field(description="2: left is the customer, right the manager; 1: both in one.")
    adopted: bool = Field(description="True if the PBX recorded it by itself.")
    verdict: str | None = Field(description="`good`, `silent`, `missing`, `unreadable` ...; null until it is judged.")
    format: str | None = Field(description="`mp3` or `opus`.")
    bytes: int | None
    levels: list[float] = Field(description="How loud each side is, RMS in dBFS.")
    voiced: list[float] = Field(description="Seconds in which each side was louder than silence.")
    kept_at: datetime | None
    deleted_at: datetime | None = Field(description="When its sound was deleted; the rest stays.")


class RecordingVerdict(Shape):
    """What became of a call's recording as a whole."""

    wanted: bool = Field(description="Whether the policy or an order asked for it.")
    stage: str = Field(description="`open`, `ended`, `kept` or `done`.")
    verdict: str | None = Field(description="`good`, `silent`, `one_sided`, `short`, `missing` ...")
    why: str
    held: bool = Field(description="Under a legal hold: not deleted by age.")


class DeliveryShape(Shape):
    """One message of the outbox to one target."""

    id: int
    target: str
    key: str = Field(description="What it speaks of: a call's id, or `request:<id>`.")
    kind: str
    state: str = Field(description="`waiting`, `sending`, `delivered` or `dead`.")
    attempts: int
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
    reason: str = Field(description="The target's last words.")


class ManagerShape(Shape):
    """A person who serves customers."""

    manager_id: str
    name: str
    endpoint: str = Field(description="Their phone, as the PBX dials it: `PJSIP/101`.")
    mobile: str
    language: str
    group: str
    deputy: str | None
    hours: str
    pbx: str


class PresenceShape(Shape):
    """A manager's phone as it stands."""

    manager_id: str
    name: str
    group: str
    endpoint: str
    state: str = Field(
        description="`ringing`, `on_a_call`, `away`, `off_hours`, `unregistered`, `unknown` or `free`: "
        "the first that holds."
    )
    since: datetime = Field(description="When this state was first seen.")
    until: datetime | None = Field(description="Of an absence that has an end.")
    reason: str = Field(description="Of an absence; `dnd` if the phone says that it does not disturb.")
    call_id: str | None = Field(description="The call that it is in.")


class CustomerShape(Shape):
    """A customer of the local directory."""

    number: str = Field(description="E.164.")
    name: str
    manager_id: str | None = Field(description="Who serves them.")
    do_not_call: bool
    changed_at: datetime


class ScoredShape(Shape):
    """What a call was scored by somebody who listened to it."""

    review_id: int
    call_id: str
    manager: str = Field(description="The extension of who talked.")
    why: str = Field(description="`first_call`, `random`, `unhappy` or `asked`.")
    drawn: bool = Field(description="It came out of its week's draw: only such scores make averages.")
    score: Decimal = Field(description="0 to 100.")
    fatal: bool
    by: str
    corrects: bool = Field(description="It supersedes an earlier score of the same review.")
