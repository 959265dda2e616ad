"""The record of one call while it is tracked."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telephony.calls.channels import ChannelRecord, LegRecord
from telephony.calls.lifecycle import CallPhase, Waiting
from telephony.model import CallKind, RecordingSegment, Transfer


@dataclass(slots=True, eq=False)
class CallRecord:
    """One call while it is tracked; `telephony.calls.parties` makes the ledger's frozen `Call` of it."""

    linkedid: str
    linkedids: set[str]
    started_at: datetime
    phase: CallPhase = CallPhase.FORMING
    channels: dict[str, ChannelRecord] = field(default_factory=dict)
    legs: list[LegRecord] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    recordings: list[RecordingSegment] = field(default_factory=list)
    answered_at: datetime | None = None
    answerer: LegRecord | None = None
    talked_last: LegRecord | None = None
    """Who of ours hears the customer, or did last."""
    voicemail: bool = False
    """The caller was with a mailbox when they hung up."""
    ended_at: datetime | None = None
    talking_since: datetime | None = None
    talk: timedelta = timedelta()
    queue: str = ""
    waiting: Waiting = Waiting.NO
    queuestatus: str = ""
    """How the last queue ended, where it told."""
    dialstatus: str = ""
    """The last result of a dial that named no target (Asterisk 11, or no phone could be asked)."""
    parked_at: datetime | None = None
    unseen: dict[str, LegRecord] = field(default_factory=dict)
    """Bridges that were entered before the capture began, and who left them first."""
    extens: set[str] = field(default_factory=set)
    """All numbers that its callers asked for or were sent on to: nobody's own."""
    off_hours: bool = False
    ours: CallKind = CallKind.ORDINARY
    """A callback or a click-to-call of ours, by its linkedid."""
    originated: bool = False
    """The PBX made the first leg: nobody dialled."""
    lent: bool = False
    """Somebody takes part whose line has a life of its own: see `telephony.calls.lending`."""
    at_rest: bool = False
    """No call but such a line between two customers; told to nobody."""
    repaired: bool = False
