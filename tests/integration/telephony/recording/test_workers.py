"""The archive's workers: whatever fails around them, each call's recordings are kept once and the queue goes on."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from telephony.events import CallEnded
from telephony.model import CallId
from telephony.recording.plan.rows import ArchiveStage
from telephony.recording.plan.verdict import SoundVerdict
from tests.integration.telephony.recording.house import House, ours, write_tape
from tests.unit.telephony.recording.calls import END, inbound
from tests.waiting import PATIENCE

CALL = inbound(ended=True)


async def test_writing_the_same_events_again_changes_nothing(house: House) -> None:
    write_tape(house.file_of(ours()), 60)
    for _ in range(2):
        await house.recorded(CALL, ours())
    await house.work()
    before = house.kept_files()
    await house.recorded(CALL, ours())
    await house.work()
    assert len(await house.recordings(CALL.call_id)) == 1
    assert house.kept_files() == before


async def test_without_a_converter_the_house_has_one_alarm_and_the_work_waits(house_with: Callable[..., House]) -> None:
    house = house_with(ffmpeg="/missing/ffmpeg")
    write_tape(house.file_of(ours()), 60)
    await house.recorded(CALL, ours())
    for _ in range(4):
        while await house.archive.work_one():
            pass
        house.clock.pass_(61)
    (alarm,) = await house.alarms()
    assert (alarm.call_id, alarm.cause) == (None, "converter_missing")
    assert (await house.verdict(CALL.call_id)).stage is ArchiveStage.ENDED
    assert house.originals() == ["rb-1.1-1772445600-c.raw"]


async def test_a_conversion_that_hangs_is_ended_at_its_deadline(
    house_with: Callable[..., House], tmp_path: Path
) -> None:
    stuck = tmp_path / "stuck"
    stuck.write_text("#!/bin/sh\nexec sleep 600\n")
    stuck.chmod(0o755)
    house = house_with(ffmpeg=str(stuck), convert_seconds=0.2, tries=1)
    write_tape(house.file_of(ours()), 60)
    await house.recorded(CALL, ours())
    async with asyncio.timeout(PATIENCE):
        await house.work()
    found = await house.verdict(CALL.call_id)
    assert found.verdict is SoundVerdict.UNREADABLE
    assert house.originals() == ["rb-1.1-1772445600-c.raw"]


async def test_a_folder_that_cannot_be_written_is_an_alarm_of_the_house_and_costs_no_try(house: House) -> None:
    write_tape(house.file_of(ours()), 60)
    house.settings.folder.write_text("a file in the folder's place")
    await house.recorded(CALL, ours())
    for _ in range(8):
        while await house.archive.work_one():
            pass
        house.clock.pass_(61)
    (alarm,) = await house.alarms()
    assert (alarm.call_id, alarm.cause) == (None, "folder")
    house.settings.folder.unlink()
    await house.work()
    assert (await house.verdict(CALL.call_id)).verdict is SoundVerdict.GOOD
    assert await house.alarms() == []


async def test_two_workers_share_the_queue_and_do_each_call_once(house: House) -> None:
    calls = [replace(inbound(ended=True), call_id=CallId(f"pbx:{number}.1")) for number in range(6)]
    for call in calls:
        segment = ours(call.call_id.partition(":")[2])
        write_tape(house.file_of(segment), 60)
        await house.recorded(call, segment)
    await asyncio.gather(house.work(), house.work())
    assert len(house.kept_files()) == 6
    assert house.originals() == []
    counted = await house.pool.fetchval("SELECT count(*) FROM recordings WHERE verdict = 'good'")
    assert counted == 6


async def test_running_workers_wake_at_the_call_and_stop_when_cancelled(house: House) -> None:
    write_tape(house.file_of(ours()), 60)
    task = asyncio.create_task(house.archive.run(), name="archive")
    await asyncio.sleep(0.05)
    await house.recorded(CALL, ours())
    house.archive.wake()
    async with asyncio.timeout(PATIENCE):
        while (await house.verdict(CALL.call_id)).stage is not ArchiveStage.DONE:
            house.clock.pass_(1)
            house.archive.wake()
            await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert os.listdir(house.settings.folder / ".incoming") == []  # noqa: PTH208 - names are enough


async def test_workers_live_through_a_database_that_drops_their_connections(house: House, database: str) -> None:
    task = asyncio.create_task(house.archive.run(), name="archive")
    other = await asyncpg.connect(database)
    for number in range(3):
        await other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        call = replace(CALL, call_id=CallId(f"pbx:{number}.1"))
        segment = ours(f"{number}.1")
        write_tape(house.file_of(segment), 60)
        async with other.transaction():
            await house.hook(other, CallEnded(replace(call, recordings=(segment,)), END))
        async with asyncio.timeout(PATIENCE):
            while await other.fetchval("SELECT stage FROM recorded_calls WHERE call_id = $1", call.call_id) != "done":
                house.clock.pass_(1)
                house.archive.wake()
                await asyncio.sleep(0.05)
    await other.close()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(house.kept_files()) == 3
