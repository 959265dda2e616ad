"""amoCRM's backlog: what is asked together, and each message for itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.lifecycle import Delivered, Retry
from tests.integration.crm_bridge.crm.amocrm_account import Amo
from tests.integration.crm_bridge.crm.quiet import quiet
from tests.integration.crm_bridge.crm.stories import NOW, numbers, policy
from tests.integration.crm_bridge.test_api_calls import call


@pytest_asyncio.fixture
async def paced(amo: Amo) -> AsyncIterator[Amo]:
    links = Links(amo.pool, "amocrm", lambda: NOW)
    async with quiet(amo.pool) as (pace, http):
        gateway = AmoGateway(AmoClient(http, amo.url, FixedToken("good", "make one"), pace), policy())
        yield replace(amo, http=http, adapter=CrmSync(gateway, links, policy()), urgent=False)


async def test_a_backlog_shares_requests_and_searches_for_nobody_whom_amocrm_finds_itself(paced: Amo) -> None:
    for place, number in enumerate(numbers(30)):
        paced.account.contact(f"+38{number}", leads=place % 3)
    assert {type(answer) for answer in await paced.missed_at_once(30)} == {Delivered}
    assert len(paced.account.calls()) == len(paced.account.tasks) == 30
    assert len({task["entity_id"] for task in paced.account.tasks.values()}) == 30, "each on its own contact"
    assert len(paced.account.line.asked) < 60, "of some 150"
    assert "GET contacts" in paced.account.line.asked, "read by their ids"


async def test_new_callers_of_a_backlog_are_made_known_each_once(paced: Amo) -> None:
    for _ in range(2):
        assert {type(answer) for answer in await paced.missed_at_once(6)} == {Delivered}
    account = paced.account
    assert [len(made) for made in (account.leads, account.contacts, account.calls(), account.tasks)] == [6, 6, 6, 6]


async def test_one_task_that_is_not_valid_is_given_to_somebody_else_and_stops_no_other(paced: Amo) -> None:
    for place, number in enumerate(numbers(6)):
        paced.account.contact(number, owner=99 if place == 3 else 7)
    paced.account.users = {1, 6, 7}
    assert {type(answer) for answer in await paced.missed_at_once(6)} == {Delivered}
    owners = sorted(task["responsible_user_id"] for task in paced.account.tasks.values())
    assert owners == [1, 7, 7, 7, 7, 7]


@pytest.mark.parametrize("lost", ["POST calls", "POST leads/complex", "POST tasks"])
async def test_an_array_whose_answer_is_lost_makes_nothing_twice(paced: Amo, lost: str) -> None:
    for number in numbers(5) if lost != "POST leads/complex" else ():
        paced.account.contact(number)
    paced.account.line.drop_after = lost
    assert {type(answer) for answer in await paced.missed_at_once(5)} == {Retry}, "all were in it"
    assert {type(answer) for answer in await paced.missed_at_once(5)} == {Delivered}
    account = paced.account
    assert [len(made) for made in (account.contacts, account.calls(), account.tasks)] == [5, 5, 5]


async def test_a_call_that_amocrm_puts_on_somebody_elses_card_makes_its_caller_known_all_the_same(paced: Amo) -> None:
    other = paced.account.contact("+48671234567")
    paced.account.contacts[other]["custom_fields_values"][0]["values"][0]["value"] = "+1 (067) 123-4567"
    assert isinstance(await paced.ended(call(1, answered=False)), Delivered)
    assert len(paced.account.contacts) == 2
    (task,) = paced.account.tasks.values()
    assert task["entity_id"] != other


async def test_a_task_that_two_callbacks_close_does_not_part_the_others(paced: Amo) -> None:
    for place, number in enumerate(numbers(3)):
        paced.account.contact(number)
        await paced.ended(call(place, answered=False, customer=number))
    tasks, gateway = list(paced.account.tasks), paced.adapter.gateway
    paced.account.line.asked.clear()
    await asyncio.gather(*(gateway.close_task("", str(task), "Reached") for task in [*tasks, tasks[0]]))
    assert paced.account.line.asked == ["PATCH tasks"]
    assert {task["is_completed"] for task in paced.account.tasks.values()} == {True}


async def test_a_nights_callbacks_close_their_tasks_together_though_one_is_gone(paced: Amo) -> None:
    for place, number in enumerate(numbers(3)):
        paced.account.contact(number)
        await paced.ended(call(place, answered=False, customer=number))
    gone = next(iter(paced.account.tasks))
    gateway = paced.adapter.gateway
    del paced.account.tasks[gone]
    tasks = [gone, *paced.account.tasks]
    await asyncio.gather(*(gateway.close_task("", str(task), "Reached") for task in tasks))
    assert {task["is_completed"] for task in paced.account.tasks.values()} == {True}
    await asyncio.gather(*(gateway.amend_task("", str(task), "words") for task in tasks))
    assert all(task["text"].endswith("words") for task in paced.account.tasks.values())
