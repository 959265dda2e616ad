"""An alarm is a row, a log event, a metric, and whatever a hook makes of it (a CRM event): all of it once."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from telephony.model import CallId
from telephony.ports import Clock, Transaction
from telephony.postgres.pool import Pool
from telephony.recording import store
from telephony.recording.plan.rows import Alarm
from telephony.recording.plan.verdict import SoundVerdict


# What the recording counts, for /metrics.
class RecordingMetrics:
    """The recording's counters, their children made once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        verdicts = Counter(
            "ringback_recorded_calls", "Ended calls by their recording's verdict", ["verdict"], registry=registry
        )
        self.verdicts = {verdict: verdicts.labels(verdict.value) for verdict in SoundVerdict}
        self.alarms = Counter("ringback_recording_alarms", "Alarms raised about recordings", registry=registry)
        self.started = Counter("ringback_recordings_started", "Tapes started by the daemon", registry=registry)
        self.failed_starts = Counter(
            "ringback_recordings_start_failed", "Tapes that could not be started", registry=registry
        )
        self.converted_seconds = Counter(
            "ringback_recordings_converted_seconds", "Seconds of sound converted", registry=registry
        )
        self.convert_time = Histogram(
            "ringback_recordings_convert_time_seconds",
            "How long a file's conversion and measuring took",
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
            registry=registry,
        )
        self.deleted = Counter("ringback_recordings_deleted", "Recordings deleted", registry=registry)
        self.free_bytes = Gauge("ringback_recordings_disk_free_bytes", "Room on the fullest disk", registry=registry)
        self.room = Gauge("ringback_recordings_room", "1: there is room for new recordings", registry=registry)


_log = structlog.get_logger(__name__)

AlarmHook = Callable[[Transaction, Alarm], Awaitable[None]]
"""Runs in the transaction that raises the alarm: what it writes (an outbox message) commits with it."""

ReadyHook = Callable[[Transaction, CallId], Awaitable[None]]
"""Runs in the transaction that finds a call's recording good: from its commit on it can be played."""

DISK_FULL = "disk_full"
CONVERTER = "converter_missing"
FOLDER = "folder"
ORIGINALS = "originals"


class Alarms:
    """Raises and clears."""

    def __init__(self, metrics: RecordingMetrics, hook: AlarmHook | None = None) -> None:
        self._metrics = metrics
        self._hook = hook

    async def raise_(self, tx: Transaction, call_id: CallId | None, cause: str, why: str, now: datetime) -> None:
        """Raise an alarm of a call, or (None) of the house; one that is open already is not raised again."""
        alarm = await store.raise_alarm(tx, call_id, cause, why, now)
        if alarm is None:
            return
        self._metrics.alarms.inc()
        _log.warning("recording.alarm", call_id=call_id, cause=cause, why=why, alarm_id=alarm.id)
        if self._hook is not None:
            await self._hook(tx, alarm)

    async def clear(self, tx: Transaction, cause: str, now: datetime) -> None:
        """Clear an alarm of the house, if it is open."""
        if await store.clear_house_alarm(tx, cause, now):
            _log.info("recording.alarm_cleared", cause=cause)


class AlarmClearing:
    """What people do with alarms: they look into one, and clear it."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def clear(self, alarm_id: int, by: str) -> bool:
        """Clear one in somebody's name; tell whether it was open."""
        async with self._pool.acquire() as connection:
            cleared = await store.clear_alarm(connection, alarm_id, by, self._clock())
        if cleared:
            _log.info("recording.alarm_cleared", alarm_id=alarm_id, by=by)
        return cleared
