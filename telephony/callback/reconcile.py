"""Attempts of which nothing was heard: looked for on the PBX by channel id, and taken down where they are not wanted.

An attempt in flight always has a time to look after it (``look_at``). Every sign of life moves it on; a daemon that
died, a lost answer, a cut link or a mark "withdrawn" bring it near. Then there are three cases. The channel is there:
it is adopted (its events go on by themselves), or hung up if it was withdrawn. It is not there, and the witnesses (the
ledger, the dialplan's report, the dialplan's note on the PBX) know how the call ended: that is the outcome. It is not
there and nothing is known: the attempt is lost; its request goes on where it stood if nobody had accepted, and else
waits for a person's word. An Originate is never sent a second time for one attempt.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from telephony.callback import originate
from telephony.callback.phones import PbxLine
from telephony.callback.policy import transitions, witness
from telephony.callback.policy.judging import judge, known
from telephony.callback.policy.lifecycle import Verb
from telephony.callback.policy.model import Attempt, AttemptKey, ClosedReason, Outcome
from telephony.callback.repository import CallbackRepository
from telephony.callback.rows import SQL, attempt_from, request_from
from telephony.callback.talk_clock import TalkClock
from telephony.calls.store import LedgerStore
from telephony.errors import ActionRefused, NoSuchChannel, NotReady
from telephony.model import Call, CallId, PbxName
from telephony.pbx.asking import ask, value_of
from telephony.pbx.requests import Originated
from telephony.ports import Clock
from telephony.postgres.pool import Pool

_log = structlog.get_logger(__name__)

_ASK_SECONDS: Final = 2.0
_OURS_FOR: Final = timedelta(seconds=5)
_ADOPTED: Final = timedelta(seconds=30)
_AGAIN: Final = timedelta(seconds=1)
_LISTENING: Final = timedelta(seconds=20)
"""A manager who listens is told why by the conversation itself; one who still does after this is hung up."""
_GRACE: Final = timedelta(seconds=2)
"""An attempt is not given up for lost earlier after it was written: its Originate may be on its way."""
_LEDGER_SECONDS: Final = 0.5
"""After a phone was not picked up: by then its call is in the ledger, if there was a channel at all."""
_LEDGER_GRACE: Final = timedelta(seconds=60)
"""How long a customer's dial of which nobody knows the end is left to the ledger (resync, CEL) to explain."""
_MOST_GONE: Final = 1000


