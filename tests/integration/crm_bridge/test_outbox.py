"""The outbox on a real PostgreSQL: order per key, one claimer at a time, nothing lost, each target for itself."""

import asyncio
from datetime import UTC, datetime, timedelta

from crm_bridge.outbox.dispatcher import Dispatcher, DispatchPolicy
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, RetryPolicy
from crm_bridge.outbox.store import Message, OutboxStore, TargetRow, enqueue
from telephony.postgres.pool import Pool
from tests.waiting import PATIENCE

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Recorder:
    """A target that answers what it is told to and remembers what it got."""

    def __init__(self, *answers: Answer) -> None:
        self.got: list[str] = []
        self._answers = list(answers)

    async def send(self, message: Message, now: datetime) -> Answer:
        del now
        self.got.append(f"{message.key}/{message.kind}")
        await asyncio.sleep(0)
        return self._answers.pop(0) if self._answers else Delivered()


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


async def outbox(pool: Pool, *targets: TargetRow) -> OutboxStore:
    store = OutboxStore(pool)
    await store.declare(targets)
    return store


async def write(pool: Pool, key: str, *kinds: str, targets: tuple[str, ...] = ("crm",)) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for kind in kinds:
            await enqueue(connection, targets, key=key, kind=kind, body={"name": "Олена"}, at=START)


def dispatcher(store: OutboxStore, clock: Clock, **targets: Recorder) -> Dispatcher:
    return Dispatcher(store, targets, clock=clock, jitter=lambda: 0.5, retry=RetryPolicy(attempts=3))


async def test_messages_of_one_key_arrive_in_order_even_when_the_first_fails(pool: Pool) -> None:
    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder(Retry("HTTP 503"))
    await write(pool, "a", "started", "ended")
    await write(pool, "b", "started")
    work = dispatcher(store, clock, crm=crm)

    await work.deliver_due("crm")
    assert crm.got == ["a/started", "b/started"], "the second message of a waits for the first; b does not"

    clock.now += timedelta(minutes=1)
    while await work.deliver_due("crm"):
        pass
    assert crm.got[2:] == ["a/started", "a/ended"]


async def test_two_daemons_send_each_message_once(pool: Pool) -> None:
    store, clock = await outbox(pool, TargetRow("crm")), Clock()
    for number in range(60):
        await write(pool, f"call-{number}", "ended")
    first, second = Recorder(), Recorder()
    works = [dispatcher(store, clock, crm=first), dispatcher(store, clock, crm=second)]

    await asyncio.gather(*(work.deliver_due("crm") for work in works for _ in range(3)))

    assert sorted(first.got + second.got) == sorted(f"call-{number}/ended" for number in range(60))


async def test_a_rolled_back_call_leaves_no_message(pool: Pool) -> None:
    store, crm = await outbox(pool, TargetRow("crm")), Recorder()
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await enqueue(connection, ["crm"], key="a", kind="ended", body={}, at=START)
        await transaction.rollback()

    assert await dispatcher(store, Clock(), crm=crm).deliver_due("crm") == 0


async def test_the_rate_of_a_target_holds_over_all_daemons(pool: Pool) -> None:
    store, clock, crm = await outbox(pool, TargetRow("crm", rate=2, burst=5)), Clock(), Recorder()
    clock.now = datetime.now(UTC)
    for number in range(30):
        await write(pool, f"call-{number}", "ended")
    works = [dispatcher(store, clock, crm=crm), dispatcher(store, clock, crm=crm)]

    await asyncio.gather(*(work.deliver_due("crm") for work in works))
    assert len(crm.got) == 5, "the burst"

    clock.now += timedelta(seconds=2)
    await asyncio.gather(*(work.deliver_due("crm") for work in works))
    assert len(crm.got) == 9, "two a second for two seconds"


async def test_nothing_is_claimed_for_a_paused_target_before_the_pause_is_over(pool: Pool) -> None:
    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder()
    await write(pool, "a", "ended")
    await store.pause("crm", clock.now + timedelta(minutes=1))
    work = dispatcher(store, clock, crm=crm)
    assert await work.deliver_due("crm") == 0

    clock.now += timedelta(minutes=1)
    assert await work.deliver_due("crm") == 1


