"""Recordings, verdicts and alarms as their tables have them, for tests."""

from dataclasses import dataclass
from datetime import datetime

from telephony.model import CallId
from telephony.ports import Row, Transaction
from telephony.recording.plan.rows import Alarm, ArchiveStage, sound_of
from telephony.recording.plan.verdict import SoundVerdict
from telephony.recording.plan.waveform import Sound

_OPEN_ALARMS = """
    SELECT id, call_id, cause, why, raised_at FROM recording_alarms
    WHERE cleared_at IS NULL ORDER BY raised_at, id LIMIT $1
"""
_RECORDINGS = """
    SELECT id, call_id, channel, started_at, seconds, sides, adopted, verdict, path, format, bytes, sha256, levels,
           voiced, peaks, deleted_at
    FROM recordings WHERE call_id = $1 ORDER BY started_at, id
"""
_VERDICT = "SELECT wanted, stage, verdict, why, held FROM recorded_calls WHERE call_id = $1"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording for those who list and play it."""

    id: int
    call_id: CallId
    channel: str
    started_at: datetime
    adopted: bool
    verdict: SoundVerdict | None
    """None: it is not converted yet."""
    path: str | None
    """Below ``recording.folder``; None while there is none."""
    format: str | None
    size: int | None
    """In bytes."""
    sha256: bytes | None
    sound: Sound | None
    """Length, levels and 1,000 peaks of each side; left (first) is the customer. One side: mono, both in one."""
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """What became of a call's recording."""

    wanted: bool
    stage: ArchiveStage
    verdict: SoundVerdict | None
    why: str
    held: bool


async def open_alarms(tx: Transaction, limit: int = 1000) -> list[Alarm]:
    """Return the open alarms, oldest first."""
    rows = await tx.fetch(_OPEN_ALARMS, limit)
    return [Alarm(row["id"], row["call_id"], row["cause"], row["why"], row["raised_at"]) for row in rows]


async def recordings_of(tx: Transaction, call_id: CallId) -> list[Recording]:
    """Return a call's recordings with their peaks, in order of time."""
    return [_recording(row) for row in await tx.fetch(_RECORDINGS, call_id)]


async def call_verdict(tx: Transaction, call_id: CallId) -> CallVerdict | None:
    """Return what became of a call's recording; None if none was wanted and none was made."""
    row = await tx.fetchrow(_VERDICT, call_id)
    if row is None:
        return None
    return CallVerdict(
        row["wanted"],
        ArchiveStage(row["stage"]),
        SoundVerdict(row["verdict"]) if row["verdict"] else None,
        row["why"],
        row["held"],
    )


def _recording(row: Row) -> Recording:
    return Recording(
        row["id"],
        CallId(row["call_id"]),
        row["channel"],
        row["started_at"],
        row["adopted"],
        SoundVerdict(row["verdict"]) if row["verdict"] else None,
        row["path"],
        row["format"],
        row["bytes"],
        row["sha256"],
        sound_of(row["seconds"], row["levels"], row["voiced"], row["peaks"]),
        row["deleted_at"],
    )
