"""Call load: sipp is the carrier and the agents, the PBX is the real one. No sound is sent; signalling is the work."""

import asyncio
import csv
import shutil
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from deploy.lab.company import Did
from deploy.lab.errors import LabError
from deploy.lab.laboratory import Lab
from deploy.lab.ports import CARRIER_HOST, PBX_HOST, free_port, is_free
from deploy.lab.programs.find import program


@dataclass(frozen=True, slots=True)
class Load:
    """What sipp counted."""

    answered: int
    failed: int
    seconds: float
    """From sipp's start to the last call's end."""


def _scenario(name: str) -> str:
    return str(resources.files("deploy.lab").joinpath("sipp", f"{name}.xml"))


@asynccontextmanager
async def _sipp(folder: Path, log: str, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    sipp = await asyncio.to_thread(program, "sipp")
    setpriv = shutil.which("setpriv")
    guard = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
    with (folder / log).open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *guard,
            sipp,
            *words,
            "-nostdin",
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def agents(lab: Lab) -> AsyncIterator[None]:
    """Let an agent who answers every call be behind `Did.LOAD` for a while."""
    port = free_port()
    await lab.pbx.set_global("LOAD_PORT", str(port))
    words = ("-sf", _scenario("agent"), "-i", "127.0.0.1", "-p", str(port))
    async with _sipp(lab.folder, "agent.log", *words) as process:
        while is_free("127.0.0.1", port, socket.SOCK_DGRAM):  # sipp says nothing when it listens
            if process.returncode is not None:
                raise LabError(f"sipp does not run: {(lab.folder / 'agent.log').read_text()[-300:]}")
            await asyncio.sleep(0.02)
        yield


async def run(lab: Lab, *, calls: int, rate: float, talk_seconds: float, did: Did = Did.LOAD) -> Load:
    """Let so many customers call, ``rate`` a second; return when the last one has hung up. Needs `agents` around it.

    Raises:
        LabError: sipp itself failed.
    """
    table = lab.folder / "caller.csv"
    table.unlink(missing_ok=True)
    words = ["-sf", _scenario("caller"), "-i", CARRIER_HOST, "-p", str(free_port(CARRIER_HOST)), "-s", did.value]
    words += ["-m", str(calls), "-r", f"{rate:g}", "-d", str(int(talk_seconds * 1000)), "-l", str(calls)]
    words += ["-trace_stat", "-stf", str(table), "-fd", "1", "-recv_timeout", "20000", "-trace_err"]
    target = f"{PBX_HOST}:{lab.pbx.sip_port}"
    began = time.monotonic()
    async with _sipp(lab.folder, "caller.log", *words, target) as process:
        code = await process.wait()
    elapsed = time.monotonic() - began
    if code not in {0, 1} or not table.exists():
        raise LabError(f"sipp ended with {code}: {(lab.folder / 'caller.log').read_text()[-300:]}")
    with table.open(newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return Load(int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]), elapsed)
