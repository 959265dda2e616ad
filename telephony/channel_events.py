"""What the PBX told about its channels, bridges, dials and queues, as typed values.

Made by `telephony.ami.protocol.messages` and `telephony.cel`, eaten by `telephony.calls.tracking.tracker`. Each
event carries ``at``, an
aware UTC time of the PBX's own clock. Channels are named by their ``uniqueid``; Asterisk 11 names some only by channel
name, so where both are given the id may be empty.

They are NamedTuples because a busy PBX makes thousands a second: a tuple is built in a third of the time of a frozen
dataclass (0.25 µs against 0.8 µs here), is as immutable, and matches by class just as well.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple


class ChannelFacts(NamedTuple):
    """One channel as an event described it. Empty text is "not said", state -1 the same."""

    uniqueid: str
    name: str
    linkedid: str = ""
    number: str = ""
    """The channel's own caller-ID number (for a dialled phone: the number it was dialled as)."""
    caller_name: str = ""
    connected_number: str = ""
    connected_name: str = ""
    context: str = ""
    exten: str = ""
    state: int = -1
    """Asterisk's channel state: 0 down, 4 ring (incoming), 5 ringing (outgoing), 6 up."""


class ChannelSeen(NamedTuple):
    """A channel was born, changed its state, its caller ID or its connected line: these are its facts now."""

    at: datetime
    channel: ChannelFacts
    born: bool = False
    """True if this is its birth, so that nothing of it was missed."""


class ChannelRenamed(NamedTuple):
    """A channel has another name now; masquerades show as a ring of three of these."""

    at: datetime
    uniqueid: str
    old_name: str
    new_name: str


class DialBegan(NamedTuple):
    """``dialler`` began to ring ``target``; without ``dialler`` the PBX itself does it (Originate)."""

    at: datetime
    dialler: ChannelFacts | None
    target: ChannelFacts
    dialstring: str = ""


class DialRang(NamedTuple):
    """The dialled phone told that it rings."""

    at: datetime
    target: ChannelFacts


class DialEnded(NamedTuple):
    """One dial is over. Without ``target`` (Asterisk 11, variables) it is only known how the dialler's dial ended."""

    at: datetime
    dialler: ChannelFacts | None
    target: ChannelFacts | None
    dialstatus: str
    """``ANSWER``, ``BUSY``, ``NOANSWER``, ``CANCEL``, ``CONGESTION``, ``CHANUNAVAIL``..., or empty."""
    forward: str = ""
    """Where the phone sent the call on to (302), else empty."""


class BridgeEntered(NamedTuple):
    """A channel is in a bridge. ``holding`` bridges (parking, waiting rooms) connect nobody."""

    at: datetime
    bridge_id: str
    channel: ChannelFacts
    holding: bool = False


class BridgeLeft(NamedTuple):
    """A channel is out of a bridge."""

    at: datetime
    bridge_id: str
    channel: ChannelFacts
    holding: bool = False


class BridgeGone(NamedTuple):
    """A bridge was destroyed, with whoever was in it."""

    at: datetime
    bridge_id: str


class PairLinked(NamedTuple):
    """Two channels are connected (Asterisk 11 and older have no bridges of their own)."""

    at: datetime
    first: ChannelFacts
    second: ChannelFacts


class PairUnlinked(NamedTuple):
    """Two channels are connected no longer (Asterisk 11 and older)."""

    at: datetime
    first: ChannelFacts
    second: ChannelFacts


class BlindTransferred(NamedTuple):
    """``transferer`` sent its peer to ``exten``, without asking anybody there."""

    at: datetime
    transferer: ChannelFacts
    transferee: ChannelFacts | None
    exten: str
    context: str = ""
    succeeded: bool = True


class AttendedTransferred(NamedTuple):
    """The transferer's two legs were joined: ``transferee`` now talks to (or rings) ``target``."""

    at: datetime
    first: ChannelFacts
    """The transferer's channel in the first call (with the transferee)."""
    second: ChannelFacts
    """The transferer's channel in the second call (with the target)."""
    transferee: ChannelFacts | None
    target: ChannelFacts | None
    succeeded: bool = True
    others: tuple[ChannelFacts, ...] = ()
    """Further channels that belong to it: Local halves that join the bridges."""


