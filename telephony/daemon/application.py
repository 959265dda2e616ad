"""The telephony side wired by hand: who is made of what, and started in which order.

`open_database` first: it waits for nobody, see `telephony.daemon.parts.database`. Then `start`: the pump before the
links, since events flow from these to that; stopping goes the other way round, so nothing that was heard is left
unwritten. What belongs to the CRM side comes in through `Plugins`; this file does not know it.
"""

import os
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from telephony.ami.link import AmiLink
from telephony.ami.states import LinkChange, LinkState
from telephony.callback.assembly import Callbacks
from telephony.callback.click import Clicks
from telephony.callback.presence.watch import PresenceWatch
from telephony.callback.promises.booking import slot_rules
from telephony.callback.promises.calendar_days import CalendarDays
from telephony.callback.promises.overdue import OverdueWatch, PromiseSettlement
from telephony.calls.pump import Pump, PumpBounds
from telephony.calls.revival import DeadLetters, Reviver
from telephony.calls.spool import Spool
from telephony.calls.store import LedgerStore, LedgerWriter
from telephony.calls.tracking.trunks import TrunkRules
from telephony.cel.backfill import Backfill, BackfillLink
from telephony.configuration.effective import effective
from telephony.daemon.figures import CallFigures, LoopFigures, WorkFigures
from telephony.daemon.health import Health, HealthCheck, loops_part
from telephony.daemon.http_server import HttpServer, application
from telephony.daemon.in_step import LedgerInStep
from telephony.daemon.living import Ear, LivingChannels
from telephony.daemon.memory import give_back_for_ever
from telephony.daemon.parts import audit as audit_part
from telephony.daemon.parts import calendar as calendar_part
from telephony.daemon.parts import capture as capture_part
from telephony.daemon.parts import recording as recording_part
from telephony.daemon.parts import surveys as surveys_part
from telephony.daemon.parts import voice as voice_part
from telephony.daemon.parts.database import DatabasePart
from telephony.daemon.parts.doors import Doors
from telephony.daemon.parts.ledger import ledger_part
from telephony.daemon.parts.recording import RecordingPart
from telephony.daemon.parts.surveys import SurveyPart
from telephony.daemon.pbx_session import PbxSession
from telephony.daemon.plugins import Plugins, Services
from telephony.daemon.supervisor import Supervisor
from telephony.directory.store import DirectoryStore
from telephony.events import CallEvent, NumberKeyed
from telephony.model import PbxName
from telephony.numbers import Canonical, canonical
from telephony.ports import Clock
from telephony.postgres.migrations import TELEPHONY, MigrationSource
from telephony.postgres.pool import Pool
from telephony.privacy.late import LateErasures
from telephony.privacy.operations import Privacy
from telephony.privacy.outside import outside
from telephony.recording.alarms import AlarmClearing
from telephony.recording.files import Library, SharedLibrary
from telephony.recording.plan.policy import Rules
from telephony.recording.recorder import Recorder
from telephony.schedule.rules.almanac import Almanac
from telephony.settings import PbxSettings, TelephonySettings
from telephony.voice.service import VoiceService
from telephony.voice.words.phrases import Language

_log = structlog.get_logger(__name__)


def now() -> datetime:
    """The time, for everybody who takes a clock."""
    return datetime.now(UTC)


