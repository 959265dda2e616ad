"""The whole of crm_bridge from its settings: what `service.py` plugs into the daemon.

What it offers: a `LedgerHook` that writes outbox messages in the call's own transaction, a `CallListener` that wakes
the dispatcher and feeds live streams, an application for the HTTP port, and tasks to own.
"""

import random
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from aiohttp import web

from crm_bridge.api import pages
from crm_bridge.api.first_answers import FirstAnswers
from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.ports import ApiServices
from crm_bridge.api.resources import live
from crm_bridge.api.server import Server
from crm_bridge.api.values.rates import RateBuckets
from crm_bridge.cases.book import CaseBook, CaseChange, CaseReason, case_key
from crm_bridge.cases.keeper import CaseKeeper
from crm_bridge.cases.lifecycle import CaseWhy
from crm_bridge.console_settings import CaseSettings, ReviewSettings, TranscriptionSettings
from crm_bridge.context import BridgeContext
from crm_bridge.crm import connect
from crm_bridge.crm.open_hooks import hooks_of
from crm_bridge.crm.owners import CrmOwners
from crm_bridge.events import (
    Published,
    publish,
    publish_alarm,
    publish_callback,
    publish_case,
    publish_notes,
    publish_presence,
    publish_ready,
    publish_survey,
)
from crm_bridge.figures.rollups import DayMarks, RollupKeeper
from crm_bridge.notes import Noted, Notes, at_end, follow
from crm_bridge.notifications.assembly import Notifications, open_notifications
from crm_bridge.operations import described_endpoints
from crm_bridge.outbox.audit import OutboxAudit
from crm_bridge.outbox.dispatcher import Dispatcher, Target
from crm_bridge.outbox.standing import OutboxWatch
from crm_bridge.outbox.store import OutboxStore, TargetRow, enqueue
from crm_bridge.people.assembly import OidcWay, open_people
from crm_bridge.privacy import Forgetting
from crm_bridge.queries.statements import RECORDINGS
from crm_bridge.reviews import store as reviews
from crm_bridge.reviews.keeper import ReviewKeeper
from crm_bridge.reviews.orders import ReviewOrders
from crm_bridge.schemas import AlarmShape, PresenceShape
from crm_bridge.settings import BridgeSettings, CrmSettings
from crm_bridge.subscribers import Subscriber, webhook
from crm_bridge.surveys.nps import DETRACTS_TO
from crm_bridge.surveys.sales import plan_for_sale
from crm_bridge.transcripts.keeper import TranscriptKeeper
from crm_bridge.web.opening import ConsolePlace, ConsoleWants, open_console
from crm_bridge.webhooks.target import open_http
from telephony.audit.model import PlugIn
from telephony.events import CallbackChanged, CallEnded, CallEvent, SurveyOver
from telephony.ports import Transaction
from telephony.postgres.pool import Pool


