"""Who is calling: at once if known, within the deadline if not, and never in the call's way."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crm_bridge.crm.errors import CrmBroken
from crm_bridge.crm.lookup import Lookup
from crm_bridge.crm.policy.types import Contact

OLENA = Contact("contact:17", "Олена", "7", "102")


@dataclass
class Crm:
    """A CRM that answers when it is let."""

    answers: bool = True
    asked: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    now: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)

    async def find(self, number: str) -> Contact | None:
        self.asked += 1
        if not self.answers:
            await self.released.wait()
        if number == "+380000000000":
            raise CrmBroken("away")
        return OLENA

    def lookup(self, most: int = 100) -> Lookup:
        return Lookup(self.find, lambda: self.now, deadline_seconds=0.05, fresh=timedelta(minutes=10), most=most)


async def test_what_is_known_is_not_asked_again_while_it_is_fresh() -> None:
    crm = Crm()
    lookup = crm.lookup()
    assert [await lookup("+380671234567") for _ in range(3)] == [OLENA] * 3
    assert crm.asked == 1


async def test_an_old_answer_is_given_at_once_and_a_new_one_fetched() -> None:
    crm = Crm()
    lookup = crm.lookup()
    await lookup("+380671234567")
    crm.now += timedelta(hours=1)
    crm.answers = False
    assert await lookup("+380671234567") == OLENA
    await asyncio.sleep(0)
    assert crm.asked == 2
    await lookup.close()


async def test_a_slow_crm_leaves_the_caller_unknown_and_its_answer_is_there_for_the_next_call() -> None:
    crm = Crm(answers=False)
    lookup = crm.lookup()
    assert await lookup("+380671234567") is None
    crm.released.set()
    assert await lookup("+380671234567") == OLENA
    assert crm.asked == 1, "one question, however many want to know"


async def test_a_crm_that_fails_is_nobody_and_is_asked_again() -> None:
    crm = Crm()
    lookup = crm.lookup()
    assert [await lookup("+380000000000") for _ in range(2)] == [None, None]
    assert crm.asked == 2


async def test_the_memory_is_bounded() -> None:
    crm = Crm()
    lookup = crm.lookup(most=1)
    for number in ("+380671234567", "+380671234568", "+380671234567"):
        await lookup(number)
    assert crm.asked == 3


async def test_who_is_warmed_is_known_when_asked() -> None:
    crm = Crm()
    lookup = crm.lookup()
    for _ in range(3):
        lookup.warm("+380671234567")
    assert await lookup("+380671234567") == OLENA
    lookup.warm("+380671234567")
    assert crm.asked == 1
