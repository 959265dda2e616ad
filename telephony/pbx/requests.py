"""What we ask a PBX to do, as frozen values that cannot be wrong in a way that Asterisk would read as something else.

Each writes its own headers, and raises `HostileText` in that if a text of it would be read as something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, NamedTuple, Protocol, Self

from telephony.model import Party
from telephony.pbx import texts

Headers = Mapping[str, str | list[str]]
NORMAL_CLEARING = 16
ANSWERED_ELSEWHERE = 26
"""Q.850's cause that leaves no missed call on a phone's display."""


class PbxRequest(Protocol):
    """One action of AMI."""

    action: ClassVar[str]
    """Its name."""

    def headers(self) -> Headers:
        """Write its headers.

        Raises:
            HostileText: something in it would be read as something else.
        """
        ...


@dataclass(frozen=True, slots=True)
class ToExtension:
    """The channel goes on in the dialplan."""

    context: str
    extension: str = "s"

    def headers(self) -> Mapping[str, str]:
        """Write them."""
        return {"Context": texts.place(self.context), "Exten": texts.place(self.extension), "Priority": "1"}


@dataclass(frozen=True, slots=True)
class ToApplication:
    """The answered phone runs one application. Its argument is ours, never a caller's."""

    application: str
    argument: str = ""

    def headers(self) -> Mapping[str, str]:
        """Write them."""
        data = {"Data": texts.variable_value(self.argument)} if self.argument else {}
        return {"Application": texts.variable_name(self.application)} | data


@dataclass(frozen=True, slots=True)
class Originate:
    """Ring a phone; when it answers, take it ``to`` somewhere. The PBX answers when it has taken it on."""

    action: ClassVar[str] = "Originate"
    channel: str
    to: ToExtension | ToApplication
    channel_id: str = ""
    """The uniqueid that its channel gets, so that it can be found again when the answer is lost; empty: any."""
    caller: Party | None = None
    """What the phone displays; a number without a name is shown as its own name."""
    variables: Mapping[str, str] = field(default_factory=dict)
    ring_seconds: float = 30.0

    def headers(self) -> Headers:
        """Write them."""
        written: dict[str, str | list[str]] = {
            "Channel": texts.dial_string(self.channel),
            **self.to.headers(),
            "Timeout": str(int(self.ring_seconds * 1000)),
            "Async": "true",
        }
        if self.channel_id:
            written["ChannelId"] = texts.uniqueid(self.channel_id)
        if self.caller:
            number = texts.number(self.caller.number)
            written["CallerID"] = f'"{texts.shown_name(self.caller.name) or number}" <{number}>'
        if self.variables:
            written["Variable"] = [
                f"{texts.variable_name(name)}={texts.in_list(texts.variable_value(value))}"
                for name, value in self.variables.items()
            ]
        return written


class OriginateEnd(StrEnum):
    """Why an Originate ended, in ``OriginateResponse``'s numbers."""

    FAILED = "0"
    """Also: not known, no contact, congestion."""
    HUNG_UP = "1"
    NO_ANSWER = "3"
    ANSWERED = "4"
    BUSY = "5"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read one; what is none of them is a failure."""
        return next((one for one in cls if one == text), cls("0"))


class Originated(NamedTuple):
    """How an Originate went."""

    answered: bool
    reason: OriginateEnd


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send a channel to another place in the dialplan."""

    action: ClassVar[str] = "Redirect"
    channel: str
    to: ToExtension

    def headers(self) -> Headers:
        """Write them."""
        return {"Channel": texts.channel(self.channel), **self.to.headers()}


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up one channel, with a Q.850 cause."""

    action: ClassVar[str] = "Hangup"
    channel: str
    cause: int = NORMAL_CLEARING

    def headers(self) -> Headers:
        """Write them."""
        return {"Channel": texts.channel(self.channel), "Cause": str(self.cause)}


@dataclass(frozen=True, slots=True)
class GetVariable:
    """Read a variable, or a function of plain arguments; a global one if there is no ``channel``."""

    action: ClassVar[str] = "Getvar"
    name: str
    channel: str = ""

    def headers(self) -> Headers:
        """Write them."""
        of = {"Channel": texts.channel(self.channel)} if self.channel else {}
        return of | {"Variable": texts.variable_or_function(self.name)}


def device_state(endpoint: str) -> GetVariable:
    """Ask how a phone is: ``NOT_INUSE``, ``INUSE``, ``RINGING``, ``BUSY``, ``UNAVAILABLE``, ``INVALID``...

    Raises:
        HostileText: ``endpoint`` is neither the name of one phone nor that of a state of the dialplan's (``Custom:``).
    """
    custom = endpoint.startswith("Custom:")
    return GetVariable(f"DEVICE_STATE({(texts.custom_state if custom else texts.dial_string)(endpoint)})")


@dataclass(frozen=True, slots=True)
class ReadDatabase:
    """Look a key of the PBX's own database up: refused if it is not there."""

    action: ClassVar[str] = "DBGet"
    family: str
    key: str

    def headers(self) -> Headers:
        """Write them."""
        return {"Family": texts.place(self.family), "Key": texts.place(self.key)}


