"""The calls of a small company: who calls, what becomes of it, how often. All chance comes from one seeded source.

A *story* is one call from its beginning to its end, played by the lab's world. Stories are drawn by weight; several run
side by side, as many as there are managers to talk to, so that one sees calls that wait, ring and are given up.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from deploy.lab.company import Did
from deploy.lab.errors import LabError, LegGone
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script, answers, busy, never_answers, rejects, talks
from deploy.lab.world import World

CUSTOMERS: Final = (
    ("+380671110001", "Олена Коваленко"),
    ("+380671110002", "ТОВ «Світанок»"),
    ("+380501110003", "Андрій Мельник"),
    ("+380631110004", "Марина"),
    ("+380971110005", "Сергей Бондаренко"),
    ("+380661110006", "Кав’ярня на розі"),
    ("+380931110007", "Ірина Шевчук"),
    ("+380731110008", "Дмитро"),
    ("+14155550109", "Acme Ltd"),
    ("+380441110010", ""),
)
STRANGERS: Final = CUSTOMERS[-2:]
"""They call us, and we never them: a CRM meets them for the first time."""
_MANAGERS: Final = ("101", "102", "103")
_TOGETHER: Final = 4
_PATIENCE: Final = 60.0
_LAST_CALL: Final = timedelta(seconds=25)
"""Before the opening nobody calls any more whose call would not be over by then."""


class Customer(NamedTuple):
    """Who calls."""

    number: str
    name: str


class Pace(NamedTuple):
    """How fast life goes."""

    between_seconds: float = 2.0
    """From one call to the next, on average."""
    talk_seconds: float = 8.0
    """A talk, on average."""


class Company:
    """Lets the calls happen.

    Args:
        world: the lab's.
        rng: all chance.
        pace: how fast.
    """

    def __init__(self, world: World, rng: random.Random, pace: Pace) -> None:
        self._world = world
        self._rng = rng
        self._pace = pace
        self._stories: dict[Callable[[Customer], Awaitable[None]], int] = {
            self._group_answers: 6,
            self._own_manager_answers: 4,
            self._manager_is_busy: 1,
            self._nobody_answers: 2,
            self._gives_up: 2,
            self._queue_answers: 3,
            self._gives_up_in_the_queue: 2,
            self._menu: 2,
            self._hides: 1,
            self._manager_rejects: 1,
            self._we_call: 3,
            self._we_call_in_vain: 1,
            self._colleagues: 1,
            self._hands_over: 1,
        }

    async def live(self, calls: int | None = None) -> None:
        """Let calls come until ``calls`` were made (None: until cancelled), and let those that began end."""
        seats = asyncio.Semaphore(_TOGETHER)
        async with asyncio.TaskGroup() as stories:
            made = 0
            while calls is None or made < calls:
                await seats.acquire()
                made += 1
                stories.create_task(self._tell(seats), name=f"demo call {made}")
                await asyncio.sleep(self._rng.expovariate(1 / self._pace.between_seconds))

    async def night(self, customers: Sequence[Customer], until: datetime) -> None:
        """Let these customers find the company closed, one after the other, as far as there is time until it opens."""
        for phone in _MANAGERS:
            self._world.phone(phone).behaviour(answers(2, 20, keys="1", keys_after=2.5))
        async with asyncio.TaskGroup() as stories:
            for number, customer in enumerate(customers):
                if until - datetime.now(UTC) < _LAST_CALL:
                    return
                self._world.phone(customer.number).behaviour(answers(self._ring(), self._talk()))
                stories.create_task(self._finds_it_closed(customer, number), name=f"demo night {number}")
                await asyncio.sleep(self._pace.between_seconds + 4)

    async def _finds_it_closed(self, customer: Customer, number: int) -> None:
        """In turn: accept the time, ask for another one, leave a message, hang up when it was heard."""
        keys = (((7, "1"),), ((7, "2"), (6, "1")), ((7, "0"),), ())[number % 4]

        async def script(leg: Leg) -> None:
            for seconds, key in keys:
                await leg.listen(seconds)
                await leg.press(key)
            await leg.listen(5)
            await leg.talk(4)
            await leg.hangup()

        with suppress(LabError, LegGone, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                leg = await self._world.call(customer.number, Did.GROUP, name=customer.name, script=script)
                await leg.gone()

    async def _tell(self, seats: asyncio.Semaphore) -> None:
        customer = Customer(*self._rng.choice(CUSTOMERS))
        story = self._rng.choices(list(self._stories), list(self._stories.values()))[0]
        try:
            # A story that goes wrong (two want the same phone) is a call like any other: the ledger tells its end.
            with suppress(LabError, LegGone, TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await story(customer)
        finally:
            seats.release()

    # --- stories ------------------------------------------------------------------------------------------------------

    def _talk(self) -> float:
        return min(4 * self._pace.talk_seconds, 2 + self._rng.expovariate(1 / self._pace.talk_seconds))

    def _picks_up(self) -> Script:
        return answers(self._ring(), self._talk() + 4, keys="1", keys_after=2.5)

    def _ring(self) -> float:
        return self._rng.uniform(0.8, 3.0)

    def _one_answers(self, *phones: str) -> None:
        """One of the phones picks up, the others ring on. Whoever picks up presses 1: that takes a callback on."""
        quickest = self._rng.choice(phones)
        for phone in phones:
            script = self._picks_up() if phone == quickest else never_answers()
            self._world.phone(phone).behaviour(script)

    async def _calls(self, customer: Customer, to: str, *, gives_up_after: float | None = None) -> None:
        leg = await self._world.call(customer.number, to, name=customer.name, script=talks(3 * self._talk()))
        if gives_up_after is not None:
            await asyncio.sleep(gives_up_after)
            await self._world.hang_up(leg)
        await leg.gone()

    async def _group_answers(self, customer: Customer) -> None:
        self._one_answers(*_MANAGERS)
        await self._calls(customer, Did.GROUP)

    async def _own_manager_answers(self, customer: Customer) -> None:
        extension, did = self._rng.choice((("101", Did.IVAN), ("102", Did.OLENA)))
        self._one_answers(extension)
        await self._calls(customer, did)

    async def _manager_is_busy(self, customer: Customer) -> None:
        self._world.phone("102").behaviour(busy())
        await self._calls(customer, Did.OLENA)

    async def _manager_rejects(self, customer: Customer) -> None:
        self._world.phone("101").behaviour(rejects())
        await self._calls(customer, Did.IVAN)

    async def _nobody_answers(self, customer: Customer) -> None:
        for phone in _MANAGERS:
            self._world.phone(phone).behaviour(never_answers())
        await self._calls(customer, Did.GROUP)

    async def _gives_up(self, customer: Customer) -> None:
        self._world.phone("101").behaviour(never_answers())
        await self._calls(customer, Did.IVAN, gives_up_after=self._rng.uniform(2, 6))

    async def _queue_answers(self, customer: Customer) -> None:
        self._one_answers(*_MANAGERS)
        await self._calls(customer, Did.QUEUE)

    async def _gives_up_in_the_queue(self, customer: Customer) -> None:
        for phone in _MANAGERS:
            self._world.phone(phone).behaviour(never_answers())
        await self._calls(customer, Did.QUEUE, gives_up_after=self._rng.uniform(4, 9))

    async def _menu(self, customer: Customer) -> None:
        """Press 1 for a manager, or hang up in the menu."""
        self._one_answers("101")
        if self._rng.random() < 1 / 3:
            await self._calls(customer, Did.MENU, gives_up_after=self._rng.uniform(2, 5))
            return

        async def script(leg: Leg) -> None:
            await leg.listen(1)
            await leg.press("1")
            await leg.talk(30)
            await leg.hangup()

        leg = await self._world.call(customer.number, Did.MENU, name=customer.name, script=script)
        await leg.gone()

    async def _hides(self, customer: Customer) -> None:
        self._one_answers("101")
        leg = await self._world.call(customer.number, Did.IVAN, hidden=True, script=talks(self._talk()))
        await leg.gone()

    def _known(self, customer: Customer) -> Customer:
        return Customer(*self._rng.choice(CUSTOMERS[: -len(STRANGERS)])) if customer in STRANGERS else customer

    async def _we_call(self, customer: Customer) -> None:
        customer = self._known(customer)
        self._world.phone(customer.number).behaviour(answers(self._ring(), self._talk()))
        leg = await self._world.call(self._rng.choice(_MANAGERS), f"0{customer.number[4:]}", script=talks(self._talk()))
        await leg.gone()

    async def _we_call_in_vain(self, customer: Customer) -> None:
        customer = self._known(customer)
        self._world.phone(customer.number).behaviour(self._rng.choice((busy(), never_answers())))
        leg = await self._world.call(self._rng.choice(_MANAGERS), f"0{customer.number[4:]}", script=talks())
        await asyncio.sleep(6)
        await self._world.hang_up(leg)
        await leg.gone()

    async def _colleagues(self, _customer: Customer) -> None:
        one, other = self._rng.sample(_MANAGERS, 2)
        self._one_answers(other)
        leg = await self._world.call(one, other, script=talks(self._talk()))
        await leg.gone()

    async def _hands_over(self, customer: Customer) -> None:
        """101 answers and hands the customer over to 102 without asking."""
        self._world.phone("102").behaviour(answers(1, self._talk()))
        manager = self._world.phone("101").behaviour(answers(1))
        before = len(manager.legs)
        leg = await self._world.call(customer.number, Did.IVAN, name=customer.name, script=talks(30))
        theirs = await manager.rings(before + 1)
        await theirs.trace.answered.wait()
        await asyncio.sleep(2)
        await theirs.transfer("102")
        await leg.gone()
