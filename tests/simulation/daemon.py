"""A daemon's life: the real rooms wired as `telephony.daemon.application` wires them, on a simulated line, clock and
network.

Real: tracker, session (resync, leftovers), pump (its memory, without a spool), hooks, repository, engine, scheduler,
reconciling, manager service, promises and their settling, the overdue watch, the outbox with its dispatcher, live
notices. Simulated: AMI's wire, the FastAGI conversation (which asks the real services as
`telephony.voice.runners.manager_runner` does), the receivers.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from crm_bridge import assembly
from crm_bridge.context import BridgeContext
from crm_bridge.outbox.lifecycle import Answer, Delivered, Retry, Snooze
from crm_bridge.outbox.store import Message, OutboxStore, TargetRow
from crm_bridge.subscribers import Subscriber
from telephony.callback.assembly import Callbacks
from telephony.callback.policy.dialling import DialCustomer, Dialling, dial_variables
from telephony.callback.promises.booking import Booking, choices, slot_rules
from telephony.callback.promises.overdue import OverdueWatch, PromiseSettlement
from telephony.calls.pump import Pump
from telephony.calls.spool import Spool
from telephony.calls.store import LedgerStore, LedgerWriter
from telephony.calls.tracking.trunks import TrunkRules
from telephony.cel.backfill import Backfill, BackfillLink
from telephony.daemon.in_step import LedgerInStep
from telephony.daemon.pbx_session import PbxSession
from telephony.errors import RingbackError
from telephony.events import CallAnswered, CallEnded, CallEvent
from telephony.model import CallKind, PbxName
from telephony.ports import Clock
from telephony.postgres.outages import is_outage
from telephony.postgres.pool import Pool
from telephony.settings import TelephonySettings
from telephony.voice.dialogs.caller_port import Booked, Caller
from telephony.voice.dialogs.manager_port import AttemptId, DialReport, ManagerAnswer, Withdrawn
from tests.simulation.link import Link
from tests.simulation.pbx import TRUNK, Pbx
from tests.simulation.people import Customer
from tests.simulation.pool import Notices, SimulatedPool
from tests.simulation.process import Process
from tests.simulation.server import Server

_T = TypeVar("_T")
_KEYS = {"1": "accepted", "2": "later", "3": "hand_over", "9": "dealt", "": "no_key", "hook": "hung_up"}
REGION = "UA"
_SPOOL_BYTES = 5_000_000


@dataclass(slots=True)
class Receivers:
    """How the receivers of webhooks are; ``trouble`` is the part of messages that something happens to."""

    rng: random.Random
    trouble: float = 0.0


class Receiver:
    """One webhook's target: takes messages, refuses some, and sometimes its answer does not arrive."""

    def __init__(self, name: str, pbx: Pbx, process: Process, how: Receivers) -> None:
        self._name = name
        self._watch = pbx.watch
        self._process = process
        self._how = how

    async def send(self, message: Message, now: datetime) -> Answer:
        del now
        rng = self._how.rng
        await asyncio.sleep(rng.uniform(0.002, 0.05))
        await self._process.thawed()
        kind = rng.choice(("refused", "unheard", "hangs", "pause")) if rng.random() < self._how.trouble else ""
        if kind == "refused":
            return Retry("HTTP 500")
        if kind == "pause":
            return Snooze("HTTP 429", timedelta(seconds=rng.uniform(1, 20)))
        self._watch.delivered(self._name, message.key, message.id)
        self._process.story.count("messages taken")
        if kind == "unheard":
            return Retry("the connection was reset before the answer")
        await asyncio.sleep(90.0 if kind == "hangs" else rng.uniform(0.001, 0.03))
        return Delivered("HTTP 204")


@dataclass(slots=True)
class Ground:
    """What all daemons of one seed stand on."""

    server: Server
    notices: Notices
    pbx: Pbx
    clock: Clock
    settings: TelephonySettings
    receivers: Receivers
    spools: Path | None
    """Where daemons keep what the ledger does not take; None: in memory."""


