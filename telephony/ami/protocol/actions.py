"""The AMI actions that Ringback sends, typed: values in, values out; header names stay in here and in `requests`.

They are thin: one action each, no retries. An `ActionTimedOut` or `PbxUnavailable` from an action that *does* something
means "perhaps it was done": look first (`PbxActions.channel`), never send it again blindly.
"""

from collections.abc import Mapping
from typing import Protocol

from telephony.ami.protocol import texts
from telephony.ami.protocol.channel_headers import whole
from telephony.ami.protocol.messages import live_channel
from telephony.ami.protocol.parser import AmiMessage
from telephony.ami.requests import (
    ChannelStatus,
    MixMonitor,
    Originate,
    Originated,
    PjsipEndpoint,
    QueueCaller,
    QueueMember,
    Queues,
    Redirect,
)
from telephony.channel_events import LiveChannel
from telephony.errors import ActionRefused

NORMAL_CLEARING = 16
_OUTCOME_GRACE_SECONDS = 5.0
_NO_SUCH_CHANNEL = ("no such channel", "channel does not exist")


class Link(Protocol):
    """What is asked of the link: `telephony.ami.link.AmiLink` is one."""

    async def __call__(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 5.0
    ) -> Mapping[str, str]:
        """Send an action; return its response's headers."""
        ...

    async def collect(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 10.0
    ) -> tuple[AmiMessage, ...]:
        """Send an action that answers with a list; return its rows."""
        ...

    async def until_event(
        self, action: str, event: str, /, headers: Mapping[str, str | list[str]], *, timeout_seconds: float
    ) -> Mapping[str, str]:
        """Send an action that an event ends; return that event's headers."""
        ...


