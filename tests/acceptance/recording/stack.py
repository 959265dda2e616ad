"""A lab, a daemon's recording side wired as the service wires it, and a company whose dialplan records."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry

from deploy.lab.company import TRUNK_CONTEXT, TRUNK_GLOB, Did
from deploy.lab.laboratory import Lab
from telephony.ami.link import AmiLink
from telephony.calls.pump import Pump
from telephony.calls.store import LedgerWriter
from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.events import CallAnswered, CallEnded, CallEvent
from telephony.model import Call, PbxName
from telephony.postgres.pool import Pool, open_pool
from telephony.recording.alarms import Alarms, RecordingMetrics
from telephony.recording.archive import Archive
from telephony.recording.audio import Converter, find_program
from telephony.recording.convert import ConversionWorker
from telephony.recording.disk_space import DiskSpaceWatch
from telephony.recording.files import Room
from telephony.recording.ledger import RecordingHook
from telephony.recording.plan.policy import Rules, decide
from telephony.recording.plan.rows import Alarm, ArchiveStage
from telephony.recording.plan.verdict import SoundVerdict
from telephony.recording.recorder import Recorder
from telephony.settings import PbxSettings, RecordingSettings, SharedFolder
from tests.acceptance.recording.hearing import Heard, hear
from tests.integration.telephony.recording import reading
from tests.integration.telephony.recording.reading import CallVerdict, Recording
from tests.waiting import PATIENCE

PBX = PbxName("pbx")
_DIALPLAN = """
; 101, the group, the queue and the menu are recorded by our subroutine, all others by the daemon or not at all
[from-trunk-first]
exten => _+380442000[16]01,1,Gosub(ringback-record,s,1(customer))
 same => n,Goto(company-numbers,${EXTEN},1)
exten => _+3804420006[01]0,1,Gosub(ringback-record,s,1(customer))
 same => n,Goto(company-numbers,${EXTEN},1)

[from-internal-first]
exten => _+X.,1,Gosub(ringback-record,s,1(manager))
 same => n,Set(TRANSFER_CONTEXT=from-internal)
 same => n,Goto(outbound,${EXTEN},1)
