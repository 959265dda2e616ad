"""The daemon as a process of its own, beside a lab, for benchmarks that look at the whole."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.lab.company import TRUNK_GLOB
from deploy.lab.laboratory import Lab
from deploy.lab.ports import free_port

ROOT = Path(__file__).parents[1]


@asynccontextmanager
async def running_daemon(config: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The daemon as a process; ready when it is in step with the PBX."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "run", "--config", str(config), cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr
    try:
        async with asyncio.timeout(30):
            said = [await process.stderr.readline()]
            while b'"synced"' not in said[-1]:
                assert said[-1], b"".join(said).decode()
                said.append(await process.stderr.readline())
        draining = asyncio.create_task(process.stderr.read(), name="the daemon's log")
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.wait(), 10)
    await draining


def write_config(lab: Lab, folder: Path, agi_port: int, dsn: str, more: str = "") -> Path:
    """Write the settings of a daemon that hears ``lab``; ``more`` are further sections."""
    file = folder / "ringback.toml"
    file.write_text(f"""
[[pbx]]
port = {lab.pbx.ami_port}
secret = "{lab.pbx.ami_secret}"
trunks = ["{TRUNK_GLOB}"]
[database]
dsn = "{dsn}"
spool_folder = "{folder}/spool"
[recording]
folder = "{folder}/kept"
pbx_folder = "{lab.pbx.recordings}/ringback"
shared = [{{ there = "{lab.pbx.recordings}", here = "{lab.pbx.recordings}" }}]
[hours]
schedule = "24/7"
[voice]
port = {agi_port}
folder = "{folder}/prompts"
[http]
port = {free_port()}
[log]
json_lines = true
{more}""")
    return file


def cpu_seconds(pid: int) -> float:
    """Give the processor time that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