class PbxActions:
    """All of them, over one link. Each raises what `telephony.ports.Actions` says."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def originate(self, wish: Originate) -> None:
        """Ring a phone; returns when the PBX has taken it on, not when it rings."""
        await self._link("Originate", wish.headers())

    async def originate_to_end(self, wish: Originate) -> Originated:
        """Ring a phone; returns when it has answered or will not."""
        told = await self._link.until_event(
            "Originate",
            "OriginateResponse",
            wish.headers(),
            timeout_seconds=wish.ring_seconds + _OUTCOME_GRACE_SECONDS,
        )
        return Originated(told.get("Response") == "Success", whole(told.get("Reason")), told.get("Uniqueid", ""))

    async def channel(self, name_or_id: str) -> ChannelStatus | None:
        """Look for one channel by its name, its uniqueid or the ``channel_id`` of its Originate; None if it is gone."""
        try:
            rows = await self._link.collect("Status", {"Channel": texts.channel(name_or_id)})
        except ActionRefused as error:
            if _is_no_such_channel(error):
                return None
            raise
        return next((_channel_status(row.headers) for row in rows if row.name == "Status"), None)

    async def channels(self) -> tuple[LiveChannel, ...]:
        """List all living channels, with the bridges they are in."""
        return tuple(found for row in await self._link.collect("CoreShowChannels") if (found := live_channel(row)))

    async def hang_up(self, name_or_id: str, cause: int = NORMAL_CLEARING) -> bool:
        """Hang up one channel, with a Q.850 cause; False if it was gone already."""
        return await self._on_channel("Hangup", {"Channel": texts.channel(name_or_id), "Cause": str(cause)})

    async def redirect(self, wish: Redirect) -> bool:
        """Send a channel elsewhere; False if it was gone already."""
        return await self._on_channel("Redirect", wish.headers())

    async def start_recording(self, wish: MixMonitor) -> bool:
        """Start a MixMonitor; False if the channel was gone already. Its file is told by MIXMONITOR_FILENAME."""
        return await self._on_channel("MixMonitor", wish.headers())

    async def stop_recording(self, name_or_id: str) -> bool:
        """Stop all MixMonitors of a channel; False if the channel was gone already."""
        return await self._on_channel("StopMixMonitor", {"Channel": texts.channel(name_or_id)})

    async def mute_recording(self, name_or_id: str, *, muted: bool) -> bool:
        """Pause (silence) or resume a channel's recording; False if the channel was gone already."""
        headers = {"Channel": texts.channel(name_or_id), "Direction": "both", "State": "1" if muted else "0"}
        return await self._on_channel("MixMonitorMute", headers)

    async def variable(self, name: str, name_or_id: str = "") -> str:
        """Read a variable or function, of a channel or global; empty if it is not set."""
        headers = {"Variable": texts.variable_or_function(name)}
        if name_or_id:
            headers["Channel"] = texts.channel(name_or_id)
        return (await self._link("Getvar", headers)).get("Value", "")

    async def set_variable(self, name_or_id: str, name: str, value: str) -> bool:
        """Set a channel's variable; False if the channel was gone already."""
        return await self._on_channel(
            "Setvar",
            {
                "Channel": texts.channel(name_or_id),
                "Variable": texts.variable_name(name),
                "Value": texts.variable_value(value),
            },
        )

    async def device_state(self, device: str) -> str:
        """Return how one phone is: ``NOT_INUSE``, ``INUSE``, ``RINGING``, ``BUSY``, ``UNAVAILABLE``, ``INVALID``..."""
        return await self.variable(f"DEVICE_STATE({texts.dial_string(device)})")

    async def device_states(self) -> Mapping[str, str]:
        """List how all devices are, by their names; ones that were never used may be missing."""
        rows = await self._list("DeviceStateList")
        return {row.headers.get("device", ""): row.headers.get("state", "") for row in rows}

    async def endpoints(self) -> tuple[PjsipEndpoint, ...]:
        """List the PJSIP endpoints."""
        rows = await self._list("PJSIPShowEndpoints")
        return tuple(_endpoint(row.headers) for row in rows if row.name == "EndpointList")

    async def queues(self) -> Queues:
        """List the queues' phones and callers."""
        rows = await self._list("QueueStatus")
        return Queues(
            tuple(_queue_member(row.headers) for row in rows if row.name == "QueueMember"),
            tuple(_queue_caller(row.headers) for row in rows if row.name == "QueueEntry"),
        )

    async def _list(self, action: str) -> tuple[AmiMessage, ...]:
        try:
            return await self._link.collect(action)
        except ActionRefused as error:
            if "no endpoints" in str(error).lower():  # PJSIP's way of saying that the list is empty
                return ()
            raise

    async def _on_channel(self, action: str, headers: Mapping[str, str | list[str]]) -> bool:
        try:
            await self._link(action, headers)
        except ActionRefused as error:
            if _is_no_such_channel(error):
                return False
            raise
        return True


def _is_no_such_channel(error: ActionRefused) -> bool:
    return any(text in str(error).lower() for text in _NO_SUCH_CHANNEL)


def _channel_status(h: Mapping[str, str]) -> ChannelStatus:
    return ChannelStatus(
        h.get("channel", ""),
        h.get("uniqueid", ""),
        h.get("linkedid", ""),
        whole(h.get("channelstate")),
        h.get("bridgeid", ""),
        whole(h.get("seconds")),
    )


def _endpoint(h: Mapping[str, str]) -> PjsipEndpoint:
    return PjsipEndpoint(h.get("objectname", ""), h.get("devicestate", ""), whole(h.get("activechannels")))


def _queue_member(h: Mapping[str, str]) -> QueueMember:
    return QueueMember(
        h.get("queue", ""),
        h.get("stateinterface") or h.get("location", ""),
        h.get("name") or h.get("membername", ""),
        whole(h.get("status")),
        h.get("paused") == "1",
        h.get("incall") == "1",
    )


def _queue_caller(h: Mapping[str, str]) -> QueueCaller:
    return QueueCaller(
        h.get("queue", ""), h.get("channel", ""), h.get("uniqueid", ""), whole(h.get("position")), whole(h.get("wait"))
    )