class PickedUp(NamedTuple):
    """``picker`` took the call that rang at ``target``."""

    at: datetime
    picker: ChannelFacts
    target: ChannelFacts


class Parked(NamedTuple):
    """``parkee`` waits in a parking lot, put there by ``parker`` (a dial string or channel name, may be empty)."""

    at: datetime
    parkee: ChannelFacts
    parker: str
    space: str


class Unparked(NamedTuple):
    """``parkee`` left the parking lot: fetched by ``retriever``, or alone (timeout, gave up)."""

    at: datetime
    parkee: ChannelFacts
    retriever: ChannelFacts | None


class QueueJoined(NamedTuple):
    """A caller waits in ``queue``."""

    at: datetime
    channel: ChannelFacts
    queue: str


class QueueLeft(NamedTuple):
    """A caller waits in ``queue`` no longer; ``abandoned`` if the caller hung up."""

    at: datetime
    channel: ChannelFacts
    queue: str
    abandoned: bool = False


class QueueEnded(NamedTuple):
    """How a caller's visit to a queue ended: ``FULL``, ``JOINEMPTY``, ``TIMEOUT``, ``LEAVEEMPTY``, ``CONTINUE``..."""

    at: datetime
    channel: ChannelFacts
    queuestatus: str


class RecordingStarted(NamedTuple):
    """The PBX writes what this channel hears and says to ``path``."""

    at: datetime
    channel: ChannelFacts
    path: str


class OffHoursHeard(NamedTuple):
    """The dialplan told that this caller came outside working hours."""

    at: datetime
    channel: ChannelFacts


class MailboxReached(NamedTuple):
    """This caller was let leave a message in a mailbox, whether or not they left one."""

    at: datetime
    channel: ChannelFacts


class HangupAsked(NamedTuple):
    """Somebody wants this channel to end: the phone itself, or the PBX (its dialplan, an administrator)."""

    at: datetime
    channel: ChannelFacts
    by_pbx: bool


class ChannelHungUp(NamedTuple):
    """A channel is gone. ``cause`` is Q.850, -1 if not told."""

    at: datetime
    channel: ChannelFacts
    cause: int = -1


class CallClosed(NamedTuple):
    """No channel has this linkedid any more (CEL's LINKEDID_END): the last one is gone, or has another linkedid now."""

    at: datetime
    linkedid: str
    uniqueid: str
    """The last channel that had it."""


class PbxStopped(NamedTuple):
    """The PBX shut down or started anew: no channel of before lives on."""

    at: datetime
    started_at: datetime | None = None
    """When it started anew, where that is told: what was born after it lives on."""


ChannelEvent = (
    ChannelSeen
    | ChannelRenamed
    | DialBegan
    | DialRang
    | DialEnded
    | BridgeEntered
    | BridgeLeft
    | BridgeGone
    | PairLinked
    | PairUnlinked
    | BlindTransferred
    | AttendedTransferred
    | PickedUp
    | Parked
    | Unparked
    | QueueJoined
    | QueueLeft
    | QueueEnded
    | RecordingStarted
    | OffHoursHeard
    | MailboxReached
    | HangupAsked
    | ChannelHungUp
    | CallClosed
    | PbxStopped
)


class LiveChannel(NamedTuple):
    """One channel of a `PbxSnapshot`: its facts, the bridge it is in (or empty) and how long it has lived."""

    facts: ChannelFacts
    bridge_id: str
    age_seconds: float


class PbxSnapshot(NamedTuple):
    """All channels that live on a PBX at one moment, asked for after a login. ``holding`` bridges connect nobody.

    Its place among the live events is exact: events handed over before it are older or already in it; events after it
    are newer or, for some milliseconds, already in it too (a ``born`` channel that it holds, a hangup of one it lacks).
    A channel that was known before and is not in it has ended meanwhile.
    """

    at: datetime
    channels: tuple[LiveChannel, ...]
    holding: frozenset[str] = frozenset()
    lost_at: datetime | None = None
    """When the link was last known to work: calls that ended meanwhile are ended then, so that no outage counts as
    talk. None: they end at the picture's time."""
    talks: Mapping[str, timedelta] = MappingProxyType({})
    """For how long the two who are in a bridge have talked, as the PBX itself knows; of some bridges only."""
