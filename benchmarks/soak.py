"""Whether the daemon's memory stays flat: hundreds of thousands of calls at speed, through the real process.

    make soak CALLS=200000

A fake Asterisk plays the real one's transcripts again and again over AMI, each time as new calls: fresh uniqueids,
channels, bridges, times and customers. A webhook listens to everything at an address where nobody answers. The daemon
is a process of its own on its own PostgreSQL; its memory is what the kernel says. Fails if it gained more than 5 MB
after the first 10,000 calls.
"""

import argparse
import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from uuid import uuid4

import aiohttp

from benchmarks.daemon import ROOT, cpu_seconds
from benchmarks.ledger import server
from deploy.lab.ports import free_port

STORIES = (
    *("no_answer", "answered_manager_hangs_up", "queue_answered"),
    *("outbound_answered", "blind_by_keys", "gives_up_ringing"),
)
AT_ONCE = 20
"""Calls that are in progress at a time."""
MOST_WAITING = 2_000
"""Events that may wait to be written: the feed keeps to the ledger's pace."""
SETTLED = 10_000
MOST_GAIN = 5.0
_FRESH = re.compile(
    r"(?P<uniqueid>\b1\d{9}\.\d+\b)|(?P<channel>(?<=-)[0-9a-f]{8}(?=[;\s,&@])|(?<=-)[0-9a-f]{8}$)"
    r"|(?P<bridge>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})|(?P<customer>\+38067\d{7})",
    re.MULTILINE,
)
_STAMP = re.compile(r"^Timestamp: .*$", re.MULTILINE)


def story(name: str) -> list[str]:
    """The events of a transcript, each as its text."""
    text = (ROOT / "tests" / "transcripts" / f"{name}.ami").read_text().replace("\r\n", "\n")
    blocks = (block for block in text.split("\n\n") if block.startswith("Event: ") and "FullyBooted" not in block)
    return [f"{block}\n\n" for block in blocks]


class Calls:
    """Makes a transcript's events those of calls that never were."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._customers = count(1)
        self._stories = cycle([story(name) for name in STORIES])

    def next(self) -> Iterator[bytes]:
        """The events of one more call, each with the time at which it is taken."""
        known: dict[str, str] = {}

        def fresh(found: re.Match[str]) -> str:
            return known.setdefault(found[0], make[found.lastgroup or ""]())

        make: dict[str, Callable[[], str]] = {
            "uniqueid": lambda: f"{int(time.time())}.{next(self._ids)}",
            "channel": lambda: f"{next(self._ids):08x}",
            "bridge": lambda: str(uuid4()),
            "customer": lambda: f"+38067{next(self._customers) % 50_000 + 1_000_000}",
        }
        for block in next(self._stories):
            told = _STAMP.sub(f"Timestamp: {time.time():.6f}", block)
            yield _FRESH.sub(fresh, told).replace("\n", "\r\n").encode()


@dataclass
class Pbx:
    """As much of an Asterisk as the daemon asks for."""

    port: int = 0
    logged_in: asyncio.Event = field(default_factory=asyncio.Event)
    writer: asyncio.StreamWriter | None = None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Pbx"]:
        """Listen on a free port while inside."""
        listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        yield self
        listening.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while True:
                whole = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in whole.split("\r\n") if ": " in line)
                writer.write(_answer(action["Action"], action.get("ActionID", "")))
                if action["Action"] == "CoreShowChannels":
                    self.writer = writer
                    self.logged_in.set()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.transport.abort()

    async def play(self, calls: int, made: Calls, after: Callable[[int], "asyncio.Future[None] | None"]) -> None:
        """Play so many calls, some at a time; ``after`` is told how many are over, and may make us wait."""
        assert self.writer
        playing = [made.next() for _ in range(AT_ONCE)]
        over = 0
        while over < calls:
            for place, events in enumerate(playing):
                event = next(events, None)
                if event is not None:
                    self.writer.write(event)
                    continue
                playing[place] = made.next()
                over += 1
                waited = after(over)
                if waited is not None:
                    await waited
            await self.writer.drain()


def _answer(action: str, action_id: str) -> bytes:
    def block(**headers: str) -> str:
        return "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"

    match action:
        case "Ping":
            told = block(Response="Success", ActionID=action_id, Ping="Pong", Timestamp=f"{time.time():.6f}")
        case "CoreShowChannels" | "BridgeList":
            told = block(Response="Success", ActionID=action_id, EventList="start")
            told += block(Event=f"{action}Complete", ActionID=action_id, EventList="Complete", ListItems="0")
        case "Originate" | "MixMonitor" | "Getvar" | "ListCommands":
            told = block(Response="Error", ActionID=action_id, Message="not here")
        case _:
            told = block(Response="Success", ActionID=action_id, Message="ok")
    if action == "Login":
        told += block(Event="FullyBooted", Uptime="25")
    return told.encode()


def settings(folder: Path, ami: int, dsn: str, http: int, target: str) -> Path:
    """Write the daemon's settings."""
    hook = f"""
[[webhooks]]
name = "dead"
url = "{target}"
secret = "whsec_{"A" * 43}="
private = true
"""
    file = folder / "ringback.toml"
    file.write_text(f"""
[[pbx]]
port = {ami}
secret = "x"
trunks = ["PJSIP/carrier-*"]
[database]
dsn = "{dsn}"
spool_folder = "{folder}/spool"
[recording]
record = false
folder = "{folder}/kept"
[hours]
schedule = "24/7"
[voice]
port = {free_port()}
folder = "{folder}/prompts"
[http]
port = {http}
[log]
level = "error"
json_lines = true
{hook if target else ""}""")
    return file


