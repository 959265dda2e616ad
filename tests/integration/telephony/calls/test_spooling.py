"""The pump with a spool: the database frozen, killed with us, or away for long; a disk that fails, too."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest_asyncio
from structlog.testing import capture_logs

from telephony.calls.pump import Pump, PumpBounds
from telephony.calls.spool import Spool
from telephony.calls.store import LedgerWriter
from telephony.events import CallEvent
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.pool import Pool
from tests.builders import after
from tests.integration.telephony.calls.own_server import Own, frozen, noted, noting
from tests.ledger import newest
from tests.stories import story
from tests.waiting import PATIENCE

REGION = "UA"
ROOT = Path(__file__).parents[4]


@asynccontextmanager
async def pumping(pool: Pool, folder: Path, *, bound: int = 100_000) -> AsyncIterator[Pump]:
    spool = Spool(folder, 50_000_000)
    bounds = PumpBounds(in_memory=bound, first_try_seconds=0.5)
    pump = Pump(pool, LedgerWriter(REGION), hooks=(noting,), spool=spool, bounds=bounds)
    task = asyncio.create_task(pump.run(), name="pump")
    try:
        yield pump
    finally:
        await pump.stop(within_seconds=0.5)
        task.cancel()
        await asyncio.wait([task])
        await spool.close()


async def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


def told(pump: Pump, count: int, start: int = 0) -> list[CallEvent]:
    stories = [story(number, missed=number % 2 == 0, at=after(number)) for number in range(start, start + count)]
    events = [event for one in stories for event in one]
    for event in events:
        pump.submit(event)
    return events


@pytest_asyncio.fixture
async def ledger(pool: Pool) -> Pool:
    await pool.execute("CREATE TABLE notebook (line text, place bigserial)")
    return pool


@pytest_asyncio.fixture
async def no_ledger() -> AsyncIterator[Pool]:
    """A pool whose server is not there."""
    pool = await asyncpg.create_pool("postgresql://nobody@127.0.0.1:1/nothing", min_size=0, max_size=1)
    yield pool
    pool.terminate()


async def said(out: asyncio.StreamReader, word: bytes) -> None:
    """Read until a program says this, over its log."""
    async with asyncio.timeout(PATIENCE):
        while (line := await out.readline()) != word + b"\n":
            assert line, "the program has ended"


def lines_of(events: list[CallEvent]) -> list[str]:
    return [f"{event.call.call_id} {type(event).__name__}" for event in events]


async def test_while_the_database_keeps_up_no_file_is_touched(ledger: Pool, tmp_path: Path) -> None:
    async with pumping(ledger, tmp_path / "spool") as pump:
        for number in range(20):
            told(pump, 1, number)
            await pump.drained()
        assert list((tmp_path / "spool").glob("*.spool")) == []


async def test_a_frozen_database_is_noticed_and_nothing_stays_in_memory(
    postgres: EmbeddedServer, ledger: Pool, tmp_path: Path
) -> None:
    async with pumping(ledger, tmp_path / "spool") as pump:
        first = told(pump, 30)
        await pump.drained()
        before = pump.figures.spooled.events  # none, unless this machine is slow
        with frozen(postgres), capture_logs() as logs:
            more = told(pump, 100, 30)
            await until(lambda: pump.figures.on_disk == pump.figures.waiting == len(more))
            await until(lambda: pump.figures.outage_since is not None)
            later = told(pump, 1, 130)
            await until(lambda: pump.figures.on_disk == len(more) + len(later))
            [said] = [log for log in logs if log["event"] == "ledger.database_away"]
            assert re.fullmatch(r"DatabaseUnavailable: not done within [\d.]+ s, and cut off", said["reason"])
            spooled = pump.figures.spooled
            assert spooled.events - before == len(more) + len(later)
            assert spooled.writes >= 2
            assert spooled.seconds > 0
        async with asyncio.timeout(PATIENCE):
            await pump.drained()
        assert pump.figures.outage_since is None
        assert pump.figures.dead == 0
    assert await noted(ledger) == lines_of([*first, *more, *later])
    assert list((tmp_path / "spool").glob("*.spool")) == []


async def test_daemon_and_database_killed_together_lose_nothing(own: Own, tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, Path(__file__).with_name("spooling_process.py"), own.server.dsn, tmp_path / "spool", "150"),
        env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    try:
        await said(child.stdout, b"written")
        own.keeper.cancel()
        os.kill(own.server.pid, signal.SIGKILL)
        await said(child.stdout, b"told")
    finally:
        child.kill()
        await child.wait()
    await own.server.stop()
    await own.server.start()
    stories = [story(number, missed=number % 2 == 0, at=after(number)) for number in range(150)]
    async with pumping(own.pool, tmp_path / "spool") as pump:
        async with asyncio.timeout(PATIENCE):
            await pump.drained()
        assert pump.figures.dead == 0
    assert await noted(own.pool) == lines_of([event for one in stories for event in one])
    found = await newest(own.pool, 1000)
    assert found == [one[-1].call for one in reversed(stories)]


async def test_what_is_heard_while_the_spool_is_drained_comes_after_it(
    no_ledger: Pool, ledger: Pool, tmp_path: Path
) -> None:
    async with pumping(no_ledger, tmp_path / "spool") as pump:
        events = told(pump, 400)
        await until(lambda: pump.figures.on_disk == len(events))
    async with pumping(ledger, tmp_path / "spool") as pump:
        for number in range(40):
            events += told(pump, 1, 400 + number)
            await asyncio.sleep(0.01)
        async with asyncio.timeout(PATIENCE):
            await pump.drained()
    assert await noted(ledger) == lines_of(events)


async def test_a_stop_in_an_outage_leaves_all_on_disk(no_ledger: Pool, tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1_000_000)
    pump = Pump(no_ledger, LedgerWriter(REGION), spool=spool)
    task = asyncio.create_task(pump.run(), name="pump")
    events = told(pump, 3)
    assert await pump.stop(within_seconds=0) == 0
    task.cancel()
    await asyncio.wait([task])
    assert spool.waiting == len(events)
    await spool.close()


async def test_a_disk_that_fails_too_leaves_memory_and_takes_over_again(
    postgres: EmbeddedServer, ledger: Pool, tmp_path: Path
) -> None:
    hindrance = tmp_path / "spool"
    hindrance.write_text("a file where the folder should be")
    async with pumping(ledger, hindrance, bound=30) as pump:
        with frozen(postgres):
            told(pump, 20)
            await until(lambda: bool(pump.figures.spool_trouble))
            assert pump.figures.on_disk == 0
            assert pump.figures.shed > 0
            hindrance.unlink()
            await until(lambda: pump.figures.on_disk == pump.figures.waiting > 0)
            assert pump.figures.spool_trouble == ""
        async with asyncio.timeout(PATIENCE):
            await pump.drained()
    found = await newest(ledger, 1000)
    assert len(found) == len([call for call in found if call.ended_at]) == 20