"""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Stack:
    lab: Lab
    pool: Pool
    settings: RecordingSettings
    rules: Rules
    recorder: Recorder
    archive: Archive
    room: DiskSpaceWatch
    link: AmiLink
    pump: Pump
    free: list[int]
    """The room on all disks, in bytes."""
    link_task: asyncio.Task[None] | None = None
    seen: list[CallEvent] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def hear(self, event: CallEvent) -> None:
        self.seen.append(event)
        self.tasks.append(asyncio.create_task(self._notify(), name="news"))

    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def cut(self) -> None:
        """Lose the AMI link."""
        assert self.link_task is not None
        self.link_task.cancel()
        await asyncio.gather(self.link_task, return_exceptions=True)

    async def mend(self) -> None:
        """Have it back, and synced."""
        self.link_task = asyncio.create_task(self.link.run(), name="link")
        async with asyncio.timeout(PATIENCE):
            await self.link.synced.wait()

    async def leave_room(self, free: int) -> None:
        """Leave so many bytes on all disks, and have it noticed."""
        self.free[0] = free
        await self.room.look()
        await self.recorder.settled()

    async def _notify(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def until(self, wanted: Callable[[CallEvent], bool], timeout_seconds: float = PATIENCE) -> CallEvent:
        try:
            async with asyncio.timeout(timeout_seconds), self.news:
                await self.news.wait_for(lambda: any(map(wanted, self.seen)))
        except TimeoutError:
            told = [f"{type(e).__name__} {e.call.call_id} {e.call.caller.number}->{e.call.dialed}" for e in self.seen]
            raise AssertionError(f"it did not happen; what happened: {told[-30:]}") from None
        return next(filter(wanted, self.seen))

    async def answered(self, number: str) -> Call:
        return (await self.until(lambda e: isinstance(e, CallAnswered) and _has(e.call, number))).call

    async def ended(self, number: str) -> Call:
        return (await self.until(lambda e: isinstance(e, CallEnded) and _has(e.call, number))).call

    async def done(self, call: Call, timeout_seconds: float = PATIENCE) -> tuple[CallVerdict, list[Recording]]:
        """Wait until the archive has done with a call; nothing tells us, so we look."""
        async with asyncio.timeout(timeout_seconds):
            while True:
                async with self.pool.acquire() as connection:
                    verdict = await reading.call_verdict(connection, call.call_id)
                    if verdict is not None and verdict.stage is ArchiveStage.DONE:
                        return verdict, await reading.recordings_of(connection, call.call_id)
                await asyncio.sleep(0.05)

    async def good(self, number: str) -> tuple[Call, list[Recording]]:
        """The call with a number and its recordings, when it has ended, the archive has done, and found all good."""
        call = await self.ended(number)
        verdict, recordings = await self.done(call)
        assert verdict.verdict is SoundVerdict.GOOD, verdict.why
        return call, recordings

    async def alarms(self) -> list[Alarm]:
        async with self.pool.acquire() as connection:
            return await reading.open_alarms(connection)

    def heard(self, recording: Recording) -> Heard:
        """What can be heard in a recording that is kept."""
        assert recording.path is not None
        assert recording.sound is not None
        return hear(self.settings.folder / recording.path, len(recording.sound.sides))

    def originals(self, call: Call) -> list[str]:
        """The files that the PBX still has of our tapes of a call."""
        names = [path.name for path in Path(self.settings.pbx_folder).glob("rb-*")]
        return [name for name in names if any(leg.uniqueid in name for leg in call.legs)]


def _has(call: Call, number: str) -> bool:
    return number in (call.caller.number, call.dialed)


@contextlib.asynccontextmanager
async def stack(folder: Path, dsn: str, **changes: object) -> AsyncIterator[Stack]:
    """Start everything; ``changes`` are recording settings."""
    async with Lab.start(folder) as lab:
        conf = Path(__file__).parents[3] / "dialplan" / "recording.conf"
        await lab.pbx.add_dialplan("ringback-recording", conf.read_text() + _DIALPLAN)
        settings = RecordingSettings.model_validate(
            {
                "folder": folder / "recordings",
                "pbx_folder": str(lab.pbx.recordings / "ringback"),
                "shared": (SharedFolder(there=str(lab.pbx.recordings), here=lab.pbx.recordings),),
                "settle_seconds": 0.3,
                "tries": 3,
                "skip_dids": (Did.GROUP.value,),
                "disk_floor_megabytes": 10,
                "disk_floor_percent": 0,
                **changes,
            }
        )
        pool = await open_pool(dsn)
        try:
            async with wired(lab, pool, settings) as made:
                yield made
        finally:
            await pool.close()


@contextlib.asynccontextmanager
async def wired(lab: Lab, pool: Pool, settings: RecordingSettings) -> AsyncIterator[Stack]:
    metrics = RecordingMetrics(CollectorRegistry())
    alarms = Alarms(metrics)
    rules = Rules(
        record=settings.record,
        skip_dids=settings.skip_dids,
        skip_managers=settings.skip_managers,
        skip_directions=settings.skip_directions,
    )
    policy = partial(decide, rules)
    converter = Converter(find_program(settings.ffmpeg), settings.format, settings.kilobits)
    keeper = ConversionWorker(settings, converter, alarms, metrics, utc_now)
    archive = Archive(pool, settings, keeper, alarms, metrics, utc_now)
    free = [10**12]
    room = DiskSpaceWatch(pool, settings, alarms, metrics, utc_now, lambda _: Room(free[0], 10**12))
    tracker = Tracker(PBX, TrunkRules((TRUNK_GLOB,), (TRUNK_CONTEXT,)))
    pbx = PbxSettings.model_validate(
        {"name": PBX, "port": lab.pbx.ami_port, "username": lab.pbx.ami_user, "secret": lab.pbx.ami_secret}
    )

    def submit(events: list[CallEvent]) -> None:
        for event in events:
            pump.submit(event)

    link = AmiLink(
        pbx,
        lambda event: submit(tracker.receive(event)),
        on_snapshot=lambda picture: submit(tracker.resync(picture)),
        on_state=lambda _: None,
        clock=utc_now,
        rng=random.Random(1),  # noqa: S311 - jitter
    )
    recorder = Recorder(pool, {PBX: link}, policy, settings, metrics, utc_now, room)
    made: Stack

    def woken(event: CallEvent) -> None:
        archive.wake()
        made.hear(event)

    pump = Pump(
        pool,
        LedgerWriter("UA"),
        hooks=[RecordingHook(policy, utc_now)],
        before=[recorder.hear],
        after=[woken],
    )
    made = Stack(lab, pool, settings, rules, recorder, archive, room, link, pump, free)
    room.on_change(recorder.room_changed)
    tasks = [
        asyncio.create_task(each, name=name)
        for name, each in {
            "pump": pump.run(),
            "recorder": recorder.run(),
            "archive": archive.run(),
        }.items()
    ]
    try:
        await made.mend()
        yield made
    finally:
        await made.cut()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *made.tasks, return_exceptions=True)
