"""The recording's parts made of each other and started: what is kept of each call, and what is deleted again."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from prometheus_client import CollectorRegistry

from telephony.daemon.health import HealthCheck
from telephony.daemon.supervisor import Supervisor
from telephony.events import CallEnded, CallEvent
from telephony.model import PbxName
from telephony.ports import Actions, Clock, LedgerHook
from telephony.postgres.pool import Pool
from telephony.recording.alarms import AlarmHook, Alarms, ReadyHook, RecordingMetrics
from telephony.recording.archive import Archive
from telephony.recording.audio import Converter, find_program
from telephony.recording.convert import ConversionWorker
from telephony.recording.disk_space import DiskSpaceWatch
from telephony.recording.errors import ConverterMissing
from telephony.recording.ledger import RecordingHook
from telephony.recording.plan.policy import Rules, decide
from telephony.recording.recorder import Recorder
from telephony.recording.retention import Retention
from telephony.settings import RecordingSettings


class RecordingPart(NamedTuple):
    """What the rest of the daemon needs of it."""

    recorder: Recorder
    archive: Archive
    retention: Retention
    room: DiskSpaceWatch
    hook: LedgerHook

    def after(self, event: CallEvent) -> None:
        """Hear of a committed event: the archive looks at a call as soon as it has ended."""
        if isinstance(event, CallEnded):
            self.archive.wake()

    def part(self) -> HealthCheck:
        """Return whether there is room for new recordings."""
        why_not = self.room.why_not
        return HealthCheck(
            "recording room", healthy=not why_not, said=f"no new recordings: {why_not}" if why_not else ""
        )

    def start(self, supervisor: Supervisor) -> None:
        """Start its loops."""
        supervisor.spawn("recording room", self.room.run())
        supervisor.spawn("recording retention", self.retention.run())
        supervisor.spawn("recording archive", self.archive.run())
        supervisor.spawn("recorder", self.recorder.run())


def make(
    pool: Pool,
    actions: Mapping[PbxName, Actions],
    settings: RecordingSettings,
    rules: Rules,
    registry: CollectorRegistry,
    clock: Clock,
    alarm_hook: AlarmHook | None = None,
    ready_hook: ReadyHook | None = None,
) -> RecordingPart:
    """Make it. ``alarm_hook`` runs in the transaction that raises an alarm, ``ready_hook`` where one is found good."""
    metrics = RecordingMetrics(registry)
    alarms = Alarms(metrics, alarm_hook)
    policy = partial(decide, rules)
    room = DiskSpaceWatch(pool, settings, alarms, metrics, clock)
    keeper = ConversionWorker(settings, _converter(settings), alarms, metrics, clock)
    recorder = Recorder(pool, actions, policy, settings, metrics, clock, room)
    room.on_change(recorder.room_changed)
    return RecordingPart(
        recorder=recorder,
        archive=Archive(pool, settings, keeper, alarms, metrics, clock, ready_hook),
        retention=Retention(pool, settings, metrics, clock),
        room=room,
        hook=RecordingHook(policy, clock),
    )


def _converter(settings: RecordingSettings) -> Converter:
    try:
        program = find_program(settings.ffmpeg)
    except ConverterMissing:
        program = settings.ffmpeg or "ffmpeg"  # each recording says so, in an alarm, until there is one
    return Converter(program, settings.format, settings.kilobits, settings.convert_seconds, settings.silence_dbfs)
