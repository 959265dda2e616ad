"""A running daemon that listens to several labs at once, and what it wrote of each scenario."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from deploy.lab.company import TRUNK_GLOB
from deploy.lab.errors import LabError
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from deploy.lab.scenarios.catalogue import ALL
from deploy.lab.scenarios.truth import Played
from tests.acceptance.daemon.process import Daemon, daemon, until

LABS = 3
RING_SECONDS = 4
_ONE_SCENARIO = 60.0


class Gate:
    """A way to one lab's AMI that can be shut: connections break, and new ones are refused until it is opened."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = 0
        self._behind = port
        self._shut = False
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.daemon: Daemon | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """Lose the link."""
        self._shut = True
        for writer in self._open:
            writer.transport.abort()

    async def mend(self) -> None:
        """Let the daemon in again, and return when it knows what is going on."""
        before = self._synced()
        self._shut = False

        async def again() -> bool:
            return self._synced() > before

        await until(again, f"{self.name} synced again")

    def _synced(self) -> int:
        said = self.daemon.said if self.daemon else []
        return sum(one.get("event") == "ami.link" and one.get("state") == "synced" for one in said if self._mine(one))

    def _mine(self, one: dict[str, Any]) -> bool:
        return one.get("pbx") == self.name

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._shut:
            writer.transport.abort()
            return
        beyond, out = await asyncio.open_connection("127.0.0.1", self._behind)
        self._open |= {writer, out}
        try:
            await asyncio.gather(_pour(reader, out), _pour(beyond, writer))
        finally:
            self._open -= {writer, out}


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while octets := await reader.read(65536):
            writer.write(octets)
            await writer.drain()
    writer.close()


@dataclass(frozen=True)
class Seen:
    """One scenario: what was played, and the ledger's rows of it."""

    played: Played
    calls: list[dict[str, Any]]


@dataclass
class Stage:
    """All labs, one daemon, and what became of every scenario."""

    folder: Path
    dsn: str
    seen: dict[str, Seen] = field(default_factory=dict)
    failed: dict[str, BaseException] = field(default_factory=dict)

    async def play_all(self, names: Iterable[str] = ALL) -> None:
        """Play scenarios, several side by side, each lab one after the other."""
        waiting = deque(names)
        async with contextlib.AsyncExitStack() as stack:
            labs = [await stack.enter_async_context(self._lab(number)) for number in range(LABS)]
            running = await stack.enter_async_context(daemon("--config", self._config(labs)))
            for lab, gate in labs:
                gate.daemon = running
                lab.wire = gate
                await running.says("ami.link", state="synced", pbx=gate.name)
            pool = await stack.enter_async_context(asyncpg.create_pool(self.dsn, min_size=1, max_size=LABS))
            await asyncio.gather(*(self._work(lab, gate.name, waiting, pool) for lab, gate in labs))
            await running.stop()

    @contextlib.asynccontextmanager
    async def _lab(self, number: int) -> AsyncIterator[tuple[Lab, Gate]]:
        async with Lab.start(self.folder / f"lab{number}", PbxPlan(ring_seconds=RING_SECONDS)) as lab:
            gate = Gate(f"lab{number}", lab.pbx.ami_port)
            await gate.start()
            try:
                yield lab, gate
            finally:
                await gate.stop()

    def _config(self, labs: list[tuple[Lab, Gate]]) -> Path:
        pbxs = "".join(
            f'[[pbx]]\nname = "{gate.name}"\nport = {gate.port}\nsecret = "{lab.pbx.ami_secret}"\n'
            f'trunks = ["{TRUNK_GLOB}"]\nretry_first_seconds = 0.1\nretry_cap_seconds = 0.2\n'
            for lab, gate in labs
        )
        file = self.folder / "ringback.toml"
        file.write_text(
            f'{pbxs}[database]\ndsn = "{self.dsn}"\nspool_folder = "{self.folder}/spool"\n'
            f'[recording]\nrecord = false\nfolder = "{self.folder}/kept"\n'
            f"disk_floor_megabytes = 1\ndisk_floor_percent = 0\n[callback]\nenabled = false\n"
            f'[voice]\nport = {free_port()}\nfolder = "{self.folder}/prompts"\n[http]\nport = {free_port()}\n'
        )
        return file

    async def _work(self, lab: Lab, name: str, waiting: deque[str], pool: "asyncpg.Pool[Any]") -> None:
        while waiting:
            scenario = waiting.popleft()
            again = scenario in self.failed
            lab.world.forget()
            began = datetime.now(UTC)
            try:
                async with asyncio.timeout(_ONE_SCENARIO):
                    played = await ALL[scenario](lab)
            except (LabError, TimeoutError, OSError) as error:
                self.failed[scenario] = error
                await _tidy(lab)
                if not again:
                    waiting.append(scenario)  # who keys in by the clock was late: no word of ours
                continue
            self.failed.pop(scenario, None)
            self.seen[scenario] = Seen(played, await _ledger(pool, name, began, len(played.calls)))


async def _tidy(lab: Lab) -> None:
    for channel in await lab.pbx.channels():
        await lab.pbx.command(f"channel request hangup {channel}")
    await lab.idle()


async def _ledger(pool: "asyncpg.Pool[Any]", pbx: str, since: datetime, many: int) -> list[dict[str, Any]]:
    """Return the calls of this lab since then, when as many have ended as were played (or after a while, anyway)."""

    async def read() -> list[dict[str, Any]]:
        return [dict(row) for row in await pool.fetch(_QUERY, pbx, since)]

    async def ended() -> bool:
        calls = await read()
        return len(calls) >= many and all(call["ended_at"] for call in calls)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(20):
            await until(ended, "ended calls")
    return await read()


_QUERY = """
SELECT calls.*, extract(epoch FROM talk)::float8 AS talk_seconds,
    extract(epoch FROM coalesce(answered_at, ended_at) - started_at)::float8 AS wait_seconds,
    (SELECT array_agg(DISTINCT number ORDER BY number)
        FROM legs WHERE legs.call_id = calls.call_id AND rang_at IS NOT NULL) AS rang,
    (SELECT json_agg(json_build_array(kind, by_number, to_number) ORDER BY at)
        FROM transfers WHERE transfers.call_id = calls.call_id)::text AS handed_over
FROM calls WHERE pbx = $1 AND started_at >= $2 ORDER BY started_at, call_id
"""