async def test_a_dead_message_keeps_the_targets_words_and_can_be_replayed(pool: Pool) -> None:
    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder(Discard("no such user"))
    await write(pool, "a", "started", "ended")
    work = dispatcher(store, clock, crm=crm)

    await work.deliver_due("crm")
    [dead] = await pool.fetch("select id, state, reason from outbox_messages order by id limit 1")
    assert (dead["state"], dead["reason"]) == ("dead", "no such user")

    await work.deliver_due("crm")
    assert crm.got == ["a/started", "a/ended"], "a dead message does not hold up what follows it"
    assert await store.replay([dead["id"]], clock.now) == [dead["id"]]
    await work.deliver_due("crm")
    assert crm.got[-1] == "a/started"


async def test_a_daemon_that_dies_between_claim_and_answer_loses_nothing(pool: Pool) -> None:
    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder()
    await write(pool, "a", "ended")
    await store.claim("crm", 10, now=clock.now, lease_until=clock.now + timedelta(minutes=2))  # and dies

    assert await store.release_leases(clock.now + timedelta(minutes=1)) == 0
    clock.now += timedelta(minutes=3)
    assert await store.release_leases(clock.now) == 1
    await dispatcher(store, clock, crm=crm).deliver_due("crm")
    assert crm.got == ["a/ended"]


async def test_a_target_that_raises_or_hangs_is_retried_and_delays_no_other(pool: Pool) -> None:
    class Broken:
        async def send(self, message: Message, now: datetime) -> Answer:
            del now
            if message.key == "hangs":
                await asyncio.Event().wait()
            raise RuntimeError("a bug of the adapter")

    store, clock, other = await outbox(pool, TargetRow("crm"), TargetRow("hook")), Clock(), Recorder()
    await write(pool, "raises", "ended", targets=("crm", "hook"))
    await write(pool, "hangs", "ended", targets=("crm", "hook"))
    work = Dispatcher(
        store,
        {"crm": Broken(), "hook": other},
        clock=clock,
        jitter=lambda: 0.5,
        policy=DispatchPolicy(send_seconds=1),
    )
    await asyncio.gather(work.deliver_due("crm"), work.deliver_due("hook"))

    states = await pool.fetch("select target, key, state, reason from outbox_messages order by id")
    assert [row["state"] for row in states if row["target"] == "crm"] == ["waiting", "waiting"]
    assert sorted(other.got) == ["hangs/ended", "raises/ended"]
    assert any("a bug of the adapter" in row["reason"] for row in states)


async def test_the_running_dispatcher_delivers_on_a_hint_at_once(pool: Pool) -> None:
    store, crm = await outbox(pool, TargetRow("crm")), Recorder()
    work = Dispatcher(store, {"crm": crm}, clock=Clock(), jitter=lambda: 0.5, policy=DispatchPolicy(poll_seconds=3600))
    running = asyncio.create_task(work.run(), name="dispatcher")
    try:
        await asyncio.sleep(0)
        await write(pool, "a", "ended")
        async with asyncio.timeout(PATIENCE):  # the next poll is in an hour
            while not crm.got:
                work.hint()
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.wait([running])
    assert crm.got == ["a/ended"]


async def test_a_message_that_hangs_takes_one_place_and_holds_up_no_other_call(pool: Pool) -> None:
    class Slow(Recorder):
        async def send(self, message: Message, now: datetime) -> Answer:
            if message.key == "hangs":
                await asyncio.Event().wait()
            done.release()
            return await super().send(message, now)

    store, crm, done = await outbox(pool, TargetRow("crm")), Slow(), asyncio.Semaphore(0)
    await write(pool, "hangs", "ended")
    for number in range(6):
        await write(pool, f"call-{number}", "ended")
    work = Dispatcher(store, {"crm": crm}, clock=Clock(), jitter=lambda: 0.5, at_once={"crm": 2})
    running = asyncio.create_task(work.run(), name="dispatcher")
    async with asyncio.timeout(PATIENCE):
        for _ in range(6):
            await done.acquire()
    running.cancel()
    await asyncio.wait([running])
    assert [each for each in crm.got if each != "hangs/ended"] == [f"call-{number}/ended" for number in range(6)]


async def test_no_more_messages_are_on_their_way_than_the_target_takes(pool: Pool) -> None:
    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder()
    for number in range(5):
        await write(pool, f"call-{number}", "ended")
    work = Dispatcher(store, {"crm": crm}, clock=clock, jitter=lambda: 0.5, at_once={"crm": 3})
    assert [await work.deliver_due("crm"), await work.deliver_due("crm")] == [3, 2]


