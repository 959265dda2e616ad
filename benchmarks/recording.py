"""Keeping recordings: how many hours of talk one worker converts, measures and stores in an hour, and what it costs us.

    python -m benchmarks recording

Peer for the speed: ffmpeg alone, converting the same file from a shell, measuring and storing nothing. How late the
event loop is while the archive works (the 99th of 100 looks) tells whether calls would notice; its peer is the same
loop with nothing to do, on the same machine just before.
"""

import array
import asyncio
import math
import random
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry

from benchmarks.ledger import server
from benchmarks.row import Row
from telephony.events import CallEnded
from telephony.model import (
    Answerer,
    Call,
    CallId,
    CallKind,
    ChannelName,
    Direction,
    Disposition,
    Linkedid,
    Party,
    PbxName,
    RecordingSegment,
    Uniqueid,
)
from telephony.postgres.pool import Pool, open_pool
from telephony.recording.alarms import Alarms, RecordingMetrics
from telephony.recording.archive import Archive
from telephony.recording.audio import INTERLEAVED, Converter, find_program
from telephony.recording.convert import ConversionWorker
from telephony.recording.ledger import RecordingHook
from telephony.recording.plan.policy import Rules, decide
from telephony.settings import RecordingSettings, SharedFolder

CALLS = 12
MINUTES = 5
_THERE = "/monitor"
_IDLE_SECONDS = 10.0


def rows() -> list[Row]:
    """Measure."""
    return asyncio.run(_rows())


async def _rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="rb-bench-") as name:
        folder = Path(name)
        tape = _write_talk(folder / "talk.raw")
        alone = await asyncio.to_thread(_ffmpeg_alone, tape, folder / "alone.mp3")
        idle = await _idle()
        async with server() as database:
            pool = await open_pool(database.dsn, size=4)
            try:
                seconds, late = await _archive(pool, folder, tape)
            finally:
                await pool.close()
    hours = CALLS * MINUTES * 60 / seconds
    return [
        Row(
            "recordings kept by one worker", hours, "h of talk/h", "ffmpeg alone, converting only", MINUTES * 60 / alone
        ),
        Row("event loop late meanwhile, p99", late, "ms", "the loop idle", idle),
    ]


def _write_talk(path: Path) -> Path:
    """Write something like two people who take turns: shaped noise, five seconds each."""
    rng = random.Random(7)  # noqa: S311 - sound, not secrets
    noise = [int(rng.gauss(0, 2500) * (1 + math.sin(i / 900))) for i in range(8000 * 5)]
    quiet = [0] * len(noise)
    turns = [
        array.array("h", [s for pair in zip(a, b, strict=True) for s in pair])
        for a, b in ((noise, quiet), (quiet, noise))
    ]
    path.write_bytes(b"".join(turn.tobytes() for turn in turns) * (MINUTES * 6))
    return path


def _ffmpeg_alone(tape: Path, copy: Path) -> float:
    command = [find_program(""), "-loglevel", "error", "-threads", "1", *INTERLEAVED, "-i", str(tape)]
    began = time.perf_counter()
    subprocess.run([*command, "-b:a", "32k", "-joint_stereo", "0", "-y", str(copy)], check=True)  # noqa: S603 - ours
    return time.perf_counter() - began


async def _archive(pool: Pool, folder: Path, tape: Path) -> tuple[float, float]:
    """Let one worker keep `CALLS` calls; return the seconds it took and how late the loop was in ms (p99)."""
    settings = RecordingSettings(
        folder=folder / "kept",
        pbx_folder=f"{_THERE}/ringback",
        shared=(SharedFolder(there=_THERE, here=folder / "monitor"),),
    )
    (folder / "monitor" / "ringback").mkdir(parents=True)
    now = [datetime(2026, 3, 2, 12, tzinfo=UTC)]
    metrics = RecordingMetrics(CollectorRegistry())
    alarms = Alarms(metrics)
    keeper = ConversionWorker(settings, Converter(find_program("")), alarms, metrics, lambda: now[0])
    archive = Archive(pool, settings, keeper, alarms, metrics, lambda: now[0])
    hook = RecordingHook(partial(decide, Rules()), lambda: now[0])
    for number in range(CALLS):
        call = _call(number)
        (folder / "monitor" / call.recordings[0].path.removeprefix(f"{_THERE}/")).hardlink_to(tape)
        async with pool.acquire() as connection, connection.transaction():
            await hook(connection, CallEnded(call, now[0]))
    while await archive.work_one():  # the first look: how big are they?
        pass
    now[0] += timedelta(seconds=settings.settle_seconds)
    watch = asyncio.create_task(_lateness(), name="lateness")
    began = time.perf_counter()
    while await archive.work_one():
        pass
    seconds = time.perf_counter() - began
    watch.cancel()
    good = await pool.fetchval("SELECT count(*) FROM recorded_calls WHERE verdict = 'good' AND stage = 'done'")
    assert good == CALLS, f"{good} of {CALLS} calls were kept"
    return seconds, (await asyncio.gather(watch))[0]


async def _idle() -> float:
    watch = asyncio.create_task(_lateness(), name="lateness")
    await asyncio.sleep(_IDLE_SECONDS)
    watch.cancel()
    return (await asyncio.gather(watch))[0]


async def _lateness() -> float:
    late: list[float] = []
    loop = asyncio.get_running_loop()
    try:
        while True:
            before = loop.time()
            await asyncio.sleep(0.005)
            late.append((loop.time() - before - 0.005) * 1000)
    except asyncio.CancelledError:
        return sorted(late)[len(late) * 99 // 100]


def _call(number: int) -> Call:
    start = datetime(2026, 3, 2, 11, tzinfo=UTC)
    talk = timedelta(minutes=MINUTES)
    uniqueid = Uniqueid(f"17.{number}")
    channel = ChannelName(f"PJSIP/carrier-{number:08x}")
    path = f"{_THERE}/ringback/rb-{uniqueid}-1772449200-c.raw"
    return Call(
        CallId(f"pbx:{uniqueid}"),
        PbxName("pbx"),
        Linkedid(uniqueid),
        Direction.INBOUND,
        CallKind.ORDINARY,
        Party("+380671112233"),
        "+380442000101",
        "PJSIP/carrier",
        start,
        start,
        start + talk,
        Disposition.ANSWERED,
        None,
        Answerer("101", "", ChannelName("PJSIP/101-00000001")),
        recordings=(RecordingSegment(path, channel, uniqueid, start),),
        talk=talk,
    )
