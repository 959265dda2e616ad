"""The events that a busy PBX says most, each cut into its few parts instead of read line by line.

Asterisk 13 to 22 write a channel always alike, line for line, and say it again word for word in the next event: half of
the channels are read by looking up their lines, the rest by one pattern. This is a short cut and nothing else: what an
event means is known in `telephony.ami.protocol.messages`; a reader gives None for whatever is not laid out exactly so
(an older version, a channel variable's line, a header that is said twice), and the message goes the long way. Tests
hold the two ways against each other.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from telephony import channel_events as ce
from telephony.ami.protocol.channel_headers import HOLDING_TYPES, STATES, whole
from telephony.ami.protocol.parser import NOTHING, Reader
from telephony.channel_events import ChannelEvent

_CHANNEL: Final = (
    "(.*)",
    "ChannelState: (.*)",
    "ChannelStateDesc: .*",
    "CallerIDNum: (.*)",
    "CallerIDName: (.*)",
    "ConnectedLineNum: (.*)",
    "ConnectedLineName: (.*)",
    "Language: .*",
    "AccountCode: .*",
    "Context: (.*)",
    "Exten: (.*)",
    "Priority: .*",
    "Uniqueid: ([^\r\n]*+)",
    "Linkedid: ([^\r\n]*+)",
)
"""Behind ``Channel: ``. ``.*`` stands for a line's text: whatever is no carriage return, taken at once and never given
back. In an id a line feed would mean that it was said twice."""
_BRIDGE: Final = (
    "(.*)",
    "BridgeType: (.*)",
    "BridgeTechnology: (.*)",
    "BridgeCreator: .*",
    "BridgeName: .*",
    "BridgeNumChannels: .*(?:\r\nBridgeVideoSourceMode: .*)?",
)
"""Behind ``BridgeUniqueid: ``."""
_CAUSE: Final = "(.*)(?:\r\nCause-txt: .*)?(?:\r\nTechCause: .*)?"
"""Behind ``Cause: ``."""
_HEAD: Final = re.compile(rb"Event: [^\r]*+\r\nPrivilege: [^\r]*+\r\nTimestamp")
_CHANNEL_LINE: Final = b"\r\nChannel: "
_TARGET_LINE: Final = b"\r\nDestChannel: "
_BRIDGE_LINE: Final = b"\r\nBridgeUniqueid: "
_DIALSTATUS: Final = b"DIALSTATUS\r\nValue: "
_UNSAID_LINE: Final = ": <unknown>\r\n"
_SAID_NOTHING: Final = ": \r\n"
_UNSAID_OTHERWISE: Final = "nknown"
"""In all the words for it (`lines.UNSAID`): what still has it after the usual lines went takes the long way."""
_REMEMBERED: Final = 512
"""Channels, each some 1.5 KB: those that events told of a moment ago."""
_LONGEST_REMEMBERED: Final = 1024
_moment: Final = datetime.fromtimestamp
_new_tuple = tuple.__new__  # half the time of a NamedTuple's own constructor
_IN_ORDER: Final = (9, 1, 10, 3, 4, 5, 6, 7, 8, 2)
"""Of `_CHANNEL`'s groups: as `ChannelFacts` has them."""
Meaning = ChannelEvent | tuple[()] | None


def _pattern(*lines: str, key: str = "") -> Callable[[str], re.Match[str] | None]:
    return re.compile(f"\r\n{key}".join(lines).replace(".*", "[^\r]*+")).fullmatch


def _known(text: bytes) -> str:
    """Lines with what AMI does not know left out."""
    return text.decode("utf-8", "replace").replace(_UNSAID_LINE, _SAID_NOTHING)


class _Channels(dict[bytes, ce.ChannelFacts | None]):
    """Channels by their lines, remembered; None for lines that are laid out otherwise. Bounded, as `Lines` is."""

    def __init__(self, key: str) -> None:
        self._match = _pattern(*_CHANNEL, key=key)

    def __missing__(self, lines: bytes) -> ce.ChannelFacts | None:
        said = _known(lines)
        found = self._match(said)
        if found is None or _UNSAID_OTHERWISE in said:
            return None
        *words, state = found.group(*_IN_ORDER)
        facts: ce.ChannelFacts = _new_tuple(ce.ChannelFacts, (*words, STATES.get(state, -1)))
        if len(lines) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[lines] = facts
        return facts


_channels = _Channels("").__getitem__
_targets = _Channels("Dest").__getitem__
_bridge_in = _pattern(*_BRIDGE)
_cause_in = _pattern(_CAUSE)


@lru_cache(maxsize=256)
def _is_head(text: bytes) -> bool:
    """Return whether this is how events begin whose time stands on their third line."""
    return _HEAD.fullmatch(text) is not None


def _reader(line: bytes, make: Callable[[datetime, bytes], Meaning]) -> Reader:
    """Read events that go on with ``line`` after their head; ``make`` is given their time, and what stands behind."""

    def read(text: bytes) -> Meaning:
        head, _, said = text.partition(line)
        beginning, _, stamp = head.rpartition(b": ")
        if not _is_head(beginning):
            return None
        try:
            at = _moment(float(stamp), UTC)  # `times.stamped`, without the call
        except (ValueError, OverflowError, OSError):
            return None
        return make(at, said)

    return read


