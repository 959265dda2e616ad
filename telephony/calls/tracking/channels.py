"""What a channel's name says, and the records kept of channels, legs and bridges.

Asterisk's name of a channel is ``technology/endpoint-serial``, e.g. ``PJSIP/101-0000002a``. The name, not the uniqueid,
is a phone's identity: when Asterisk masquerades (pickup, Asterisk 11's transfers) it gives the phone's name to another
channel with another uniqueid, and the old one becomes ``<ZOMBIE>``. So a leg hangs on the name, and follows it.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from telephony.calls.tracking.lifecycle import CallPhase, LegPhase, QueueWaiting
from telephony.channel_events import ChannelFacts
from telephony.model import CallKind, Leg, RecordingSegment, Transfer

_SUFFIX: Final = re.compile(r"<[A-Z]+>$")
_SERIAL: Final = re.compile(r"-[0-9a-fA-F]{2,16}(?:[;,][12])?$|-u?\d+(?:\.\d+)?$")
_LINE: Final = re.compile(r"((?:dahdi|zap|capi|misdn|khomp|woomera|ss7)/[^/]+)/", re.IGNORECASE)
"""A card's group of lines: what follows its name is a number, the caller's or the dialled one."""
_PSEUDO: Final = re.compile(r"(?:dahdi|zap|dahdi-pseudo|dahdi_pseudo)/pseudo\b", re.IGNORECASE)
"""A card's channel without a line, which conferences and announcements mix on."""
_PLUMBING: Final = frozenset(
    "AsyncGoto Surrogate Bridge Parked Recorder Announcer MulticastRTP UnicastRTP CBAnn CBRec ConfBridgeRecorder Snoop "
    "AudioSocket WebSocket Message OutgoingSpoolFailed Transfered Substitution Feature Pickup Test Dummy Null "
    "DTMFAnnouncer Announcement BridgeRecorder PlaybackFinished Monitor Stasis".lower().split()
)


class ChannelKind(Enum):
    """What stands behind a channel: somebody, half of a Local pipe, or the PBX itself."""

    PARTY = auto()
    LOCAL = auto()
    PLUMBING = auto()


@lru_cache(maxsize=4096)
def kind_of(name: str) -> ChannelKind:
    """Tell by its name what a channel is. A name without a technology is nobody."""
    technology, slash, rest = name.partition("/")
    if technology.lower() == "local":
        return ChannelKind.LOCAL
    if not technology or not slash or not rest or technology.lower() in _PLUMBING or _PSEUDO.match(name):
        return ChannelKind.PLUMBING
    return ChannelKind.PARTY


def base_name(name: str) -> str:
    """Return the name without ``<ZOMBIE>`` and ``<MASQ>``: the phone that it belongs to."""
    return _SUFFIX.sub("", name) if name.endswith(">") else name


@lru_cache(maxsize=4096)
def endpoint_of(name: str) -> str:
    """``PJSIP/carrier-0000002a`` to ``PJSIP/carrier``, ``DAHDI/i2/0671234567-3`` to ``DAHDI/i2``."""
    line = _LINE.match(name)
    return line[1] if line else _SERIAL.sub("", base_name(name))


def other_half(name: str) -> str:
    """The name of a Local channel's other half (``;1``, ``;2``; ``,1`` in Asterisk 1.4); empty if it is not a half."""
    if name.endswith((";1", ",1")):
        return name[:-1] + "2"
    return name[:-1] + "1" if name.endswith((";2", ",2")) else ""


@dataclass(slots=True, eq=False)
class LegRecord:
    """One phone's part in a call, while it is tracked."""

    channel: str
    uniqueid: str
    started_at: datetime
    origin: str
    """The linkedid it was born with."""
    call: "CallRecord"
    holder: "ChannelRecord | None" = None
    """The living channel that bears its name now."""
    phase: LegPhase = LegPhase.BORN
    number: str = ""
    name: str = ""
    context: str = ""
    exten: str = ""
    """The first extension it asked for that is a number; what a caller dialled."""
    dialstring: str = ""
    incoming: bool | None = None
    """True: the phone called the PBX; False: the PBX called it; None: not known yet."""
    trunk: bool | None = None
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    hangup_cause: int = -1
    dialstatus: str = ""
    connected_number: str = ""
    frozen: Leg | None = None
    """The ledger's value of it, until something of it changes."""
    stands_at: str = ""
    """The extension that it was last told at."""
    asked_to_end: bool | None = None
    """Who first wanted it to end: True the PBX, False the phone itself, None nobody yet."""
    dialled_by: "LegRecord | None" = None
    last_peer: "LegRecord | None" = None
    """Asterisk 11: whom it was linked to last."""
    met: bool = False
    """It was in a bridge that connects."""
    noted: ChannelFacts | None = None
    """What it learned from last; the same facts teach nothing new."""


@dataclass(slots=True, eq=False)
class ChannelRecord:
    """One channel that lives."""

    uniqueid: str
    name: str
    kind: ChannelKind
    call: "CallRecord"
    linkedid: str
    leg: LegRecord | None = None
    bridge: "BridgeRecord | None" = None
    dialler: str = ""
    """The uniqueid of the channel that dialled this one; itself if the PBX originated it."""
    state: int = -1
    """What its state was last told to be; -1 if nothing told it yet."""
    heard: ChannelFacts | None = None
    """Its facts as they were heard last: events repeat them, and nothing is to be done about those twice."""
    seen_born: bool = False
    """Nothing of it was missed."""
    lent: bool = False
    """It has a life of its own (an agent's line, a seat in a conference) and stays when the customer is gone."""


@dataclass(slots=True, eq=False)
class BridgeRecord:
    """One bridge with somebody in it."""

    bridge_id: str
    since: datetime
    """When the first came in."""
    members: dict[str, ChannelRecord] = field(default_factory=dict)


# The record of one call while it is tracked.
@dataclass(slots=True, eq=False)
class CallRecord:
    """One call while it is tracked; `telephony.calls.tracking.parties` makes the ledger's frozen `Call` of it."""

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
    waiting: QueueWaiting = QueueWaiting.NO
    queuestatus: str = ""
    """How the last queue ended, where it told."""
    dialstatus: str = ""
    """The last result of a dial that named no target (Asterisk 11, or no phone could be asked)."""
    parked_at: datetime | None = None
    unseen: dict[str, LegRecord] = field(default_factory=dict)
    """Bridges that were entered before the capture began, and who left them first."""
    piped: bool = False
    """Half of a Local channel left such a bridge: who was in it heard people of another one."""
    extens: set[str] = field(default_factory=set)
    """All numbers that its callers asked for or were sent on to: nobody's own."""
    off_hours: bool = False
    ours: CallKind = CallKind.ORDINARY
    """A callback or a click-to-call of ours, by its linkedid."""
    originated: bool = False
    """The PBX made the first leg: nobody dialled."""
    lent: bool = False
    """Somebody takes part whose line has a life of its own: see `telephony.calls.tracking.joining`."""
    at_rest: bool = False
    """No call but such a line between two customers; told to nobody."""
    repaired: bool = False