class Daemon:
    """See the module. It runs from its making until its process dies."""

    def __init__(self, ground: Ground, process: Process) -> None:
        self.process = process
        self.ground = ground
        self.link = Link(ground.pbx, process, process.rng)
        self.connections = SimulatedPool(ground.server, ground.notices, process)
        self.pool = self.connections.as_pool
        settings, clock, registry = ground.settings, ground.clock, CollectorRegistry()
        slot = slot_rules(settings.promise).slot
        self._bridge = self._made_bridge()
        self.callbacks = Callbacks(
            self.pool,
            settings,
            clock,
            registry=registry,
            hooks=[PromiseSettlement(slot, registry), self._bridge.callback_hook],
        )
        self.callbacks.talks.seconds = asyncio.get_running_loop().time
        self._promises = Booking(
            self.pool,
            self.callbacks.book,
            self.callbacks.owners,
            self.callbacks.surroundings,
            choices(settings),
            clock,
        )
        self._pump = Pump(
            self.pool,
            LedgerWriter(REGION),
            hooks=[self.callbacks.ledger_hook, self._bridge.ledger_hook],
            before=[self.callbacks.phones, self.callbacks.talks],
            after=[self._bridge.listener, self._known],
            spool=self._made_spool(),
        )
        store = LedgerStore(self.pool)
        session = PbxSession(settings.pbx[0], self._pump.submit, store, clock, drained=self._pump.drained)
        self.link.plug_in(session._hear, session._resync)  # noqa: SLF001 - the wire between them is what we simulate
        overdue = OverdueWatch(self.pool, slot, clock, registry)
        backfills = self._made_backfills(session)
        in_step = LedgerInStep(lambda: self._pump.figures, backfills, asyncio.get_running_loop().time)
        engine = self.callbacks.engine({PbxName("pbx"): self.link}, process.rng, in_step)
        process.run_forever(self._pump.run(), "pump")
        process.run_forever(session.close_leftovers(), "leftovers")
        process.run_forever(overdue.run(), "overdue")
        process.run_forever(engine.run(), "engine")
        for backfill in backfills.values():
            process.run_forever(backfill.run(), "cel")
        for name, run in self._bridge.tasks().items():
            process.run_forever(run(), name)

    def _made_backfills(self, session: PbxSession) -> dict[PbxName, Backfill]:
        """CEL's reader, as `telephony.daemon.application` wires it, if the PBX writes CEL."""
        file, link, settings = self.ground.pbx.cel.path, self.link, self.ground.settings.pbx[0]
        if file is None:
            return {}
        backfill = Backfill(
            file,
            session.name,
            TrunkRules(settings.trunks, settings.trunk_contexts),
            BackfillLink(
                link.synced, lambda: link.connection, session.tracker.linkedids, lambda: session.tracker.pictured_at
            ),
            self.pool,
            submit=self._pump.submit,
            drained=self._pump.drained,
            clock=self.ground.clock,
        )
        session.on_unheard = backfill.explain
        return {session.name: backfill}

    def _made_spool(self) -> Spool | None:
        """Each daemon has its folder, which outlives its processes."""
        if self.ground.spools is None:
            return None
        spool = Spool(self.ground.spools / self.process.name.partition(".")[0], _SPOOL_BYTES)
        self.process.on_death.append(spool._close)  # noqa: SLF001 - as the kernel does
        return spool

    @property
    def well(self) -> bool:
        """Whether nothing keeps it from doing its work."""
        process = self.process
        return process.alive and not process.frozen and not process.database_away and self.link.flows

    def _made_bridge(self) -> assembly.Bridge:
        ground = self.ground
        given = BridgeContext(self.pool, ground.clock, REGION, ZoneInfo("UTC"), "0")
        subscribers = {
            name: Subscriber(  # a webhook whose network is ours
                TargetRow(name), Receiver(name, ground.pbx, self.process, ground.receivers), events
            )
            for name, events in TARGETS.items()
        }
        return assembly.Bridge(given, subscribers)

    def _known(self, event: CallEvent) -> None:
        """The ledger has it: from here on nobody may say that it was not known."""
        call = event.call
        talked = isinstance(event, CallAnswered | CallEnded) and call.answered_at is not None
        customer = self.ground.pbx.customers.get(call.customer)
        if not call.repaired and isinstance(event, CallAnswered | CallEnded):
            self.ground.pbx.watch.heard_whole(call.linkedid)
        if talked and call.kind is not CallKind.CALLBACK and customer is not None:
            self.ground.pbx.watch.got_through(customer, call.linkedid)

    # --- FastAGI ------------------------------------------------------------------------------------------------------

    def serve(self, work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        return self.process.spawn(self._served(work), name)

    async def _served(self, work: Coroutine[Any, Any, _T]) -> _T:
        """A process that stands still takes a connection, and says nothing."""
        try:
            await self.process.thawed()
        except BaseException:
            work.close()
            raise
        answer = await work
        await self.process.thawed()
        return answer

    async def manager(self, attempt: str, gone: "asyncio.Future[Any]") -> Mapping[str, str] | None:
        """The conversation; what to dial, or None."""
        desk, people = self.callbacks.desk, self.ground.pbx.people
        briefing = await self._asked(desk.briefing(AttemptId(attempt)), 1.5)
        if briefing is None or isinstance(briefing, Withdrawn):
            await asyncio.sleep(2)
            return None
        key, after = people.manager_presses()
        until = asyncio.get_running_loop().time() + after
        while not gone.done() and asyncio.get_running_loop().time() < until:
            rest = until - asyncio.get_running_loop().time()
            await asyncio.wait([gone], timeout=min(3.0, rest))
            if await self._asked(desk.withdrawn(AttemptId(attempt)), 2.0) is not None:
                await asyncio.sleep(2)
                return None
        answer = ManagerAnswer(_KEYS["hook" if gone.done() else key])
        self.process.story.tell("manager", f"of {attempt}: {answer.value}")
        told = await self._asked(desk.report(AttemptId(attempt), answer), 2.0)
        if not isinstance(told, DialCustomer):
            await asyncio.sleep(1)
            return None
        variables = dial_variables(told, Dialling(trunk=TRUNK))
        await asyncio.wait([gone], timeout=1.0)  # "one moment, please"
        if gone.done() or await self._asked(desk.calls_us(AttemptId(attempt)), 2.0) is not False:
            return None
        return {"dial": variables["RINGBACK_DIAL"], "seconds": variables["RINGBACK_DIAL_SECONDS"]}

    async def dialled(self, attempt: str, report: DialReport) -> None:
        await self._asked(self.callbacks.desk.dialled(AttemptId(attempt), report), 2.0)

    async def closed(self, uniqueid: str, customer: Customer, did: str) -> bool:
        """Promise a time; True if the caller was told one."""
        people, desk, caller = self.ground.pbx.people, self._promises, Caller(uniqueid, customer.number, did)
        briefing = await self._asked(desk.greet(caller), 1.7)
        booked = await self._asked(desk.book(caller, briefing.number, None), 1.7) if briefing else None
        if briefing is None or not isinstance(booked, Booked):
            return False
        self._told_promise(customer, booked)
        if not people.hears_the_promise_out():
            return True
        await asyncio.sleep(people.seconds(1, 6))
        if people.wants_another_time():
            other = await self._asked(desk.book(caller, briefing.number, booked.at), 1.7)
            if isinstance(other, Booked):
                self._told_promise(customer, other)
        await self._asked(desk.accepted(caller, briefing.number), 1.7)
        return True

    def _told_promise(self, customer: Customer, booked: Booked) -> None:
        self.ground.pbx.watch.promised(customer, booked.at)

    async def _asked(self, asked: Awaitable[_T], seconds: float) -> _T | None:
        """What a desk says in time; a desk that fails is an apology, and no more."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                try:
                    return await asked
                except TimeoutError:
                    raise
                except Exception as error:  # noqa: BLE001 - as the shell does
                    failed = f"a service failed: {type(error).__name__}: {error}"
                    self.process.story.tell(self.process.name, failed)
                    if not isinstance(error, RingbackError) and not is_outage(error):
                        self.process.story.wrong(failed)
        return None


TARGETS = {"warehouse": ("callback.*", "call.missed")}


async def declare_targets(pool: Pool) -> None:
    await OutboxStore(pool).declare([TargetRow(name) for name in TARGETS])
