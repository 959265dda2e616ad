"""Things that an API test needs: one to ask with, a kept recording, a manager."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from telephony.directory.model import Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api

SOUND = bytes(range(256)) * 40
"""10,240 bytes, each telling its place."""


async def ask(api: Api, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:  # noqa: ANN401
    """Ask the API; its code and its answer."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with api.http.request(method, f"/api/v1{path}", json=body, headers=headers) as response:
        text = await response.text()
        return response.status, json.loads(text) if text else None


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
