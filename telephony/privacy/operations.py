"""Hold, release and erase: each one transaction (the sound of an erased call goes first), each written down."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import structlog

from telephony.errors import NotReady, Refused
from telephony.events import CallEnded, CallEvent, CallMerged, NumberKeyed
from telephony.model import CallId, PbxName
from telephony.numbers import Canonical, canonical
from telephony.ports import Clock, Transaction
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

_log = structlog.get_logger(__name__)

_REMEMBERED = timedelta(days=31)
"""So long after an erasure a spool or CEL may still bring a call of before it."""
_SALT_BYTES = 16
_OURSELVES = "ringback"
_SIGNIFICANT = 7
"""So many last digits tell a subscriber, however the number is spelled in a file's name."""


class PrivacySql(NamedTuple):
    """The queries of privacy.sql."""

    lock: str
    held: str
    hold: str
    release: str
    mark_recordings: str
    mark_call: str
    remember_number: str
    due: str
    remember: str
    calls: str
    unarchived: str
    open_requests: str
    messages: str
    forget_message: str
    spoken_answers: str
    forget_answer: str
    forget_surveys: str
    originals: str
    original_gone: str
    leave: str
    requests: str
    blank_calls: str
    numbers_of_calls: str
    blank_legs: str
    blank_transfers: str
    blank_events: str
    blank_files: str
    forget_letters: str
    blank_requests: str
    blank_misses: str
    forget_customer: str
    blank_customer: str


SQL = load(Path(__file__).with_name("privacy.sql"), PrivacySql)


class LegalHold(Refused):
    """The number is under a legal hold: release it first."""

    error_id = "legal-hold"


class NotOverYet(NotReady):
    """A call or a recording of it is still in work: try again in a minute."""

    error_id = "not-over-yet"


class Leftover(NamedTuple):
    """A file of the PBX that could not be deleted: by the PBX's own path, and why."""

    pbx: str
    path: str
    why: str


