"""Unhappy customers on a real PostgreSQL: the rules open cases, owners and heads are told, callbacks go first."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from crm_bridge.assembly import Bridge
from crm_bridge.cases.book import CaseReason, CaseRefused
from crm_bridge.cases.keeper import CaseKeeper
from crm_bridge.cases.lifecycle import CaseCause, CaseWhy
from crm_bridge.console_settings import CaseSettings
from crm_bridge.context import BridgeContext
from crm_bridge.notifications.assembly import Notifications
from crm_bridge.notifications.sender import Sender
from crm_bridge.outbox.store import TargetRow
from crm_bridge.people.access import UserRole
from crm_bridge.people.store import UserStore
from crm_bridge.subscribers import Subscriber
from telephony.directory.model import Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.numbers import Canonical
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import FakePbx, Tapes, rooms
from tests.integration.crm_bridge.figures.ledger import write_call

KYIV = ZoneInfo("Europe/Kyiv")
CUSTOMER = "+380671234567"


class Company:
    """A bridge whose clock stands where a test puts it, with Ivan, who serves the customer, and a head, Olena."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self.pool = pool
        self.at = datetime.now(UTC)
        clock = lambda: self.at  # noqa: E731 - so short
        self.sender = Sender(local=True)
        notices = Notifications(pool, clock, KYIV, self.sender, "https://calls.company.com")
        given = BridgeContext(pool, clock, "UA", KYIV, "1")
        shop = Subscriber(TargetRow("shop"), notices.target, ("*",))  # nothing is sent here
        self.bridge = Bridge(given, {"shop": shop}, notifications=notices)
        self.users, self.notices = UserStore(pool, clock), notices
        orders = rooms(pool, folder, FakePbx(), Tapes()).callbacks
        self.keeper = CaseKeeper(given, self.bridge.cases, CaseSettings(), orders)

    async def begin(self) -> None:
        await self.bridge.declare(self.pool)
        directory = DirectoryStore(self.pool)
        ivan = ManagerEntry(ManagerId("ivan"), "Іван", Endpoint("PJSIP/101"))
        await directory.replace_managers([ivan])
        await directory.put_customer(Canonical(CUSTOMER), name="Олена", manager_id=ManagerId("ivan"), do_not_call=False)
        for user_id, role in (("ivan", UserRole.MANAGER), ("olena", UserRole.HEAD)):
            manager = user_id if role is UserRole.MANAGER else None
            await self.users.add(user_id, user_id, role, manager_id=manager, may_listen=True, language="uk")
            await self.notices.store.add(user_id, f"json://127.0.0.1/{user_id}")

    async def open(self, thing: str, why: CaseWhy = CaseWhy.LOW_SCORE, customer: str = CUSTOMER) -> int | None:
        async with self.pool.acquire() as tx, tx.transaction():
            return await self.bridge.cases.open(tx, CaseReason(why, thing, customer, "pbx:1.1", "3 з 10"))

    async def request(self, misses: int = 1, *, lost_at: datetime | None = None, customer: str = CUSTOMER) -> int:
        missed_at = (lost_at or self.at) - timedelta(minutes=5)
        number: int = await self.pool.fetchval(
            "INSERT INTO callback_requests (pbx, customer, heard_number, name, did, trunk, state, waits_for, misses,"
            " first_missed_at, last_missed_at, last_call_id, due_at, round_began_at, closed_at, closed_for, closed_by)"
            " VALUES ('pbx', $1, $1, '', '', '', $2, $3, $4, $5, $5, 'pbx:x', $5, $5, $6, $7, '') RETURNING request_id",
            customer, "discarded" if lost_at else "waiting", "" if lost_at else "nobody_free", misses, missed_at,
            lost_at, "attempts_spent" if lost_at else None,
        )  # fmt: skip
        if lost_at:
            await self.pool.execute(
                "INSERT INTO callback_facts (request_id, day, hour, did, fate, target, why_not, misses, closed_for,"
                " closed_at, calendar) VALUES ($1, $2, 12, '', 'lost', 'missed', '', 1, 'attempts_spent', $3, '')",
                number, missed_at.date(), lost_at,
            )  # fmt: skip
        return number

    async def call(self, at: datetime, disposition: str, call_id: str = "pbx:9.1") -> None:
        await write_call(self.pool, call_id, {
            "direction": "inbound", "kind": "ordinary", "disposition": disposition, "did": "", "queue": "",
            "missed_reason": "no_answer" if disposition == "missed" else None, "manager": "101", "started_at": at,
            "wait": 5, "talk": 30,
        })  # fmt: skip

    async def cases(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.pool.fetch("SELECT * FROM cases ORDER BY case_id")]

    async def told(self) -> list[str]:
        """What was written to the outbox: kinds to webhooks, and who is told of what."""
        rows = await self.pool.fetch("SELECT target, kind, key FROM outbox_messages ORDER BY id")
        return [row["kind"] if row["target"] == "shop" else row["key"].rpartition(":")[0] for row in rows]


