"""The words of the ledger: calls, legs, parties, transfers, recordings.

Every value here is frozen. A `Call` is a snapshot: the tracker makes a new one each time something happened, and the
last one is what the ledger keeps. Times are aware UTC datetimes from the PBX's own clock; numbers are text as the PBX
said them (see `telephony.numbers` for comparing them).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

PbxName = NewType("PbxName", str)
"""The operator's name for one PBX, from settings; part of every call's identity."""
CallId = NewType("CallId", str)
"""``<pbx>:<linkedid>`` of the first channel: unique over all PBXs, stable over restarts."""
Uniqueid = NewType("Uniqueid", str)
Linkedid = NewType("Linkedid", str)
ChannelName = NewType("ChannelName", str)
"""As Asterisk means it: ``PJSIP/101-0000002a``."""


class Direction(StrEnum):
    """Where a call came from, told by the trunks: the first leg on a trunk is inbound, a later one outbound."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Disposition(StrEnum):
    """How a call ended.

    ``missed`` is for inbound calls only and always has a `MissedReason`; the rest tell how an outbound or internal
    call ended. ``in_progress`` is a call that has not ended yet (or whose capture stops before its end).
    """

    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    MISSED = "missed"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


class MissedReason(StrEnum):
    """Why no person answered an inbound call."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    ABANDONED_WAITING = "abandoned_waiting"
    ABANDONED_MENU = "abandoned_menu"
    OFF_HOURS = "off_hours"
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"
    VOICEMAIL = "voicemail"


class CallKind(StrEnum):
    """What made the call happen: a person dialling, a callback of ours, a click in a CRM, or a survey by phone."""

    ORDINARY = "ordinary"
    CALLBACK = "callback"
    CLICK_TO_CALL = "click_to_call"
    SURVEY = "survey"


class TransferKind(StrEnum):
    """Blind: nobody was asked; attended: the target answered first; blonde: handed over while the target rang."""

    BLIND = "blind"
    ATTENDED = "attended"
    BLONDE = "blonde"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a number and perhaps a name; both are empty text where the PBX told nothing (hidden caller)."""

    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answerer:
    """The person who answered: the first who was bridged with the other side."""

    number: str
    name: str
    channel: ChannelName


@dataclass(frozen=True, slots=True)
class Leg:
    """One party's part in a call: one non-Local channel, from its birth to its end."""

    channel: ChannelName
    uniqueid: Uniqueid
    number: str
    name: str
    started_at: datetime
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    hangup_cause: int | None = None
    """Q.850 cause as Asterisk tells it, e.g. 16 normal, 17 busy, 19 no answer, 26 answered elsewhere."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One hand-over inside a call. ``by`` is the number of who transferred, ``to`` the number it went to."""

    kind: TransferKind
    by: str
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordingSegment:
    """One file that the PBX writes for a leg of the call, by the PBX's own path."""

    path: str
    channel: ChannelName
    uniqueid: Uniqueid
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One real-world conversation, or one attempt at it, whatever Asterisk made of it."""

    call_id: CallId
    pbx: PbxName
    linkedid: Linkedid
    direction: Direction
    kind: CallKind
    caller: Party
    dialed: str
    """What the caller dialled: the DID of an inbound call, the number of an outbound one."""
    trunk: str
    """The trunk endpoint of the outside leg, e.g. ``PJSIP/carrier``; empty for internal calls."""
    started_at: datetime
    answered_at: datetime | None
    """When two persons were first bridged; not when an IVR or a queue picked up."""
    ended_at: datetime | None
    disposition: Disposition
    missed_reason: MissedReason | None
    answered_by: Answerer | None
    queue: str = ""
    """The last queue the caller waited in, or empty."""
    legs: tuple[Leg, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    recordings: tuple[RecordingSegment, ...] = ()
    repaired: bool = False
    """True if a part of it was not heard live but rebuilt (resync after a reconnect, or from CEL)."""
    talk: timedelta = timedelta()
    """How long persons were bridged."""
    asked: str = ""
    """The number that an outbound call's trunk was asked for, where that is told: behind an outside prefix, a speed
    dial or a hotline it is not what the phone dialled."""
    talked_last: Answerer | None = None
    """Who of ours talked with the customer last: after a hand-over somebody else than ``answered_by``."""

    @property
    def wait_seconds(self) -> float:
        """From the start to the answer, or to the end if nobody answered; 0 while neither is known.

        Nor less than 0 if the PBX's clock went back meanwhile.
        """
        until = self.answered_at or self.ended_at
        return max((until - self.started_at).total_seconds(), 0.0) if until else 0.0

    @property
    def talk_seconds(self) -> float:
        """`talk` in seconds."""
        return self.talk.total_seconds()

    @property
    def served_by(self) -> Answerer | None:
        """Whose the call is: who talked with the customer last, else who answered; None if nobody of ours talked."""
        return self.talked_last or (self.answered_by if self.direction is not Direction.OUTBOUND else None)

    @property
    def customer(self) -> str:
        """The outside party's number.

        The caller of an inbound call; of an outbound one what the trunk was asked for, else what was dialled.
        """
        match self.direction:
            case Direction.INBOUND:
                return self.caller.number
            case Direction.OUTBOUND:
                return self.asked or self.dialed
            case Direction.INTERNAL:
                return ""

    @property
    def did(self) -> str:
        """Our own number that an inbound caller dialled, else empty."""
        return self.dialed if self.direction is Direction.INBOUND else ""