def megabytes(pid: int) -> float:
    """The memory that a process has, as the kernel counts it."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


@dataclass
class Soak:
    """One run: what was asked, and what was measured."""

    pid: int
    url: str
    http: aiohttp.ClientSession
    every: int
    rate: float
    """Calls a second at most; 0 is as fast as the ledger takes them."""
    began: float = field(default_factory=time.monotonic)
    rows: list[tuple[int, float]] = field(default_factory=list)

    async def waiting(self) -> float:
        """How many events wait to be written."""
        return (await self._figures("ringback_ledger_waiting"))[0]

    async def spooled(self) -> str:
        """Say how much went by disk, though the database was there: what it had not taken after 50 ms."""
        names = ("spool_events_total", "spool_writes_total", "spool_write_seconds_total", "ledger_events_total")
        events, writes, seconds, all_events = await self._figures(*(f"ringback_{name}" for name in names))
        milliseconds = seconds / writes * 1000 if writes else 0.0
        by_disk = f"{events:,.0f} went by the spool, in {writes:,.0f} writes of {milliseconds:.1f} ms"
        return f"of {all_events:,.0f} events {by_disk}"

    async def _figures(self, *names: str) -> list[float]:
        async with self.http.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        return [float(text.partition(f"\n{name} ")[2].split("\n")[0]) for name in names]

    def after(self, over: int) -> "asyncio.Future[None] | None":
        """Look every 250 calls, and keep to the rate."""
        if self.rate:
            early = self.began + over / self.rate - time.monotonic()
            return asyncio.ensure_future(self._pace(over, max(0.0, early)))
        return asyncio.ensure_future(self._look(over)) if over % 250 == 0 else None

    async def _pace(self, over: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if over % 250 == 0:
            await self._look(over)

    async def _look(self, over: int) -> None:
        await self._until_at_most(MOST_WAITING)
        if over % self.every:
            return
        await self._until_at_most(0)
        seconds, memory = time.monotonic() - self.began, megabytes(self.pid)
        self.rows.append((over, memory))
        cpu = cpu_seconds(self.pid) / over * 1000
        print(f"{over:>9,} calls {over / seconds:>7,.0f}/s {memory:>7.1f} MB {cpu:>6.2f} ms/call", flush=True)

    async def _until_at_most(self, events: int) -> None:
        while await self.waiting() > events:  # noqa: ASYNC110 - the other side of the wait is another process
            await asyncio.sleep(0.05)


async def run(calls: int, every: int, target: str, words: list[str], rate: float) -> float:
    """Run it; gives the megabytes that were gained after the first 10,000 calls."""
    async with server() as database, Pbx().listening() as pbx, aiohttp.ClientSession() as http:
        folder, port = Path(tempfile.mkdtemp(prefix="rb-soak-")), free_port()
        config = settings(folder, pbx.port, database.dsn, port, target)
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, "run", "--config", str(config), cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        try:
            await asyncio.wait_for(pbx.logged_in.wait(), 300)
            soak = Soak(process.pid, f"http://127.0.0.1:{port}", http, every, rate)
            print(f"        0 calls         {megabytes(process.pid):>7.1f} MB", flush=True)
            await pbx.play(calls, Calls(), soak.after)
            print(await soak.spooled(), flush=True)
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()
    settled = next((memory for over, memory in soak.rows if over >= min(SETTLED, calls)), 0.0)
    return soak.rows[-1][1] - settled


def main() -> int:
    """Give the exit code."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--every", type=int, default=5_000, help="calls between two looks")
    parser.add_argument("--rate", type=float, default=0, help="calls a second; 0: as fast as they are written")
    parser.add_argument("--target", default="http://127.0.0.1:9/", help="the webhook that nobody answers; empty: none")
    parser.add_argument("--daemon", default="-m service", help="how the daemon is started: Python's words")
    asked = parser.parse_args()
    gained = asyncio.run(run(asked.calls, asked.every, asked.target, asked.daemon.split(), asked.rate))
    print(f"gained {gained:.1f} MB after the first {SETTLED:,} calls")
    return 0 if gained < MOST_GAIN else 1


if __name__ == "__main__":
    sys.exit(main())
