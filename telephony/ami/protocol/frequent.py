"""The events that a busy PBX says most, each read by one pattern instead of line by line.

Asterisk 13 to 22 write a channel always alike, line for line, so one pattern finds all that is needed of such an event
in a third of the time. This is a short cut and nothing else: what an event means is known in
`telephony.ami.protocol.messages`; a reader gives None for whatever is not laid out exactly so (an older version, a
channel variable's line, a header that is said twice), and the message goes the long way. Tests hold the two ways
against each other.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from telephony import channel_events as ce
from telephony.ami.protocol.channel_headers import HOLDING_TYPES, STATES, whole
from telephony.ami.protocol.lines import UNSAID
from telephony.ami.protocol.parser import Reader
from telephony.ami.protocol.times import stamped
from telephony.channel_events import ChannelEvent

_CHANNEL: Final = (
    "Channel: (.*)",
    "ChannelState: (.*)",
    "ChannelStateDesc: .*",
    "CallerIDNum: (?:<unknown>|(.*))",
    "CallerIDName: (?:<unknown>|(.*))",
    "ConnectedLineNum: (?:<unknown>|(.*))",
    "ConnectedLineName: (?:<unknown>|(.*))",
    "Language: .*",
    "AccountCode: .*",
    "Context: (.*)",
    "Exten: (.*)",
    "Priority: .*",
    "Uniqueid: (.*)",
    "Linkedid: (.*)",
)
"""A line's text is ``.*``, which holds no end of a line. What a group does not take is empty."""
_TARGET: Final = tuple(f"Dest{line}" for line in _CHANNEL)
_UNREAD_CHANNEL: Final = tuple(line.replace("(.*)", ".*") for line in _CHANNEL)
_BRIDGE: Final = (
    "BridgeUniqueid: (.*)",
    "BridgeType: (.*)",
    "BridgeTechnology: (.*)",
    "BridgeCreator: .*",
    "BridgeName: .*",
    "BridgeNumChannels: .*(?:\r\nBridgeVideoSourceMode: .*)?",
)
_CAUSE: Final = "Cause: (.*)(?:\r\nCause-txt: .*)?(?:\r\nTechCause: .*)?"
_new_tuple = tuple.__new__  # half the time of a NamedTuple's own constructor
_nothing_unsaid: Final = UNSAID.isdisjoint
Said = tuple[str, ...]
"""What a pattern's groups found: the time, then what its lines are read for."""


def _pattern(*lines: str) -> re.Pattern[str]:
    return re.compile("\r\n".join(("Event: .*", "Privilege: .*", "Timestamp: (.*)", *lines)))


_ONE_CHANNEL: Final = _pattern(*_CHANNEL)
_DIAL_BEGIN: Final = _pattern(*_CHANNEL, *_TARGET, "DialString: (.*)")
_DIAL_END: Final = _pattern(*_UNREAD_CHANNEL, *_TARGET, "DialStatus: (.*)")
_IN_BRIDGE: Final = _pattern(*_BRIDGE, *_CHANNEL)
_WITH_CAUSE: Final = _pattern(*_CHANNEL, _CAUSE)
_WITH_VARIABLE: Final = _pattern(*_CHANNEL, "Variable: (.*)", "Value: (.*)")


def _reader(pattern: re.Pattern[str], make: Callable[[datetime, Said], ChannelEvent | None]) -> Reader:
    match = pattern.fullmatch

    def read(text: bytes) -> ChannelEvent | None:
        found = match(text.decode("utf-8", "replace"))
        if found is None:
            return None
        words = found.groups("")
        at = stamped(words[0])
        return make(at, words) if at is not None and _nothing_unsaid(words) else None

    return read


def _facts(words: Said) -> ce.ChannelFacts:
    name, state, number, caller, c_number, c_name, context, exten, uniqueid, linkedid = words
    values = (uniqueid, name, linkedid, number, caller, c_number, c_name, context, exten, STATES.get(state, -1))
    return _new_tuple(ce.ChannelFacts, values)


def _born(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.ChannelSeen, (at, _facts(words[1:]), True))


def _seen(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.ChannelSeen, (at, _facts(words[1:]), False))


def _dial_began(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.DialBegan, (at, _facts(words[1:11]), _facts(words[11:21]), words[21]))


def _dial_ended(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.DialEnded, (at, None, _facts(words[1:11]), words[11].upper(), ""))


def _bridge_entered(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.BridgeEntered, (at, words[1], _facts(words[4:]), not HOLDING_TYPES.isdisjoint(words[2:4])))


def _bridge_left(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.BridgeLeft, (at, words[1], _facts(words[4:]), not HOLDING_TYPES.isdisjoint(words[2:4])))


def _phone_asked(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.HangupAsked, (at, _facts(words[1:11]), False))


def _pbx_asked(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.HangupAsked, (at, _facts(words[1:11]), True))


def _hung_up(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.ChannelHungUp, (at, _facts(words[1:11]), whole(words[11], -1)))


def _dialstatus_set(at: datetime, words: Said) -> ChannelEvent | None:
    variable, value = words[11:]
    if variable != "DIALSTATUS" or not value:
        return None
    return _new_tuple(ce.DialEnded, (at, _facts(words[1:11]), None, value.upper(), ""))


READERS: Final[Mapping[str, Reader]] = {
    "Newchannel": _reader(_ONE_CHANNEL, _born),
    "Newstate": _reader(_ONE_CHANNEL, _seen),
    "DialBegin": _reader(_DIAL_BEGIN, _dial_began),
    "DialEnd": _reader(_DIAL_END, _dial_ended),
    "BridgeEnter": _reader(_IN_BRIDGE, _bridge_entered),
    "BridgeLeave": _reader(_IN_BRIDGE, _bridge_left),
    "VarSet": _reader(_WITH_VARIABLE, _dialstatus_set),
    "HangupRequest": _reader(_WITH_CAUSE, _phone_asked),
    "SoftHangupRequest": _reader(_WITH_CAUSE, _pbx_asked),
    "Hangup": _reader(_WITH_CAUSE, _hung_up),
}
"""For `Parser`, by the event's name."""
