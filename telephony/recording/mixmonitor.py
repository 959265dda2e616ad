"""MixMonitor over AMI: what recording asks of a PBX.

The options of our tapes: ``D`` writes both directions interleaved (the only way in which Asterisk keeps them aligned in
one file), ``b`` writes only while the channel is in a bridge (no ringing, no menus), ``i(...)`` tells the tape's id,
without which a stop ends whichever MixMonitor the channel has first.
"""

from pathlib import PurePosixPath

from telephony.errors import ActionRefused
from telephony.pbx.asking import ask, value_of
from telephony.pbx.requests import GetVariable, MuteRecording, SetGlobal, StartRecording, StopRecording
from telephony.ports import Actions

OPTIONS = "Dbi(RINGBACK_TAPE)"
ID_VARIABLE = "RINGBACK_TAPE"
FILE_VARIABLE = "MIXMONITOR_FILENAME"
SWITCH = "RINGBACK_RECORDING"
"""The dialplan's global switch: ``no`` keeps dialplan/recording.conf from starting tapes."""


class MixMonitorClient:
    """One PBX's MixMonitors. All raise what `telephony.ports.Actions` says."""

    def __init__(self, actions: Actions, folder: str) -> None:
        self._actions = actions
        self._folder = PurePosixPath(folder)

    def path_of(self, name: str) -> str:
        """Return the PBX's path of a tape."""
        return str(self._folder / name)

    async def start(self, channel: str, path: str) -> str:
        """Start a tape; return its id (empty from an Asterisk that does not tell)."""
        answer = await ask(self._actions, StartRecording(channel, path, OPTIONS))
        return answer.get("MixMonitorID", "")

    async def stop(self, channel: str, tape_id: str) -> None:
        """Stop a tape; without an id the one whose id the channel itself knows, else its first."""
        await ask(self._actions, StopRecording(channel, tape_id or await self.variable(channel, ID_VARIABLE)))

    async def stop_first(self, channel: str) -> None:
        """Stop the channel's first MixMonitor, whoever started it."""
        await ask(self._actions, StopRecording(channel))

    async def mute(self, channel: str, *, muted: bool) -> None:
        """Write silence, both ways, on all tapes of a channel; or sound again."""
        await ask(self._actions, MuteRecording(channel, muted=muted))

    async def variable(self, channel: str, name: str) -> str:
        """Return a channel's variable; empty if it, or the channel, is not there."""
        try:
            return await value_of(self._actions, GetVariable(name, channel))
        except ActionRefused:
            return ""

    async def switch(self, *, on: bool) -> None:
        """Let the dialplan start tapes, or keep it from it."""
        await ask(self._actions, SetGlobal(SWITCH, "yes" if on else "no"))
