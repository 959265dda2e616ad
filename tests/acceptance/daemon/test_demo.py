"""``ringback demo``, as `make run` starts it."""

import asyncio
import contextlib
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.acceptance.daemon.process import ROOT


@pytest.fixture
def folder() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="rb-demo-", dir="/tmp"))
    home.chmod(0o755)
    yield home / "demo"
    shutil.rmtree(home)


@contextlib.asynccontextmanager
async def demo(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "demo", "--folder", str(folder), *arguments,
        cwd=ROOT, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def left_behind(folder: Path) -> list[str]:
    """The command lines of processes that still work in the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder) in (line := entry.read_text().replace("\0", " ")):
                found.append(line)
    return found


async def test_calls_come_are_written_and_recorded_and_all_ends_by_itself(folder: Path) -> None:
    async with demo(folder, "--calls", "4") as process:
        said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert "demo: over." in said
    assert sum(said.count(arrow) for arrow in ("  →  ", "  ←  ", "  ↔  ")) >= 4
    assert (folder / "ringback.log").stat().st_size > 0
    assert '"level": "error"' not in (folder / "ringback.log").read_text()
    assert left_behind(folder) == []


async def test_who_calls_at_night_is_promised_a_time_and_called_back_then(folder: Path) -> None:
    async with demo(folder, "--closed", "--calls", "3") as process:
        said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert said.count(": waits for its time") >= 3, said
    assert len(re.findall(r"promise     \d\d:\d\d  .*: kept", said)) == 3, said
    assert '"level": "error"' not in (folder / "ringback.log").read_text()
    assert left_behind(folder) == []


async def test_ctrl_c_ends_it_cleanly_and_leaves_nothing_running(folder: Path) -> None:
    async with demo(folder) as process:
        assert process.stdout is not None
        async for line in process.stdout:
            if b"Ctrl-C ends the demo" in line:
                break
        process.send_signal(signal.SIGINT)
        said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert "demo: over." in said
    assert left_behind(folder) == []