class Bridge:
    """Made by `open_bridge`; its tasks are the service's to own."""

    def __init__(
        self,
        given: BridgeContext,
        subscribers: Mapping[str, Subscriber],
        owners: CrmOwners | None = None,
        crm_hooks: Callable[[ApiServices], web.Application | None] = lambda _: None,
        notifications: Notifications | None = None,
        cases: CaseSettings | None = None,
        reviewed: ReviewSettings = ReviewSettings(),  # noqa: B008 - frozen
        oidc: OidcWay | None = None,
    ) -> None:
        self._oidc = oidc
        self.crm_hooks = crm_hooks
        """Makes the application where CRMs knock, mounted under `crm_bridge.crm.hooks.PREFIX`; None if none may."""
        self.owners = owners
        """Knows whose customer somebody is; None if no CRM is asked."""
        self._given = given
        self._keys = KeyStore(given.pool, given.clock)
        self._subscribers = subscribers
        self._crms = frozenset(name for name, subscriber in subscribers.items() if subscriber.is_crm)
        self._feed = live.LiveFeed(f"{given.clock().timestamp():.0f}", given.region)
        self._people = open_people(
            given.pool,
            given.clock,
            given.region,
            default_group=given.default_group,
            trusted_proxies=given.trusted_proxies,
        )
        self._notifications = notifications
        self._reviewed = reviewed
        self.transcription = TranscriptionSettings()
        self._marks = DayMarks(given.clock, given.zone)
        self._case_settings = cases or CaseSettings()
        self.cases = CaseBook(given.clock, given.after, self._case_settings.first_action_minutes, self._case_changed)
        """Opens a case for whoever knows that a customer is unhappy."""
        answer: dict[str, tuple[TargetRow, Target]] = {
            name: (each.row, each.target) for name, each in subscribers.items()
        }
        if notifications is not None:
            answer[notifications.row.name] = (notifications.row, notifications.target)
        self._rows = [row for row, _ in answer.values()]
        self._services: ApiServices | None = None
        store = OutboxStore(given.pool)
        self._dispatcher = Dispatcher(
            store,
            {name: target for name, (_, target) in answer.items()},
            clock=given.clock,
            jitter=random.random,
            at_once={name: each.at_once for name, each in subscribers.items() if each.at_once is not None},
        )
        self.watch = OutboxWatch(store, answer, given.clock, self._dispatcher.aside)
        """Knows how each target stands: for /metrics and /healthz."""

    async def declare(self, pool: Pool) -> None:
        """Tell the database who the subscribers are; before anything is written for them."""
        await OutboxStore(pool).declare(self._rows)

    async def ledger_hook(self, tx: Transaction, event: CallEvent) -> None:
        """Write the event's messages in the call's own transaction; notes follow their call."""
        await follow(tx, event)
        await self._marks.ledger_hook(tx, event)
        await reviews.ledger_hook(tx, event, first_calls=self._reviewed.first_calls)
        if self._subscribers:
            await self._enqueue(tx, event.call.call_id, publish(event, self._given.region))
        if self._crms and isinstance(event, CallEnded):
            noted = await at_end(tx, event)
            if noted is not None:
                await self._enqueue(tx, noted.call_id, publish_notes(noted.call_id, noted.notes, noted.at), self._crms)

    async def note_hook(self, tx: Transaction, noted: Noted) -> None:
        """Tell what people wrote on a call; CRMs hear of a call that goes on at its end."""
        message = publish_notes(noted.call_id, noted.notes, noted.at)
        those = self._subscribers.keys() if noted.is_over else self._subscribers.keys() - self._crms
        await self._tell(tx, noted.call_id, message, those)
        if self._services is not None:
            await plan_for_sale(tx, noted, self._given.money.sold_codes, self._services.surveys)

    async def callback_hook(self, tx: Transaction, event: CallbackChanged) -> None:
        """Write a request's messages in the transaction of its change."""
        await self._tell(tx, f"request:{event.request_id}", publish_callback(event))
        if self._notifications is not None:
            await self._notifications.callback_changed(tx, event)

    async def survey_hook(self, tx: Transaction, over: SurveyOver) -> None:
        """Tell how a survey ended, in the transaction in which it does; a low score opens a case."""
        await self._tell(tx, over.customer, publish_survey(over))
        if over.score is not None and over.score <= DETRACTS_TO:
            reason = CaseReason(CaseWhy.LOW_SCORE, str(over.survey_id), over.customer, over.call_id, f"{over.score}/10")
            await self.cases.open(tx, reason)

    def presence_hook(self, presence: Any) -> None:  # noqa: ANN401 - telephony's, read by its attributes
        """Tell live listeners how a manager's phone stands; every daemon sees it for itself."""
        self._feed.tell(*publish_presence(PresenceShape.model_validate(presence), self._given.clock()))

    async def ready_hook(self, tx: Transaction, call_id: str) -> None:
        """Tell that a call's recordings can be played."""
        rows = await tx.fetch(RECORDINGS.ready, call_id)
        if rows:
            await self._tell(tx, call_id, publish_ready(call_id, rows, self._given.clock()))

    async def alarm_hook(self, tx: Transaction, alarm: Any) -> None:  # noqa: ANN401 - telephony's, read by its attributes
        """Tell that something is wrong with recording."""
        shape = AlarmShape(
            alarm_id=alarm.id, call_id=alarm.call_id, cause=alarm.cause, why=alarm.why, raised_at=alarm.raised_at
        )
        await self._tell(tx, shape.call_id or "recording", publish_alarm(shape))
        if self._notifications is not None:
            await self._notifications.alarm_raised(tx, alarm)

    async def _case_changed(self, tx: Transaction, change: CaseChange) -> None:
        """Tell what happened to a case of an unhappy customer, in its transaction."""
        key = case_key(change.case.case_id)
        await self._tell(tx, key, publish_case(change.case, change.verb, change.by, change.at))
        if self._notifications is not None:
            await self._notifications.case_changed(tx, change)

    @property
    def erasure_hook(self) -> Forgetting:
        """What this side forgets with a number."""
        return Forgetting(self._given.clock, self._crms, self._tell_erasure, self._marks.erased)

    async def _tell_erasure(self, tx: Transaction, published: Published, at: datetime) -> None:
        """Tell webhooks and live listeners; CRMs have orders of their own, one for each call."""
        kind, body = published
        targets = [
            name for name, subscriber in self._subscribers.items() if subscriber.hears(kind) and not subscriber.is_crm
        ]
        await enqueue(tx, targets, key=f"erasure:{body['erasure']}", kind=kind, body=body, at=at)
        await tx.execute(RECORDINGS.tell_live, live.notice(kind, body))

    async def _tell(
        self, tx: Transaction, key: str, published: Published, those: Collection[str] | None = None
    ) -> None:
        await self._enqueue(tx, key, published, those)
        await tx.execute(RECORDINGS.tell_live, live.notice(*published))

    async def _enqueue(
        self, tx: Transaction, key: str, published: Published, those: Collection[str] | None = None
    ) -> None:
        """Write a message for each subscriber who hears of it; ``those``: for no others."""
        kind, body = published
        heard = (name for name, subscriber in self._subscribers.items() if subscriber.hears(kind))
        targets = [name for name in heard if those is None or name in those]
        await enqueue(tx, targets, key=key, kind=kind, body=body, at=self._given.clock())

    def listener(self, event: CallEvent) -> None:
        """Hear of a committed event: messages leave at once, live listeners are told."""
        self._dispatcher.hint()
        self._feed(event)
        if self.owners is not None:
            self.owners.hear(event)

    def application(self, services: ApiServices) -> web.Application:
        """Make the API."""
        given, self._services = self._given, services
        told = (self._notifications, self.note_hook, self.cases, self._tell)
        described = described_endpoints(given, services, self._keys, self._feed, *told)
        answers, people = FirstAnswers(given.pool, given.clock), self._people
        server = Server(
            self._keys, RateBuckets(), given.clock, answers, people.door, people.deeds, cors_origins=given.cors_origins
        )
        return server.application([*described, *pages.endpoints(described, given.version)])

    def console(self, services: ApiServices, health: Callable[[], Sequence[Any]]) -> web.Application:
        """Make the pages for people; ``health`` gives how each part is."""
        given = self._given
        notes, scoring = Notes(given.pool, self.note_hook), ReviewOrders(given.pool, self._tell)
        wanted = ConsoleWants(services, notes, self._feed, health, self._keys, self.cases, scoring, self._oidc)
        place = ConsolePlace(given.pool, given.clock, given.region, given.zone, given.version, given.money)
        return open_console(place, wanted, self._people, self._notifications)

    def tasks(self) -> Mapping[str, Callable[[], Coroutine[Any, Any, None]]]:
        """Return what must run for as long as the daemon does, by name."""
        given = self._given
        relay: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "live notices": partial(live.relay, given.pool, self._feed, self._dispatcher.hint),
            "figures": RollupKeeper(given.pool, given.clock, given.zone).run,
            "reviews": ReviewKeeper(
                given.pool, given.clock, given.zone, each=self._reviewed.a_week, keep=self._reviewed.kept
            ).run,
        }
        outbox = {"outbox": self._dispatcher.run, "outbox standing": self.watch.run} if self._rows else {}
        if self._services is not None:
            relay["cases"] = CaseKeeper(given, self.cases, self._case_settings, self._services.callbacks).run
        if self._services is not None and self._notifications is not None:
            outbox["notices"] = self._notifications.watch(self._services.callbacks).run
        if self._services is not None and self.transcription.command:
            keeper = TranscriptKeeper(given.pool, given.clock, self._services.library, self.transcription)
            outbox["transcripts"] = keeper.run
        return relay | outbox

    @property
    def targets(self) -> Collection[str]:
        """Who is told things."""
        return self._subscribers.keys()

    async def close(self) -> None:
        """End live streams, so that the HTTP port can close at once."""
        self._feed.close()


