"""Reading recordings, verdicts and alarms: for whoever shows them. Each takes a connection."""

from datetime import datetime

from telephony.model import CallId
from telephony.ports import Row, Transaction
from telephony.recording.plan.rows import Alarm, CallVerdict, Counts, Recording, Stage, sound_of
from telephony.recording.plan.verdict import Verdict
from telephony.recording.queries import SQL


async def open_alarms(tx: Transaction, limit: int = 1000) -> list[Alarm]:
    """Return the open alarms, oldest first."""
    rows = await tx.fetch(SQL.open_alarms, limit)
    return [Alarm(row["id"], row["call_id"], row["cause"], row["why"], row["raised_at"]) for row in rows]


async def recordings_of(tx: Transaction, call_id: CallId) -> list[Recording]:
    """Return a call's recordings with their peaks, in order of time."""
    return [_recording(row) for row in await tx.fetch(SQL.recordings_of, call_id)]


async def recording(tx: Transaction, number: int) -> Recording | None:
    """Return one recording."""
    row = await tx.fetchrow(SQL.recording, number)
    return None if row is None else _recording(row)


async def call_verdict(tx: Transaction, call_id: CallId) -> CallVerdict | None:
    """Return what became of a call's recording; None if none was wanted and none was made."""
    row = await tx.fetchrow(SQL.call_verdict, call_id)
    if row is None:
        return None
    return CallVerdict(
        row["wanted"], Stage(row["stage"]), Verdict(row["verdict"]) if row["verdict"] else None, row["why"], row["held"]
    )


async def counts(tx: Transaction, overdue_before: datetime) -> Counts:
    """Return how the queue stands."""
    [row] = await tx.fetch(SQL.counts, overdue_before)
    return Counts(row["waiting"], row["overdue"], row["alarms"])


def _recording(row: Row) -> Recording:
    return Recording(
        row["id"],
        CallId(row["call_id"]),
        row["channel"],
        row["started_at"],
        row["adopted"],
        Verdict(row["verdict"]) if row["verdict"] else None,
        row["path"],
        row["format"],
        row["bytes"],
        row["sha256"],
        sound_of(row["seconds"], row["levels"], row["voiced"], row["peaks"]),
        row["deleted_at"],
    )
