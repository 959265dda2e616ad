"""A number that was erased while its events waited in the spool is nowhere once they are in the ledger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from telephony.callback.assembly import Callbacks
from telephony.calls.pump import Pump
from telephony.calls.spool import Spool
from telephony.calls.store import LedgerWriter
from telephony.events import CallEvent, NumberKeyed
from telephony.ports import LedgerHook
from telephony.postgres.pool import Pool
from telephony.privacy.operations import Privacy
from telephony.recording.alarms import RecordingMetrics
from telephony.recording.retention import Retention
from telephony.settings import RecordingSettings, TelephonySettings
from tests.builders import CUSTOMER, after
from tests.stories import story

ERASED_AT = after(600)
OTHER = "+380671110022"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_ROWS = "SELECT count(*) FROM {} AS t WHERE strpos(t::text, $1) > 0"


def then() -> datetime:
    return ERASED_AT


class Ledger:
    """A daemon's ledger with what an earlier process left in its spool."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        settings = TelephonySettings(recording=RecordingSettings(folder=folder / "kept"))
        callbacks = Callbacks(pool, settings, then)
        retention = Retention(pool, settings.recording, RecordingMetrics(CollectorRegistry()), then)
        self.pool = pool
        self.privacy = Privacy(pool, "UA", then, retention, callbacks.operations)
        self._spool = folder / "spool"
        self._hooks: list[LedgerHook] = [self.privacy.ledger_hook, callbacks.ledger_hook]

    async def leave(self, *events: CallEvent) -> None:
        """Write events to the spool, as while the database is away."""
        spool = Spool(self._spool, 5_000_000)
        await spool.open()
        await spool.append(events)
        await spool.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Pump]:
        """Write what is in the spool."""
        spool = Spool(self._spool, 5_000_000)
        pump = Pump(self.pool, LedgerWriter("UA"), hooks=self._hooks, spool=spool)
        task = asyncio.create_task(pump.run())
        async with asyncio.timeout(60):
            await pump.drained()
        yield pump
        task.cancel()
        await asyncio.wait([task])
        await spool.close()

    async def found(self, number: str) -> dict[str, int]:
        """How many rows of each table hold a number's digits."""
        tables = [row["tablename"] for row in await self.pool.fetch(_TABLES)]
        digits = number.lstrip("+")
        rows = {table: await self.pool.fetchval(_ROWS.format(table), digits) for table in tables}
        return {table: count for table, count in rows.items() if count}


async def test_what_the_spool_brings_after_an_erasure_is_erased_too(pool: Pool, tmp_path: Path) -> None:
    ledger = Ledger(pool, tmp_path)
    await ledger.leave(*story(1, missed=True), *story(2, at=after(60)), *story(3, customer=OTHER, missed=True))
    await ledger.privacy.erase(CUSTOMER, reason="they asked", by="ann")
    async with ledger.running():
        assert (await ledger.found(CUSTOMER))["calls"] == 2
        assert await ledger.privacy.erase_late() == 1
    assert await ledger.found(CUSTOMER) == {}
    assert (await ledger.found(OTHER))["callback_requests"] == 1
    assert await pool.fetch("SELECT FROM callback_requests WHERE closed_at IS NULL AND customer LIKE 'erased-%'") == []
    assert await ledger.privacy.erase_late() == 0


async def test_a_number_that_a_hidden_caller_keyed_in_is_erased_too(pool: Pool, tmp_path: Path) -> None:
    ledger = Ledger(pool, tmp_path)
    first, *events = story(1, customer="", missed=True)
    await ledger.leave(first, NumberKeyed(replace(first.call), after(3), CUSTOMER), *events)
    await ledger.privacy.erase(CUSTOMER, reason="they asked", by="ann")
    async with ledger.running():
        assert await ledger.privacy.erase_late() == 1
    assert await ledger.found(CUSTOMER) == {}


async def test_who_calls_after_their_erasure_is_known_again(pool: Pool, tmp_path: Path) -> None:
    ledger = Ledger(pool, tmp_path)
    await ledger.privacy.erase(CUSTOMER, reason="they asked", by="ann")
    await ledger.leave(*story(1, missed=True, at=ERASED_AT + timedelta(seconds=1)))
    async with ledger.running():
        assert await ledger.privacy.erase_late() == 0
    assert (await ledger.found(CUSTOMER))["calls"] == 1


async def test_a_held_number_waits_for_its_release(pool: Pool, tmp_path: Path) -> None:
    ledger = Ledger(pool, tmp_path)
    await ledger.leave(*story(1))
    await ledger.privacy.erase(CUSTOMER, reason="they asked", by="ann")
    await ledger.privacy.hold(CUSTOMER, reason="a court", by="ann")
    async with ledger.running():
        assert await ledger.privacy.erase_late() == 0
    await ledger.privacy.release(CUSTOMER, by="ann")
    assert await ledger.privacy.erase_late() == 1
    assert await ledger.found(CUSTOMER) == {}
