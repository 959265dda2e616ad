"""Bitrix24's backlog: what is asked together, and each message for itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio

from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.pace import Unpaced
from telephony.events import CallEnded
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.bitrix24_portal import Bitrix, bitrix_sync
from tests.integration.crm_bridge.crm.quiet import quiet
from tests.integration.crm_bridge.crm.stories import NOW, Teller, call_waits
from tests.integration.crm_bridge.test_api_calls import call


@pytest_asyncio.fixture
async def paced(bitrix: Bitrix, pool: Pool) -> AsyncIterator[Bitrix]:
    async with quiet(pool) as (pace, http):
        client = BitrixClient(http, f"{bitrix.url}/rest/1/code", None, lambda: NOW, pace)
        yield replace(bitrix, http=http, adapter=bitrix_sync(client, pool))


async def all_at_once(bitrix: Bitrix, count: int) -> list[Answer]:
    missed = [call(number, answered=False, customer=f"0671234{number:03}") for number in range(count)]
    return await asyncio.gather(*(bitrix.tell(CallEnded(each, NOW)) for each in missed))


async def test_a_backlogs_commands_share_requests(paced: Bitrix) -> None:
    answers = await all_at_once(paced, 60)
    assert {type(answer) for answer in answers} == {Delivered}
    assert [len(paced.portal.calls), len(paced.portal.todos)] == [60, 60]
    assert len(paced.portal.called) >= 60 * 4
    assert "batch" in paced.portal.asked
    assert len(paced.portal.asked) < 120, "of 240"


async def test_one_refused_command_is_a_dead_letter_of_its_own_message(paced: Bitrix) -> None:
    paced.portal.forbidden = {101}
    answers = await all_at_once(paced, 5)
    dead = [answer for answer in answers if isinstance(answer, Discard)]
    assert [(type(answer), "ACCESS_DENIED" in answer.reason) for answer in dead] == [(Discard, True)]
    assert sum(isinstance(answer, Delivered) for answer in answers) == 4
    assert len(paced.portal.todos) == 4


async def test_a_batch_whose_answer_is_lost_makes_nothing_twice(paced: Bitrix) -> None:
    for lost in range(4):
        paced.portal.drop_after = "batch"
        answers = await all_at_once(paced, 5)
        assert Retry in {type(answer) for answer in answers}, f"try {lost}; each time the next batch is half as large"
    assert {type(answer) for answer in await all_at_once(paced, 5)} == {Delivered}
    assert sorted(paced.portal.calls) == [f"externalCall.pbx:1763.{number}" for number in range(5)]
    assert len(paced.portal.todos) == 5


async def test_a_limit_within_a_batch_is_waited_for_by_whom_it_meets(paced: Bitrix) -> None:
    reset = {"operating_reset_at": NOW.timestamp() + 77}
    told = {"error": "OPERATION_TIME_LIMIT", "error_description": "Method is blocked", "time": reset}
    paced.portal.refusals["crm.activity.todo.add"] = told
    assert {type(answer) for answer in await all_at_once(paced, 3)} == {Snooze}
    paced.portal.refusals.clear()
    assert {type(answer) for answer in await all_at_once(paced, 3)} == {Delivered}
    assert (len(paced.portal.calls), len(paced.portal.todos)) == (3, 3)


async def test_all_open_tasks_of_a_customer_are_closed_together(paced: Bitrix, pool: Pool) -> None:
    for number in range(12):
        await paced.tell(CallEnded(call(number, answered=False), NOW))
    await call_waits(pool, "bitrix24", "pbx:1763.1", state="delivered")
    before = len(paced.portal.asked)
    told = Teller(paced.adapter, urgent=False)
    assert isinstance(await told.called_back("pbx:1763.1", "done", "reached"), Delivered)
    assert {todo.get("COMPLETED") for todo in paced.portal.todos} == {"Y"}
    assert len(paced.portal.asked) - before < 12, "of 36"


async def test_its_own_failure_within_a_batch_is_tried_again(paced: Bitrix) -> None:
    paced.portal.refusals["crm.activity.todo.add"] = {"error": "INTERNAL_SERVER_ERROR", "error_description": "oops"}
    assert {type(answer) for answer in await all_at_once(paced, 3)} == {Retry}
    paced.portal.refusals.clear()
    assert {type(answer) for answer in await all_at_once(paced, 3)} == {Delivered}
    assert (len(paced.portal.calls), len(paced.portal.todos)) == (3, 3)


async def test_a_caller_who_names_himself_like_a_result_learns_nothing_of_others(bitrix: Bitrix) -> None:
    comment = {"fields": {"ENTITY_ID": 1, "ENTITY_TYPE": "lead", "COMMENT": "$result[c0][CALL_ID]"}}
    client = BitrixClient(bitrix.http, f"{bitrix.url}/rest/1/code", None, lambda: NOW, Unpaced())
    await asyncio.gather(client.call("profile"), client.call("crm.timeline.comment.add", **comment))
    assert [each["COMMENT"] for each in bitrix.portal.comments.values()] == ["$result[c0][CALL_ID]"]
