"""A service's life, with a start and loops of ten lines."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from telephony.daemon.lifetime import live
from telephony.daemon.supervisor import LoopDied, Supervisor
from telephony.daemon.systemd import Notifier
from telephony.errors import SettingsError


class Heard(Notifier):
    def __init__(self) -> None:
        super().__init__({})
        self.words: list[str] = []

    def tell(self, **words: str) -> None:
        self.words += words


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_service_is_ready_after_its_start_and_stops_on_sigterm() -> None:
    heard, closed = Heard(), asyncio.Event()

    async def close() -> None:
        closed.set()

    async def start(supervisor: Supervisor) -> None:
        supervisor.on_stop("thing", close)
        supervisor.spawn("loop", forever())
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)

    await live(start, heard)
    assert heard.words == ["READY", "STOPPING"]
    assert closed.is_set()


async def test_a_stop_in_the_middle_of_the_start_is_heard() -> None:
    heard, stop, closed = Heard(), asyncio.Event(), asyncio.Event()

    async def close() -> None:
        closed.set()

    async def start(supervisor: Supervisor) -> None:
        supervisor.on_stop("thing", close)
        stop.set()
        await forever()

    await live(start, heard, stop=stop)
    assert heard.words == ["STOPPING"]
    assert closed.is_set()


async def test_a_failed_start_closes_what_it_opened_and_tells_why() -> None:
    closed = asyncio.Event()

    async def close() -> None:
        closed.set()

    async def start(supervisor: Supervisor) -> None:
        supervisor.on_stop("thing", close)
        raise SettingsError("http.port: taken")

    with pytest.raises(SettingsError, match=r"http\.port"):
        await live(start, Heard())
    assert closed.is_set()


async def test_a_loop_that_dies_during_the_start_ends_the_start() -> None:
    async def dies() -> None:
        raise OSError("no disk")

    async def start(supervisor: Supervisor) -> None:
        supervisor.spawn("recorder", dies())
        await forever()

    with pytest.raises(LoopDied, match="recorder: OSError: no disk"):
        await live(start, Heard())


async def test_a_loop_that_dies_later_stops_the_service_with_its_reason() -> None:
    async def dies() -> None:
        await asyncio.sleep(0)
        raise OSError("no disk")

    async def start(supervisor: Supervisor) -> None:
        supervisor.spawn("recorder", dies())

    with pytest.raises(LoopDied, match="recorder"):
        await live(start, Heard())


def test_a_second_signal_ends_it_at_once() -> None:
    """The first one waits for a step that hangs; nobody has to wait longer than they want."""
    program = (
        "import asyncio, os, signal\n"
        "from telephony.daemon import lifetime\n"
        "from telephony.daemon.systemd import Notifier\n"
        "async def hangs():\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    await asyncio.Event().wait()\n"
        "async def start(supervisor):\n"
        "    supervisor.on_stop('thing', hangs, limit_seconds=60)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "lifetime.STOP_SECONDS = 60\n"
        "asyncio.run(lifetime.live(start, Notifier({})))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=20, check=False)  # noqa: S603
    assert done.returncode == 128 + signal.SIGTERM
