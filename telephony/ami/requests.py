"""What we ask a PBX to do, as frozen values that cannot be wrong in a way that Asterisk would read as something else.

Each is checked when it is made (`HostileText`), and writes its own headers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from telephony.ami.protocol import texts
from telephony.errors import ActionRefused
from telephony.model import Party

Headers = Mapping[str, str | list[str]]
_MOST_VARIABLES: Final = 60


@dataclass(frozen=True, slots=True)
class ToExtension:
    """The answered phone goes on in the dialplan."""

    context: str
    extension: str = "s"
    priority: int = 1

    def headers(self) -> Headers:
        """Write them."""
        return {
            "Context": texts.place(self.context),
            "Exten": texts.place(self.extension),
            "Priority": str(self.priority),
        }


@dataclass(frozen=True, slots=True)
class ToApplication:
    """The answered phone runs one application. Its argument is ours, never a caller's."""

    application: str
    argument: str = ""

    def headers(self) -> Headers:
        """Write them."""
        return {
            "Application": texts.variable_name(self.application),
            "Data": texts.variable_value(self.argument),
        }


@dataclass(frozen=True, slots=True)
class Originate:
    """Ring a phone; when it answers, take it ``to`` somewhere.

    ``channel_id`` is the uniqueid that its channel will have, so that it can be found again when the answer to this
    action is lost. A Local channel's second half gets ``other_channel_id``.
    """

    channel: str
    to: ToExtension | ToApplication
    channel_id: str
    other_channel_id: str = ""
    caller: Party | None = None
    """What the phone displays."""
    variables: Mapping[str, str] = field(default_factory=dict)
    ring_seconds: float = 30.0
    early_media: bool = False

    def __post_init__(self) -> None:
        self.headers()

    def headers(self) -> Headers:
        """Write them.

        Raises:
            HostileText: something in it would be read as something else.
            ActionRefused: Asterisk takes no more than 60 variables.
        """
        if len(self.variables) > _MOST_VARIABLES:
            raise ActionRefused(f"An Originate takes at most {_MOST_VARIABLES} variables.")
        written: dict[str, str | list[str]] = {
            "Channel": texts.dial_string(self.channel),
            "ChannelId": texts.uniqueid(self.channel_id),
            **self.to.headers(),
            "Timeout": str(int(self.ring_seconds * 1000)),
            "Async": "true",
        }
        if self.other_channel_id:
            written["OtherChannelId"] = texts.uniqueid(self.other_channel_id)
        if self.caller:
            written["CallerID"] = f'"{texts.shown_name(self.caller.name)}" <{texts.number(self.caller.number)}>'
        if self.variables:
            written["Variable"] = [
                f"{texts.variable_name(name)}={texts.in_list(texts.variable_value(value))}"
                for name, value in self.variables.items()
            ]
        if self.early_media:
            written["EarlyMedia"] = "true"
        return written


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send a channel (and the one it talks to, if ``extra_channel``) to another place in the dialplan."""

    channel: str
    to: ToExtension
    extra_channel: str = ""
    extra_to: ToExtension | None = None

    def __post_init__(self) -> None:
        self.headers()

    def headers(self) -> Headers:
        """Write them."""
        written = {"Channel": texts.channel(self.channel), **self.to.headers()}
        if self.extra_channel:
            written["ExtraChannel"] = texts.channel(self.extra_channel)
            extra = (self.extra_to or self.to).headers()
            written |= {f"Extra{key}": value for key, value in extra.items()}
        return written


@dataclass(frozen=True, slots=True)
class MixMonitor:
    """Record what a channel hears and says to ``path`` on the PBX."""

    channel: str
    path: str
    options: str = ""

    def __post_init__(self) -> None:
        self.headers()

    def headers(self) -> Headers:
        """Write them."""
        written = {"Channel": texts.channel(self.channel), "File": texts.recording_path(self.path)}
        if self.options:
            written["Options"] = texts.recording_options(self.options)
        return written


class ChannelStatus(NamedTuple):
    """One living channel, as ``Status`` tells it."""

    name: str
    uniqueid: str
    linkedid: str
    state: int
    """Asterisk's channel state: 0 down, 4 ring, 5 ringing, 6 up."""
    bridge_id: str
    seconds: int
    """How long it has been up; 0 before that."""


class Originated(NamedTuple):
    """How an Originate went, from ``OriginateResponse``."""

    answered: bool
    reason: int
    """0 failed or unknown, 1 hung up, 3 not answered in time, 4 answered, 5 busy, 8 congestion."""
    uniqueid: str


class QueueCaller(NamedTuple):
    """Somebody who waits in a queue."""

    queue: str
    channel: str
    uniqueid: str
    position: int
    wait_seconds: int


class QueueMember(NamedTuple):
    """A phone that answers a queue's callers."""

    queue: str
    interface: str
    name: str
    device_state: int
    """1 not in use, 2 in use, 3 busy, 4 invalid, 5 unavailable, 6 ringing, 7 ringing and in use, 8 on hold."""
    paused: bool
    in_call: bool


class Queues(NamedTuple):
    """All queues at one moment."""

    members: tuple[QueueMember, ...]
    callers: tuple[QueueCaller, ...]


class PjsipEndpoint(NamedTuple):
    """A PJSIP endpoint, and how it is."""

    name: str
    device_state: str
    active_channels: int
