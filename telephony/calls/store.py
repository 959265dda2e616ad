"""The ledger's two sides for telephony itself: writing a batch of events, reading calls back.

`LedgerWriter` is used by the pump only, inside the pump's transaction. `LedgerStore` is for everybody else. The CRM
side reads the views of the schema ``published`` instead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from telephony.calls.rows import (
    LONGEST_KEY,
    LONGEST_NUMBER,
    EventKey,
    call_from,
    call_row,
    clean,
    columns,
    compared,
    key_of,
    leg_rows,
    number_of,
    on_a_mobile,
    transfer_rows,
)
from telephony.calls.tracking.merging import merge
from telephony.events import CallEvent, CallMerged
from telephony.model import Call, CallId, PbxName
from telephony.ports import Row, Transaction
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

CHANNEL: Final = "ringback_calls"
"""What to LISTEN on: a hint after each commit; the payload is the call ids, or empty when they are too many to tell."""

_SQL_FOLDER = Path(__file__).parent
_LONGEST_PAYLOAD = 7_900  # of 8,000 bytes that NOTIFY takes
NEWEST: Final = (datetime(9999, 1, 1, tzinfo=UTC), "")


class _WriteSql(NamedTuple):
    people_by_mobile: str
    calls: str
    legs: str
    transfers: str
    transfers_taken_back: str
    events: str
    absorbed: str
    merge_legs: str
    merge_transfers: str
    merge_events: str
    merge_redirect: str
    merge_remember: str
    merge_remove: str
    notify: str
    bury: str


class _ReadSql(NamedTuple):
    one: str
    legs: str
    transfers: str
    open_of_pbx: str


WRITE = load(_SQL_FOLDER / "ledger_write.sql", _WriteSql)
READ = load(_SQL_FOLDER / "ledger_read.sql", _ReadSql)


class LedgerWriter:
    """Writes batches of call events. ``region`` is the operator's country, for numbers without a country code."""

    def __init__(self, region: str) -> None:
        self._region = region

    async def complete(self, connection: Transaction, events: Sequence[CallEvent]) -> list[CallEvent]:
        """Leave out calls that another one took in; add to repaired ones what the ledger knows beyond them."""
        ids = list({clean(event.call.call_id, LONGEST_KEY) for event in events})
        gone = {row["absorbed"] for row in await connection.fetch(WRITE.absorbed, ids)}
        events = [event for event in events if event.call.call_id not in gone]
        repaired = {event.call.call_id for event in events if event.call.repaired}
        if not repaired:
            return events
        known = {call.call_id: call for call in await _whole(connection, await _rows(connection, repaired))}
        completed: list[CallEvent] = []
        for event in events:
            call = event.call
            if call.repaired and call.call_id in known:
                call = known[call.call_id] = merge(known[call.call_id], call)
            completed.append(replace(event, call=call))
        return completed

    async def write(self, connection: Transaction, events: Sequence[CallEvent]) -> list[CallEvent]:
        """Write the newest picture of each call, and every event; return the events that were new, in their order.

        Of several events of one call in a batch only the last one's picture is written: it holds the others.
        """
        if not events:
            return []
        calls = [(event.call, event.at) for event in _newest_of_each(events)]
        extensions = await self._extensions(connection, (call for call, _ in calls))
        rows = (call_row(call, at, self._region, extensions) for call, at in calls)
        await connection.execute(WRITE.calls, *columns(rows, 1))
        await _insert(connection, WRITE.legs, (row for call, _ in calls for row in leg_rows(call)), 2)
        await _insert(connection, WRITE.transfers, (row for call, _ in calls for row in transfer_rows(call)), 3)
        await self._take_back(connection, [call for call, _ in calls if call.ended_at and not call.repaired])
        new = await self._write_events(connection, events)
        await connection.execute(WRITE.notify, _payload(event.call.call_id for event in events))
        return new

    async def merge(self, connection: Transaction, events: Sequence[CallEvent]) -> None:
        """Give what is kept under absorbed calls' ids to the calls that took them in; then those are no rows any more.

        Runs after the hooks: other rooms move their own rows in theirs, while the absorbed call is still there.
        """
        for event in events:
            if isinstance(event, CallMerged):
                gone, stays = clean(event.absorbed, LONGEST_KEY), clean(event.call.call_id, LONGEST_KEY)
                for query in (WRITE.merge_legs, WRITE.merge_transfers, WRITE.merge_events, WRITE.merge_redirect):
                    await connection.execute(query, gone, stays)
                await connection.execute(WRITE.merge_remember, gone, stays, event.at)
                await connection.execute(WRITE.merge_remove, gone)

    async def _extensions(self, connection: Transaction, calls: Iterable[Call]) -> dict[str, str]:
        """Return the extensions of people by their mobiles, if one of these calls may have been taken on a mobile."""
        if not any(map(on_a_mobile, calls)):
            return {}
        found: dict[str, str] = {}
        for row in await connection.fetch(WRITE.people_by_mobile):
            extension = compared(row["extension"], self._region)
            if extension:
                found.setdefault(compared(row["mobile"], self._region), extension)
        return found

    async def _take_back(self, connection: Transaction, ended: Sequence[Call]) -> None:
        """Forget transfers that the last picture of a call does not have; a repaired one may have been told less."""
        if ended:
            ids = [clean(call.call_id, LONGEST_KEY) for call in ended]
            standing = columns((row[:3] for call in ended for row in transfer_rows(call)), 3)
            await connection.execute(WRITE.transfers_taken_back, ids, *(standing or ([], [], [])))

    async def _write_events(self, connection: Transaction, events: Sequence[CallEvent]) -> list[CallEvent]:
        first: dict[EventKey, CallEvent] = {}
        for event in events:
            first.setdefault(key_of(event), event)
        rows = ((*key, event.at, clean(number_of(event), LONGEST_NUMBER)) for key, event in first.items())
        answered = await connection.fetch(WRITE.events, *columns(rows, 3))
        new = {EventKey(*row) for row in answered}
        return [event for key, event in first.items() if key in new]


