"""Works off recordings that have no transcript yet, newest first; several daemons share the work by leases."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from crm_bridge.api.ports import Library
from crm_bridge.console_settings import TranscriptionSettings
from crm_bridge.transcripts.lines import SpokenLine, spoken
from crm_bridge.transcripts.sound import cut_side, hear
from telephony.errors import RingbackError
from telephony.ports import Clock, Row, Transaction
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_log = structlog.get_logger(__name__)
_EVERY: Final = 20.0
_TRIES: Final = 3
_CUT_SECONDS: Final = 120.0


class TranscriptSql(NamedTuple):
    """The queries of transcripts.sql."""

    claim: str
    done: str
    failed: str
    write: str
    clear: str
    drop_deleted: str
    of_call: str
    forget: str


SQL: Final = load(Path(__file__).with_name("transcripts.sql"), TranscriptSql)


class TranscriptKeeper:
    """Works for as long as `run` runs."""

    def __init__(self, pool: Pool, clock: Clock, library: Library, wanted: TranscriptionSettings) -> None:
        self._pool = pool
        self._clock = clock
        self._library = library
        self._wanted = wanted
        self._lease = timedelta(seconds=2 * (wanted.seconds + _CUT_SECONDS) + 60)

    async def run(self) -> None:
        """Work again and again; a database that is away is waited for."""
        patience = Patience("transcripts")

        async def turn() -> None:
            worked = await self.work()
            patience.well()
            if not worked:
                await asyncio.sleep(_EVERY)

        await patience.forever(turn)

    async def work(self) -> bool:
        """Transcribe one recording; return whether there was one."""
        now = self._clock()
        await self._pool.execute(SQL.drop_deleted)
        row = await self._pool.fetchrow(
            SQL.claim, now, now + self._lease, now - timedelta(days=self._wanted.days), _TRIES
        )
        if row is None:
            return False
        recording = row["recording_id"]
        try:
            lines = await self._lines(row)
        except RingbackError as error:
            _log.warning("transcripts.failed", recording=recording, reason=str(error)[:300])
            await self._pool.execute(SQL.failed, recording, str(error)[:300])
            return True
        async with self._pool.acquire() as tx, tx.transaction():
            if await tx.fetchval(SQL.done, recording, self._clock()) is not None:  # not erased meanwhile
                await _write(tx, recording, lines)
        return True

    async def _lines(self, row: Row) -> list[SpokenLine]:
        found: list[SpokenLine] = []
        with tempfile.TemporaryDirectory(prefix="rb-transcript-") as folder:
            for side in range(min(row["sides"] or 1, 2)):
                file = Path(folder) / f"side-{side}.wav"
                with self._library.opened(row["path"]) as handle:
                    await cut_side(handle, side, row["sides"] or 1, file, _CUT_SECONDS)
                told = await hear(self._wanted.command, file, self._wanted.language, self._wanted.seconds)
                found += spoken(told, side, row["seconds"] or 0.0)
        return sorted(found, key=lambda line: (line.start, line.side))


async def _write(tx: Transaction, recording: int, lines: list[SpokenLine]) -> None:
    await tx.execute(SQL.clear, recording)
    rows = [(recording, place, one.side, one.start, one.end, one.text) for place, one in enumerate(lines)]
    await tx.executemany(SQL.write, rows)
