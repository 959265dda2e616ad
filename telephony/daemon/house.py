"""The telephony side wired by hand: who is made of what, and started in which order.

`open_database` first: everything else keeps its state there. Then `start`: the pump before the links, since events flow
from these to that; stopping goes the other way round, so nothing that was heard is left unwritten. What belongs to the
CRM side comes in through `Extras`; this file does not know it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from telephony.ami.capture import Capture
from telephony.calls.pump import Pump
from telephony.calls.store import LedgerStore, LedgerWriter
from telephony.daemon.figures import CallFigures, WorkFigures
from telephony.daemon.health import Health, Part
from telephony.daemon.hearing import Hearing
from telephony.daemon.port import Port, application
from telephony.daemon.stall import Stall
from telephony.daemon.supervisor import Supervisor
from telephony.errors import SettingsError
from telephony.ports import CallListener, LedgerHook
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import TELEPHONY, Source, migrate
from telephony.postgres.pool import Pool, open_pool
from telephony.settings import PbxSettings, TelephonySettings

_log = structlog.get_logger(__name__)

_UNWRITTEN_FOR = 60.0
"""Seconds in which nothing is written though events wait and the database is there, after which we are stuck."""


@dataclass(slots=True)
class Extras:
    """What others plug in: the CRM side, the demo, tests."""

    hooks: list[LedgerHook] = field(default_factory=list)
    before: list[CallListener] = field(default_factory=list)
    """Hear call events as they happen."""
    after: list[CallListener] = field(default_factory=list)
    """Hear call events once they are committed."""
    applications: dict[str, web.Application] = field(default_factory=dict)
    """Served on our HTTP port, each under its path: ``/api/v1``."""


class House:
    """The daemon's telephony side."""

    def __init__(self, settings: TelephonySettings, *, capture: Path | None = None) -> None:
        self.settings = settings
        self.health = Health()
        self.registry = CollectorRegistry()
        self.hearings: list[Hearing] = []
        self.dsn = ""
        self.url = ""
        self._capture = capture

    async def open_database(self, supervisor: Supervisor, sources: Sequence[Source] = ()) -> Pool:
        """Start or find PostgreSQL, bring the schema up to date, open the pool; waits for a server that is down."""
        database = self.settings.database
        self.dsn = database.dsn.get_secret_value() or await self._start_embedded(supervisor)
        pool = await open_pool(self.dsn, size=database.pool_size)
        supervisor.on_stop("database pool", pool.close, limit_seconds=0.5)
        await migrate(self.dsn, [TELEPHONY, *sources])
        return pool

    async def start(self, supervisor: Supervisor, pool: Pool, extras: Extras) -> None:
        """Start everything else."""
        pump = self._start_pump(supervisor, pool, extras)
        store = LedgerStore(pool, self.settings.numbers.region)
        await self._start_port(supervisor, extras)
        for pbx in self.settings.pbx:
            self._start_hearing(supervisor, pbx, pump, store)

    # --- the parts, in order ------------------------------------------------------------------------------------------

    async def _start_embedded(self, supervisor: Supervisor) -> str:
        database = self.settings.database
        server = EmbeddedServer(database.folder, run_as=database.run_as)
        await server.start()
        supervisor.on_stop("embedded postgres", lambda: server.stop(within_seconds=0.8), limit_seconds=2.5)
        supervisor.spawn("embedded postgres watch", server.keep_running())
        return server.dsn

    def _start_pump(self, supervisor: Supervisor, pool: Pool, extras: Extras) -> Pump:
        pump = Pump(
            pool,
            LedgerWriter(self.settings.numbers.region),
            hooks=extras.hooks,
            before=extras.before,
            after=[CallFigures(self.registry), *extras.after],
            bound=self.settings.database.events_in_memory,
        )
        supervisor.spawn("ledger pump", pump.run())
        supervisor.on_stop("ledger pump drained", lambda: pump.stop(within_seconds=1.5), limit_seconds=1.6)
        self.health.watch(_ledger_part(pump, Stall(_UNWRITTEN_FOR, time.monotonic)))
        self.registry.register(WorkFigures(pump.figures, lambda: self.hearings))
        return pump

    async def _start_port(self, supervisor: Supervisor, extras: Extras) -> None:
        port = Port(self.settings.http, application(self.health, self.registry, extras.applications))
        await port.open()
        self.url = port.url
        supervisor.on_stop("http port", port.close)

    def _start_hearing(self, supervisor: Supervisor, pbx: PbxSettings, pump: Pump, store: LedgerStore) -> None:
        hearing = Hearing(pbx, pump, store, clock=now, capture=self._capture_of(supervisor, pbx))
        self.hearings.append(hearing)
        self.health.watch(hearing.part)
        supervisor.spawn(f"leftovers {pbx.name}", hearing.close_leftovers())
        supervisor.spawn(f"ami {pbx.name}", hearing.link.run(), limit_seconds=pbx.logoff_seconds + 0.5)

    def _capture_of(self, supervisor: Supervisor, pbx: PbxSettings) -> Capture | None:
        if self._capture is None:
            return None
        several = len(self.settings.pbx) > 1
        path = self._capture.with_name(f"{self._capture.name}.{pbx.name}") if several else self._capture
        try:
            capture = Capture(path)
        except OSError as error:
            raise SettingsError(f"--capture {path}: cannot be written: {error.strerror}") from error
        supervisor.on_stop(f"capture {pbx.name}", capture.close)
        _log.info("capture.began", pbx=pbx.name, file=str(path))
        return capture


def now() -> datetime:
    """The time, for everybody who takes a clock."""
    return datetime.now(UTC)


def _ledger_part(pump: Pump, stall: Stall) -> Callable[[], Part]:
    def part() -> Part:
        figures = pump.figures
        away = figures.outage_since is not None
        stuck = stall.stands_still((figures.written, figures.dead), at_work=bool(figures.waiting) and not away)
        said = f"the database is away, {figures.waiting} events wait" if away else f"{figures.written} events written"
        return Part("ledger", healthy=not away and not stuck, said=said, stuck=stuck)

    return part
