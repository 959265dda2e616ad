"""Things that an API test needs to be there: a call, a kept recording, a manager."""

import hashlib
from datetime import datetime
from pathlib import Path

from telephony.directory.model import Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.postgres.pool import Pool

SOUND = bytes(range(256)) * 40
"""10,240 bytes, each telling its place."""


async def keep_recording(pool: Pool, folder: Path, call_id: str, at: datetime, name: str = "call-1.mp3") -> int:
    """A recording as the archive leaves it: the file on the shelf, its rows done; gives its number."""
    (folder / name).write_bytes(SOUND)
    await pool.execute(
        "INSERT INTO recorded_calls (call_id, pbx, keeping, wanted, answered, talk_seconds, uniqueids, started_at, "
        "ended_at, stage, due_at, verdict) "
        "VALUES ($1, 'pbx', 'inbound', true, true, 25, '{}', $2, $2, 'done', $2, 'good') ON CONFLICT DO NOTHING",
        call_id,
        at,
    )
    number: int = await pool.fetchval(
        "INSERT INTO recordings (call_id, pbx, pbx_path, channel, uniqueid, started_at, adopted, swapped, verdict, "
        "path, format, bytes, sha256, seconds, sides, levels, voiced, peaks, kept_at, original_gone) "
        "VALUES ($1, 'pbx', $2, 'PJSIP/carrier-1', '1763.1', $3, false, false, 'good', "
        "$4, 'mp3', $5, $6, 25, 2, '{-20,-22}', '{10,12}', $7, $3, true) RETURNING id",
        call_id,
        f"/monitor/{name}",
        at,
        name,
        len(SOUND),
        hashlib.sha256(SOUND).digest(),
        [bytes([0, 255, 7]), bytes([1, 2, 3])],
    )
    return number


async def manager(pool: Pool, manager_id: str = "ivan", endpoint: str = "PJSIP/101") -> None:
    """A manager of the directory."""
    store = DirectoryStore(pool)
    others = [one for one in await store.managers() if one.manager_id != manager_id]
    await store.replace_managers([*others, ManagerEntry(ManagerId(manager_id), "Іван", Endpoint(endpoint))])
