"""The events that a busy PBX says most, each read by one pattern instead of line by line.

Asterisk 13 to 22 write a channel always alike, line for line, so one pattern finds all that is needed of such an event
in a third of the time. This is a short cut and nothing else: what an event means is known in
`telephony.ami.protocol.messages`; a reader gives None for whatever is not laid out exactly so (an older version, a
channel variable's line, a header that is said twice), and the message goes the long way. Tests hold the two ways
against each other.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Final

from telephony import channel_events as ce
from telephony.ami.protocol.channel_headers import HOLDING_TYPES, STATES, whole
from telephony.ami.protocol.parser import NOTHING, Reader
from telephony.channel_events import ChannelEvent

_CHANNEL: Final = (
    "Channel: (.*)",
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
"""``.*`` stands for a line's text: whatever is no carriage return, taken at once and never given back. In an id a line
feed would mean that it was said twice."""
_TARGET: Final = tuple(f"Dest{line}" for line in _CHANNEL)
_UNREAD_CHANNEL: Final = tuple(f"{line.partition('(')[0]}.*" if "(" in line else line for line in _CHANNEL)
_BRIDGE: Final = (
    "BridgeUniqueid: (.*)",
    "BridgeType: (.*)",
    "BridgeTechnology: (.*)",
    "BridgeCreator: .*",
    "BridgeName: .*",
    "BridgeNumChannels: .*(?:\r\nBridgeVideoSourceMode: .*)?",
)
_CAUSE: Final = "Cause: (.*)(?:\r\nCause-txt: .*)?(?:\r\nTechCause: .*)?"
_UNSAID_LINE: Final = ": <unknown>\r\n"
_SAID_NOTHING: Final = ": \r\n"
_UNSAID_OTHERWISE: Final = "nknown"
"""In all the words for it (`lines.UNSAID`): what still has it after the usual lines went takes the long way."""
_moment: Final = datetime.fromtimestamp
_state_of: Final = STATES.get
_new_tuple = tuple.__new__  # half the time of a NamedTuple's own constructor
Meaning = ChannelEvent | tuple[()] | None
Said = tuple[str, ...]
"""What a pattern's groups found: the time, then what its lines are read for."""


def _pattern(*lines: str) -> re.Pattern[str]:
    layout = "\r\n".join(("Event: .*", "Privilege: .*", "Timestamp: (.*)", *lines))
    return re.compile(layout.replace(".*", "[^\r]*+"))


_ONE_CHANNEL: Final = _pattern(*_CHANNEL)
_DIAL_BEGIN: Final = _pattern(*_CHANNEL, *_TARGET, "DialString: (.*)")
_DIAL_END: Final = _pattern(*_UNREAD_CHANNEL, *_TARGET, "DialStatus: (.*)")
_IN_BRIDGE: Final = _pattern(*_BRIDGE, *_CHANNEL)
_WITH_CAUSE: Final = _pattern(*_CHANNEL, _CAUSE)
_WITH_VARIABLE: Final = _pattern(*_CHANNEL, "Variable: (.*)", "Value: (.*)")


def _reader(pattern: re.Pattern[str], make: Callable[[datetime, Said], Meaning]) -> Reader:
    match = pattern.fullmatch

    def read(text: bytes) -> Meaning:
        said = text.decode("utf-8", "replace").replace(_UNSAID_LINE, _SAID_NOTHING)
        found = match(said)
        if found is None or _UNSAID_OTHERWISE in said:
            return None
        words = found.groups("")
        try:
            at = _moment(float(words[0]), UTC)  # `times.stamped`, without the call
        except (ValueError, OverflowError, OSError):
            return None
        return make(at, words)

    return read


def _facts_at(first: int) -> Callable[[Said], ce.ChannelFacts]:
    """Make what reads a channel whose words begin at ``first``: in the order in which Asterisk says them."""
    name, state, number, caller, c_number, c_name, context, exten, uniqueid, linkedid = range(first, first + 10)
    others = itemgetter(uniqueid, name, linkedid, number, caller, c_number, c_name, context, exten)

    def read(words: Said) -> ce.ChannelFacts:
        return _new_tuple(ce.ChannelFacts, (*others(words), _state_of(words[state], -1)))

    return read


_facts = _facts_at(1)
_target_facts = _facts_at(11)
_bridged_facts = _facts_at(4)


def _born(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.ChannelSeen, (at, _facts(words), True))


def _seen(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.ChannelSeen, (at, _facts(words), False))


def _dial_began(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.DialBegan, (at, _facts(words), _target_facts(words), words[21]))


def _dial_ended(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.DialEnded, (at, None, _facts(words), words[11].upper(), ""))


def _bridge_entered(at: datetime, words: Said) -> ChannelEvent:
    holding = not HOLDING_TYPES.isdisjoint(words[2:4])
    return _new_tuple(ce.BridgeEntered, (at, words[1], _bridged_facts(words), holding))


def _bridge_left(at: datetime, words: Said) -> ChannelEvent:
    holding = not HOLDING_TYPES.isdisjoint(words[2:4])
    return _new_tuple(ce.BridgeLeft, (at, words[1], _bridged_facts(words), holding))


def _phone_asked(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.HangupAsked, (at, _facts(words), False))


def _pbx_asked(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.HangupAsked, (at, _facts(words), True))


def _hung_up(at: datetime, words: Said) -> ChannelEvent:
    return _new_tuple(ce.ChannelHungUp, (at, _facts(words), whole(words[11], -1)))


def _dialstatus_set(at: datetime, words: Said) -> Meaning:
    variable, value = words[11:]
    if variable != "DIALSTATUS":
        return None
    if not value:  # each dial begins with that
        return NOTHING
    return _new_tuple(ce.DialEnded, (at, _facts(words), None, value.upper(), ""))


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
