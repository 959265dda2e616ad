"""The recording side with a real PostgreSQL, a real ffmpeg and real files; only time is ours."""

import array
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry

from telephony.events import CallEnded, CallEvent, CallRecorded
from telephony.model import Call, CallId, RecordingSegment
from telephony.ports import Transaction
from telephony.postgres.pool import Pool
from telephony.recording import store
from telephony.recording.alarms import Alarms, RecordingMetrics
from telephony.recording.archive import Archive
from telephony.recording.audio import Converter, find_program
from telephony.recording.convert import ConversionWorker
from telephony.recording.ledger import RecordingHook
from telephony.recording.plan.policy import Rules, decide
from telephony.recording.plan.rows import Alarm
from telephony.recording.retention import Retention
from telephony.settings import RecordingSettings, SharedFolder
from tests.integration.telephony.recording import reading
from tests.integration.telephony.recording.reading import CallVerdict, Recording
from tests.unit.telephony.recording.calls import CUSTOMER, END, START, tape

THERE = "/var/spool/asterisk/monitor"


@dataclass
class FakeClock:
    now: datetime = END

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def ours(uniqueid: str = "1.1", side: str = "c", channel: str = CUSTOMER) -> RecordingSegment:
    """A tape of ours, as the PBX names it."""
    return tape(uniqueid, channel, f"{THERE}/ringback/rb-{uniqueid}-1772445600-{side}.raw")


def write_tape(path: Path, seconds: float, first: float = 440, second: float = 880, level: int = 8000) -> Path:
    """Write an interleaved tape: one pitch in each channel (0 Hz is silence)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        [int(level * math.sin(2 * math.pi * hertz * i / 8000)) for i in range(8000)] if hertz else [0] * 8000
        for hertz in (first, second)
    ]
    second_of_sound = array.array("h", [sample for pair in zip(*rows, strict=True) for sample in pair]).tobytes()
    whole = second_of_sound * int(seconds) + second_of_sound[: int(seconds % 1 * 32000) // 4 * 4]
    path.write_bytes(whole)
    return path


@dataclass
class House:
    pool: Pool
    settings: RecordingSettings
    clock: FakeClock
    archive: Archive
    retention: Retention
    hook: RecordingHook
    alarms_told: list[Alarm] = field(default_factory=list)

    @property
    def monitor(self) -> Path:
        return self.settings.shared[0].here

    @property
    def spool(self) -> Path:
        return self.monitor / "ringback"

    def file_of(self, segment: RecordingSegment) -> Path:
        """Where we see the file of a tape."""
        return self.monitor / segment.path.removeprefix(f"{THERE}/")

    async def hear(self, *events: CallEvent) -> None:
        """Write events as the ledger does: each in a transaction."""
        for event in events:
            async with self.pool.acquire() as connection, connection.transaction():
                await self.hook(connection, event)

    async def recorded(self, call: Call, *segments: RecordingSegment) -> Call:
        """Let a call be recorded and end."""
        whole = replace(call, recordings=segments)
        for segment in segments:
            await self.hear(CallRecorded(replace(whole, ended_at=None), START, segment))
        await self.hear(CallEnded(whole, END))
        return whole

    async def work(self) -> None:
        """Let the archive work until nothing is due for an hour."""
        for _ in range(60):
            while await self.archive.work_one():
                pass
            async with self.pool.acquire() as connection:
                due = await store.next_due(connection)
            if due is None or due > self.clock.now + timedelta(hours=1):
                return
            self.clock.now = max(self.clock.now, due)
        raise AssertionError("the archive never comes to rest")

    async def verdict(self, call_id: CallId) -> CallVerdict:
        async with self.pool.acquire() as connection:
            found = await reading.call_verdict(connection, call_id)
        assert found is not None
        return found

    async def recordings(self, call_id: CallId) -> list[Recording]:
        async with self.pool.acquire() as connection:
            return await reading.recordings_of(connection, call_id)

    async def alarms(self) -> list[Alarm]:
        async with self.pool.acquire() as connection:
            return await reading.open_alarms(connection)

    def kept_files(self) -> list[str]:
        return sorted(str(p.relative_to(self.settings.folder)) for p in self.settings.folder.rglob("*") if p.is_file())

    def originals(self) -> list[str]:
        return sorted(path.name for path in self.monitor.rglob("*") if path.is_file())


def settings_in(folder: Path, **changes: object) -> RecordingSettings:
    return RecordingSettings.model_validate(
        {
            "folder": folder / "kept",
            "pbx_folder": f"{THERE}/ringback",
            "shared": (SharedFolder(there=THERE, here=folder / "monitor"),),
            **changes,
        }
    )


def make_house(pool: Pool, folder: Path, **changes: object) -> House:
    settings = settings_in(folder, **changes)
    (folder / "monitor" / "ringback").mkdir(parents=True, exist_ok=True)
    clock = FakeClock()
    metrics = RecordingMetrics(CollectorRegistry())
    told: list[Alarm] = []
    alarms = Alarms(metrics, remember(told))
    policy = partial(decide, Rules(record=settings.record, skip_dids=settings.skip_dids))
    converter = Converter(
        find_program(settings.ffmpeg) if not settings.ffmpeg.startswith("/missing") else settings.ffmpeg,
        settings.format,
        settings.kilobits,
        settings.convert_seconds,
    )
    archive = Archive(
        pool, settings, ConversionWorker(settings, converter, alarms, metrics, clock), alarms, metrics, clock
    )
    retention = Retention(pool, settings, metrics, clock)
    return House(pool, settings, clock, archive, retention, RecordingHook(policy, clock), told)


def remember(told: list[Alarm]) -> Callable[[Transaction, Alarm], Awaitable[None]]:
    async def hook(_tx: Transaction, alarm: Alarm) -> None:
        told.append(alarm)

    return hook
