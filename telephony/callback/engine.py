"""The engine: claims what is due, decides, rings, and looks after what rings. One task a daemon; any number of daemons.

It sleeps until it is hinted at (LISTEN), until the next request or attempt is due, or for the poll's seconds, whichever
comes first; the hint may be lost, the poll is the truth. A turn is: ask whose customers the new ones
are, decide what is due, look after attempts. What is to be rung is written and committed first; then each Originate
goes out in a task of its own, which waits for its end (the phone was answered, or not).

While it runs, the engine holds an advisory lock under its own random number, which each attempt bears: a free lock
tells the others that this daemon is dead and what it left in flight is theirs.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import structlog

from telephony.callback import originate
from telephony.callback.owners import Owners
from telephony.callback.phones import PbxLine, Phones
from telephony.callback.policy.context import CallbackContext
from telephony.callback.policy.guards import dialled_number
from telephony.callback.policy.ladder import Presence
from telephony.callback.policy.roster import Roster
from telephony.callback.reconcile import Reconciler
from telephony.callback.repository import CallbackRepository
from telephony.callback.rows import CHANNEL, SQL
from telephony.callback.scheduler import Batch, ToRing
from telephony.callback.telephones import all_telephones
from telephony.directory.model import ManagerId
from telephony.errors import ActionTimedOut, NotReady, PbxUnavailable, Refused, reason
from telephony.model import PbxName
from telephony.pbx.asking import ring
from telephony.ports import Clock, Transaction
from telephony.postgres.listening import listening
from telephony.postgres.outages import is_worldly
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.settings import TelephonySettings

_log = structlog.get_logger(__name__)

_SHORTEST_PAUSE: Final = 0.2
"""What is due and was not taken is in another daemon's hand: no reason to spin."""
_NOT_IN_STEP_PAUSE: Final = 0.3
_LONGEST_TURN: Final = 50
"""Batches in one turn; then attempts are looked after again."""
_FREED: Final = 5
_FROZEN_A_TURN: Final = 200
_SWEEP: Final = timedelta(hours=1)
_ORIGINATE_MARGIN: Final = 15.0


Spawn = Callable[[Coroutine[Any, Any, None]], object]
"""Runs an Originate's wait as a task that somebody owns."""


class EngineServices(NamedTuple):
    """What the engine works with."""

    surroundings: CallbackContext
    book: CallbackRepository
    phones: Phones
    search: Reconciler
    owners: Owners
    in_step: Callable[[PbxName], bool]
    """Whether the ledger has what this PBX told: a decision by an old ledger rings who was reached meanwhile."""