def _last_line(text: bytes) -> str | None:
    """The text of one line that ends an event; None if there is more, or if it is not said."""
    said = text.decode("utf-8", "replace")
    return None if "\r" in said or _UNSAID_OTHERWISE in said else said


def _born(at: datetime, said: bytes) -> Meaning:
    channel = _channels(said)
    return channel and _new_tuple(ce.ChannelSeen, (at, channel, True))


def _seen(at: datetime, said: bytes) -> Meaning:
    channel = _channels(said)
    return channel and _new_tuple(ce.ChannelSeen, (at, channel, False))


def _dial_began(at: datetime, said: bytes) -> Meaning:
    lines, _, rest = said.partition(_TARGET_LINE)
    target_lines, _, dialstring = rest.partition(b"\r\nDialString: ")
    channel, target, asked = _channels(lines), _targets(target_lines), _last_line(dialstring)
    if channel is None or target is None or asked is None:
        return None
    return _new_tuple(ce.DialBegan, (at, channel, target, asked))


def _dial_ended(at: datetime, said: bytes) -> Meaning:
    lines, _, rest = said.partition(_TARGET_LINE)
    target_lines, _, status = rest.partition(b"\r\nDialStatus: ")
    channel, target, result = _channels(lines), _targets(target_lines), _last_line(status)
    if channel is None or target is None or result is None:
        return None
    dialler = channel if channel.uniqueid or channel.name else None
    return _new_tuple(ce.DialEnded, (at, dialler, target, result.upper(), ""))


def _in_bridge(kind: type[ce.BridgeEntered | ce.BridgeLeft], at: datetime, said: bytes) -> Meaning:
    bridge, _, lines = said.partition(_CHANNEL_LINE)
    words = _known(bridge)
    found, channel = _bridge_in(words), _channels(lines)
    if found is None or channel is None or _UNSAID_OTHERWISE in words:
        return None
    bridge_id, of_type, technology = found.groups()
    return _new_tuple(kind, (at, bridge_id, channel, technology in HOLDING_TYPES or of_type in HOLDING_TYPES))


def _bridge_entered(at: datetime, said: bytes) -> Meaning:
    return _in_bridge(ce.BridgeEntered, at, said)


def _bridge_left(at: datetime, said: bytes) -> Meaning:
    return _in_bridge(ce.BridgeLeft, at, said)


@lru_cache(maxsize=256)
def _cause(text: bytes) -> int | None:
    """The number in the lines from ``Cause`` on; None if they are laid out otherwise."""
    found = _cause_in(text.decode("utf-8", "replace"))
    return None if found is None else whole(found[1], -1)


def _asked(at: datetime, said: bytes, *, by_pbx: bool) -> Meaning:
    lines, _, rest = said.partition(b"\r\nCause: ")
    channel = _channels(lines)
    if channel is None or _cause(rest) is None:
        return None
    return _new_tuple(ce.HangupAsked, (at, channel, by_pbx))


def _phone_asked(at: datetime, said: bytes) -> Meaning:
    return _asked(at, said, by_pbx=False)


def _pbx_asked(at: datetime, said: bytes) -> Meaning:
    return _asked(at, said, by_pbx=True)


def _hung_up(at: datetime, said: bytes) -> Meaning:
    lines, _, rest = said.partition(b"\r\nCause: ")
    channel, cause = _channels(lines), _cause(rest)
    if channel is None or cause is None:
        return None
    return _new_tuple(ce.ChannelHungUp, (at, channel, cause))


def _dialstatus_set(at: datetime, said: bytes) -> Meaning:
    lines, _, variable = said.partition(b"\r\nVariable: ")
    if not variable.startswith(_DIALSTATUS):
        return None
    channel, value = _channels(lines), _last_line(variable[len(_DIALSTATUS) :])
    if channel is None or value is None:
        return None
    if not value:  # each dial begins with that
        return NOTHING
    return _new_tuple(ce.DialEnded, (at, channel, None, value.upper(), ""))


READERS: Final[Mapping[str, Reader]] = {
    "Newchannel": _reader(_CHANNEL_LINE, _born),
    "Newstate": _reader(_CHANNEL_LINE, _seen),
    "DialBegin": _reader(_CHANNEL_LINE, _dial_began),
    "DialEnd": _reader(_CHANNEL_LINE, _dial_ended),
    "BridgeEnter": _reader(_BRIDGE_LINE, _bridge_entered),
    "BridgeLeave": _reader(_BRIDGE_LINE, _bridge_left),
    "VarSet": _reader(_CHANNEL_LINE, _dialstatus_set),
    "HangupRequest": _reader(_CHANNEL_LINE, _phone_asked),
    "SoftHangupRequest": _reader(_CHANNEL_LINE, _pbx_asked),
    "Hangup": _reader(_CHANNEL_LINE, _hung_up),
}
"""For `Parser`, by the event's name."""