class Reconciler:
    """Looks after attempts in flight."""

    def __init__(
        self,
        pool: Pool,
        pbxs: Mapping[PbxName, PbxLine],
        book: CallbackRepository,
        ledger: LedgerStore,
        talks: TalkClock,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._pbxs = pbxs
        self._book = book
        self._ledger = ledger
        self._talks = talks
        self._clock = clock
        self._gone_since: dict[AttemptKey, datetime] = {}
        """When accepted attempts were first found to have no channel any more."""

    async def orphans(self) -> None:
        """Bring near what dead daemons left in flight; this daemon's own lock must be held."""
        now = self._clock()
        await self._pool.execute(SQL.orphans, now)
        async with self._pool.acquire() as connection, connection.transaction():
            for row in await connection.fetch(SQL.strays):
                _log.warning("callback.stray", request=row["request_id"], state=row["state"])
                await self._book.write(connection, transitions.set_going(request_from(row), now))

    async def forgotten(self, before: datetime) -> None:
        """Give up requests that were missed ``before`` and that no person has decided on since."""
        async with self._pool.acquire() as connection, connection.transaction():
            for row in await connection.fetch(SQL.held_too_long, before):
                given_up = transitions.close(request_from(row), Verb.DISCARD, ClosedReason.TOO_OLD, self._clock())
                await self._book.write(connection, given_up)

    async def turn(self, up: list[PbxName]) -> None:
        """Look after all attempts whose time has come, on the PBXs that are ``up``."""
        now = self._clock()
        rows = await self._pool.fetch(SQL.look_for, now, up, now + _OURS_FOR)
        for row in rows:
            attempt = attempt_from(row)
            try:
                await self._look(attempt)
            except NotReady as error:
                _log.info("callback.search_waits", attempt=attempt.channel_id, reason=str(error))
                await self._later(attempt, _AGAIN)

    async def _look(self, attempt: Attempt) -> None:
        pbx = self._pbxs[attempt.pbx]
        try:
            if attempt.withdrawn is not None:
                await self._take_down(pbx, attempt)
            else:
                await ask(pbx, originate.look_for(attempt), timeout_seconds=_ASK_SECONDS)
                await self._later(attempt, _ADOPTED)
        except NoSuchChannel:
            await self._gone(attempt)
        except ActionRefused as error:
            _log.error("callback.search_refused", attempt=attempt.channel_id, reason=str(error))
            await self._later(attempt, _ADOPTED)

    async def _take_down(self, pbx: PbxLine, attempt: Attempt) -> None:
        """A phone that rings is hung up; a manager who is on it hears why, and is hung up if that does not end it."""
        speaking = attempt.withdrawn_at is not None and self._clock() < attempt.withdrawn_at + _LISTENING
        if attempt.answered_at is not None and attempt.accepted_at is None and speaking:
            await self._later(attempt, _LISTENING)
            return
        to_voice = attempt.accepted_at and speaking
        request = originate.back_to_the_voice(attempt) if to_voice else originate.take_down(attempt)
        await ask(pbx, request, timeout_seconds=_ASK_SECONDS)
        _log.info("callback.taken_down", attempt=attempt.channel_id, why=attempt.withdrawn, action=request.action)
        await self._later(attempt, _LISTENING if attempt.accepted_at else _GRACE)

    async def _gone(self, attempt: Attempt) -> None:
        """The PBX has no such channel (any more)."""
        now = self._clock()
        call_id = CallId(f"{attempt.pbx}:{attempt.channel_id}")
        found, set_back = await self._ledger.call(call_id), self._talks.set_back(attempt, call_id)
        call = self._talks.corrected(found) if found is not None else None
        note = await self._note_of(attempt) if attempt.accepted_at is not None else None
        outcome = known(attempt, call, self._book.settings, note, set_back)
        if self._too_early(attempt, call, now, sure=outcome is not None):
            await self._later(attempt, _AGAIN)
            return
        outcome = outcome or judge(attempt, call, self._book.settings, note, set_back)
        self._gone_since.pop(attempt.key, None)
        if outcome is Outcome.LOST:
            _log.warning(
                "callback.attempt_lost",
                attempt=attempt.channel_id,
                request=attempt.request_id,
                asks_a_person=attempt.accepted_at is not None,
            )
        await self.conclude(attempt, outcome)

    async def _note_of(self, attempt: Attempt) -> witness.WitnessNote | None:
        """Read what the dialplan left on the PBX of a dial."""
        pbx = self._pbxs[attempt.pbx]
        try:
            note = await value_of(pbx, originate.ask_witness(attempt), timeout_seconds=_ASK_SECONDS)
        except ActionRefused as error:  # it may not be asked for: then others have to know
            _log.warning("callback.witness_refused", attempt=attempt.channel_id, reason=str(error))
            return None
        return witness.read(note, attempt.channel_id)

    def _too_early(self, attempt: Attempt, call: Call | None, now: datetime, *, sure: bool) -> bool:
        """Whether the one who knows, or knows better, may still speak up: the Originate's answer, the ledger, CEL."""
        if now < attempt.written_at + _GRACE:
            return True
        if call is not None and call.ended_at is not None:
            return False
        if attempt.accepted_at is None:
            return call is not None and now < (attempt.answered_at or attempt.rang_at or attempt.written_at) + _OURS_FOR
        if len(self._gone_since) > _MOST_GONE:  # concluded by others, all of them
            self._gone_since.clear()
        return now < self._gone_since.setdefault(attempt.key, now) + (_OURS_FOR if sure else _LEDGER_GRACE)

    async def conclude(self, attempt: Attempt, outcome: Outcome) -> None:
        """End an attempt from outside of the ledger's transaction, unless it has ended meanwhile."""
        async with self._pool.acquire() as connection, connection.transaction():
            request = await self._book.lock(connection, attempt.request_id)
            [row] = await connection.fetch(SQL.attempt_of_channel, attempt.channel_id)
            fresh = attempt_from(row)
            if fresh.ended_at is None:
                withdrawn = fresh.withdrawn is not None and fresh.accepted_at is None
                final = Outcome.WITHDRAWN if withdrawn else outcome
                await self._book.conclude(connection, request, fresh, final, self._clock())

    async def soon(self, attempt: Attempt) -> None:
        """Look for an attempt a moment from now: its Originate's answer was lost."""
        await self._later(attempt, _AGAIN)

    async def refused(self, attempt: Attempt) -> None:
        """Its Originate was refused: there never was a channel."""
        await self.conclude(attempt, Outcome.UNREGISTERED)

    async def answered(self, attempt: Attempt, ended: Originated) -> None:
        """Its Originate is over. A phone that was not picked up is left for a moment to the ledger, which knows why."""
        if ended.answered:
            return
        await asyncio.sleep(_LEDGER_SECONDS)
        await self.conclude(attempt, originate.outcome_of(ended.reason))

    async def _later(self, attempt: Attempt, after: timedelta) -> None:
        await self._pool.execute(SQL.look_later, attempt.key, self._clock() + after)