class _Sound(NamedTuple):  # what became of the files
    deleted: int
    messages_left: tuple[str, ...]
    originals_left: tuple[Leftover, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did."""

    erasure: int
    """Its number in the log."""
    pseudonym: str
    calls: tuple[CallId, ...]
    requests: tuple[int, ...]
    recordings: int
    """Files whose sound was deleted."""
    messages_left: tuple[str, ...]
    """Messages of theirs whose files could not be deleted: by the PBX's own path, to be deleted there by hand."""
    originals_left: tuple[Leftover, ...]
    """The PBX's own recordings that could not be deleted; tried again each night, and named until they are gone."""
    outside: tuple[str, ...]
    """What Ringback does not reach, in words for a person."""
    still_not_called: bool
    """Whether the bare number stays in the list of those who do not want to be called."""


ErasureHook = Callable[[Transaction, Canonical, Erased], Awaitable[None]]
"""Forgets the number elsewhere, in the erasure's own transaction."""


class RecordingEraser(Protocol):
    """Deletes a call's recordings (`telephony.recording.retention.Retention`)."""

    async def erase(self, call_id: CallId, *, reason: str, by: str) -> int:
        """Delete them; returns how many."""
        ...

    async def remove_original(self, pbx: PbxName, path: str) -> bool:
        """Delete a file of the PBX; False if it stays."""
        ...

    async def erase_original(self, pbx: PbxName, path: str) -> str:
        """Delete a file of the PBX for good; empty if it is surely gone, else why it stays."""
        ...


class RequestCloser(Protocol):
    """Closes requests (`telephony.callback.operations.CallbackOperations`)."""

    async def cancel(self, request_id: Any, by: str) -> object:  # noqa: ANN401 - a NewType of that room
        """Cancel one, and take down what rings for it."""
        ...


class Privacy:
    """See the package. ``region`` is the operator's country; ``hooks`` run inside each erasure."""

    def __init__(
        self,
        pool: Pool,
        region: str,
        clock: Clock,
        retention: RecordingEraser,
        callbacks: RequestCloser,
        hooks: Sequence[ErasureHook] = (),
        outside: Sequence[str] = (),
    ) -> None:
        self._pool = pool
        self._region = region
        self._clock = clock
        self._retention = retention
        self._callbacks = callbacks
        self._hooks = tuple(hooks)
        self._outside = tuple(outside)

    async def ledger_hook(self, tx: Transaction, event: CallEvent) -> None:
        """Hold the recordings of a held number's new calls; note a call that comes too late for its erasure."""
        if isinstance(event, CallEnded | CallMerged | NumberKeyed):
            call, number = event.call, event.number if isinstance(event, NumberKeyed) else event.call.customer
            await tx.execute(SQL.mark_call, call.call_id, canonical(number, self._region), call.started_at)

    async def hold(self, number: str, *, reason: str, by: str) -> bool:
        """Forbid to erase a number or to delete its recordings; False if it was held already."""
        customer = self._canonical(number)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.lock, customer)
            if await connection.fetchval(SQL.hold, customer, reason, by, self._clock()) is None:
                return False
            await connection.execute(SQL.mark_recordings, customer, True)  # noqa: FBT003 - asyncpg takes no names
            await connection.fetchval(SQL.remember, self._clock(), "hold", by, reason, 0, 0, 0)
        return True

    async def release(self, number: str, *, by: str) -> bool:
        """End a hold; False if there was none."""
        customer = self._canonical(number)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.lock, customer)
            if await connection.fetchval(SQL.release, customer) is None:
                return False
            await connection.execute(SQL.mark_recordings, customer, False)  # noqa: FBT003
            await connection.fetchval(SQL.remember, self._clock(), "release", by, "", 0, 0, 0)
        return True

    async def exported(self, by: str, calls: int) -> None:
        """Write down that somebody was given everything about a number."""
        await self._pool.fetchval(SQL.remember, self._clock(), "export", by, "", calls, 0, 0)

    async def erase(self, number: str, *, reason: str, by: str) -> Erased:
        """Forget a number.

        The sound goes first, in transactions of its own: if the rest then fails, nothing is found at the next try but
        the rows.

        Raises:
            LegalHold: it is held; nothing was changed.
            NotOverYet: a call with them goes on, or a recording is still being converted; nothing was changed.
        """
        customer = self._canonical(number)
        async with self._pool.acquire() as connection:
            calls = await self._erasable(connection, customer)
            waiting = [row["request_id"] for row in await connection.fetch(SQL.open_requests, customer)]
        for request in waiting:
            await self._callbacks.cancel(request, by)
        recordings = 0
        for call_id in calls:
            recordings += await self._retention.erase(call_id, reason=f"erasure: {reason}", by=by)
        gone, left = await self._erase_messages(customer)
        originals, stay = await self._erase_originals(calls)
        sound = _Sound(recordings + gone + originals, left, stay)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.lock, customer)
            calls = await self._erasable(connection, customer)
            return await self._forget(connection, customer, calls, sound, reason, by)

    async def erase_late(self) -> int:
        """Erase those once more of whom a call came in that was older than their erasure; return how many."""
        done = 0
        for row in await self._pool.fetch(SQL.due):
            try:
                await self.erase(row["number"], reason=f"came after erasure {row['erasure']}", by=_OURSELVES)
            except (LegalHold, NotOverYet) as error:
                _log.info("privacy.erased_later", erasure=row["erasure"], reason=str(error))
            else:
                done += 1
        return done

    async def _erase_originals(self, calls: Sequence[CallId]) -> tuple[int, tuple[Leftover, ...]]:
        """Delete the PBX's own files of these calls; gives how many are gone, and which stay."""
        left: list[Leftover] = []
        originals = await self._pool.fetch(SQL.originals, calls)
        for original in originals:
            why = await self._retention.erase_original(PbxName(original["pbx"]), original["pbx_path"])
            if why:
                left.append(Leftover(original["pbx"], original["pbx_path"], why))
            else:
                await self._pool.execute(SQL.original_gone, original["id"])
        return len(originals) - len(left), tuple(left)

    async def _erase_messages(self, customer: Canonical) -> tuple[int, tuple[str, ...]]:
        """Delete what they left to be heard, or answered aloud; gives how many files are gone, and which stay."""
        left, gone = list[str](), 0
        for query, forget in ((SQL.messages, SQL.forget_message), (SQL.spoken_answers, SQL.forget_answer)):
            for row_id, pbx, file in await self._pool.fetch(query, customer):
                if await self._retention.remove_original(PbxName(pbx), file):
                    await self._pool.execute(forget, row_id)
                    gone += 1
                else:
                    left.append(file)
        return gone, tuple(left)

    async def _erasable(self, tx: Transaction, customer: Canonical) -> list[CallId]:
        if await tx.fetchval(SQL.held, customer):
            raise LegalHold("this number is under a legal hold: release it first")
        rows = await tx.fetch(SQL.calls, customer)
        if any(row["ended_at"] is None for row in rows):
            raise NotOverYet("a call with this number goes on: try again when it is over")
        calls = [CallId(row["call_id"]) for row in rows]
        if many := await tx.fetchval(SQL.unarchived, calls):
            raise NotOverYet(f"{many} calls' recordings are still being archived: try again in a minute")
        return calls

    async def _forget(
        self,
        tx: Transaction,
        customer: Canonical,
        calls: list[CallId],
        sound: _Sound,
        reason: str,
        by: str,
    ) -> Erased:
        requests = tuple(row["request_id"] for row in await tx.fetch(SQL.requests, customer))
        told = (self._clock(), "erase", by, reason, len(calls), sound.deleted, len(requests))
        erasure = await tx.fetchval(SQL.remember, *told)
        pseudonym = f"erased-{erasure}"
        now, salt = self._clock(), secrets.token_bytes(_SALT_BYTES)
        await tx.execute(SQL.remember_number, erasure, now, salt, customer, now - _REMEMBERED)
        for leftover in sound.originals_left:  # before the paths are blanked: the trail must not be lost
            await tx.execute(SQL.leave, erasure, *leftover)
        await self._blank_calls(tx, customer, calls, pseudonym)
        await tx.execute(SQL.blank_requests, customer, pseudonym)
        await tx.execute(SQL.blank_misses, customer, pseudonym)
        await tx.execute(SQL.forget_surveys, customer)
        await tx.execute(SQL.forget_customer, customer)
        kept = await tx.fetchval(SQL.blank_customer, customer) is not None
        done = Erased(
            erasure=erasure,
            pseudonym=pseudonym,
            calls=tuple(calls),
            requests=requests,
            recordings=sound.deleted,
            messages_left=sound.messages_left,
            originals_left=sound.originals_left,
            outside=self._outside,
            still_not_called=kept,
        )
        for hook in self._hooks:
            await hook(tx, customer, done)
        files = {"recordings": sound.deleted, "files_left": len(sound.originals_left) + len(sound.messages_left)}
        _log.info("privacy.erased", erasure=erasure, calls=len(calls), by=by, **files)
        return done

    async def _blank_calls(self, tx: Transaction, customer: Canonical, calls: list[CallId], pseudonym: str) -> None:
        found = {row["number"] for row in await tx.fetch(SQL.numbers_of_calls, calls)}
        theirs = [number for number in found if canonical(number, self._region) == customer]
        digits = customer.lstrip("+")[-max(_SIGNIFICANT, len(customer) - 4) :]
        if len(digits) < _SIGNIFICANT:  # a short number's digits are in any file's name
            digits = pseudonym
        await tx.execute(SQL.blank_legs, calls, theirs, pseudonym)
        await tx.execute(SQL.blank_transfers, calls, theirs, pseudonym)
        await tx.execute(SQL.blank_events, calls, theirs, pseudonym, digits)
        await tx.execute(SQL.blank_files, calls, digits, pseudonym)
        await tx.execute(SQL.forget_letters, calls)
        await tx.execute(SQL.blank_calls, customer, pseudonym)

    def _canonical(self, number: str) -> Canonical:
        customer = canonical(number, self._region)
        if not customer or customer.startswith("erased-"):
            raise Refused("that is no number")
        return customer
