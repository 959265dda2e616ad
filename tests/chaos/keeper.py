"""The daemon, started again whenever it ends, as systemd does; and how it is, asked all the time."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parents[2]
_RESTART_SECONDS = 0.5
_LOOK_SECONDS = 0.25
_LAST_LINES = 60
_WRONG_SETTINGS = 2
"""The exit code after which systemd does not start it again either."""


@dataclass(frozen=True, slots=True)
class Death:
    """The daemon ended, and nobody had killed it."""

    at: float
    """`time.monotonic`."""
    code: int
    said: tuple[str, ...]


class Keeper:
    """Keeps one daemon running."""

    def __init__(self, config: Path, clock: Path, health: str, log: Path, *, lease: float) -> None:
        self._config = config
        self._clock = clock
        self._url = health
        self._log = log
        self._lease = lease
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False
        self._stopping = False
        self.starts = 0
        self.deaths: list[Death] = []
        self.well: list[tuple[float, bool]] = []
        """When /healthz was asked, and whether all was well."""
        self.unwell: list[str] = []
        """What was not well when /healthz answered last."""
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process and process.returncode is None else None

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._keep(), name="keeper"),
            asyncio.create_task(self._look(), name="health"),
        ]

    async def stop(self) -> int | None:
        """Stop it well; give its exit code."""
        self._stopping = True
        code = None
        if self._process is not None and self._process.returncode is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(20):
                    code = await self._process.wait()
            self.signal(signal.SIGKILL)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return code

    def signal(self, number: signal.Signals) -> None:
        if number is signal.SIGKILL:
            self._killed = True
        if pid := self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def expect_end(self) -> None:
        """The next end is asked for: no death."""
        self._killed = True

    async def healthy(self, timeout_seconds: float) -> bool:
        """Wait until it says that all is well."""
        until = time.monotonic() + timeout_seconds
        asked = time.monotonic()
        while time.monotonic() < until and not any(death.code == _WRONG_SETTINGS for death in self.deaths):
            if any(at >= asked and well for at, well in reversed(self.well[-4:])):
                return True
            await asyncio.sleep(_LOOK_SECONDS)
        return False

    def healed_after(self, moment: float) -> float | None:
        """How many seconds after ``moment`` it was healthy first; None if never."""
        return next((at - moment for at, well in self.well if well and at >= moment), None)

    async def _keep(self) -> None:
        while not self._stopping:
            self._killed = False
            self.starts += 1
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.chaos.stepped", self._clock, str(self._lease),
                "run", "--config", self._config,
                cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            lines = await self._read(process)
            code = await process.wait()
            if not self._killed and not self._stopping:
                self.deaths.append(Death(time.monotonic(), code, tuple(lines)))
            await asyncio.sleep(_RESTART_SECONDS)

    async def _read(self, process: asyncio.subprocess.Process) -> deque[str]:
        last: deque[str] = deque(maxlen=_LAST_LINES)
        assert process.stderr is not None
        with self._log.open("ab") as log:
            while line := await _line(process.stderr):
                log.write(line)
                last.append(_short(line))
        return last

    async def _look(self) -> None:
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            while True:
                well = False
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                    async with http.get(self._url) as answer:
                        well = answer.status == 200
                        parts = (await answer.json())["parts"]
                        self.unwell = [f"{part['name']}: {part['said']}" for part in parts if not part["healthy"]]
                self.well.append((time.monotonic(), well))
                await asyncio.sleep(_LOOK_SECONDS)


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # longer than anybody reads
        return b"(a very long line)\n"


def _short(line: bytes) -> str:
    with contextlib.suppress(ValueError):
        told = json.loads(line)
        return " ".join(str(told[key]) for key in ("event", "reason", "exception", "error") if key in told)[:1500]
    return line.decode(errors="replace").rstrip()[:600]