def database_key(written: str) -> ReadDatabase:
    """Read ``DB(DND/101)`` as a dialplan writes it."""
    family, _, key = written.removeprefix("DB(").removesuffix(")").partition("/")
    return ReadDatabase(family, key)


@dataclass(frozen=True, slots=True)
class SetGlobal:
    """Set a global variable."""

    action: ClassVar[str] = "Setvar"
    name: str
    value: str

    def headers(self) -> Headers:
        """Write them."""
        return {"Variable": texts.variable_name(self.name), "Value": texts.variable_value(self.value)}


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record what a channel hears and says to ``path`` on the PBX; the answer's ``MixMonitorID`` is its id."""

    action: ClassVar[str] = "MixMonitor"
    channel: str
    path: str
    options: str

    def headers(self) -> Headers:
        """Write them."""
        return {
            "Channel": texts.channel(self.channel),
            "File": texts.recording_path(self.path),
            "Options": texts.recording_options(self.options),
        }


@dataclass(frozen=True, slots=True)
class StopRecording:
    """Stop a channel's MixMonitor of that id; the first it has, without one."""

    action: ClassVar[str] = "StopMixMonitor"
    channel: str
    mixmonitor_id: str = ""

    def headers(self) -> Headers:
        """Write them."""
        which = {"MixMonitorID": texts.uniqueid(self.mixmonitor_id)} if self.mixmonitor_id else {}
        return {"Channel": texts.channel(self.channel)} | which


@dataclass(frozen=True, slots=True)
class MuteRecording:
    """Write silence, both ways, on all MixMonitors of a channel; or sound again."""

    action: ClassVar[str] = "MixMonitorMute"
    channel: str
    muted: bool

    def headers(self) -> Headers:
        """Write them."""
        return {"Channel": texts.channel(self.channel), "Direction": "both", "State": "1" if self.muted else "0"}


@dataclass(frozen=True, slots=True)
class ReadConfig:
    """Read one of Asterisk's own files, all of it or one category; the answer's ``Line-...`` are its lines."""

    action: ClassVar[str] = "GetConfig"
    file: str
    category: str = ""

    def headers(self) -> Headers:
        """Write them."""
        return {"Filename": self.file} | ({"Category": self.category} if self.category else {})


@dataclass(frozen=True, slots=True)
class IsLoaded:
    """Ask whether a module is loaded: refused if it is not."""

    action: ClassVar[str] = "ModuleCheck"
    module: str

    def headers(self) -> Headers:
        """Write them."""
        return {"Module": self.module}


@dataclass(frozen=True, slots=True)
class ShowContext:
    """List what the dialplan has in one context: refused if there is none of that name."""

    action: ClassVar[str] = "ShowDialPlan"
    context: str

    def headers(self) -> Headers:
        """Write them."""
        return {"Context": texts.place(self.context)}