async def test_what_follows_a_message_that_waits_is_not_due_before_it(pool: Pool) -> None:
    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder(Retry("HTTP 503"))
    await write(pool, "a", "started", "answered", "ended")
    await dispatcher(store, clock, crm=crm).deliver_due("crm")
    due = {row["due_at"] for row in await pool.fetch("select due_at from outbox_messages")}
    assert due == {await store.next_due("crm")}
    assert due.pop() > START


async def test_what_follows_a_message_of_a_daemon_that_died_is_not_asked_for_again_and_again(pool: Pool) -> None:
    store = await outbox(pool, TargetRow("crm"))
    await write(pool, "a", "started", "ended")
    await store.claim("crm", 1, now=START, lease_until=START + timedelta(minutes=2))
    assert await store.next_due("crm") is None, "the lease, or its end, tells when there is something to do"
    await write(pool, "b", "started")
    assert await store.next_due("crm") == START


async def test_what_happens_now_goes_before_a_nights_backlog_but_not_before_its_own_call(pool: Pool) -> None:
    store, clock, crm = await outbox(pool, TargetRow("crm")), Clock(), Recorder()
    clock.now = datetime.now(UTC)
    for key in ("night", "long"):
        await write(pool, key, "started")
    await pool.execute("update outbox_messages set created_at = now() - interval '8 hours'")
    await pool.execute("update outbox_messages set due_at = created_at")
    await write(pool, "long", "ended")
    await write(pool, "now", "started")
    await pool.execute("update outbox_messages set due_at = created_at where due_at = $1", START)
    clock.now = datetime.now(UTC)
    work = Dispatcher(store, {"crm": crm}, clock=clock, jitter=lambda: 0.5, at_once={"crm": 1})
    while await work.deliver_due("crm"):
        pass
    assert crm.got == ["now/started", "night/started", "long/started", "long/ended"]


async def test_a_dead_target_is_tried_by_one_message_at_a_time_and_all_arrive_when_it_lives(pool: Pool) -> None:
    class Dead(Recorder):
        alive = False
        tried = 0

        async def send(self, message: Message, now: datetime) -> Answer:
            if self.alive:
                return await super().send(message, now)
            self.tried += 1
            return Retry("nobody there")

    store, crm = await outbox(pool, TargetRow("crm")), Dead()
    for number in range(60):
        await write(pool, f"call-{number}", "ended")
    work = Dispatcher(store, {"crm": crm}, clock=lambda: datetime.now(UTC), jitter=lambda: 0.5, at_once={"crm": 10})
    running = asyncio.create_task(work.run(), name="dispatcher")
    try:
        async with asyncio.timeout(PATIENCE):
            while (
                crm.tried < 11
            ):  # nine that were under way at once (a place is kept), those after them, one that tried later
                work.hint()
                await asyncio.sleep(0.01)
            assert await pool.fetchval("SELECT count(*) FROM outbox_deliveries") <= 19
            assert await pool.fetchval("SELECT count(*) FROM outbox_messages WHERE attempts = 0") >= 41
            crm.alive = True
            while len(crm.got) < 48:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_what_happens_now_finds_a_place_though_a_backlog_hangs(pool: Pool) -> None:
    store, hangs, told = await outbox(pool, TargetRow("crm")), asyncio.Event(), asyncio.Event()
    under_way: list[str] = []

    class Slow:
        """Answers nothing of the backlog."""

        async def send(self, message: Message, now: datetime) -> Answer:
            del now
            if message.key == "now":
                told.set()
            else:
                under_way.append(message.key)
                await hangs.wait()
            return Delivered()

    for number in range(30):
        await write(pool, f"old-{number}", "ended")
    await pool.execute("UPDATE outbox_messages SET created_at = now() - interval '1 hour', due_at = created_at")
    work = Dispatcher(store, {"crm": Slow()}, clock=lambda: datetime.now(UTC), jitter=lambda: 0.5, at_once={"crm": 10})
    running = asyncio.create_task(work.run())
    while len(under_way) < 9:
        await asyncio.sleep(0.01)
    async with pool.acquire() as connection, connection.transaction():
        await enqueue(connection, ["crm"], key="now", kind="ringing", body={}, at=datetime.now(UTC))
    work.hint()
    async with asyncio.timeout(PATIENCE):
        await told.wait()
    assert len(under_way) == 9, "a tenth of the places is kept"
    running.cancel()
    await asyncio.wait([running])
