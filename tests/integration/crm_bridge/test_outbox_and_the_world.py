"""What receivers say, clocks that are set, and a database that goes away with answers in hand."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import asyncpg
import pytest

from crm_bridge.outbox.dispatcher import Dispatcher
from crm_bridge.outbox.in_hand import InHand
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, RetryPolicy
from crm_bridge.outbox.store import Message, OutboxStore, SendVerdict, TargetRow
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.test_outbox import START, Clock, Recorder, dispatcher, outbox, write
from tests.waiting import PATIENCE

HOSTILE = ("a\0b", "half \ud83d", "\x1b[2J\r\n\x07", "x" * 100_000, "connection is closed", "\ufeff\u202e")


@pytest.mark.parametrize("said", HOSTILE, ids=ascii)
@pytest.mark.parametrize("kind", [Retry, Discard, Delivered])
async def test_whatever_a_receiver_says_is_written_and_the_others_of_its_batch_are_delivered_once(
    pool: Pool, said: str, kind: Callable[[str], Answer]
) -> None:
    store, crm = await outbox(pool, TargetRow("crm")), Recorder(kind(said[:60_000]))
    for key in ("a", "b", "c"):
        await write(pool, key, "ended")
    work = dispatcher(store, Clock(), crm=crm)
    assert await work.deliver_due("crm") == 3
    assert await work.deliver_due("crm") == 0
    states = [row["state"] for row in await pool.fetch("select state from outbox_messages order by id")]
    assert states[1:] == ["delivered", "delivered"]
    assert states[0] == {Retry: "waiting", Discard: "dead", Delivered: "delivered"}[kind]  # type: ignore[index]
    assert "\0" not in await pool.fetchval("select reason from outbox_messages order by id limit 1")


async def test_a_hostile_body_is_enqueued_and_reaches_the_target(pool: Pool) -> None:
    store, got = await outbox(pool, TargetRow("crm")), list[str]()

    class Reader(Recorder):
        async def send(self, message: Message, now: object) -> Answer:
            del now
            got.append(message.body)
            return Delivered()

    body = {"name": "О\0лена \ud800", "list": ["\0", {"\0k": float("nan")}], "smile": "😀"}
    await pool.execute("insert into outbox_messages (target, key, kind, body) values ('crm', $1, 'x', $2)", "k\0", body)
    assert await dispatcher(store, Clock(), crm=Reader()).deliver_due("crm") == 0  # it is due by the server's clock
    clock = Clock()
    clock.now += timedelta(days=36500)
    assert await dispatcher(store, clock, crm=Reader()).deliver_due("crm") == 1
    assert got == ['{"list": ["", {"k": null}], "name": "Олена ?", "smile": "😀"}']


async def test_a_clock_that_steps_back_during_a_delivery_is_no_matter(pool: Pool) -> None:
    store, clock = await outbox(pool, TargetRow("crm")), Clock()

    class Slow(Recorder):
        async def send(self, message: Message, now: object) -> Answer:
            del message, now
            clock.now -= timedelta(hours=1)
            return Delivered()

    await write(pool, "a", "ended")
    assert await dispatcher(store, clock, crm=Slow()).deliver_due("crm") == 1
    [row] = await pool.fetch("select state, took from outbox_messages m join outbox_deliveries d on m.id = message_id")
    assert row["state"] == "delivered"
    assert timedelta() <= row["took"] < timedelta(minutes=1)


class Flaky(OutboxStore):
    """The store on a database that goes away under chosen statements."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.fails: dict[str, list[Exception]] = {}

    def _meets(self, statement: str) -> None:
        if self.fails.get(statement):
            raise self.fails[statement].pop(0)

    async def claim(self, *args: object, **named: object) -> list[Message]:
        self._meets("claim")
        return await super().claim(*args, **named)  # type: ignore[arg-type] # as they came

    async def answer(self, verdicts: Sequence[SendVerdict]) -> None:
        self._meets("answer")
        await super().answer(verdicts)
        self._meets("answer's commit")

    async def release_leases(self, *args: object) -> int:
        self._meets("release")
        return await super().release_leases(*args)  # type: ignore[arg-type] # the same

    async def next_due(self, target: str) -> object:  # type: ignore[override] # the same
        self._meets("due")
        return await super().next_due(target)


AWAY = (
    ConnectionRefusedError("gone"),
    asyncpg.InterfaceError("cannot perform operation: connection is closed"),
    asyncpg.DiskFullError("full"),
    TimeoutError(),
)


@pytest.mark.parametrize("statement", ["claim", "answer", "answer's commit", "release", "due"])
async def test_the_database_goes_away_at_any_statement_and_everything_goes_out_once(pool: Pool, statement: str) -> None:
    await outbox(pool, TargetRow("crm"))
    store, crm = Flaky(pool), Recorder()
    store.fails[statement] = list(AWAY)
    for number in range(5):
        await write(pool, f"call-{number}", "started", "ended")
    work = Dispatcher(store, {"crm": crm}, clock=Clock(), jitter=lambda: 0.5, retry=RetryPolicy(attempts=3))
    running = asyncio.create_task(work.run(), name="dispatcher")
    try:
        async with asyncio.timeout(PATIENCE):
            while await pool.fetchval("select count(*) from outbox_messages where state <> 'delivered'"):
                assert not running.done()
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.wait([running])
    assert sorted(crm.got) == sorted(f"call-{n}/{kind}" for n in range(5) for kind in ("started", "ended"))
    assert await pool.fetchval("select count(*) from outbox_deliveries") == 10


