"""The pump when the database is away, killed, or slow to come: nothing is doubled, what matters is kept."""

import asyncio
import os
import signal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from telephony.calls.pump import Pump, PumpBounds
from telephony.calls.store import LedgerWriter
from telephony.errors import DatabaseUnavailable, SettingsError
from telephony.events import CallEnded, CallEvent
from telephony.ports import Transaction
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import migrate
from telephony.postgres.pool import Pool, open_pool
from tests.builders import after
from tests.integration.telephony.calls.own_server import Own, noting
from tests.ledger import newest
from tests.stories import story
from tests.waiting import PATIENCE

REGION = "UA"


async def test_a_server_killed_in_mid_batch_three_times_loses_and_doubles_nothing(own: Own) -> None:
    stories = [story(number, missed=number % 3 == 0, at=after(number)) for number in range(400)]
    events = [event for one in stories for event in one]
    pump = Pump(own.pool, LedgerWriter(REGION), hooks=(noting,))
    task = asyncio.create_task(pump.run(), name="pump")
    for part in range(4):
        for event in events[part::4]:
            pump.submit(event)
        if part < 3:
            while pump.figures.written < part * 50 + 1:
                await asyncio.sleep(0.001)
            os.kill(own.server.pid, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        await pump.drained()
    assert await pump.stop() == 0
    await task
    noted = [row["line"] for row in await own.pool.fetch("SELECT line FROM notebook ORDER BY place")]
    assert len(noted) == len(set(noted)) == len(events)
    found = await newest(own.pool, 1000)
    assert found == [one[-1].call for one in reversed(stories)]
    assert pump.figures.dead == 0


async def test_a_long_outage_sheds_ringing_first_keeps_all_ends_and_counts(own: Own) -> None:
    own.keeper.cancel()
    await own.server.stop()
    pump = Pump(own.pool, LedgerWriter(REGION), bounds=PumpBounds(in_memory=60))
    task = asyncio.create_task(pump.run(), name="pump")
    stories = [story(number, missed=True, at=after(number)) for number in range(40)]
    for one in stories:
        for event in one:
            pump.submit(event)
    assert pump.figures.shed == 120 - 60
    while pump.figures.outage_since is None:
        await asyncio.sleep(0.001)
    await own.server.start()
    async with asyncio.timeout(PATIENCE):
        await pump.drained()
    assert await pump.stop() == 0
    await task
    found = await newest(own.pool, 1000)
    assert found == [one[-1].call for one in reversed(stories)]
    assert pump.figures.waiting == 0
    assert pump.figures.outage_since is None


async def test_a_stop_during_an_outage_ends_in_time_and_says_what_was_lost(own: Own) -> None:
    pump = Pump(own.pool, LedgerWriter(REGION))
    task = asyncio.create_task(pump.run(), name="pump")
    own.pool.terminate()
    for event in story():
        pump.submit(event)
    async with asyncio.timeout(PATIENCE):
        assert await pump.stop(within_seconds=0.3) == 4
    task.cancel()


async def test_a_stop_of_a_busy_ledger_is_no_outage(pool: Pool) -> None:
    async def slow(connection: Transaction, _: CallEvent) -> None:
        await connection.execute("SELECT pg_sleep(30)")

    pump = Pump(pool, LedgerWriter(REGION), hooks=(slow,))
    task = asyncio.create_task(pump.run(), name="pump")
    for event in story():
        pump.submit(event)
    with capture_logs() as logs:
        assert await pump.stop(within_seconds=0.3) == 4
    task.cancel()
    await asyncio.wait([task])
    assert [(log["event"], log["cure"]) for log in logs] == [
        ("ledger.lost_at_stop", "there was not time enough; CEL can repair")
    ]


async def test_a_clean_stop_flushes_everything(pool: Pool) -> None:
    pump = Pump(pool, LedgerWriter(REGION))
    task = asyncio.create_task(pump.run(), name="pump")
    stories = [story(number) for number in range(300)]
    for one in stories:
        for event in one:
            pump.submit(event)
    assert await pump.stop() == 0
    await task
    assert await pool.fetchval("SELECT count(*) FROM calls WHERE ended_at IS NOT NULL") == 300


async def test_a_server_that_is_down_is_waited_for(own: Own) -> None:
    own.pool.terminate()
    dsn = own.server.dsn
    os.kill(own.server.pid, signal.SIGKILL)
    opened = await asyncio.wait_for(open_pool(dsn), PATIENCE)
    assert await opened.fetchval("SELECT 1") == 1
    await opened.close()


async def test_a_wrong_dsn_is_not_waited_for(postgres: EmbeddedServer) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        await open_pool(postgres.dsn_of("nowhere"))
    with pytest.raises(DatabaseUnavailable):
        await open_pool("postgresql://127.0.0.1:1/x", patience_seconds=0)


async def test_at_rest_the_pump_asks_the_database_nothing(pool: Pool) -> None:
    pump = Pump(pool, LedgerWriter(REGION))
    task = asyncio.create_task(pump.run(), name="pump")
    pump.submit(story()[0])
    await pump.drained()
    others = (
        "SELECT max(query_start) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    async with pool.acquire() as connection:
        before = await connection.fetchval(others)
        await asyncio.sleep(0.5)
        assert await connection.fetchval(others) == before
    await pump.stop()
    await task


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.booleans()), min_size=1, max_size=8))
def test_events_repeated_in_any_way_leave_the_ledger_as_if_told_once(
    postgres: EmbeddedServer, plan: list[tuple[int, int, bool]]
) -> None:
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(_told_in_any_way(postgres, plan))
    finally:
        loop.close()


async def _told_in_any_way(postgres: EmbeddedServer, plan: list[tuple[int, int, bool]]) -> None:
    """Tell beginnings of stories again and again, by one pump or by another (a restart), then tell them all."""
    stories = [story(0), story(1, missed=True), story(2)]
    pool = await open_pool(postgres.dsn, size=2)
    await pool.execute("DROP SCHEMA IF EXISTS published CASCADE")
    await pool.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await migrate(postgres.dsn)
    await pool.execute("CREATE TABLE notebook (line text, place bigserial)")
    for which, length, together in [*plan, (0, 4, True), (1, 4, True), (2, 4, False)]:
        pump = Pump(pool, LedgerWriter(REGION), hooks=(noting,))
        task = asyncio.create_task(pump.run(), name="pump")
        for event in stories[which][:length]:
            pump.submit(event)
            if not together:
                await pump.drained()
        assert await pump.stop() == 0
        await task
        assert pump.figures.dead == 0
    noted = [row["line"] for row in await pool.fetch("SELECT line FROM notebook ORDER BY place")]
    found = await newest(pool, 10)
    legs = await pool.fetchval("SELECT count(*) FROM legs")
    await pool.close()
    assert sorted(noted) == sorted(f"{e.call.call_id} {type(e).__name__}" for one in stories for e in one)
    assert sorted(found, key=lambda call: call.call_id) == [one[-1].call for one in stories]
    assert legs == 6
    assert all(isinstance(one[-1], CallEnded) for one in stories)
