"""Reads one channel out of an AMI message's headers."""

from collections.abc import Mapping
from typing import Final

from telephony.channel_events import ChannelFacts

Headers = Mapping[str, str]

STATES: Final = {
    **{str(number): number for number in range(11)},
    "Down": 0,
    "Rsrvd": 1,
    "OffHook": 2,
    "Dialing": 3,
    "Ring": 4,
    "Ringing": 5,
    "Up": 6,
    "Busy": 7,
}
"""Channel states as AMI writes them: a number, or a word in Asterisk 1.4."""

_NAMES: Final = (
    "uniqueid",
    "channel",
    "linkedid",
    "calleridnum",
    "calleridname",
    "connectedlinenum",
    "connectedlinename",
    "context",
    "exten",
    "channelstate",
)
_KEYS_BY_PREFIX: Final = {
    prefix: tuple(prefix + name for name in _NAMES)
    for prefix in (
        "",
        "dest",
        "transferer",
        "transferee",
        "transfertarget",
        "origtransferer",
        "secondtransferer",
        "desttransferer",
        "localone",
        "localtwo",
        "target",
        "parkee",
        "retriever",
    )
}
_UNSAID: Final = dict.fromkeys(("<unknown>", "<Unknown>", "unknown"), "")


def facts(headers: Headers, prefix: str = "") -> ChannelFacts:
    """Read the channel whose headers begin with ``prefix``; what is not said is empty."""
    get, said = headers.get, _UNSAID.get
    uid, name, linkedid, number, caller, c_number, c_name, context, exten, state = _KEYS_BY_PREFIX[prefix]
    uniqueid, linked = get(uid, ""), get(linkedid, "")
    number, caller, c_number, c_name = get(number, ""), get(caller, ""), get(c_number, ""), get(c_name, "")
    return ChannelFacts(
        uniqueid if "\n" not in uniqueid else _last(uniqueid),
        get(name, ""),
        linked if "\n" not in linked else _last(linked),
        said(number, number),
        said(caller, caller),
        said(c_number, c_number),
        said(c_name, c_name),
        get(context, ""),
        get(exten, ""),
        STATES.get(get(state) or get("state", ""), -1),
    )


def facts_or_none(headers: Headers, prefix: str = "") -> ChannelFacts | None:
    """Like `facts`; None if the message does not speak of such a channel."""
    uid, name, *_ = _KEYS_BY_PREFIX[prefix]
    return facts(headers, prefix) if headers.get(uid) or headers.get(name) else None


def _last(text: str) -> str:
    """The last of a repeated header: a hostile name that forges one comes before the real one."""
    return text.rpartition("\n")[2]
