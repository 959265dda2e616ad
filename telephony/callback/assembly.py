"""The room wired by hand: what the service plugs in, and where.

`Callbacks` is made as soon as there is a database; its ``ledger_hook``, ``phones`` and ``talks`` go to the pump, its
``desk`` to the voice. The engine comes last, when the links to the PBXs exist.
"""

import random
from collections.abc import Callable, Mapping, Sequence

from prometheus_client import CollectorRegistry

from telephony.callback.engine import Engine, EngineServices
from telephony.callback.facts.metrics import CallbackFigures
from telephony.callback.ledger_hook import CallbackLedgerHook
from telephony.callback.manager_service import ManagerService
from telephony.callback.operations import CallbackOperations
from telephony.callback.owners import CallersOwner, Owners
from telephony.callback.phones import PbxLine, Phones
from telephony.callback.policy.context import callback_context
from telephony.callback.presence.absences import Absences
from telephony.callback.presence.board import PhonePresence
from telephony.callback.presence.watch import PresenceWatch
from telephony.callback.reconcile import Reconciler
from telephony.callback.repository import CallbackRepository
from telephony.callback.rows import SQL
from telephony.callback.talk_clock import TalkClock
from telephony.calls.store import LedgerStore
from telephony.directory.last_known import LastKnown
from telephony.directory.model import AssignedManager
from telephony.model import PbxName
from telephony.ports import CallbackHook, Clock
from telephony.postgres.pool import Pool
from telephony.schedule.rules.almanac import Almanac
from telephony.settings import TelephonySettings
from telephony.voice.words.phrases import Language


class Callbacks:
    """All parts of the room.

    Args:
        pool: the database, migrated.
        settings: all of telephony's.
        clock: the time.
        registry: where the figures go; None for a command that only reads or orders.
        assigned: ports that know whose customer somebody is, asked before the local directory.
        hooks: hear every change of a request in its transaction.
        almanac: the company's calendars; None makes them of the settings alone.

    Raises:
        ScheduleUnreadable: a schedule or zone in the settings cannot be read.
    """

    def __init__(
        self,
        pool: Pool,
        settings: TelephonySettings,
        clock: Clock,
        *,
        registry: CollectorRegistry | None = None,
        assigned: Sequence[AssignedManager] = (),
        hooks: Sequence[CallbackHook] = (),
        language: Language = Language.EN,
        almanac: Almanac | None = None,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._clock = clock
        self.surroundings = callback_context(settings, almanac or Almanac(settings.hours), registry)
        figures = CallbackFigures(registry or CollectorRegistry())
        self.book = CallbackRepository(settings.callback, self.surroundings, [*hooks, figures], figures.outcome)
        self.talks = TalkClock(clock)
        self.ledger_hook = CallbackLedgerHook(self.book, self.surroundings, self.talks, clock)
        self.phones = Phones(settings.numbers.region, settings.callback.dnd_states)
        self.absences = Absences(pool, clock, self._people_changed)
        self._presences: PresenceWatch | None = None
        self.desk = ManagerService(
            pool, self.book, self.surroundings, self.phones.with_us, self.talks.reading, clock=clock, language=language
        )
        self.operations = CallbackOperations(pool, self.book, self.surroundings, clock, PbxName(settings.pbx[0].name))
        self.last_known = LastKnown(pool, settings.database.spool_folder / "directory.json")
        self.owners = Owners(pool, settings, assigned, self.last_known, clock)

    async def hours_changed(self) -> None:
        """Let the engine look anew at what waits for an opening, which may be another one now; so may deadlines."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self.book.set_deadlines(connection)
            await connection.execute(SQL.reopen, self._clock())
            await connection.execute(SQL.hint)

    def callers_owner(self) -> CallersOwner:
        """Return what an inbound call asks before it rings a group."""
        return CallersOwner(
            self.owners,
            self.surroundings.region,
            self._clock,
            several_pbxs=len(self._settings.pbx) > 1,
            dnd=self.phones.does_not_disturb,
        )

    def presences(
        self, pbxs: Mapping[PbxName, PbxLine], tell: Callable[[PhonePresence], None] | None = None
    ) -> PresenceWatch:
        """Return the watch over managers' phones; ``tell`` hears of each change."""
        self._presences = PresenceWatch(pbxs, self.phones, self.owners, self._clock, tell)
        return self._presences

    def _people_changed(self) -> None:
        self.owners.forget_roster()
        if self._presences is not None:
            self._presences.hint()

    def engine(
        self, pbxs: Mapping[PbxName, PbxLine], rng: random.Random, in_step: Callable[[PbxName], bool] = lambda _: True
    ) -> Engine:
        """Return the engine for these PBXs: run it as a task, after the links and the pump.

        Args:
            pbxs: the links by their PBX's name.
            rng: a `random.SystemRandom`, but for tests.
            in_step: whether the ledger has what a PBX told; until then nothing is decided for its customers.
        """
        ledger = LedgerStore(self._pool)
        search = Reconciler(self._pool, pbxs, self.book, ledger, self.talks, self._clock)
        parts = EngineServices(self.surroundings, self.book, self.phones, search, self.owners, in_step)
        return Engine(self._pool, pbxs, self._settings, parts, clock=self._clock, rng=rng)