def audits(settings: BridgeSettings, pool: Pool) -> list[PlugIn]:
    """Return what this side adds to an audit. Webhooks that hear of calls' ends must have heard of each."""
    ends = ("call.ended", "call.missed")
    hear = [
        hook.name
        for hook in settings.webhooks
        if all(any(fnmatchcase(kind, pattern) for pattern in hook.events) for kind in ends)
    ]
    return [OutboxAudit(pool, hear)]


async def open_bridge(settings: BridgeSettings, given: BridgeContext, stack: AsyncExitStack) -> Bridge:
    """Make it; ``stack`` closes its HTTP clients."""
    subscribers: dict[str, Subscriber] = {}
    for hook in settings.webhooks:
        http = await stack.enter_async_context(open_http(private_allowed=hook.private, seconds=hook.seconds))
        subscribers[hook.name] = webhook(hook, http)
    crms = await connect.connect(settings.crm, given, stack)
    for crm in crms:
        subscribers[crm.row.name] = Subscriber(crm.row, crm.target, crm.kinds, is_crm=True, at_once=crm.at_once)
    owners = connect.owners_of(settings.crm, given, crms)
    if owners is not None:
        stack.push_async_callback(owners.close)
    place = (given.pool, given.clock, given.zone, settings.console.url)
    answer = open_notifications(settings.notifications, *place, stack, settings.money.sold_codes)
    hooks = partial(_crm_hooks, settings.crm, given, crms)
    oidc = await _oidc(settings, given, stack)
    bridge = Bridge(given, subscribers, owners, hooks, answer, settings.cases, settings.reviews, oidc)
    bridge.transcription = settings.transcription
    return bridge


def _crm_hooks(
    settings: CrmSettings, given: BridgeContext, crms: Sequence[connect.Connected], services: ApiServices
) -> web.Application | None:
    return hooks_of(settings, crms, services.clicks, services.callbacks, given)


async def _oidc(settings: BridgeSettings, given: BridgeContext, stack: AsyncExitStack) -> OidcWay | None:
    """Make the way in by the company's own provider, if there is one; its libraries are loaded for nobody else."""
    if not settings.oidc.issuer:
        return None
    from crm_bridge.people.oidc.assembly import open_oidc  # noqa: PLC0415 - 0.2 s at each start

    http = await stack.enter_async_context(open_http(private_allowed=settings.oidc.private))
    return open_oidc(settings.oidc, http, given.pool, given.clock, settings.console.url)
