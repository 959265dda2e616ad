"""A lab with a daemon of its own process behind a door, on which moments are played."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import answers
from telephony.callback.policy.model import RequestState, WaitReason
from telephony.callback.rows import request_from
from telephony.directory.csv_import import read_managers
from telephony.directory.store import DirectoryStore
from telephony.postgres.pool import Pool, open_pool
from telephony.settings import VoiceSettings
from telephony.voice.dialplan import Kind, render
from tests.acceptance.callback.company import (
    MANAGERS,
    WAITING,
    Ledger,
    rings_long_then_presses,
    write_config,
)
from tests.acceptance.daemon.process import Daemon, Door, daemon
from tests.acceptance.one_dial.plan import Fault, Moment, Phase, Seen
from tests.waiting import PATIENCE

_PATIENCE = 120.0
_OWNERS = {"ivan": "101", "olena": "102", "maria": "103", "boss": "106"}
_SECONDS: dict[str, object] = {
    "ring_seconds": 20,
    "deputy_after_seconds": 300,
    "group_after_seconds": 600,
    "head_after_seconds": 900,
    "target_seconds": 900,
    "customer_ring_seconds": 10,
    "attempt_spacing_seconds": (600, 600),
    "reached_seconds": 5,
}


class Stand:
    """One lab; a daemon that is killed and comes again, with one set of settings and one database at a time."""

    def __init__(self, lab: Lab, folder: Path, agi_port: int, door: Door, module: str) -> None:
        self._lab = lab
        self._folder = folder
        self._agi_port = agi_port
        self._door = door
        self._module = module
        self._running = AsyncExitStack()
        self._daemon: Daemon | None = None
        self._config = folder / "none.toml"
        self._pool: Pool | None = None
        self._ledger: Ledger | None = None

    async def begin(self, dsn: str, *, cel: bool) -> None:
        """Start a daemon on a fresh, migrated database."""
        await self.end()
        pings = "ping_seconds = 1\npong_seconds = 1"
        self._config = write_config(
            self._lab,
            self._folder,
            self._agi_port,
            dsn,
            self._folder / f"cel-{cel}.toml",
            ami_port=self._door.port,
            pbx_more=f'cel_file = "{self._lab.pbx.cel_file}"\n{pings}' if cel else pings,
            **_SECONDS,
        )
        self._pool = await open_pool(dsn, size=2)
        self._ledger = Ledger(self._pool)
        await DirectoryStore(self._pool).replace_managers(read_managers(MANAGERS, "PJSIP"))
        await self._start()

    async def end(self) -> None:
        """Stop the daemon that runs, if one does."""
        if self._daemon is not None:
            await self._daemon.stop()
            await self._running.aclose()
        if self._pool is not None:
            await self._pool.close()
        self._daemon = self._pool = None

    async def play(self, moment: Moment) -> list[Seen]:
        """Let customers be missed, do what the moment says to the daemon, and look at the phones when all is over."""
        customers = [f"+38067{moment.number:04}{n:03}" for n in range(len(moment.talks))]
        for number, talk, (owner, desk) in zip(customers, moment.talks, _OWNERS.items(), strict=True):
            await self._books.own(owner, number)
            self._lab.world.phone(desk).behaviour(rings_long_then_presses("1", rings=0.5))
            self._lab.world.phone(number).behaviour(answers(after=1, talk=talk))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._fault(moment, customers))
            for number, start in zip(customers, moment.starts, strict=True):
                tasks.create_task(self._miss(number, start))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while not all([await self._settled(number) for number in customers]):
                    await asyncio.sleep(0.2)
        await self._lab.idle()
        seen = [await self._seen(number) for number in customers]
        self._lab.world.forget()
        return seen

    # --- what happens -------------------------------------------------------------------------------------------------

    async def _miss(self, number: str, start: float) -> None:
        await asyncio.sleep(start)
        leg = await self._lab.world.call(number, Did.SCRATCH)
        await leg.trace.ringing.wait()
        await self._lab.world.hang_up(leg)

    async def _fault(self, moment: Moment, customers: list[str]) -> None:
        async def all_asked_for() -> bool:
            return len([one for one in await self._books.requests() if one.customer in customers]) == len(customers)

        await self._books.until(all_asked_for, _PATIENCE)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._come_to(moment.phase, next(iter(_OWNERS.values())), customers[0])
        await asyncio.sleep(moment.after)
        await self._do(moment)

    async def _do(self, moment: Moment) -> None:
        assert self._daemon is not None
        process = self._daemon.process
        match moment.fault:
            case Fault.KILL | Fault.KILL_TO_THE_END:
                process.kill()
                await self._running.aclose()
                await asyncio.sleep(moment.lasts)
                if moment.fault is Fault.KILL_TO_THE_END:
                    await self._lab.idle(60)
                await self._start()
            case Fault.STOP:
                process.send_signal(signal.SIGSTOP)
                await asyncio.sleep(moment.lasts)
                process.send_signal(signal.SIGCONT)
            case Fault.FREEZE:
                self._door.freeze()
                await asyncio.sleep(moment.lasts)
                self._door.thaw()

    async def _start(self) -> None:
        self._daemon = await self._running.enter_async_context(daemon("--config", self._config, module=self._module))
        self._daemon.patience = _PATIENCE
        await self._daemon.says("ami.link", state="synced")

    async def _come_to(self, phase: Phase, desk: str, number: str) -> None:
        manager = await self._lab.world.phone(desk).rings(timeout_seconds=60)
        await (manager.trace.ringing if phase is Phase.RINGING else manager.trace.answered).wait()
        if phase in {Phase.RINGING, Phase.LISTENING}:
            return
        customer = await self._lab.world.phone(number).rings(timeout_seconds=60)
        what = customer.trace
        await {Phase.DIALLING: what.ringing, Phase.TALKING: what.answered, Phase.OVER: what.ended}[phase].wait()

    # --- what is seen -------------------------------------------------------------------------------------------------

    @property
    def _books(self) -> Ledger:
        assert self._ledger is not None
        return self._ledger

    async def _state(self, number: str) -> str:
        rows = await self._books.pool.fetch("SELECT * FROM callback_requests WHERE customer = $1", number)
        request = request_from(rows[-1]) if rows else None
        if request is None:
            return "none"
        return request.waits_for if request.state is RequestState.WAITING else request.state

    async def _settled(self, number: str) -> bool:
        closed = {RequestState.DONE, RequestState.CANCELLED, RequestState.DISCARDED, RequestState.HELD}
        return await self._state(number) in {*closed, WaitReason.RETRY}

    async def _seen(self, number: str) -> Seen:
        return Seen(
            number, tuple(_talked(leg) for leg in self._lab.world.phone(number).legs), await self._state(number)
        )


def _talked(leg: Leg) -> float:
    """How long this phone was answered, in seconds."""
    answered, ended = leg.trace.answered_at, leg.trace.ended_at
    return (ended - answered).total_seconds() if answered and ended else 0.0


@asynccontextmanager
async def open_stand(folder: Path, module: str = "service") -> AsyncIterator[Stand]:
    """Start a lab with the product's dialplan; ``module`` is the daemon."""
    agi_port = free_port()
    async with Lab.start(folder, PbxPlan(agi_port=agi_port)) as lab, Door(lab.pbx.ami_port) as door:
        voice = VoiceSettings(port=agi_port, folder=folder / "prompts", language="en")
        await lab.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))
        await lab.pbx.add_dialplan("waiting", WAITING)
        stand = Stand(lab, folder, agi_port, door, module)
        try:
            yield stand
        finally:
            await stand.end()
