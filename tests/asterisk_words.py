"""What a real Asterisk (22.10) says when it refuses: the words that every fake PBX of the tests answers with."""

from telephony.errors import ActionRefused
from telephony.pbx.refusals import refusal

NO_SUCH_CHANNEL = "No such channel"
"""Of Getvar, Setvar, Hangup, MixMonitor, StopMixMonitor, MixMonitorMute and Status."""
NO_EXTENSION = "Extension does not exist."
INVALID_CHANNEL = "Invalid channel"
"""Both of Originate."""
NOT_UP = "Redirect failed, channel not up."
ID_IN_USE = "Uniqueid already in use"
UNKNOWN = "Invalid/unknown command"
DENIED = "Permission denied"
NOTHING_IN_DATABASE = "Database entry not found"
"""Of DBGet."""


def no_channel(action: str, channel: str) -> str:
    """What ``action`` is refused with when there is no ``channel``."""
    return f"Channel does not exist: {channel}" if action == "Redirect" else NO_SUCH_CHANNEL


def refused(action: str, words: str, pbx: str = "pbx") -> ActionRefused:
    """The error that the link makes of such an answer, for fakes that stand where the link does."""
    return refusal(pbx, action, words)


def refused_channel(action: str, channel: str, pbx: str = "pbx") -> ActionRefused:
    """The error when there is no ``channel``."""
    return refused(action, no_channel(action, channel), pbx)
