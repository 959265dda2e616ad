"""The rows of deleting: what is held, what is too old, what was deleted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from telephony.model import CallId, PbxName
from telephony.ports import Transaction
from telephony.recording.queries import SQL
from telephony.recording.rows import Doomed, Keeping


async def hold(tx: Transaction, call_id: CallId, *, held: bool) -> bool:
    """Set or lift the legal hold on a call's recordings; False if there is no such call."""
    return await tx.fetchval(SQL.hold, call_id, held) is not None


async def claim_old(tx: Transaction, limits: Mapping[Keeping, datetime], many: int) -> list[Doomed]:
    """Lock recordings that are older than their limit and not held."""
    rows = await tx.fetch(SQL.claim_old, [str(kind) for kind in limits], list(limits.values()), many)
    return _doomed(rows)


async def claim_for_deletion(tx: Transaction, call_id: CallId) -> list[Doomed]:
    """Lock a call's recordings that are not held."""
    return _doomed(await tx.fetch(SQL.claim_for_deletion, call_id))


def _doomed(rows: Sequence[Mapping[str, Any]]) -> list[Doomed]:
    return [
        Doomed(
            row["id"],
            CallId(row["call_id"]),
            PbxName(row["pbx"]),
            row["pbx_path"],
            row["adopted"],
            row["original_gone"],
            row["path"],
            row["bytes"],
            row["sha256"],
        )
        for row in rows
    ]


async def deleted(
    tx: Transaction, gone: Doomed, *, reason: str, by: str, at: datetime, was_there: bool, original_gone: bool
) -> None:
    """Remember that a recording was deleted, and write down what it was."""
    await tx.execute(SQL.deleted, gone.id, at, original_gone)
    if gone.path is not None:
        row = (gone.id, gone.call_id, gone.path, gone.size, gone.sha256, reason, by, at, was_there)
        await tx.execute(SQL.log_deletion, *row)
