"""kill -9 at any step of the archive loses nothing and doubles nothing."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from telephony.recording.plan.rows import ArchiveStage
from telephony.recording.plan.verdict import SoundVerdict
from tests.integration.telephony.recording.dying_worker import STEPS
from tests.integration.telephony.recording.house import House, ours, write_tape
from tests.unit.telephony.recording.calls import inbound
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[4]


async def run_worker(dsn: str, folder: Path, step: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, Path(__file__).with_name("dying_worker.py"), dsn, folder, step, env={"PYTHONPATH": str(ROOT)}
    )
    async with asyncio.timeout(PATIENCE):
        return await process.wait()


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at(step: str, house: House, database: str, tmp_path: Path) -> None:
    call = inbound(ended=True)
    segment = ours()
    original = write_tape(house.file_of(segment), 60)
    await house.recorded(call, segment)

    assert await run_worker(database, tmp_path, step) == -signal.SIGKILL
    (row,) = await house.recordings(call.call_id)
    if row.path is None:
        assert original.exists(), "the original went before its copy was committed"
    assert await run_worker(database, tmp_path, "never") == 0

    found = await house.verdict(call.call_id)
    assert (found.verdict, found.stage) == (SoundVerdict.GOOD, ArchiveStage.DONE)
    (row,) = await house.recordings(call.call_id)
    unfinished = [name for name in house.kept_files() if name.startswith(".incoming")]
    assert [name for name in house.kept_files() if name not in unfinished] == [row.path]
    assert not original.exists()
    assert await house.alarms() == []
