"""Looks, after a login, whether our AMI user may do what Ringback does; says what is missing and how to mend it.

``ListCommands`` answers with just the actions that the user may send. What the user may *hear* (``read`` and the event
filters) AMI tells nobody: it is concluded from channels that came or went without an event (`deaf`).
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from telephony.channel_events import PbxSnapshot

NEEDED_FOR: Final = {
    "CoreShowChannels": "finding the calls in progress after a reconnect",
    "BridgeList": "finding the calls in progress after a reconnect",
    "Status": "finding a call whose dialling was not confirmed",
    "Originate": "callbacks and click-to-call",
    "Hangup": "taking a callback down",
    "Redirect": "handing a call over",
    "Getvar": "looking whether a manager's phone is free",
    "Setvar": "marking calls",
    "MixMonitor": "recording calls that nothing records yet",
    "StopMixMonitor": "recording",
    "MixMonitorMute": "pausing a recording",
}
"""Each action that Ringback sends, and what does not work without it."""

CURE: Final = "write = system,call,reporting,originate"
"""The line in the user's section of manager.conf that grants all of them."""


BOOTING_SECONDS: Final = 15.0
"""How long a PBX may need to load its modules: actions that are missing now are looked for again then."""


class Rights(NamedTuple):
    """What was found out about our AMI user."""

    known: bool
    """False if the PBX would not list its actions."""
    missing: tuple[str, ...] = ()
    """Needed actions that the user may not send (or whose module is not loaded)."""


def rights(commands: Mapping[str, str]) -> Rights:
    """Read the answer to ``ListCommands``."""
    return Rights(known=True, missing=tuple(name for name in NEEDED_FOR if name not in commands))


def lost_without(missing: Iterable[str]) -> tuple[str, ...]:
    """What does not work without these actions, each once."""
    return tuple(dict.fromkeys(NEEDED_FOR[name] for name in missing))


def deaf(before: PbxSnapshot | None, now: PbxSnapshot) -> bool:
    """Return whether channels came or went between two snapshots; asked only when no event came in between."""
    if before is None:
        return False
    return {live.facts.uniqueid for live in before.channels} != {live.facts.uniqueid for live in now.channels}
