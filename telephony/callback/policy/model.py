"""The words of callbacks: requests, attempts, their states, reasons and outcomes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from telephony.directory.model import ManagerId
from telephony.model import CallId, PbxName
from telephony.numbers import Canonical

RequestId = NewType("RequestId", int)
AttemptKey = NewType("AttemptKey", int)
"""An attempt's key in the database. What the PBX sees is its `ChannelId`."""
ChannelId = NewType("ChannelId", str)
"""The uniqueid that a manager's channel is originated with: ``rb-cb-<attempt>-<random>``. Also that call's linkedid."""

CHANNEL_PREFIX = "rb-cb-"


class WithdrawnReason(StrEnum):
    """Why a manager is not needed any more."""

    GOT_THROUGH = "got_through"
    """The customer called again and somebody answered."""
    CALLED_BACK = "called_back"
    """Somebody called them."""
    TAKEN = "taken"
    """A colleague accepted first."""
    CANCELLED = "cancelled"
    """The request was cancelled by hand, or is gone."""


class RequestState(StrEnum):
    """Where a request is; see docs/callbacks.md for the diagram."""

    WAITING = "waiting"
    """For its time (`WaitReason` says why)."""
    RINGING = "ringing"
    """At least one manager's phone is being rung, or listens."""
    DIALLING = "dialling"
    """A manager accepted; the customer is being dialled."""
    TALKING = "talking"
    """Manager and customer are bridged."""
    HELD = "held"
    """Waits for a person's word: too late to ring by surprise, or unsure whether they have talked (`WaitReason`)."""
    DONE = "done"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"


OPEN_STATES = frozenset(
    {RequestState.WAITING, RequestState.RINGING, RequestState.DIALLING, RequestState.TALKING, RequestState.HELD}
)


class WaitReason(StrEnum):
    """Why a request waits; kept in the history, so that a late callback can be explained."""

    NEW = "new"
    DELAY = "delay"
    CLOSED = "closed"
    """Outside working hours."""
    ASLEEP = "asleep"
    """Outside the customer's waking hours."""
    ON_A_CALL = "on_a_call"
    """A call with the customer is up now."""
    NOBODY_FREE = "nobody_free"
    """Everybody whose turn it is is busy or away."""
    LADDER = "ladder"
    """Somebody was rung without success; the next one's turn comes."""
    NEXT_ROUND = "next_round"
    """Nobody on the whole ladder accepted."""
    LIVE_CALLERS = "live_callers"
    """Managers are kept free for live callers."""
    PACE = "pace"
    """The trunk's originates a minute are spent."""
    RETRY = "retry"
    """The customer did not answer."""
    PROMISED = "promised"
    """For the time that the caller was told."""
    LATER = "later"
    """A manager asked for it (key 2)."""
    TRUNK = "trunk"
    """The trunk or the PBX failed."""
    BY_HAND = "by_hand"
    """Snoozed, released or reassigned by a person."""
    LOST = "lost"
    """An attempt vanished with a daemon or a PBX."""
    TOLL = "toll"
    """A manager accepted, but a rule or limit of `[toll]` forbade the dial: it is decided anew."""
    TOLL_PREFIX_CAP = "toll_prefix_cap"
    """Held: so many calls to that range of numbers were made today."""
    TOLL_DAY_CAP = "toll_day_cap"
    """Held: so many calls were made today."""
    STALE = "stale"
    """Held: an outage made it too late to ring by surprise."""
    UNSURE = "unsure"
    """Held: a manager accepted, and nobody knows whether they and the customer talked."""


class ClosedReason(StrEnum):
    """Why a request is closed."""

    REACHED = "reached"
    DEALT = "dealt"
    """A manager pressed 9, or said so by hand."""
    GOT_THROUGH = "got_through"
    """The customer called and somebody answered."""
    CALLED_BY_US = "called_by_us"
    """Somebody called the customer, and they talked."""
    BY_HAND = "by_hand"
    ATTEMPTS_SPENT = "attempts_spent"
    BAD_NUMBER = "bad_number"
    TOO_OLD = "too_old"
    HIDDEN = "hidden"
    OWN_NUMBER = "own_number"
    EMPLOYEE = "employee"
    DO_NOT_CALL = "do_not_call"
    UNDIALABLE = "undialable"
    SHORT_RING = "short_ring"
    """They hung up before `toll.least_ring_seconds`: bait, or a slip of the finger."""
    TOLL_NO_NUMBER = "toll_no_number"
    """These four are rules of `[toll]` (`telephony.tolls.rules.TollCause`): nobody's plan has such a number."""
    TOLL_COUNTRY = "toll_country"
    TOLL_KIND = "toll_kind"
    TOLL_PREFIX = "toll_prefix"


