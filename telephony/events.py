"""What happened to a call: the tracker's output, and what every listener hears.

Each event carries the call as it stood at that moment. Listeners match on the class and close with `assert_never`.
The order for one call is ``CallStarted``, then any number of the middle ones, then exactly one ``CallEnded``; or, for a
call that another one took in, that other call's ``CallMerged``.
"""

from dataclasses import dataclass
from datetime import datetime

from telephony.model import Call, CallId, ChannelName, RecordingSegment, Transfer, Uniqueid


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The first channel of a new call was seen."""

    call: Call
    at: datetime


@dataclass(frozen=True, slots=True)
class CallRinging:
    """A person's phone began to ring."""

    call: Call
    at: datetime
    channel: ChannelName
    uniqueid: Uniqueid
    number: str


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """Two persons were bridged for the first time; ``call.answered_by`` says who."""

    call: Call
    at: datetime
    channel: ChannelName
    """The answering person's channel: where a recorder would attach."""
    uniqueid: Uniqueid


@dataclass(frozen=True, slots=True)
class CallTransferred:
    """A transfer was made (the target may still have to answer)."""

    call: Call
    at: datetime
    transfer: Transfer


@dataclass(frozen=True, slots=True)
class CallRecorded:
    """The PBX began to write a file for this call (``MIXMONITOR_FILENAME``)."""

    call: Call
    at: datetime
    segment: RecordingSegment


@dataclass(frozen=True, slots=True)
class NumberKeyed:
    """A caller keyed in the number to be called back at, and nothing could be promised for it just then.

    What is made of a call's end cannot know it: the number is nowhere else.
    """

    call: Call
    at: datetime
    number: str


@dataclass(frozen=True, slots=True)
class CallMerged:
    """Two calls turned out to be one conversation (an attended transfer joined them).

    ``call`` goes on with the legs of both; the call known as ``absorbed`` was started, gets no `CallEnded` and is no
    row of its own any more: what was kept under its id now belongs to ``call``.
    """

    call: Call
    at: datetime
    absorbed: CallId


@dataclass(frozen=True, slots=True)
class CallEnded:
    """All channels are gone; ``call`` is final."""

    call: Call
    at: datetime


CallEvent = (
    CallStarted | CallRinging | CallAnswered | CallTransferred | CallRecorded | NumberKeyed | CallMerged | CallEnded
)


@dataclass(frozen=True, slots=True)
class CallbackChanged:
    """What happened to a customer's callback request; see docs/callbacks.md for states, verbs and reasons."""

    request_id: int
    verb: str
    """``miss``, ``ring``, ``accept``, ``bridge``, ``retry``, ``snooze``, ``done``, ``cancel``, ``discard``, ..."""
    state: str
    """After the verb: ``waiting``, ``ringing``, ..., ``done``, ``cancelled``, ``discarded``."""
    reason: str
    at: datetime
    by: str
    """Who did it: a manager's id or whoever gave the order; empty for the engine and the ledger."""
    customer: str
    """Canonical number; empty for hidden callers."""
    name: str
    did: str
    owner: str
    """The customer's manager by the directory's id, or empty."""
    misses: int
    spent: int
    """Unanswered dials of the customer so far."""
    first_missed_at: datetime
    due_at: datetime
    call_id: CallId
    """The last missed call."""
    rang_at: datetime | None = None
    accepted_at: datetime | None = None
    talked_at: datetime | None = None
    closed_at: datetime | None = None
    ring_by: datetime | None = None
    """By when a manager's phone must ring; None if the hours never open."""


@dataclass(frozen=True, slots=True)
class SurveyOver:
    """A survey by phone ended; see docs/surveys.md."""

    survey_id: int
    customer: str
    """Canonical number."""
    name: str
    did: str
    because: str
    """``sale``, ``first_call`` or ``by_hand``."""
    at: datetime
    end: str
    """``finished``, ``hung_up``, ``no_consent``, ``never_again``, ``not_reached``, ..."""
    call_id: CallId
    """The last call; empty if nobody was rung."""
    consented: bool
    score: int | None
    """0 to 10: how likely they would recommend us; None if they did not say."""
    answers: tuple[int, ...]
    """The questions, 1 to 3, that they answered aloud."""
    person_wanted: bool
    request_id: int | None
    """The callback that they asked for."""
