"""A CRM's bad days, through the real outbox: what is refused takes nothing with it, and nothing is lost on the way."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.sync.dispatch import A_COLLEAGUE, CrmSync
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.events import Published, publish, publish_callback, publish_ready
from crm_bridge.outbox.dispatcher import Dispatcher
from crm_bridge.outbox.lifecycle import Answer
from crm_bridge.outbox.pace import Unpaced
from crm_bridge.outbox.store import Message, OutboxStore, TargetRow, enqueue
from telephony.directory.model import Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.events import CallbackChanged, CallEnded
from telephony.model import CallId
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_amocrm import FakeAmo
from tests.integration.crm_bridge.crm.serving import Failure, serving
from tests.integration.crm_bridge.crm.stories import CUSTOMER, NOW, policy
from tests.integration.crm_bridge.test_api_calls import call

MISSED = CallId("pbx:1763.1")


@dataclass(slots=True)
class Day:
    """An account, the outbox before it, and a clock that only goes when told."""

    account: FakeAmo
    pool: Pool
    store: OutboxStore
    work: Dispatcher | None = None
    now: datetime = field(default=NOW)
    never: tuple[str, ...] = ()

    async def happens(self, key: str, published: Published) -> None:
        kind, body = published
        async with self.pool.acquire() as connection, connection.transaction():
            await enqueue(connection, ["amocrm"], key=key, kind=kind, body=body, at=self.now)

    async def missed(self) -> None:
        await self.happens(MISSED, publish(CallEnded(call(1, answered=False), NOW), "UA"))

    async def recorded(self) -> None:
        row = {"recording_id": 6, "started_at": NOW, "seconds": 25.0, "sides": 2, "format": "mp3", "bytes": 9}
        await self.happens(MISSED, publish_ready(MISSED, [row], NOW))

    async def reached(self) -> None:
        changed = CallbackChanged(
            request_id=3, verb="done", state="done", reason="reached", at=NOW, by="101", customer=CUSTOMER, name="",
            did="0442000600", owner="101", misses=1, spent=1, first_missed_at=NOW, due_at=NOW, call_id=MISSED,
            closed_at=NOW,
        )  # fmt: skip
        await self.happens("request:3", publish_callback(changed))

    async def passes(self, span: timedelta, step: timedelta = timedelta(minutes=1)) -> None:
        """Let time go by, and the outbox work in it."""
        assert self.work is not None
        until = self.now + span
        while self.now < until:
            while await self.work.deliver_due("amocrm"):
                pass
            self.now += step
        while await self.work.deliver_due("amocrm"):
            pass

    async def states(self) -> list[tuple[str, str, str]]:
        rows = await self.pool.fetch("SELECT kind, state, reason FROM outbox_messages ORDER BY id")
        return [(row["kind"], row["state"], row["reason"] or "") for row in rows]

    async def replay(self) -> None:
        rows = await self.pool.fetch("SELECT id FROM outbox_messages WHERE state = 'dead' AND kind LIKE 'call.%'")
        await self.store.replay([row["id"] for row in rows], self.now)


@pytest_asyncio.fixture
async def day(pool: Pool) -> AsyncIterator[Day]:
    account, store = FakeAmo(), OutboxStore(pool)
    await store.declare([TargetRow("amocrm")])
    day = Day(account, pool, store)
    async with serving(account.routes()) as url, aiohttp.ClientSession() as http:
        client = AmoClient(http, url, FixedToken("good", "make one"), Unpaced())

        class Adapter:
            """The adapter with the settings as the test has them now."""

            async def send(self, message: Message, now: datetime) -> Answer:
                told = replace(policy(), never_leads=day.never)
                return await CrmSync(AmoGateway(client, told), Links(pool, "amocrm", lambda: day.now), told).send(
                    message, now
                )

        day.work = Dispatcher(store, {"amocrm": Adapter()}, clock=lambda: day.now, jitter=lambda: 0.5)
        yield day


def tasks(day: Day) -> list[Any]:
    return list(day.account.tasks.values())


async def test_a_lock_out_of_a_week_loses_no_callbacks_result(day: Day) -> None:
    day.account.contact(CUSTOMER, leads=1)
    day.account.line.access = "somebody revoked it"
    await day.missed()
    await day.reached()
    await day.passes(timedelta(days=7), step=timedelta(hours=3))
    assert {state for _, state, _ in await day.states()} == {"waiting"}

    day.account.line.access = "good"
    await day.passes(timedelta(minutes=30))
    assert {state for _, state, _ in await day.states()} == {"delivered"}
    assert [task["is_completed"] for task in tasks(day)] == [True]


async def test_what_waits_for_a_call_that_has_only_its_turn_before_it_waits_no_longer_than_that(day: Day) -> None:
    day.account.contact(CUSTOMER, leads=1)
    await day.missed()
    await day.reached()
    day.now += timedelta(hours=8)
    await day.passes(timedelta(minutes=1))
    assert {state for _, state, _ in await day.states()} == {"delivered"}


async def test_a_dismissed_owner_costs_nothing_the_default_user_has_the_task(day: Day) -> None:
    day.account.contact(CUSTOMER, owner=7, leads=1)
    day.account.users = {1, 6}
    await day.missed()
    await day.recorded()
    await day.passes(timedelta(minutes=1))
    assert {state for _, state, _ in await day.states()} == {"delivered"}
    assert [task["responsible_user_id"] for task in tasks(day)] == [1]
    [(_, note)] = day.account.calls()
    assert note["params"]["link"] == "https://calls.example/6"


async def test_a_backlogs_call_has_its_recording_from_the_start(day: Day) -> None:
    day.account.contact(CUSTOMER, leads=1)
    await day.missed()
    await day.recorded()
    await day.pool.execute("UPDATE outbox_messages SET created_at = $1", NOW - timedelta(hours=1))
    await day.passes(timedelta(minutes=1))
    assert [state for _, *state in await day.states()] == [
        ["delivered", "contacts:101 call:103"],
        ["delivered", "the recording's link stands in the call"],
    ]
    [(_, note)] = day.account.calls()
    assert note["params"]["link"] == "https://calls.example/6"
    assert "GET contacts/101" in day.account.line.asked, "read, not searched for"


async def test_a_refused_task_takes_neither_the_recording_with_it_nor_says_that_it_was_delivered(day: Day) -> None:
    day.account.contact(CUSTOMER, leads=1)
    day.account.refuses_tasks = "the account is full"
    await day.missed()
    await day.recorded()
    await day.reached()
    await day.passes(timedelta(minutes=5))
    (ended, recorded, reached) = await day.states()
    assert (ended[1], "task:" in ended[2], "the account is full" in ended[2]) == ("dead", True, True)
    assert recorded[1] == "delivered"
    assert (reached[1], "its call is a dead letter" in reached[2]) == ("dead", True)
    assert [row["part"] for row in await day.pool.fetch("SELECT part FROM crm_parts")] == ["task"]

    day.account.refuses_tasks = ""
    await day.replay()
    await day.passes(timedelta(minutes=5))
    assert {state for _, state, _ in await day.states()} == {"delivered"}
    assert len(day.account.calls()) == 1, "what was done is not done again"
    assert [task["is_completed"] for task in tasks(day)] == [True], "and its callback's result came back with it"
    assert await day.pool.fetchval("SELECT count(*) FROM crm_parts") == 0


async def test_a_card_that_was_deleted_between_two_tries_is_made_anew(day: Day) -> None:
    contact = day.account.contact(CUSTOMER, leads=0)
    day.account.line.failures.append(Failure(200, {"_embedded": {"contacts": [day.account.contacts[contact]]}}))
    day.account.delete(contact)
    await day.missed()
    await day.passes(timedelta(minutes=2))
    assert {state for _, state, _ in await day.states()} == {"delivered"}
    assert len(tasks(day)) == 1
    assert len(day.account.contacts) == 1


async def test_what_was_never_told_of_its_call_is_no_lie_in_the_log(day: Day) -> None:
    await day.reached()
    await day.passes(timedelta(minutes=1))
    assert await day.states() == [("callback.reached", "delivered", "nothing was told of its call here")]


async def test_a_card_that_we_may_not_touch_is_a_dead_letter_and_others_go_on(day: Day) -> None:
    day.account.contact(CUSTOMER, leads=1)
    day.account.forbids_tasks = True
    await day.missed()
    await day.recorded()
    await day.passes(timedelta(minutes=2))
    (ended, recorded) = await day.states()
    assert (ended[1], "no rights" in ended[2]) == ("dead", True)
    assert recorded[1] == "delivered"


async def test_a_card_that_we_may_not_even_see_is_a_dead_letter_not_a_lock_out(day: Day) -> None:
    day.account.contact(CUSTOMER, leads=1)
    await day.missed()
    await day.passes(timedelta(minutes=1))
    (task,) = day.account.tasks
    day.account.hidden = {f"tasks/{task}"}
    (card, _) = day.account.calls()[0]
    day.account.hidden |= {card}
    await day.recorded()
    await day.reached()
    await day.passes(timedelta(minutes=2))
    assert [(state, "no rights" in why) for _, state, why in await day.states()] == [
        ("delivered", False),
        ("dead", True),
        ("dead", True),
    ]


# --- who counts -------------------------------------------------------------------------------------------------------


async def test_a_managers_own_mobile_is_no_customer_however_the_directory_writes_it(day: Day) -> None:
    entry = ManagerEntry(ManagerId("ivan"), "Іван", Endpoint("PJSIP/101"), mobile="067 123-45-67")
    await DirectoryStore(day.pool).replace_managers([entry])
    await day.missed()
    await day.passes(timedelta(minutes=1))
    assert [state[1:] for state in await day.states()] == [("delivered", A_COLLEAGUE)]
    assert (day.account.leads, tasks(day)) == ({}, [])


@pytest.mark.parametrize("never", ["0671234567", "+38067123*", "38067*"])
async def test_a_number_that_is_never_a_lead_makes_none_but_a_known_contact_has_its_call(day: Day, never: str) -> None:
    day.never = (never,)
    await day.missed()
    await day.passes(timedelta(minutes=1))
    assert (day.account.leads, day.account.contacts, tasks(day)) == ({}, {}, [])

    day.account.contact(CUSTOMER, leads=1)
    await day.happens("pbx:1763.2", publish(CallEnded(call(2), NOW), "UA"))
    await day.passes(timedelta(minutes=1))
    assert len(day.account.calls()) == 1
