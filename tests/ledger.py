"""What the ledger holds, for tests that look at all of it."""

from telephony.calls.store import LedgerStore
from telephony.model import Call, CallId
from telephony.postgres.pool import Pool


async def newest(pool: Pool, limit: int) -> list[Call]:
    """The newest calls, newest first."""
    rows = await pool.fetch("SELECT call_id FROM calls ORDER BY started_at DESC, call_id DESC LIMIT $1", limit)
    store = LedgerStore(pool)
    found = [await store.call(CallId(row["call_id"])) for row in rows]
    return [call for call in found if call is not None]