async def _sent(store: OutboxStore, clock: Clock, crm: Recorder, *, store_of_answers: OutboxStore) -> InHand:
    """Claim and send what is due; the answers are in hand and not written."""
    work, hand = dispatcher(store, clock, crm=crm), InHand(store_of_answers)
    await work._begin("crm", hand, 10)  # noqa: SLF001 - a moment that only a crash shows
    await asyncio.wait(hand.sending)
    return hand


async def test_an_answer_in_hand_is_written_though_its_lease_ran_out_and_was_taken_back(pool: Pool) -> None:
    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder()
    await write(pool, "a", "ended")
    hand = await _sent(store, clock, crm, store_of_answers=store)
    clock.now += timedelta(minutes=10)
    assert await store.release_leases(clock.now, hand.ids()) == 0, "our own are ours until they are written"
    assert await store.release_leases(clock.now) == 1, "another daemon cannot know"
    assert await hand.write() == 1
    assert await dispatcher(store, clock, crm=crm).deliver_due("crm") == 0
    assert crm.got == ["a/ended"]


async def test_one_answer_that_cannot_be_written_is_set_aside_and_the_others_are_written(pool: Pool) -> None:
    class Refusing(OutboxStore):
        async def answer(self, verdicts: Sequence[SendVerdict]) -> None:
            if any(verdict.message.key == "b" for verdict in verdicts):
                raise asyncpg.CheckViolationError("not this one")
            await super().answer(verdicts)

    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder()
    for key in ("a", "b", "c"):
        await write(pool, key, "ended")
    hand = await _sent(store, clock, crm, store_of_answers=Refusing(pool))
    assert await hand.write() == 3
    assert [row["state"] for row in await pool.fetch("select state from outbox_messages order by id")] == [
        "delivered",
        "sending",
        "delivered",
    ]
    assert len(hand) == 0
    clock.now += timedelta(hours=1)
    assert await store.release_leases(clock.now, hand.ids()) == 0, "it is not sent again"


async def test_answers_that_were_set_aside_are_counted_by_target(pool: Pool) -> None:
    class Refusing(OutboxStore):
        async def answer(self, verdicts: Sequence[SendVerdict]) -> None:
            raise asyncpg.CheckViolationError(f"none of {len(verdicts)}")

    store = await outbox(pool, TargetRow("crm"))
    for key in ("a", "b"):
        await write(pool, key, "ended")
    work = dispatcher(Refusing(pool), Clock(), crm=Recorder())
    assert work.aside() == {"crm": 0}
    running = asyncio.create_task(work.run())
    try:
        async with asyncio.timeout(PATIENCE):
            while work.aside() != {"crm": 2}:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.wait([running])
    assert await store.claim("crm", 10, now=Clock().now, lease_until=Clock().now) == [], "they are not sent again"


async def test_words_that_cannot_be_written_cost_the_words_only(pool: Pool) -> None:
    class Picky(OutboxStore):
        async def answer(self, verdicts: Sequence[SendVerdict]) -> None:
            if any("devil" in verdict.then.reason for verdict in verdicts):
                raise asyncpg.UntranslatableCharacterError("devil")
            await super().answer(verdicts)

    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder(Delivered("the devil's own"))
    await write(pool, "a", "ended")
    hand = await _sent(store, clock, crm, store_of_answers=Picky(pool))
    await hand.write()
    [row] = await pool.fetch("select state, reason from outbox_messages")
    assert tuple(row) == ("delivered", "its words could not be written")


async def test_at_a_stop_answers_that_are_there_are_still_written(pool: Pool) -> None:
    store, crm = await outbox(pool, TargetRow("crm")), Recorder()
    await write(pool, "a", "ended")
    hand = await _sent(store, Clock(), crm, store_of_answers=store)
    await hand.let_go()
    assert await pool.fetchval("select state from outbox_messages") == "delivered"


async def test_a_wish_to_come_back_after_the_end_of_time_is_none(pool: Pool) -> None:
    store, crm = await outbox(pool, TargetRow("crm")), Recorder(Retry("later", timedelta.max))
    await write(pool, "a", "ended")
    assert await dispatcher(store, Clock(), crm=crm).deliver_due("crm") == 1
    due = await pool.fetchval("select due_at from outbox_messages where state = 'waiting'")
    assert due - START < timedelta(hours=2)


async def test_leases_and_waits_of_a_clock_that_was_years_ahead_do_not_last_for_years(pool: Pool) -> None:
    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder(Retry("HTTP 503"))
    await write(pool, "a", "ended")
    await write(pool, "b", "ended")
    ahead = clock.now + timedelta(days=1500)
    clock.now = ahead
    assert await dispatcher(store, clock, crm=crm).deliver_due("crm") == 2  # one waits for its next try
    await pool.execute(
        "update outbox_messages set state = 'sending', lease_until = $1, ended_at = null where state = 'delivered'",
        ahead + timedelta(minutes=2),
    )
    clock.now = START
    assert await store.release_leases(clock.now) == 1
    while await dispatcher(store, clock, crm=crm).deliver_due("crm"):
        pass
    assert await pool.fetchval("select count(*) from outbox_messages where state = 'delivered'") == 2
