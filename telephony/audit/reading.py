"""What an audit compares, read in one transaction (one picture of the database), and the files looked for."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from telephony.audit.model import (
    AuditedAttempt,
    AuditedOrder,
    AuditedPromise,
    AuditedRequest,
    KeptFile,
    Miss,
    RecordedCall,
    Span,
    UnwrittenEvent,
)
from telephony.calls.rows import call_from
from telephony.calls.store import READ
from telephony.model import Call, CallId
from telephony.ports import Row, Transaction
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_MARGIN: Final = timedelta(hours=1)
"""So far beyond the span calls are read, to be found as the other side of something in it."""
BEFORE: Final = timedelta(days=1)
"""So long before the span a talk still counts against dialling the customer in it."""


class _Sql(NamedTuple):
    calls: str
    merges: str
    letters: str
    recorded: str
    files: str
    misses: str
    requests: str
    attempts: str
    orders: str
    promises: str


_SQL = load(Path(__file__).with_name("audit.sql"), _Sql)


class Rows(NamedTuple):
    """Everything of the database that is compared."""

    calls: Sequence[Call]
    """Of the span, the day before it and an hour after it."""
    merges: Mapping[CallId, CallId]
    letters: Sequence[UnwrittenEvent]
    recorded: Mapping[CallId, RecordedCall]
    files: Sequence[KeptFile]
    misses: Sequence[Miss]
    requests: Sequence[AuditedRequest]
    attempts: Sequence[AuditedAttempt]
    orders: Sequence[AuditedOrder]
    promises: Sequence[AuditedPromise]


async def read(pool: Pool, span: Span, folder: Path) -> Rows:
    """Read them; ``folder`` is where recordings are kept."""
    early = span.since - BEFORE
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        calls = await _calls(connection, early, span.until + _MARGIN)
        ids = [call.call_id for call in calls if span.holds(call.started_at)]
        recorded = [RecordedCall(**row) for row in await connection.fetch(_SQL.recorded, ids)]
        files = list(await connection.fetch(_SQL.files, ids))
        rows = Rows(
            calls=calls,
            merges={row["absorbed"]: row["call_id"] for row in await connection.fetch(_SQL.merges, early)},
            letters=[UnwrittenEvent(*row) for row in await connection.fetch(_SQL.letters, span.since, span.until)],
            recorded={one.call_id: one for one in recorded},
            files=(),
            misses=[Miss(*row) for row in await connection.fetch(_SQL.misses, early)],
            requests=[AuditedRequest(**row) for row in await connection.fetch(_SQL.requests, span.since, span.until)],
            attempts=[
                AuditedAttempt(**row) for row in await connection.fetch(_SQL.attempts, early, span.until + _MARGIN)
            ],
            orders=[AuditedOrder(*row) for row in await connection.fetch(_SQL.orders, early)],
            promises=[AuditedPromise(**row) for row in await connection.fetch(_SQL.promises, span.since, span.until)],
        )
    return rows._replace(files=await asyncio.to_thread(_looked_for, folder, files))


async def _calls(connection: Transaction, since: datetime, until: datetime) -> list[Call]:
    rows = await connection.fetch(_SQL.calls, since, until)
    legs: dict[str, list[Row]] = {}
    for leg in await connection.fetch(READ.legs, [row["call_id"] for row in rows]):
        legs.setdefault(leg["call_id"], []).append(leg)
    return [call_from(row, legs.get(row["call_id"], ()), ()) for row in rows]


def _looked_for(folder: Path, files: Iterable[Row]) -> list[KeptFile]:
    return [KeptFile(**file, found=_size(folder / file["path"])) for file in files]


def _size(path: Path) -> int | None:
    """Return a regular file's bytes; None if there is none, or nobody lets us look."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
