"""What the telephony side and those who plug themselves into it give each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aiohttp import web
from prometheus_client.registry import Collector

from telephony.audit.model import PlugIn
from telephony.callback.click import Clicks
from telephony.callback.operations import CallbackOperations
from telephony.callback.presence.absences import Absences
from telephony.callback.presence.board import PhonePresence
from telephony.callback.presence.watch import PresenceWatch
from telephony.callback.promises.calendar_days import CalendarDays
from telephony.calls.revival import DeadLetters
from telephony.configuration.effective import EffectiveSetting
from telephony.daemon.health import Health
from telephony.directory.model import AssignedManager
from telephony.directory.store import DirectoryStore
from telephony.ports import CallbackHook, CallListener, LedgerHook, SurveyHook
from telephony.privacy.operations import ErasureHook, Privacy
from telephony.recording.alarms import AlarmClearing, AlarmHook, ReadyHook
from telephony.recording.files import Library, SharedLibrary
from telephony.recording.recorder import Recorder
from telephony.surveys.orders import SurveyOrders
from telephony.voice.agi.protocol import Environment


class Services(NamedTuple):
    """What telephony lets others do, given to those who plugged themselves into `Plugins.services`."""

    absences: Absences
    alarms: AlarmClearing
    calendar: CalendarDays
    callbacks: CallbackOperations
    clicks: Clicks
    dead_letters: DeadLetters
    directory: DirectoryStore
    health: Health
    library: Library
    messages: SharedLibrary
    presences: PresenceWatch
    privacy: Privacy
    recorder: Recorder
    settings: Sequence[EffectiveSetting]
    surveys: SurveyOrders


@dataclass(slots=True)
class Plugins:
    """What others plug in: the CRM side, the demo, tests."""

    hooks: list[LedgerHook] = field(default_factory=list)
    before: list[CallListener] = field(default_factory=list)
    """Hear call events as they happen."""
    after: list[CallListener] = field(default_factory=list)
    """Hear call events once they are committed."""
    assigned: list[AssignedManager] = field(default_factory=list)
    """Know whose customer somebody is; asked before our own directory."""
    callback_hooks: list[CallbackHook] = field(default_factory=list)
    survey_hooks: list[SurveyHook] = field(default_factory=list)
    alarm_hook: AlarmHook | None = None
    ready_hook: ReadyHook | None = None
    presence_hook: Callable[[PhonePresence], None] | None = None
    """Told how a manager's phone stands, each time that changes."""
    erasure_hooks: list[ErasureHook] = field(default_factory=list)
    audits: list[PlugIn] = field(default_factory=list)
    """Compare their own rows in the audit of each night."""
    health: dict[str, Callable[[], tuple[bool, str]]] = field(default_factory=dict)
    """Parts of /healthz by name: whether each is well, and a few words."""
    collectors: list[Collector] = field(default_factory=list)
    """Figures for /metrics."""
    services: Callable[[Services], None] = lambda _: None
    """Told what there is to work with, before the HTTP port opens."""
    applications: dict[str, web.Application] = field(default_factory=dict)
    """Served on our HTTP port, each under its path: ``/api/v1``."""
    heard: Callable[[Environment, str], None] | None = None
    """Told each sound that a caller or a manager was really played: for the demo and tests."""