class Application:
    """The daemon's telephony side.

    ``clock`` is what callbacks, promises and spoken times take for now. What happened when is the PBX's own clock's.
    """

    def __init__(self, settings: TelephonySettings, *, capture: Path | None = None, clock: Clock = now) -> None:
        self.settings = settings
        self._clock = clock
        self.health = Health()
        self.registry = CollectorRegistry()
        self.sessions: list[PbxSession] = []
        self.database, self.doors = DatabasePart(settings.database), Doors()
        self.almanac = Almanac(settings.hours)
        self.url, self._capture = "", capture
        self._pump: Pump | None = None
        self._recorder: Recorder | None = None

    @property
    def pool(self) -> Pool:
        """What everybody works through; while the database is away, all that is asked of it fails."""
        return self.database.door.pool

    def is_open(self, did: str, at: datetime, /) -> bool:
        """Return whether we work at a moment, for callers of one of our numbers."""
        return self.almanac.calendars.of_did(canonical(did, self.settings.numbers.region)).calendar.open_at(at)

    async def open_database(self, supervisor: Supervisor, sources: Sequence[MigrationSource] = (TELEPHONY,)) -> Pool:
        """Start or find PostgreSQL and bring the schema up to date; one that is away is looked for in the background.

        Raises:
            SettingsError, MigrationRefused, MigrationFailed: it is there, and does not take us.
        """
        self.health.watch(self.database.part)
        self.health.watch(loops_part(supervisor.board))
        self.registry.register(LoopFigures(supervisor.board))
        await self.database.begin(supervisor, sources)
        return self.pool

    async def start(self, supervisor: Supervisor, pool: Pool, plugins: Plugins) -> None:
        """Start everything else."""
        settings, registry = self.settings, self.registry
        self.sessions = [self._make_hearing(supervisor, pbx, LedgerStore(pool)) for pbx in settings.pbx]
        links = {session.name: session.link for session in self.sessions}
        rules = Rules.of(settings.recording, settings.numbers.region)
        recording = recording_part.make(
            pool, links, settings.recording, rules, registry, now, plugins.alarm_hook, plugins.ready_hook
        )
        self._recorder = recording.recorder
        self.health.watch(recording.part)
        almanac, slot = self.almanac, slot_rules(settings.promise).slot
        callbacks = Callbacks(
            pool,
            settings,
            self._clock,
            registry=registry,
            assigned=plugins.assigned,
            hooks=[PromiseSettlement(slot, registry), *plugins.callback_hooks],
            language=Language(settings.voice.language),
            almanac=almanac,
        )
        calendar = await calendar_part.begin(
            pool,
            settings.hours,
            almanac,
            self._clock,
            callbacks.hours_changed,
            settings.database.spool_folder / "calendar.json",
        )
        days = CalendarDays(pool, almanac, calendar.watch.look, settings.numbers.region, self._clock)
        presences = callbacks.presences(links, plugins.presence_hook)
        surveys = surveys_part.make(pool, links, settings, callbacks, plugins.survey_hooks, self._clock, registry)
        services = self._services(pool, links, recording, callbacks, days, presences, surveys, plugins)
        # The order of hooks is that of their rows: what CRMs are told comes after what it tells of.
        plugins.hooks[:0] = [recording.hook, services.privacy.ledger_hook, callbacks.ledger_hook]
        plugins.before += [recording.recorder.hear, callbacks.phones, callbacks.talks, presences]
        plugins.after.append(recording.after)
        for name, ask in plugins.health.items():
            self.health.watch(partial(_plugged_in, name, ask))
        for collector in plugins.collectors:
            registry.register(collector)
        self.health.watch(lambda: HealthCheck("calls outside", *callbacks.surroundings.tolls.health(self._clock())))
        pump = self._start_pump(supervisor, pool, plugins)
        plugins.services(services)
        await self._start_port(supervisor, plugins)
        self.health.watch(calendar.part)
        calendar.start(supervisor)
        recording.start(supervisor)
        living = LivingChannels(self._ears, settings.numbers.region, registry)
        voice = voice_part.make(
            pool, settings, callbacks, surveys.talk, living, self._unwritten, self._clock, plugins.heard
        )
        await self._start_voice(supervisor, voice)
        backfills: dict[PbxName, Backfill] = {}
        for session in self.sessions:
            if backfill := self._start_backfill(supervisor, session, pool, pump):
                backfills[session.name] = backfill
            self._start_session(supervisor, session)
        supervisor.spawn("overdue promises", OverdueWatch(pool, slot, self._clock, registry).run())
        supervisor.spawn("dead letters", Reviver(pool, services.dead_letters, pump).run())
        supervisor.spawn("late erasures", LateErasures(services.privacy).run())
        supervisor.spawn("presence of phones", presences.run())
        in_step = LedgerInStep(lambda: pump.figures, backfills)
        supervisor.spawn("memory", give_back_for_ever())
        supervisor.spawn("directory copy", callbacks.last_known.run())
        surveys.start(supervisor)
        supervisor.spawn("callback engine", callbacks.engine(links, random.SystemRandom(), in_step).run())
        audit_part.start(supervisor, self.health, registry, pool, settings, plugins.audits, now)

    def _services(
        self,
        pool: Pool,
        links: Mapping[PbxName, AmiLink],
        recording: RecordingPart,
        callbacks: Callbacks,
        days: CalendarDays,
        presences: PresenceWatch,
        surveys: SurveyPart,
        plugins: Plugins,
    ) -> Services:
        settings = self.settings
        return Services(
            absences=callbacks.absences,
            alarms=AlarmClearing(pool, now),
            calendar=days,
            callbacks=callbacks.operations,
            clicks=Clicks(pool, links, settings, now, lambda: secrets.token_hex(8), callbacks.surroundings.tolls),
            dead_letters=DeadLetters(pool, now),
            directory=DirectoryStore(pool),
            health=self.health,
            library=Library(settings.recording.folder),
            messages=SharedLibrary(settings.recording.shared),
            presences=presences,
            privacy=Privacy(
                pool,
                settings.numbers.region,
                now,
                recording.retention,
                callbacks.operations,
                plugins.erasure_hooks,
                outside(settings),
            ),
            recorder=recording.recorder,
            settings=effective(settings, os.environ),
            surveys=surveys.orders,
        )

    # --- the parts, in order ------------------------------------------------------------------------------------------

    def _start_pump(self, supervisor: Supervisor, pool: Pool, plugins: Plugins) -> Pump:
        database = self.settings.database
        spool = Spool(database.spool_folder, database.spool_megabytes * 1_000_000)
        supervisor.on_stop("spool", spool.close)
        self._pump = pump = Pump(
            pool,
            LedgerWriter(self.settings.numbers.region),
            hooks=plugins.hooks,
            before=plugins.before,
            after=[CallFigures(self.registry), *plugins.after],
            spool=spool,
            bounds=PumpBounds(in_memory=database.events_in_memory),
        )
        supervisor.spawn("ledger pump", pump.run())
        supervisor.on_stop("ledger pump drained", lambda: pump.stop(within_seconds=1.5), limit_seconds=1.6)
        self.health.watch(lambda: ledger_part(pump.figures))
        self.registry.register(WorkFigures(lambda: pump.figures, lambda: self.sessions))
        return pump

    async def _start_port(self, supervisor: Supervisor, plugins: Plugins) -> None:
        port = HttpServer(self.settings.http, application(self.health, self.registry, plugins.applications))
        await self.doors.open_http(port)
        self.url = port.url
        supervisor.on_stop("http port", port.close)

    async def _start_voice(self, supervisor: Supervisor, voice: VoiceService) -> None:
        await self.doors.open_voice(voice)
        supervisor.on_stop("voice", voice.stop)
        self.health.watch(lambda: HealthCheck("voice", healthy=True, said=f"{voice.conversations} conversations"))

    def _unwritten(self, uniqueid: str, number: Canonical) -> Callable[[], None]:
        """Return what sends a keyed number the way of all events: it waits on disk while the database is away."""
        on_line = next(filter(None, (session.tracker.on_line(uniqueid) for session in self.sessions)), None)
        if on_line is None:  # AMI went away meanwhile
            return partial(_log.error, "caller.number_lost", uniqueid=uniqueid, cure="nobody knows their call")
        return partial(self._submit, NumberKeyed(*on_line, number))

    def _ears(self) -> list[Ear]:
        return [Ear(session.link, session.tracker) for session in self.sessions]

    def _make_hearing(self, supervisor: Supervisor, pbx: PbxSettings, store: LedgerStore) -> PbxSession:
        capture = capture_part.begin(supervisor, pbx, self._capture, several=len(self.settings.pbx) > 1)
        return PbxSession(
            pbx, self._submit, store, clock=now, drained=self._drained, capture=capture, on_state=self._link_changed
        )

    def _start_backfill(self, supervisor: Supervisor, session: PbxSession, pool: Pool, pump: Pump) -> Backfill | None:
        settings = session.link.settings
        if settings.cel_file is None:
            return None
        backfill = Backfill(
            settings.cel_file,
            session.name,
            TrunkRules(settings.trunks, settings.trunk_contexts),
            BackfillLink(
                session.link.synced,
                lambda: session.link.counters.connections,
                session.tracker.linkedids,
                lambda: session.tracker.pictured_at,
            ),
            pool,
            submit=pump.submit,
            drained=pump.drained,
            clock=now,
        )
        backfill.monitor_folder = settings.monitor_folder
        session.on_unheard = backfill.explain
        supervisor.spawn(f"cel {session.name}", backfill.run())
        return backfill

    def _start_session(self, supervisor: Supervisor, session: PbxSession) -> None:
        self.health.watch(session.part)
        self.health.watch(session.clock_part)
        supervisor.spawn(f"leftovers {session.name}", session.close_leftovers())
        logoff = session.link.settings.logoff_seconds
        supervisor.spawn(f"ami {session.name}", session.link.run(), limit_seconds=logoff + 0.5)

    def _submit(self, event: CallEvent) -> None:
        if self._pump is not None:  # links are started after it
            self._pump.submit(event)

    async def _drained(self) -> None:
        if self._pump is not None:
            await self._pump.drained()

    def _link_changed(self, change: LinkChange) -> None:
        if change.state is LinkState.UP and self._recorder is not None:
            self._recorder.linked(PbxName(change.pbx))


def _plugged_in(name: str, ask: Callable[[], tuple[bool, str]]) -> HealthCheck:
    return HealthCheck(name, *ask())
