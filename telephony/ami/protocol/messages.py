"""AMI messages to typed channel events: the only place that knows AMI's event and header names.

One table says which event becomes what. Asterisk 12 gave every channel in an event the same set of headers behind a
prefix (``DestUniqueid``, ``TransfererChannel``), so one reader serves all; older versions spell and name things each in
their own way, and their readers are in `telephony.ami.protocol.legacy`. An event that is not in the table is not
needed.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from telephony import channel_events as ce
from telephony.ami.protocol import legacy
from telephony.ami.protocol.channel_headers import HOLDING_TYPES, STATES, Headers, facts, facts_or_none, whole
from telephony.ami.protocol.parser import AmiMessage
from telephony.ami.protocol.times import EventClock

_AT_A_MAILBOX: Final = frozenset({"SUCCESS", "FAILED"})
"""How ``VoiceMail`` ends for a caller who hung up there, with a message or without; not one who pressed on."""
OFF_HOURS_MARK: Final = "RingbackOffHours"
"""The name of the dialplan's ``UserEvent`` that marks a caller as having come outside working hours."""

Maker = Callable[[Headers, datetime], ce.ChannelEvent | None]


def _born(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.ChannelSeen(at, facts(h), born=True)


def _seen(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.ChannelSeen(at, facts(h))


def _renamed(h: Headers, at: datetime) -> ce.ChannelEvent:
    old = h.get("channel") or h.get("oldname", "")
    return ce.ChannelRenamed(at, h.get("uniqueid", ""), old, h.get("newname", ""))


def _dial_began(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.DialBegan(at, facts_or_none(h), facts(h, "dest"), h.get("dialstring", ""))


def _dial_told(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    return ce.DialRang(at, facts(h, "dest")) if h.get("dialstatus", "").upper() == "RINGING" else None


def _dial_ended(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.DialEnded(at, facts_or_none(h), facts(h, "dest"), h.get("dialstatus", "").upper(), h.get("forward", ""))


def _bridge_entered(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.BridgeEntered(at, h.get("bridgeuniqueid", ""), facts(h), _is_holding(h))


def _bridge_left(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.BridgeLeft(at, h.get("bridgeuniqueid", ""), facts(h), _is_holding(h))


def _bridge_gone(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.BridgeGone(at, h.get("bridgeuniqueid", ""))


def _is_holding(h: Headers) -> bool:
    return h.get("bridgetechnology") in HOLDING_TYPES or h.get("bridgetype") in HOLDING_TYPES


def _blind_transferred(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.BlindTransferred(
        at,
        facts(h, "transferer"),
        facts_or_none(h, "transferee"),
        h.get("extension", ""),
        h.get("context", ""),
        h.get("result", "Success") == "Success",
    )


def _attended_transferred(h: Headers, at: datetime) -> ce.ChannelEvent:
    others = (facts_or_none(h, prefix) for prefix in ("localone", "localtwo", "desttransferer"))
    return ce.AttendedTransferred(
        at,
        facts(h, "origtransferer"),
        facts(h, "secondtransferer"),
        facts_or_none(h, "transferee"),
        facts_or_none(h, "transfertarget"),
        h.get("result", "Success") == "Success",
        tuple(other for other in others if other),
    )


def _picked_up(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.PickedUp(at, facts(h), facts(h, "target"))


def _parked(h: Headers, at: datetime) -> ce.ChannelEvent:
    if "parkeechannel" in h or "parkeeuniqueid" in h:
        parker = h.get("parkerchannel") or h.get("parkerdialstring", "")
        return ce.Parked(at, facts(h, "parkee"), parker, h.get("parkingspace", ""))
    return ce.Parked(at, facts(h), h.get("from", ""), h.get("exten", ""))


def _unparked(h: Headers, at: datetime) -> ce.ChannelEvent:
    if "parkeechannel" in h or "parkeeuniqueid" in h:
        return ce.Unparked(at, facts(h, "parkee"), facts_or_none(h, "retriever"))
    fetched_by = h.get("from", "")
    return ce.Unparked(at, facts(h), ce.ChannelFacts("", fetched_by) if fetched_by else None)


def _queue_joined(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.QueueJoined(at, facts(h), h.get("queue", ""))


def _queue_left(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.QueueLeft(at, facts(h), h.get("queue", ""))


def _queue_abandoned(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.QueueLeft(at, facts(h), h.get("queue", ""), abandoned=True)


def _conference_joined(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    """Asterisk 12's ConfBridge tells BridgeEnter too; only the older ones and MeetMe have nothing else."""
    room = legacy.room(h)
    channel = facts(h)
    if channel.state < 0:
        channel = channel._replace(state=STATES["Up"])  # a room answers whoever comes in
    return ce.BridgeEntered(at, room, channel) if room else None


def _conference_left(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    room = legacy.room(h)
    return ce.BridgeLeft(at, room, facts(h)) if room else None


def _variable_set(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    variable, value = h.get("variable"), h.get("value", "")
    if variable == "MIXMONITOR_FILENAME" and value:
        return ce.RecordingStarted(at, facts(h), value)
    if variable == "DIALSTATUS" and value:  # a dial that found no phone to ring tells nothing else
        return ce.DialEnded(at, facts(h), None, value.upper())
    if variable == "QUEUESTATUS" and value:  # a queue that lets nobody in tells nothing else
        return ce.QueueEnded(at, facts(h), value.upper())
    if variable == "VMSTATUS" and value.upper() in _AT_A_MAILBOX:
        return ce.MailboxReached(at, facts(h))
    return None


def _user_event(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    return ce.OffHoursHeard(at, facts(h)) if h.get("userevent") == OFF_HOURS_MARK else None


def _asked_to_hang_up(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.HangupAsked(at, facts(h), by_pbx=h.get("event", "").lower() == "softhanguprequest")


def _hung_up(h: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.ChannelHungUp(at, facts(h), whole(h.get("cause"), -1))


def _stopped(_: Headers, at: datetime) -> ce.ChannelEvent:
    return ce.PbxStopped(at)


def _booted(h: Headers, at: datetime) -> ce.ChannelEvent | None:
    """Told at each login, and once a PBX that started anew is ready: what was born before it started is gone."""
    uptime = h.get("uptime", "")
    if not (uptime.isascii() and uptime.isdigit()):
        return None
    return ce.PbxStopped(at, at - timedelta(seconds=int(uptime[:9]) + 1))


MAKERS: Final[dict[str, Maker]] = {
    "Newchannel": _born,
    "Newstate": _seen,
    "NewCallerid": _seen,
    "Newcallerid": _seen,
    "NewConnectedLine": _seen,
    "Rename": _renamed,
    "DialBegin": _dial_began,
    "DialState": _dial_told,
    "DialEnd": _dial_ended,
    "Dial": legacy.dial,
    "BridgeEnter": _bridge_entered,
    "BridgeLeave": _bridge_left,
    "BridgeDestroy": _bridge_gone,
    "Bridge": legacy.bridge,
    "Link": legacy.linked,
    "Unlink": legacy.unlinked,
    "BlindTransfer": _blind_transferred,
    "AttendedTransfer": _attended_transferred,
    "Transfer": legacy.transfer,
    "Pickup": _picked_up,
    "ParkedCall": _parked,
    "UnParkedCall": _unparked,
    "ParkedCallGiveUp": _unparked,
    "ParkedCallTimeOut": _unparked,
    "QueueCallerJoin": _queue_joined,
    "QueueCallerLeave": _queue_left,
    "QueueCallerAbandon": _queue_abandoned,
    "AgentCalled": legacy.agent_called,
    "Newexten": legacy.went_on,
    "Join": _queue_joined,
    "Leave": _queue_left,
    "ConfbridgeJoin": _conference_joined,
    "ConfbridgeLeave": _conference_left,
    "MeetmeJoin": _conference_joined,
    "MeetmeLeave": _conference_left,
    "VarSet": _variable_set,
    "UserEvent": _user_event,
    "HangupRequest": _asked_to_hang_up,
    "SoftHangupRequest": _asked_to_hang_up,
    "Hangup": _hung_up,
    "Shutdown": _stopped,
    "FullyBooted": _booted,
}
"""Every event that is needed, and what reads it."""

_TOLD_TWICE: Final = frozenset(
    {"DialState", "NewConnectedLine", "BridgeDestroy", "Newexten", "FullyBooted", "AgentCalled"}
)
"""What Newstate, DialBegin, BridgeLeave and a resync tell as well; read in captures only, which may lack those."""

NEEDED: Final = frozenset(MAKERS) - _TOLD_TWICE
"""Names for `Parser`'s filter and for manager.conf's allow-list."""

NEEDED_VALUES: Final = {
    "VarSet": ("Variable", frozenset({"MIXMONITOR_FILENAME", "DIALSTATUS", "QUEUESTATUS", "VMSTATUS"})),
    "UserEvent": ("UserEvent", frozenset({OFF_HOURS_MARK})),
}
"""Of these only some, for `Parser`: the PBX's own filters may be older than ours."""

_MAKERS_BY_LOWER: Final = {name.lower(): maker for name, maker in MAKERS.items()}


class Decoder:
    """Makes channel events of one stream's messages; remembers only the stream's time."""

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        """Make one.

        Args:
            now: gives the time of events without ``Timestamp``. Without it, that is the newest uniqueid's second, so
                that a capture always reads the same.
        """
        self._clock = EventClock(now)

    @property
    def now(self) -> datetime:
        """The stream's time: that of the last event."""
        return self._clock.last

    def decode(self, message: AmiMessage) -> ce.ChannelEvent | None:
        """Return the event, or None for a message that is not needed."""
        name, headers = message
        at = self._clock.read(headers)
        maker = MAKERS.get(name) or _MAKERS_BY_LOWER.get(name.lower())
        return maker(headers, at) if maker else None


def live_channel(message: AmiMessage) -> ce.LiveChannel | None:
    """Read one ``CoreShowChannel`` entry; None for anything else."""
    if message.name != "CoreShowChannel":
        return None
    h = message.headers
    return ce.LiveChannel(facts(h), h.get("bridgeid", ""), _seconds(h.get("duration", "")))


def snapshot(at: datetime, channels: Iterable[AmiMessage], bridges: Iterable[AmiMessage] = ()) -> ce.PbxSnapshot:
    """Put together what ``CoreShowChannels`` and ``BridgeList`` answered (their list entries; others are ignored)."""
    live = tuple(found for found in map(live_channel, channels) if found)
    holding = frozenset(m.headers.get("bridgeuniqueid", "") for m in bridges if _is_holding(m.headers))
    return ce.PbxSnapshot(at.astimezone(UTC), live, holding)


_MOST_DIGITS: Final = 9
"""Of hours: more is no duration, and Python refuses to read numbers of thousands of digits."""


def _seconds(duration: str) -> float:
    """``01:02:03`` as seconds; 0 for what is no duration."""
    seconds = 0.0
    for part in duration.split(":"):
        if not (part.isascii() and part.isdigit() and len(part) <= _MOST_DIGITS):
            return 0.0
        seconds = seconds * 60 + int(part)
    return seconds
