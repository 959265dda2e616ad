"""One seed: a company, its customers, an hour of storm and the calm after it."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from telephony.callback.assembly import Callbacks
from telephony.callback.policy.model import RequestId
from tests.simulation.cel import Cel
from tests.simulation.clocks import simulate_durations
from tests.simulation.company import DID, Plan, Wall, furnish, settings
from tests.simulation.daemon import Daemon, Ground, Receivers, declare_targets
from tests.simulation.dialplan import Dialplan
from tests.simulation.loop import SimulatedLoop, Stopped, Stuck
from tests.simulation.pbx import Pbx
from tests.simulation.people import Ear, People
from tests.simulation.pool import Notices, SimulatedPool
from tests.simulation.process import Fate, Process
from tests.simulation.server import Server
from tests.simulation.story import LOG, Enough, Story
from tests.simulation.troubles import Troubles
from tests.simulation.watch import Watch

_CALM_HOURS = 2.0
_STEP_SECONDS = 2.0
_CANCELLED_TIMES = 20
_CALLS_AGAIN = 0.3
"""The part of calls that somebody makes who was missed, and has talked with nobody since."""


class World:
    """See the module."""

    def __init__(self, seed: int, server: Server, story: Story) -> None:
        self._rng = random.Random(f"{seed} plan")  # noqa: S311 - dice
        self._seed = seed
        self._server = server
        self._story = story
        self._plan = Plan.drawn(self._rng)
        self._wall = Wall()
        self._watch = Watch(story, server, self._wall)
        self._people = People(random.Random(f"{seed} people"))  # noqa: S311
        self._files = Path(tempfile.mkdtemp(prefix="rb-seed-", dir=server.folder))
        cel = Cel(self._files / "cel.csv" if self._plan.cel else None, self._wall)
        self._pbx = Pbx(self._wall, self._people, self._watch, cel)
        self._settings = settings(large=self._plan.large)
        receivers = Receivers(random.Random(f"{seed} receivers"), self._plan.troubled)  # noqa: S311
        self._pbx.keeps_notes_to_itself = self._plan.mute
        spools = self._files if self._plan.spool else None
        self._ground = Ground(server, Notices(), self._pbx, self._wall, self._settings, receivers, spools)
        self._operator = self._process("operator", Fate())
        self._operator_pool = SimulatedPool(server, self._ground.notices, self._operator).as_pool
        self._callbacks = Callbacks(self._operator_pool, self._settings, self._wall)
        Dialplan(self._pbx, self._listening, self._open_now)
        self._daemons: dict[int, Daemon] = {}
        self._lives = 0
        self._calm = False
        self._troubles = Troubles(self._rng, self._plan, self._ground, self._wall, self._daemons)
        self._watch.tense = self._troubles.tense
        self._watch.all_written = self._plan.cel
        self._watch.life = lambda: self._pbx.life
        self._watch.ears = lambda: [
            Ear(it.link, it.link.connection) for it in self._daemons.values() if it.process.alive
        ]

    def _process(self, name: str, fate: Fate) -> Process:
        return Process(name, self._story, random.Random(f"{self._seed} {name}"), fate)  # noqa: S311

    def _listening(self) -> Daemon | None:
        return next((it for it in self._daemons.values() if it.process.alive), None)

    def _open_now(self) -> bool:
        return self._callbacks.surroundings.calendar_of("").open_at(self._wall())

    # --- the day ------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        await furnish(self._operator_pool, self._pbx, self._plan, self._rng)
        await declare_targets(self._operator_pool)
        for number in range(self._plan.daemons):
            self._start(number)
        storm = [self._calls(), *self._troubles.storm()]
        running = [asyncio.ensure_future(it) for it in storm]
        self._looking = asyncio.ensure_future(self._look())
        await self._pass(self._plan.storm_seconds)
        for one in running:
            one.cancel()
        await asyncio.wait(running)
        _raise(running)
        await self._calm_down()
        self._looking.cancel()
        await asyncio.wait([self._looking])
        for number in self._daemons:
            self._note_heard(number)
        self._watch.finally_(list(self._pbx.customers.values()))
        self._watch.raise_bugs()
        for daemon in self._daemons.values():
            daemon.process.die("the simulation is over")
        self._operator.die("the simulation is over")
        self._pbx.stop()
        shutil.rmtree(self._files)

    async def _pass(self, seconds: float) -> None:
        """Let time pass, while nothing is wrong with the simulation itself."""
        await asyncio.wait([self._looking], timeout=seconds)
        if self._looking.done():
            self._looking.result()

    def _start(self, number: int) -> None:
        """A daemon begins a life; in the storm it may be a short one."""
        rng, plan = self._rng, self._plan
        self._lives += 1
        dies_at = 0
        if plan.kills and not self._calm and rng.random() < 0.8:
            dies_at = rng.choice((rng.randint(1, 60), rng.randint(1, 600), rng.randint(1, 4000)))
        cuts = rng.choice((300, 2000)) if plan.cuts and not self._calm else 0
        fate = Fate(dies_at, rng.random() < 0.5, cuts, plan.pace)
        process = self._process(f"daemon{number}.{self._lives}", fate)
        self._story.count("lives of daemons")
        daemon = self._daemons[number] = Daemon(self._ground, process)
        daemon.link.late_every = 60 if plan.slow and not self._calm else 0
        process.on_death.append(lambda: self._died(number))
        asyncio.get_running_loop().call_later(rng.uniform(0.05, 0.5), daemon.link.connect)

    def _note_heard(self, number: int) -> None:
        if self._plan.spool:
            heard = self._daemons[number].link.heard_ends
            self._watch.heard_ends(heard, asyncio.get_running_loop().time())
            heard.clear()

    def _died(self, number: int) -> None:
        if not self._operator.alive:
            return
        self._note_heard(number)
        pause = self._rng.choice((0.3, 3.0, 20.0, 60.0)) if not self._calm else 0.5
        asyncio.get_running_loop().call_later(pause, self._again, number)

    def _again(self, number: int) -> None:
        if self._operator.alive and not self._daemons[number].process.alive:
            self._start(number)

    async def _calls(self) -> None:
        rng, customers = self._rng, list(self._pbx.customers.values())
        while True:
            await asyncio.sleep(rng.expovariate(self._plan.calls / self._plan.storm_seconds))
            owed = [it for it in customers if it.owed and not it.channels]
            customer = rng.choice(owed if owed and rng.random() < _CALLS_AGAIN else customers)
            if not customer.channels:
                self._pbx.run(self._pbx.dialplan.inbound(customer, DID), f"call of {customer.name}")

    async def _look(self) -> None:
        """The invariants of the rows, after each step that anybody took."""
        seen = -1
        while True:
            await asyncio.sleep(_STEP_SECONDS)
            if self._server.written != seen:
                seen = self._server.written
                self._watch.rows()
            self._watch.unwanted(_STEP_SECONDS, well=any(it.well for it in self._daemons.values()))
            self._watch.raise_bugs()
            if self._story.hurried and self._story.found:
                raise Enough

    # --- the calm -----------------------------------------------------------------------------------------------------

    async def _calm_down(self) -> None:
        """All is well again: every request must come to its end."""
        self._story.tell("world", "calm")
        self._calm = self._people.calm = self._troubles.over = True
        self._ground.receivers.trouble = 0.0
        self._wall.set_right()
        for phone in self._pbx.phones.values():
            phone.registered = True
        for daemon in self._daemons.values():
            daemon.process.fate = Fate(pace=self._plan.pace)
            daemon.link.late_every = 0
            daemon.process.frozen_until = 0.0
            daemon.process.database_away = False
        until = asyncio.get_running_loop().time() + _CALM_HOURS * 3600
        while asyncio.get_running_loop().time() < until:
            await self._pass(60)
            for daemon in self._daemons.values():
                daemon.link.connect()
            self._decide_held()
            if not self._work_left():
                return

    def _decide_held(self) -> None:
        """A person decides about what waits for a person: they know whether the customer was reached."""
        for row in self._server.ask(
            "SELECT request_id, customer FROM callback_requests WHERE state = 'held' ORDER BY 1"
        ):
            reached = self._pbx.customers[row["customer"]].reached
            self._story.count("decided by a person")
            self._troubles.order("done" if reached else "snooze", RequestId(row["request_id"]))

    def _work_left(self) -> bool:
        [row] = self._server.ask(
            "SELECT EXISTS (SELECT FROM callback_requests WHERE closed_at IS NULL)"
            " OR EXISTS (SELECT FROM callback_attempts WHERE ended_at IS NULL)"
            " OR EXISTS (SELECT FROM outbox_messages WHERE state IN ('waiting', 'sending'))"
            " OR EXISTS (SELECT FROM calls WHERE ended_at IS NULL) AS it"
        )
        return bool(row["it"]) or bool(self._pbx.channels)


def _raise(tasks: Sequence[asyncio.Future[None]]) -> None:
    for one in tasks:
        if not one.cancelled() and (error := one.exception()) is not None:
            raise error


def simulate(seed: int, server: Server, *, hurried: bool = False) -> Story:
    """Live through one seed, ``hurried``: until something is wrong; ``found`` of its story says what."""
    server.wipe()
    simulate_durations()
    random.seed(seed)  # the daemon's own jitter
    story, loop = Story(seed, hurried=hurried), SimulatedLoop()
    LOG.story = story
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(_whole(seed, server, story))
    except Enough:
        story.count("hurried seeds")
    except Stuck:
        story.found.append("nothing can ever run again")
    except Stopped:
        story.is_over = True
        raise
    finally:
        LOG.story = None
        _finish(loop)
    return story


async def _whole(seed: int, server: Server, story: Story) -> None:
    await World(seed, server, story).run()
    story.count("simulated seconds", int(asyncio.get_running_loop().time()))
    [row] = server.ask("SELECT count(*) AS all FROM callback_requests")
    story.count("callbacks", row["all"])


def _finish(loop: SimulatedLoop) -> None:
    for _ in range(_CANCELLED_TIMES):  # what tidies up after a cancellation may wait for something that is gone as well
        left = asyncio.all_tasks(loop)
        if not left:
            break
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
    asyncio.set_event_loop(None)
    loop.close()