class Engine:
    """See the module. ``rng`` gives the daemon's number and what makes channel ids unguessable."""

    def __init__(
        self,
        pool: Pool,
        pbxs: Mapping[PbxName, PbxLine],
        settings: TelephonySettings,
        parts: EngineServices,
        *,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._pool = pool
        self._pbxs = pbxs
        self._settings = settings
        self._surroundings, self._book, self._phones, self._search, self._owners, self._in_step = parts
        self._clock = clock
        self._rng = rng
        self._daemon = rng.getrandbits(62)
        self._wake = asyncio.Event()
        self._patience = Patience("callback engine")
        self._people_wanted = False
        self._phone_freed = False
        self._swept = clock()
        self._unfrozen = True
        self._phones.on_freed = self._freed

    async def run(self) -> None:
        """Work until cancelled. A database that is away is waited for; all else that raises is a defect of ours."""
        await self._patience.forever(self._serve)

    # --- the loop -----------------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        async with listening(self._pool, CHANNEL, self._hinted, gone=self._wake.set) as line:
            await self._hold_number(line.connection)
            try:
                async with asyncio.TaskGroup() as ringing:
                    await self.adopt()
                    while True:
                        self._wake.clear()
                        pause = await self.turn(lambda it: ringing.create_task(it, name="callback-ring"))
                        await line.check()
                        self._patience.well()
                        await self._sleep(pause)
            finally:
                with contextlib.suppress(Exception):  # the connection may be dead, and its lock with it
                    await line.connection.execute("SELECT pg_advisory_unlock($1)", self._daemon, timeout=1)

    async def _hold_number(self, connection: Transaction) -> None:
        """Take our lock; a session of ours that was cut off without a word may hold it still, and is ended then."""
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", self._daemon):
            await connection.execute(SQL.end_holder, self._daemon)
            await connection.execute("SELECT pg_advisory_lock($1)", self._daemon)

    async def adopt(self) -> None:
        """Bring near what dead daemons left in flight. Deadlines are reckoned by our settings."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._book.set_deadlines(connection)
        await self._search.orphans()

    async def turn(self, spawn: Spawn) -> float:
        """Do all that is due now, hand each Originate to ``spawn``; return the seconds until something else is due."""
        up = [name for name, pbx in self._pbxs.items() if pbx.synced.is_set()]
        in_step = [name for name in up if self._in_step(name)]
        if self._settings.callback.enabled and in_step:
            await self._pull_forward(in_step)
            for _ in range(_LONGEST_TURN):
                if not await self._decide(in_step, spawn):
                    break
        await self._search.turn(up)
        await self._sweep()
        await self._freeze_old()
        pause = await self._pause(in_step)
        return pause if len(in_step) == len(up) else min(pause, _NOT_IN_STEP_PAUSE)

    async def _pause(self, up: list[PbxName]) -> float:
        due: datetime | None = await self._pool.fetchval(SQL.next_due, up)
        longest = self._settings.callback.poll_seconds
        if due is None:
            return longest
        return min(longest, max(_SHORTEST_PAUSE, (due - self._clock()).total_seconds()))

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    def _hinted(self, *_: object) -> None:
        self._wake.set()

    def _freed(self) -> None:
        """A call is over; somebody may wait for that phone."""
        if self._people_wanted:
            self._phone_freed = True
            self._wake.set()

    # --- deciding -----------------------------------------------------------------------------------------------------

    async def _decide(self, up: list[PbxName], spawn: Spawn) -> bool:
        """Decide one batch; tell whether there was anything."""
        now = self._clock()
        if not await self._pool.fetchval(SQL.is_due, now, up):
            return False
        known = await self._owners.roster()
        found, presence = await asyncio.gather(self._owners.find(up), self._presence(up, known, now))
        batch = Batch(
            book=self._book,
            surroundings=self._surroundings,
            roster=known,
            phones=self._phones,
            presence=presence,
            found=found,
            now=now,
            nonce=f"{self._rng.getrandbits(48):012x}",
            daemon=self._daemon,
        )
        async with self._pool.acquire() as connection, connection.transaction():
            await batch.run(connection)
        for it in batch.ringing:
            spawn(self._ring(it))
        self._people_wanted = self._people_wanted or batch.people_wanted
        return batch.claimed > 0

    async def _presence(
        self, up: list[PbxName], known: Roster, now: datetime
    ) -> dict[PbxName, dict[ManagerId, Presence]]:
        found: dict[PbxName, dict[ManagerId, Presence]] = {}
        mobiles = self._settings.callback.ring_mobiles
        for name in up:
            try:
                found[name] = await self._phones.presence(name, self._pbxs[name], known, now, mobiles=mobiles)
            except NotReady as error:
                _log.warning("callback.pbx_not_asked", pbx=name, reason=str(error))
        return found

    async def _pull_forward(self, up: list[PbxName]) -> None:
        """Somebody's phone was freed: the oldest of those who wait for people are looked at now."""
        if self._phone_freed:
            self._phone_freed = self._people_wanted = False
            await self._pool.execute(SQL.pull_forward, self._clock(), up, _FREED)

    async def _sweep(self) -> None:
        now = self._clock()
        if now - self._swept >= _SWEEP:
            self._swept = now
            await self._pool.execute(SQL.sweep_originates, now - _SWEEP)
            async with self._pool.acquire() as connection:
                await self._surroundings.tolls.sweep(connection, now)
            await self._search.forgotten(now - timedelta(days=self._settings.callback.life_days))

    async def _freeze_old(self) -> None:
        """Write the facts of requests that an older version closed, some in each turn till there are none."""
        if self._unfrozen:
            async with self._pool.acquire() as connection, connection.transaction():
                self._unfrozen = await self._book.facts.fill(connection, _FROZEN_A_TURN) == _FROZEN_A_TURN

    # --- ringing ------------------------------------------------------------------------------------------------------

    async def _ring(self, it: ToRing) -> None:
        """Send one Originate and wait for its end. Whatever becomes of us meanwhile, the attempt is written."""
        request, attempt = it
        settings = self._settings.callback
        number = dialled_number(request, self._surroundings.region, settings)
        phone = await all_telephones(self._pbxs[attempt.pbx], attempt.dialstring)
        ringing = originate.ring_manager(request, attempt, phone, number, settings)
        log = _log.bind(request=request.request_id, attempt=attempt.channel_id, manager=attempt.manager)
        log.info("callback.ring", step=attempt.step)
        try:
            ended = await ring(
                self._pbxs[attempt.pbx], ringing, timeout_seconds=settings.ring_seconds + _ORIGINATE_MARGIN
            )
        except (ActionTimedOut, PbxUnavailable) as error:
            log.warning("callback.originate_unanswered", reason=str(error))
            await self._recorded(self._search.soon(attempt))
        except Refused as error:
            log.warning("callback.originate_refused", reason=str(error))
            await self._recorded(self._search.refused(attempt))
        else:
            await self._recorded(self._search.answered(attempt, ended))

    async def _recorded(self, writing: Coroutine[Any, Any, None]) -> None:
        """Write what came of an Originate; if the database is away, the attempt's time to be looked at comes anyway."""
        try:
            await writing
        except Exception as error:
            if not is_worldly(error):
                raise
            _log.warning("callback.outcome_unwritten", reason=reason(error))
        self._wake.set()
