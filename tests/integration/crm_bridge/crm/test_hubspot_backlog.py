"""HubSpot's backlog: what is asked together, and each message for itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from crm_bridge.crm.errors import CrmRefused
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.lifecycle import Delivered, Retry
from tests.integration.crm_bridge.crm.hubspot_account import HubSpot, hubspot_sync
from tests.integration.crm_bridge.crm.quiet import quiet
from tests.integration.crm_bridge.crm.stories import numbers
from tests.integration.crm_bridge.test_api_calls import call


@pytest_asyncio.fixture
async def paced(hubspot: HubSpot) -> AsyncIterator[HubSpot]:
    async with quiet(hubspot.pool) as (pace, http):
        client = HubSpotClient(http, FixedToken("good", "make one"), pace, pace, url=hubspot.url)
        yield replace(hubspot, http=http, adapter=hubspot_sync(client, hubspot.pool), urgent=False)


async def test_a_backlog_shares_requests_and_searches(paced: HubSpot) -> None:
    for number in numbers(25):
        paced.account.contact(f"+38{number}" if number.endswith("7") else number)
    assert {type(answer) for answer in await paced.missed_at_once(30)} == {Delivered}
    counts = {kind: len(rows) for kind, rows in paced.account.objects.items()}
    assert counts == {"contacts": 30, "companies": 0, "calls": 30, "tasks": 30}
    assert len(paced.account.line.asked) < 60, "of some 100"
    for kind in ("calls", "tasks"):
        on = {row["associations"][0]["to"]["id"] for row in paced.account.objects[kind].values()}
        assert len(on) == 30, "each on its own contact"


async def test_a_backlogs_long_numbers_are_looked_for_in_searches_that_are_short_enough(paced: HubSpot) -> None:
    people = [f"+4915112345{number:04}" for number in range(36)]
    for number in people:
        paced.account.contact(number)
    found = await asyncio.gather(*map(paced.adapter.gateway.find, people))
    assert [each and each.crm_id for each in found] == [
        f"contact:{number}" for number in paced.account.objects["contacts"]
    ]
    assert len(paced.account.line.asked) <= 4, "of 36"


async def test_a_backlogs_strangers_are_looked_for_two_at_a_time(paced: HubSpot) -> None:
    people = numbers(6)
    beside = paced.account.contact(f"mama 0{people[0][1:]}")  # no spelling of the number alone
    found = await asyncio.gather(*(paced.adapter.gateway.find(f"+38{number}") for number in people))
    assert [each and each.crm_id for each in found] == [f"contact:{beside}", None, None, None, None, None]
    searches = [asked for asked in paced.account.line.asked if asked.endswith("contacts/search")]
    assert len(searches) == 1 + 3, "one for all, then two at a time"


async def test_one_refused_object_of_a_batch_is_made_for_somebody_else_and_stops_no_other(paced: HubSpot) -> None:
    for place, number in enumerate(numbers(6)):
        paced.account.contact(number, owner="99" if place == 3 else "7")
    paced.account.known_owners = {"6", "7"}  # not the default owner either
    assert {type(answer) for answer in await paced.missed_at_once(6)} == {Delivered}
    owners = [told.get("hubspot_owner_id") for told in paced.account.made("tasks")]
    assert sorted(owner or "" for owner in owners) == ["", "7", "7", "7", "7", "7"]


@pytest.mark.parametrize("lost", ["contacts", "calls", "tasks"])
async def test_a_batch_whose_answer_is_lost_makes_nothing_twice(paced: HubSpot, lost: str) -> None:
    for number in numbers(5) if lost != "contacts" else ():
        paced.account.contact(number)
    paced.account.line.drop_after = f"POST crm/objects/2026-03/{lost}/batch/create"
    assert {type(answer) for answer in await paced.missed_at_once(5)} == {Retry}, "all were in it"
    assert {type(answer) for answer in await paced.missed_at_once(5)} == {Delivered}
    counts = {kind: len(rows) for kind, rows in paced.account.objects.items()}
    assert counts == {"contacts": 5, "companies": 0, "calls": 5, "tasks": 5}


async def test_a_nights_callbacks_close_their_tasks_together(paced: HubSpot) -> None:
    for number in numbers(1):
        paced.account.contact(number)
    await paced.ended(call(1, answered=False))
    await paced.ended(call(2, answered=False))
    gone, _ = paced.account.objects["tasks"]
    del paced.account.objects["tasks"][gone]
    results = [paced.called_back(f"pbx:1763.{number}", "done", "reached") for number in (1, 2)]
    assert {type(answer) for answer in await asyncio.gather(*results)} == {Delivered}
    assert {told["hs_task_status"] for told in paced.account.made("tasks")} == {"COMPLETED"}


async def test_one_task_that_cannot_be_changed_stops_no_other_of_its_batch(paced: HubSpot) -> None:
    for number in numbers(4):
        paced.account.contact(number)
    await paced.missed_at_once(4)
    tasks = paced.account.made("tasks")
    tasks[2]["hs_task_body"] += "x" * (65_536 - len(tasks[2]["hs_task_body"]))  # somebody wrote a book there
    closing = (paced.adapter.gateway.close_task("", number, "Reached") for number in paced.account.objects["tasks"])
    told = await asyncio.gather(*closing, return_exceptions=True)
    assert [type(each) for each in told] == [type(None), type(None), CrmRefused, type(None)]
    assert [each["hs_task_status"] for each in tasks] == ["COMPLETED", "COMPLETED", "NOT_STARTED", "COMPLETED"]