class LedgerStore:
    """Reads the ledger. Calls come without recordings: those are `telephony.recording`'s."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def call(self, call_id: CallId) -> Call | None:
        """Read one call."""
        found = await self._whole(READ.one, [call_id])
        return found[0] if found else None

    async def open_calls(self, pbx: PbxName) -> list[Call]:
        """Read the calls of a PBX that have not ended, as far as the ledger knows, oldest first."""
        return await self._whole(READ.open_of_pbx, pbx)

    async def _whole(self, query: str, *values: object) -> list[Call]:
        async with self._pool.acquire() as connection:
            return await _whole(connection, await connection.fetch(query, *values))


async def _rows(connection: Transaction, call_ids: Iterable[CallId]) -> Sequence[Row]:
    found: Sequence[Row] = await connection.fetch(READ.one, list(call_ids))
    return found


async def _whole(connection: Transaction, rows: Sequence[Row]) -> list[Call]:
    ids = [row["call_id"] for row in rows]
    legs = _grouped(await connection.fetch(READ.legs, ids)) if ids else {}
    transfers = _grouped(await connection.fetch(READ.transfers, ids)) if ids else {}
    return [call_from(row, legs.get(row["call_id"], ()), transfers.get(row["call_id"], ())) for row in rows]


def _grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["call_id"], []).append(row)
    return groups


def _newest_of_each(events: Iterable[CallEvent]) -> list[CallEvent]:
    """The last event of each call; after an end nothing counts but another end."""
    newest: dict[CallId, CallEvent] = {}
    for event in events:
        known = newest.get(event.call.call_id)
        if known is None or event.call.ended_at or not known.call.ended_at:
            newest[event.call.call_id] = event
    return list(newest.values())


async def _insert(connection: Transaction, query: str, rows: Iterable[tuple[object, ...]], keys: int) -> None:
    if table := columns(rows, keys):
        await connection.execute(query, *table)


def _payload(call_ids: Iterable[CallId]) -> str:
    payload = " ".join(clean(call_id, LONGEST_KEY) for call_id in dict.fromkeys(call_ids))
    return payload if len(payload.encode()) <= _LONGEST_PAYLOAD else ""
