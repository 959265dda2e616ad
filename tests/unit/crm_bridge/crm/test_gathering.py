"""Requests of a backlog share a turn; each has its own answer, and whoever is urgent waits for none of them."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from crm_bridge.crm.errors import CrmBroken, CrmError, CrmRefused
from crm_bridge.crm.transport.gathering import Gathering
from crm_bridge.outbox.pace import urgently


@dataclass
class Turns:
    """A pace whose turns come when the test gives them; urgent ones at once."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def turn(self) -> None:
        await self.free.acquire()

    async def hold(self, wait: timedelta) -> None:
        raise AssertionError(wait)


@dataclass
class Crm:
    """Doubles numbers, in one request; refuses negative ones."""

    turns: Turns = field(default_factory=Turns)
    asked: list[list[int]] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answers.set()

    poison: frozenset[int] = frozenset()
    """Numbers for whose sake the whole request is refused, without a word of which it was."""

    async def send(self, asked: Sequence[int]) -> Sequence[int | CrmError]:
        self.asked.append(list(asked))
        await self.answers.wait()
        if self.poison & set(asked):
            raise CrmRefused("HTTP 400")
        if self.fails:
            raise self.fails.pop(0)
        return [CrmRefused("negative") if each < 0 else each * 2 for each in asked]

    def gathering(self, most: int = 4) -> Gathering[int, int]:
        return Gathering(self.send, self.turns, most=most)


async def all_of(gathering: Gathering[int, int], *asked: int) -> list[int | BaseException]:
    return await asyncio.gather(*(gathering.ask(each) for each in asked), return_exceptions=True)


async def test_who_waits_for_the_same_turn_shares_a_request_and_each_has_its_own_answer() -> None:
    crm = Crm()
    crm.turns.free = asyncio.Semaphore(10)
    told = await all_of(crm.gathering(), 1, -2, 3, 4, 5)
    assert crm.asked == [[1, -2, 3, 4], [5]]
    assert [type(each) if isinstance(each, Exception) else each for each in told] == [2, CrmRefused, 6, 8, 10]


async def test_the_urgent_are_asked_alone_and_before_those_who_wait() -> None:
    crm = Crm()
    gathering = crm.gathering()
    waiting = asyncio.create_task(all_of(gathering, 1, 2))
    await asyncio.sleep(0)

    async def urgent() -> int:
        with urgently():
            return await gathering.ask(9)

    asking = asyncio.create_task(urgent())
    for _ in range(3):
        crm.turns.free.release()
    assert await asking == 18
    assert await waiting == [2, 4]
    assert sorted(crm.asked) == [[1, 2], [9]]


async def test_a_request_that_fails_as_a_whole_is_everybodys_and_the_next_is_half_as_large() -> None:
    crm = Crm(fails=[CrmBroken("HTTP 504")])
    crm.turns.free = asyncio.Semaphore(100)
    gathering = crm.gathering(most=8)
    assert {type(each) for each in await all_of(gathering, *range(8))} == {CrmBroken}
    await all_of(gathering, *range(9))
    assert [len(asked) for asked in crm.asked] == [8, 4, 4, 1]
    crm.asked.clear()
    await all_of(gathering, *range(8))
    assert len(crm.asked[0]) > 4, "and grows again"


@pytest.mark.parametrize("poison", [frozenset({3}), frozenset({0, 7}), frozenset(range(8))])
async def test_a_request_that_is_refused_as_a_whole_costs_nobody_but_who_is_wrong(poison: frozenset[int]) -> None:
    crm = Crm(poison=poison)
    crm.turns.free = asyncio.Semaphore(100)
    gathering = crm.gathering(most=8)
    told = await all_of(gathering, *range(8))
    assert [each == number * 2 for number, each in enumerate(told)] == [each not in poison for each in range(8)]
    assert all(isinstance(told[each], CrmRefused) for each in poison)
    assert len(crm.asked[0]) == 8
    assert len(crm.asked) <= 15, "in halves"


async def test_a_turn_that_cannot_be_taken_for_a_half_is_its_error() -> None:
    class Few(Turns):
        async def turn(self) -> None:
            if self.free.locked():
                raise ConnectionError("the database is away")
            await super().turn()

    crm = Crm(turns=Few(asyncio.Semaphore(2)), poison=frozenset({1}))
    told = await all_of(crm.gathering(), 0, 1, 2, 3)
    assert [type(each) for each in told] == [ConnectionError] * 4


async def test_a_message_that_gives_up_takes_nobody_with_it() -> None:
    crm = Crm()
    gathering = crm.gathering()
    crm.answers.clear()
    crm.turns.free.release()
    one, two = (asyncio.create_task(gathering.ask(each)) for each in (1, 2))
    while not crm.asked:
        await asyncio.sleep(0)
    one.cancel()
    with suppress(asyncio.CancelledError):
        await one
    crm.answers.set()
    assert await two == 4
    assert crm.asked == [[1, 2]]


async def test_when_nobody_waits_any_more_nothing_goes_on() -> None:
    crm = Crm()
    gathering = crm.gathering()
    for _ in range(2):
        asking = asyncio.create_task(gathering.ask(1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
    for _ in range(3):
        await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1, "only the test itself"
    crm.turns.free.release()
    assert await gathering.ask(3) == 6
    assert crm.asked == [[3]]


async def test_turns_that_cannot_be_taken_are_an_error_of_each() -> None:
    class Away(Turns):
        async def turn(self) -> None:
            raise ConnectionError("the database is away")

    crm = Crm(turns=Away())
    for told in await all_of(crm.gathering(), 1, 2):
        with pytest.raises(ConnectionError):
            raise told if isinstance(told, BaseException) else AssertionError(told)