@pytest_asyncio.fixture
async def company(pool: Pool, tmp_path: Path) -> AsyncIterator[Company]:
    made = Company(pool, tmp_path)
    await made.begin()
    yield made
    made.sender.close()
    await made.bridge.close()


async def test_a_customer_has_one_open_case_and_a_thing_is_a_reason_once(company: Company) -> None:
    first = await company.open("survey:1")
    assert await company.open("survey:1") is None
    assert await company.open("review:7", CaseWhy.REVIEW) == first
    assert await company.open("survey:2", customer="") is None
    (case,) = await company.cases()
    assert (case["owner"], case["name"], case["state"]) == ("ivan", "Олена", "new")
    assert case["due_at"] - case["opened_at"] == timedelta(hours=1)
    assert await company.told() == [
        "case.opened", f"user:ivan:case:{first}.1.ivan", "case.added", f"user:ivan:case:{first}.2.ivan",
    ]  # fmt: skip
    async with company.pool.acquire() as tx, tx.transaction():
        with pytest.raises(CaseRefused):
            await company.bridge.cases.close(tx, case["case_id"], CaseCause.TALK, (" ", ""), "ivan")
        await company.bridge.cases.close(tx, case["case_id"], CaseCause.TALK, ("вибачились", "новий скрипт"), "ivan")
    assert await company.open("survey:1") is None, "a closed case is not opened again by what opened it"
    assert await company.open("survey:3") not in {None, first}


async def test_the_rules_find_late_promises_misses_in_a_row_and_the_lost_who_call_again(company: Company) -> None:
    late = await company.request(2, customer="+380501111111")
    await company.pool.execute(
        "INSERT INTO promises (request_id, slot_of, promised_at, made_at, overdue_at)"
        " VALUES ($1, 'group:sales', $2, $3, $4)",
        late, company.at - timedelta(hours=1), company.at - timedelta(hours=2), company.at,
    )  # fmt: skip
    await company.request(3, customer="+380502222222")
    await company.request(2, customer="+380503333333")  # that is not often enough
    await company.request(lost_at=company.at - timedelta(days=3))
    await company.call(company.at - timedelta(days=4), "missed", "pbx:8.1")
    await company.keeper.look()
    reasons = "SELECT why, customer FROM case_reasons JOIN cases USING (case_id) ORDER BY why"
    expected = [("late_promise", "+380501111111"), ("missed_again", "+380502222222")]
    assert [tuple(row) for row in await company.pool.fetch(reasons)] == expected
    await company.call(company.at - timedelta(minutes=1), "missed")
    await company.keeper.look()
    await company.keeper.look()
    assert [tuple(row) for row in await company.pool.fetch(reasons)] == [
        expected[0],
        ("lost_again", CUSTOMER),
        expected[1],
    ]


async def test_who_is_not_helped_in_time_is_told_to_the_heads_and_a_talk_is_help(company: Company) -> None:
    case_id = await company.open("survey:1")
    other = await company.open("survey:2", customer="+380509999999")
    await company.call(company.at + timedelta(minutes=10), "answered")
    company.at += timedelta(minutes=59)
    await company.keeper.look()
    first, second = await company.cases()
    assert (first["case_id"], first["state"]) == (case_id, "in_work")
    assert second["state"] == "new"
    company.at += timedelta(minutes=1)
    await company.keeper.look()
    await company.keeper.look()
    assert [case["state"] for case in await company.cases()] == ["in_work", "escalated"]
    assert (await company.told())[-2:] == ["case.due", f"user:olena:case_due:{other}"]


async def test_nothing_is_left_of_an_erased_customer_in_cases_and_what_was_told_of_them(company: Company) -> None:
    await company.open("survey:1")
    await company.open("survey:2", customer="+380509999999")
    erased = SimpleNamespace(erasure=1, calls=["pbx:1.1"], requests=[])
    async with company.pool.acquire() as tx, tx.transaction():
        await company.bridge.erasure_hook(tx, CUSTOMER, erased)
    tables = ("cases", "case_reasons", "case_history", "outbox_messages")
    left = "".join([str(await company.pool.fetch(f"SELECT {name}::text FROM {name}")) for name in tables])  # noqa: S608 - ours
    assert "671234567" not in left
    assert "Олена" not in left
    assert "3 з 10" not in left, "a reason of somebody else that names a call of theirs keeps no words of it"
    assert "+380509999999" in left, "they still have their case"


async def test_callbacks_of_the_unhappy_go_first_and_whoever_ranks_by_hand_has_the_last_word(company: Company) -> None:
    number = await company.request()
    await company.open("survey:1")
    await company.keeper.look()
    priority = "SELECT priority FROM callback_requests WHERE request_id = $1"
    assert await company.pool.fetchval(priority, number) == 30
    await company.pool.execute("UPDATE callback_requests SET priority = 0")
    await company.keeper.look()
    assert await company.pool.fetchval(priority, number) == 0
