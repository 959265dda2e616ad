"""What goes wrong in the storm: each kind at its own moments, and most of all while somebody is dialled or talks."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from telephony.callback.policy.model import RequestId
from telephony.directory.model import ManagerId
from tests.simulation.company import Plan, Wall
from tests.simulation.daemon import Daemon, Ground

Trouble = Callable[[], Coroutine[Any, Any, None]]
_SILENCE_SECONDS = 5.0
"""PostgreSQL ends a session that stands in the midst of a transaction for so long."""
_AIMED = (0.15, 0.05)
"""The part of dials and talks that trouble is aimed at; in a large company there are more of them."""
_HUNTED = (0.5, 0.15)
"""The same, where it is aimed at them most of all."""


class Troubles:
    """See the module. ``daemons`` are those that live now, or will again."""

    def __init__(self, rng: random.Random, plan: Plan, ground: Ground, wall: Wall, daemons: dict[int, Daemon]) -> None:
        self._rng = rng
        self._plan = plan
        self._pbx = ground.pbx
        self._server = ground.server
        self._story = ground.pbx.watch.story
        self._wall = wall
        self._daemons = daemons
        self.over = False
        """The storm is."""

    def storm(self) -> list[Coroutine[Any, Any, None]]:
        """Give each kind's course."""
        return [self._one_after_another(*it) for it in self._kinds()]

    def _kinds(self) -> list[tuple[float, Trouble]]:
        """Seconds between two on the average, and what they do."""
        found: list[tuple[float, Trouble]] = [(120.0, self._phone_goes_off), (300.0, self._orders)]
        if self._plan.slow:
            found += [(100.0, self._link_cut), (100.0, self._link_frozen)]
        if self._plan.kills:
            found += [(200.0, self._killed), (400.0, self._stopped)]
        if self._plan.restarts:
            found.append((200.0, self._asterisk_killed))
        if self._plan.freezes:
            found.append((150.0, self._daemon_frozen))
        if self._plan.away:
            found.append((200.0, self._database_away))
        if self._plan.steps:
            found.append((250.0, self._clock_step))
        return found

    async def _one_after_another(self, seconds: float, trouble: Trouble) -> None:
        while True:
            await asyncio.sleep(self._rng.expovariate(1 / seconds))
            await trouble()

    def tense(self) -> None:
        """Somebody is dialled or begins to talk: trouble likes to come now."""
        if self.over or self._rng.random() > (_HUNTED if self._plan.hunted else _AIMED)[self._plan.large]:
            return
        troubles = [self._link_cut, self._link_frozen] * self._plan.slow + [self._killed] * self._plan.kills
        troubles += [self._clock_goes_back] * self._plan.steps
        if troubles:
            trouble = self._rng.choice(troubles)
            self._pbx.run(self._soon(self._rng.uniform(0, 15), trouble), "trouble")

    async def _soon(self, seconds: float, trouble: Trouble) -> None:
        await asyncio.sleep(seconds)
        if not self.over:
            await trouble()

    # --- troubles -----------------------------------------------------------------------------------------------------

    def _living(self) -> Daemon | None:
        living = [it for it in self._daemons.values() if it.process.alive]
        return self._rng.choice(living) if living else None

    async def _killed(self) -> None:
        daemon = self._living()
        if daemon is not None:
            self._story.count("fault: kill -9")
            daemon.process.die("by kill -9 at any moment")

    async def _stopped(self) -> None:
        daemon = self._living()
        if daemon is not None:
            self._story.count("fault: clean stop")
            await daemon.process.stop()

    async def _link_cut(self) -> None:
        daemon = self._living()
        if daemon is not None:
            daemon.link.cut()
            asyncio.get_running_loop().call_later(self._rng.choice((0.6, 2.0, 30.0)), daemon.link.connect)

    async def _link_frozen(self) -> None:
        daemon = self._living()
        if daemon is not None:
            daemon.link.freeze(self._rng.choice((0.5, 3.0, 10.0, 40.0)))
            asyncio.get_running_loop().call_later(60.0, daemon.link.connect)

    async def _asterisk_killed(self) -> None:
        self._pbx.restart()
        pause = self._rng.choice((1.0, 5.0, 30.0))
        for daemon in self._daemons.values():
            asyncio.get_running_loop().call_later(pause, daemon.link.connect)

    async def _daemon_frozen(self) -> None:
        daemon = self._living()
        if daemon is None or daemon.process.frozen:
            return
        seconds = self._rng.choice((3.0, 20.0, 90.0, 240.0))
        daemon.process.freeze(seconds)
        daemon.link.freeze(seconds, noticed=False)
        loop = asyncio.get_running_loop()
        if seconds > _SILENCE_SECONDS and self._rng.random() < 0.5:
            loop.call_later(_SILENCE_SECONDS, daemon.connections.forget_idle_transactions)
        if seconds > _SILENCE_SECONDS and self._rng.random() < 0.5:
            loop.call_later(seconds, daemon.link.cut)
            loop.call_later(seconds + 1.0, daemon.link.connect)

    async def _database_away(self) -> None:
        """For one daemon; half of the times it is killed before the database is back."""
        daemon = self._living()
        if daemon is None or daemon.process.database_away:
            return
        seconds = self._rng.choice((1.0, 10.0, 60.0))
        self._story.tell(daemon.process.name, f"has no database for {seconds:.0f} s")
        self._story.count("fault: database away")
        daemon.process.database_away = True
        daemon.connections.cut_all()
        if self._plan.spool and self._rng.random() < 0.5:
            self._story.count("fault: database away, then kill -9")
            asyncio.get_running_loop().call_later(
                seconds * self._rng.random(), daemon.process.die, "by kill -9 while the database is away"
            )
        asyncio.get_running_loop().call_later(seconds, self._database_back, daemon)

    def _database_back(self, daemon: Daemon) -> None:
        daemon.process.database_away = False

    async def _clock_step(self) -> None:
        self._set_clock(self._rng.choice((-3600.0, -60.0, -2.0, 2.0, 60.0, 600.0)))

    def _set_clock(self, by: float) -> None:
        self._story.tell("clock", f"is set by {by:+g} s")
        self._story.count("fault: clock step")
        self._wall.step(by)

    async def _clock_goes_back(self) -> None:
        """By as much as a talk may last: what is measured of it is too little."""
        self._set_clock(-self._rng.uniform(1.0, 60.0))

    async def _phone_goes_off(self) -> None:
        phone = self._rng.choice(list(self._pbx.phones.values()))
        phone.registered = not phone.registered
        self._story.tell(phone.manager, f"{phone.dialstring} is {'there' if phone.registered else 'not registered'}")

    async def _orders(self) -> None:
        """Somebody orders something by hand."""
        rows = self._server.ask("SELECT request_id, customer FROM callback_requests WHERE closed_at IS NULL ORDER BY 1")
        if not rows:
            return
        row, order = self._rng.choice(rows), self._rng.choice(("snooze", "cancel", "done", "reassign"))
        request = RequestId(row["request_id"])
        self.order(order, request)

    def order(self, order: str, request: RequestId) -> None:
        daemon = self._living()
        if daemon is not None:
            self._story.tell("operator", f"{order} of request {request}")
            daemon.process.spawn(self._ordered(daemon, order, request), "order")

    async def _ordered(self, daemon: Daemon, order: str, request: RequestId) -> None:
        """By the API of a daemon that lives; it may die over it."""
        operations = daemon.callbacks.operations
        try:
            match order:
                case "snooze":
                    await operations.snooze(request, self._wall() + timedelta(seconds=60), "operator")
                case "cancel":
                    await operations.cancel(request, "operator")
                case "done":
                    await operations.done(request, "operator")
                case _:
                    await operations.reassign(request, ManagerId("maria"), "operator")
        except Exception as error:  # noqa: BLE001 - the request went on meanwhile
            self._story.tell("operator", f"is refused: {error}")
