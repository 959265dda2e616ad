"""A click that comes twice is one call, whichever way it comes: the database decides, not a look."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from crm_bridge.api.one_click import WITHIN, OneClick
from crm_bridge.errors import ClickUnderWay
from telephony.callback.click import ClickRefused
from telephony.errors import ActionTimedOut, RingbackError
from telephony.model import CallId
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.crm.stories import CUSTOMER, NOW
from tests.integration.crm_bridge.test_api_repeats import rung
from tests.integration.crm_bridge.things import manager


@dataclass(slots=True)
class Phones:
    """Rings; ``fails`` is how the next one ends instead."""

    dialled: list[tuple[str, str]] = field(default_factory=list)
    fails: RingbackError | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def dial(self, manager: str, number: str, by: str) -> CallId:
        del by
        self.dialled.append((manager, number))
        await self.answered.wait()
        if self.fails is not None:
            failure, self.fails = self.fails, None
            raise failure
        return CallId(f"pbx:rb-click-{len(self.dialled)}")


def clicks(pool: Pool, phones: Phones, now: Callable[[], timedelta] = timedelta) -> OneClick:
    phones.answered.set()
    return OneClick(pool, lambda: NOW + now(), "UA", phones)


async def test_a_double_click_by_the_api_rings_once_and_both_learn_its_call(api: Api, pool: Pool) -> None:
    await manager(pool)

    async def click(number: str) -> tuple[int, str]:
        async with api.http.post("/api/v1/dial", json={"manager": "101", "number": number}) as response:
            return response.status, (await response.json())["call_id"]

    answers = await asyncio.gather(*(click(number) for number in (CUSTOMER, "067 123-45-67", CUSTOMER)))
    assert {code for code, _ in answers} == {202}
    assert len({call_id for _, call_id in answers}) == 1
    assert rung(api) == 1


async def test_two_daemons_ring_once(pool: Pool) -> None:
    phones = Phones()
    one, other = clicks(pool, phones), clicks(pool, phones)
    phones.answered.clear()
    first = asyncio.create_task(one.dial("101", CUSTOMER, "x"))
    while not phones.dialled:
        await asyncio.sleep(0)
    with pytest.raises(ClickUnderWay):
        await other.dial("101", CUSTOMER, "x")
    phones.answered.set()
    call_id = await first
    assert await other.dial("101", CUSTOMER, "x") == call_id
    assert len(phones.dialled) == 1


async def test_two_users_who_click_on_one_customer_have_a_call_each(pool: Pool) -> None:
    phones = Phones()
    once = clicks(pool, phones)
    calls = await asyncio.gather(once.dial("101", CUSTOMER, "x"), once.dial("102", CUSTOMER, "x"))
    assert len(set(calls)) == 2


async def test_a_few_seconds_later_it_is_another_call(pool: Pool) -> None:
    phones, passed = Phones(), [timedelta()]
    once = clicks(pool, phones, lambda: passed[0])
    first = await once.dial("101", CUSTOMER, "x")
    passed[0] = WITHIN + timedelta(seconds=1)
    assert await once.dial("101", CUSTOMER, "x") != first


async def test_a_refused_click_may_come_again_at_once_and_one_of_unknown_end_not(pool: Pool) -> None:
    phones = Phones(fails=ClickRefused("the phone is not there"))
    once = clicks(pool, phones)
    with pytest.raises(ClickRefused):
        await once.dial("101", CUSTOMER, "x")
    assert await once.dial("101", CUSTOMER, "x") == "pbx:rb-click-2"
    phones.fails = ActionTimedOut("the PBX did not answer in time")
    with pytest.raises(ActionTimedOut):
        await once.dial("102", CUSTOMER, "x")
    with pytest.raises(ClickUnderWay):
        await once.dial("102", CUSTOMER, "x")