class Outcome(StrEnum):
    """What came of ringing one manager's phone, and of the customer's dial after it."""

    REACHED = "reached"
    """They talked for long enough."""
    SHORT_TALK = "short_talk"
    """The customer picked up and was gone before it was a talk."""
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    CALLS_US = "calls_us"
    """Busy, because the customer was calling us at that moment."""
    BAD_NUMBER = "bad_number"
    TRUNK_FAILED = "trunk_failed"
    GAVE_UP = "gave_up"
    """The manager hung up while the customer's phone rang."""
    MANAGER_NO_ANSWER = "manager_no_answer"
    MANAGER_BUSY = "manager_busy"
    REFUSED = "refused"
    """The manager rejected the call, or picked up and hung up."""
    UNREGISTERED = "unregistered"
    NO_KEY = "no_key"
    LATER = "later"
    HANDED_OVER = "handed_over"
    DEALT = "dealt"
    WITHDRAWN = "withdrawn"
    """Taken down by us: the customer got through, a colleague was first, somebody cancelled."""
    LOST = "lost"
    """Nothing is known: the PBX or the daemon was gone. After an acceptance a person is asked what came of it."""


class Step(StrEnum):
    """A rung of the ladder."""

    OWNER = "owner"
    DEPUTY = "deputy"
    GROUP = "group"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Request:
    """One customer's callback request, as the row has it."""

    request_id: RequestId
    pbx: PbxName
    customer: Canonical
    heard_number: str
    """The customer's number as the trunk told it: what may have to be dialled."""
    name: str
    did: str
    """Our number that they had called."""
    trunk: str
    """The trunk that the call came on, ``PJSIP/carrier``."""
    state: RequestState
    waits_for: WaitReason
    misses: int
    first_missed_at: datetime
    """When the caller hung up, the first time: all figures count from here."""
    last_missed_at: datetime
    last_call_id: CallId
    due_at: datetime
    round: int
    """1 for the first run over the ladder."""
    round_began_at: datetime
    spent: int
    """Unanswered dials of the customer so far."""
    owner: ManagerId | None
    owner_asked: bool
    first: ManagerId | None
    """Whom to ring before anybody else in this round: who accepted the last time, or asked for later."""
    rang_at: datetime | None = None
    """The first ring of any manager's phone; like the next two, the first one counts."""
    accepted_at: datetime | None = None
    talked_at: datetime | None = None
    closed_at: datetime | None = None
    closed_for: ClosedReason | None = None
    closed_by: str = ""
    ring_by: datetime | None = None
    """When the target's time is up: a manager's phone must ring before. None if we never work so long."""
    priority: int = 0
    """0 to 100: who is rung first of those that are due; a promised time counts as 20."""
    do_not_call: bool = False
    """As the directory marks them now; not a column of the request."""

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request that is to be opened. ``heard_number``, ``did`` and ``trunk`` are as the call told them."""

    pbx: PbxName
    customer: Canonical
    heard_number: str
    name: str
    did: str
    trunk: str
    at: datetime
    due_at: datetime
    waits_for: WaitReason = WaitReason.NEW
    call_id: str = ""
    """The missed call; empty if a person asks for it."""
    misses: int = 1
    state: RequestState = RequestState.WAITING
    closed_for: ClosedReason | None = None
    """Why it is closed at its birth; None leaves it open."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One manager's phone rung for one request, as the row has it."""

    key: AttemptKey
    request_id: RequestId
    manager: ManagerId
    channel_id: ChannelId
    pbx: PbxName
    step: Step
    round: int
    written_at: datetime
    daemon: int
    """Who rings it: the advisory lock that this daemon holds while it lives."""
    dialstring: str
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    """When the conversation with the manager began."""
    accepted_at: datetime | None = None
    clock_zero: datetime | None = None
    """When the machine of the acceptance was started, by its clock of then; see `telephony.callback.talk_clock`."""
    clock_machine: str = ""
    dialstatus: str | None = None
    dial_cause: int | None = None
    dial_talk: float | None = None
    withdrawn: WithdrawnReason | None = None
    withdrawn_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
