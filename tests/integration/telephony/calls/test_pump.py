"""The pump on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest

from telephony.calls.pump import Pump, PumpBounds
from telephony.calls.revival import DeadLetters
from telephony.calls.store import CHANNEL, LedgerStore, LedgerWriter
from telephony.events import CallEnded, CallEvent, CallMerged, CallRinging, CallStarted
from telephony.model import Direction, Disposition, Party, Transfer, TransferKind, Uniqueid
from telephony.ports import CallListener, LedgerHook, Transaction
from telephony.postgres.pool import Pool
from tests.builders import CUSTOMER, MANAGER, NOON, PBX, after
from tests.ledger import newest
from tests.stories import answered, ended, ringing, started, story
from tests.waiting import PATIENCE

REGION = "UA"


@asynccontextmanager
async def pumping(
    pool: Pool, *, hooks: tuple[LedgerHook, ...] = (), after_commit: tuple[CallListener, ...] = ()
) -> AsyncIterator[Pump]:
    pump = Pump(pool, LedgerWriter(REGION), hooks=hooks, after=after_commit)
    task = asyncio.create_task(pump.run(), name="pump")
    try:
        yield pump
        assert await pump.stop() == 0
        await task
    finally:
        task.cancel()


async def write(pool: Pool, *events: CallEvent, hooks: tuple[LedgerHook, ...] = ()) -> Pump:
    async with pumping(pool, hooks=hooks) as pump:
        for event in events:
            pump.submit(event)
    return pump


class Notebook:
    """A hook that writes into a table of its own, and refuses what it is told to refuse."""

    def __init__(self, refuse: Callable[[CallEvent], bool] = lambda _: False) -> None:
        self.refuse = refuse

    async def __call__(self, connection: Transaction, event: CallEvent) -> None:
        await connection.execute("INSERT INTO notebook VALUES ($1)", f"{event.call.call_id} {type(event).__name__}")
        if self.refuse(event):
            raise ValueError("the hook's own defect")


@pytest.fixture
async def notebook(pool: Pool) -> Pool:
    await pool.execute("CREATE TABLE notebook (line text, place bigserial)")
    return pool


async def lines(pool: Pool) -> list[str]:
    return [row["line"] for row in await pool.fetch("SELECT line FROM notebook ORDER BY place")]


async def test_a_whole_call_is_read_back_as_the_tracker_told_it(pool: Pool) -> None:
    events = story()
    await write(pool, *events)
    assert await LedgerStore(pool).call(events[-1].call.call_id) == events[-1].call


async def test_a_call_in_progress_is_seen_before_it_ends(pool: Pool) -> None:
    events = story()
    store = LedgerStore(pool)
    async with pumping(pool) as pump:
        for event in events:
            pump.submit(event)
            await pump.drained()
            assert await newest(pool, 10) == [event.call]
            assert await store.open_calls(PBX) == ([] if isinstance(event, CallEnded) else [event.call])


async def test_the_same_events_again_change_nothing_and_run_no_hook(notebook: Pool) -> None:
    events = [*story(1), *story(2, missed=True)]
    hook = Notebook()
    await write(notebook, *events, hooks=(hook,))
    before = await notebook.fetch("SELECT * FROM published.call_timeline ORDER BY 1, 2, 3, 4, 5, 6")
    again = await write(notebook, *events, hooks=(hook,))
    assert len(await lines(notebook)) == len(events)
    assert again.figures.repeated == len(events)
    assert await notebook.fetch("SELECT * FROM published.call_timeline ORDER BY 1, 2, 3, 4, 5, 6") == before
    assert await newest(notebook, 5) == [events[-1].call, story(1)[-1].call]


async def test_hooks_run_in_the_order_of_the_events_and_commit_with_them(notebook: Pool) -> None:
    events = story()
    await write(notebook, *events, hooks=(Notebook(),))
    assert await lines(notebook) == [f"{event.call.call_id} {type(event).__name__}" for event in events]


async def test_one_poisoned_event_is_isolated_and_the_rest_is_written(notebook: Pool) -> None:
    poisoned = story(7, missed=True)
    poisoned[-1] = CallEnded(replace(poisoned[-1].call, missed_reason=None), poisoned[-1].at)  # the schema refuses it
    events = [event for number in range(20) for event in (poisoned if number == 7 else story(number))]
    pump = await write(notebook, *events, hooks=(Notebook(),))
    assert pump.figures.dead == 1
    assert len(await lines(notebook)) == len(events) - 1
    [letter] = await notebook.fetch("SELECT * FROM dead_letters")
    assert (letter["call_id"], letter["kind"], letter["written"]) == (poisoned[-1].call.call_id, "CallEnded", False)
    assert "missed_has_a_reason" in letter["reason"]


async def test_a_failing_hook_costs_its_event_but_not_the_call_and_can_be_made_good(notebook: Pool) -> None:
    hook = Notebook(refuse=lambda event: isinstance(event, CallEnded))
    events = story()
    async with pumping(notebook, hooks=(hook,)) as pump:
        for event in events:
            pump.submit(event)
        await pump.drained()
        found = await LedgerStore(notebook).call(events[0].call.call_id)
        assert found
        assert found.disposition is Disposition.ANSWERED
        assert await notebook.fetchval("SELECT written FROM dead_letters")
        assert len(await lines(notebook)) == len(events) - 1

        letters = DeadLetters(notebook, lambda: NOON)
        assert await pump.revive() == (0, 0), "nobody asked for it"
        [letter] = await letters.page(10)
        await letters.ask(letter.id, "olha")
        assert await pump.revive() == (0, 1)
        tried = await letters.one(letter.id)
        assert (tried.tries, tried.revive_asked_at) == (1, None)
        hook.refuse = lambda _: False
        assert await letters.ask_all("olha") == 1
        assert await pump.revive() == (1, 0)
        assert len(await lines(notebook)) == len(events)
        assert await notebook.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_hostile_text_is_written_and_harms_nobody(pool: Pool) -> None:
    call = replace(
        started(), caller=Party("067\0" + "9" * 5000, "a\0b\ud800'; DROP TABLE calls; --"), dialed="x" * 9000
    )
    pump = await write(pool, CallStarted(call, NOON))
    assert pump.figures.dead == 0
    [found] = await newest(pool, 1)
    assert found.caller.name == "ab?'; DROP TABLE calls; --"


async def test_a_clock_set_back_in_mid_call_does_not_lose_the_end(pool: Pool) -> None:
    call = answered(ringing(started()))
    over = replace(ended(call), ended_at=after(-3600))
    await write(pool, CallStarted(call, NOON), CallEnded(over, after(-3600)))
    [found] = await newest(pool, 1)
    assert found.disposition is Disposition.ANSWERED
    assert found.ended_at == found.started_at


async def test_an_old_picture_does_not_open_an_ended_call(pool: Pool) -> None:
    events = story()
    await write(pool, *events)
    late = CallRinging(
        events[1].call, after(600), events[1].call.legs[1].channel, events[1].call.legs[1].uniqueid, MANAGER
    )
    await write(pool, late)
    assert await newest(pool, 1) == [events[-1].call]


async def test_after_a_restart_what_the_ledger_knows_completes_what_the_resync_saw(pool: Pool) -> None:
    events = story()
    await write(pool, *events[:3])
    whole = events[-1].call
    seen = replace(
        whole,
        started_at=after(30),
        answered_at=after(30),
        direction=Direction.INTERNAL,
        caller=Party(CUSTOMER),
        talk=whole.talk - (after(30) - after(5)),
        legs=whole.legs[1:],
        repaired=True,
    )
    heard: list[CallEvent] = []
    async with pumping(pool, after_commit=(heard.append,)) as pump:
        pump.submit(CallEnded(seen, whole.ended_at or NOON))
    [found] = await newest(pool, 1)
    assert replace(found, legs=()) == replace(whole, repaired=True, legs=())
    assert [leg.uniqueid for leg in found.legs] == [leg.uniqueid for leg in whole.legs]
    assert heard[0].call == found


async def test_an_absorbed_call_is_no_row_any_more_and_does_not_come_back(notebook: Pool) -> None:
    consult = story(2)
    whole = story(1)
    merged = replace(answered(ringing(started(1))), legs=(*whole[2].call.legs, consult[2].call.legs[1]))
    events = [*whole[:3], *consult[:2], CallMerged(merged, after(40), consult[0].call.call_id), whole[3]]
    await write(notebook, *events, hooks=(Notebook(),))
    await write(notebook, *consult[:2])
    found = await newest(notebook, 5)
    assert [call.call_id for call in found] == [whole[0].call.call_id]
    assert len(found[0].legs) == 4
    assert await notebook.fetchval("SELECT call_id FROM call_merges") == whole[0].call.call_id


async def test_a_transfer_is_written_once_and_its_kind_may_become_known_later(pool: Pool) -> None:
    guess = Transfer(TransferKind.BLIND, MANAGER, "102", after(30))
    call = replace(answered(ringing(started())), transfers=(guess,))
    sure = replace(guess, kind=TransferKind.ATTENDED)
    await write(pool, CallStarted(call, NOON), CallEnded(replace(ended(call), transfers=(sure,)), after(60)))
    [found] = await newest(pool, 1)
    assert found.transfers == (sure,)


async def test_a_commit_is_hinted_with_the_calls_ids(pool: Pool, database: str) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(database)
    await connection.add_listener(CHANNEL, lambda *told: heard.put_nowait(str(told[3])))
    events = story()
    await write(pool, *events)
    assert events[0].call.call_id in await asyncio.wait_for(heard.get(), PATIENCE)
    await connection.close()


async def test_a_listener_that_raises_does_not_stop_the_others(pool: Pool) -> None:
    heard: list[CallEvent] = []

    def bad(_: CallEvent) -> None:
        raise RuntimeError("a defect")

    async with pumping(pool, after_commit=(bad, heard.append)) as pump:
        for event in story():
            pump.submit(event)
    assert heard == story()


async def test_a_hook_whose_statement_met_a_frozen_server_is_run_again_and_loses_nothing(notebook: Pool) -> None:
    class Frozen(Notebook):
        times = 2

        async def __call__(self, connection: Transaction, event: CallEvent) -> None:
            if self.times:
                self.times -= 1
                await connection.execute("SELECT pg_sleep(60)", timeout=0.05)
            await super().__call__(connection, event)

    events = story()
    pump = await write(notebook, *events, hooks=(Frozen(),))
    assert pump.figures.dead == 0
    assert len(await lines(notebook)) == len(events)


async def test_a_hooks_own_trouble_with_files_holds_nobody_up(notebook: Pool) -> None:
    class NoFile(Notebook):
        async def __call__(self, connection: Transaction, event: CallEvent) -> None:
            if isinstance(event, CallRinging):
                raise FileNotFoundError(2, "no such file")
            await super().__call__(connection, event)

    events = story()
    pump = await write(notebook, *events, hooks=(NoFile(),))
    assert pump.figures.dead == 1
    assert len(await lines(notebook)) == len(events) - 1


async def test_a_slow_machine_is_cut_off_once_and_not_with_every_batch(pool: Pool) -> None:
    began: list[CallEvent] = []

    async def slow(tx: Transaction, event: CallEvent) -> None:
        began.append(event)
        await tx.execute("SELECT pg_sleep(0.8)")

    pump = Pump(pool, LedgerWriter(REGION), hooks=[slow], bounds=PumpBounds(batch=1, first_try_seconds=0.6))
    events = story()[:3]
    for event in events:
        pump.submit(event)
    running = asyncio.create_task(pump.run())
    await pump.drained()
    await pump.stop()
    await running
    assert pump.figures.written == 3
    assert began.count(events[0]) > 1
    assert [began.count(event) for event in events[1:]] == [1, 1], "what was learned of the machine is kept"


async def test_a_batch_that_takes_longer_than_any_try_may_is_written_in_parts(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine so busy that a whole batch is cut off again and again: no event would ever be written."""
    monkeypatch.setattr("telephony.calls.pump._LONGEST_LIMIT", 0.8)

    async def slow(tx: Transaction, _: CallEvent) -> None:
        await tx.execute("SELECT pg_sleep(0.1)")

    pump = Pump(pool, LedgerWriter(REGION), hooks=[slow], bounds=PumpBounds(first_try_seconds=0.8))
    ringing = [event for event in story() if isinstance(event, CallRinging)]
    events = [replace(ringing[0], uniqueid=Uniqueid(f"1700000000.{number}")) for number in range(20)]
    for event in events:
        pump.submit(event)
    running = asyncio.create_task(pump.run())
    async with asyncio.timeout(PATIENCE):
        await pump.drained()
    await pump.stop()
    await running
    assert pump.figures.written == len(events)
