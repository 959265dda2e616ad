"""The whole of crm_bridge from its settings: what `service.py` plugs into the daemon.

What it offers: a `LedgerHook` that writes outbox messages in the call's own transaction, a `CallListener` that wakes
the dispatcher and feeds live streams, an application for the HTTP port, and tasks to own.
"""

import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from crm_bridge.api import dial, live, pages
from crm_bridge.api.callbacks import CallbackHandlers
from crm_bridge.api.calls import CallHandlers
from crm_bridge.api.deliveries import DeliveryHandlers
from crm_bridge.api.directory import DirectoryHandlers
from crm_bridge.api.endpoint import Endpoint
from crm_bridge.api.exports import ExportHandlers
from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.notes import NoteHandlers
from crm_bridge.api.ports import Abilities
from crm_bridge.api.privacy import PrivacyHandlers
from crm_bridge.api.rates import RateBuckets
from crm_bridge.api.recordings import RecordingHandlers
from crm_bridge.api.server import Server
from crm_bridge.crm.bitrix24.adapter import EVENTS as BITRIX_EVENTS
from crm_bridge.crm.bitrix24.adapter import BitrixAdapter, BitrixChoices
from crm_bridge.crm.bitrix24.client import BitrixClient, Renewal
from crm_bridge.crm.links import Links
from crm_bridge.crm.odoo.adapter import OdooAdapter, OdooChoices
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.rules import LeadRule
from crm_bridge.crm.tokens import TokenStore
from crm_bridge.events import Published, publish, publish_alarm, publish_callback, publish_ready
from crm_bridge.notes import Notes, follow
from crm_bridge.outbox.dispatcher import Dispatcher, Target
from crm_bridge.outbox.store import OutboxStore, TargetRow, enqueue
from crm_bridge.payloads import AlarmShape
from crm_bridge.privacy import Forgetting
from crm_bridge.queries import CallQueries
from crm_bridge.settings import BitrixSettings, BridgeSettings, LeadRuleSettings, OdooSettings, WebhookSettings
from crm_bridge.statements import RECORDINGS
from crm_bridge.webhooks import signing
from crm_bridge.webhooks.target import WebhookTarget, open_http
from telephony.events import CallbackChanged, CallEvent
from telephony.ports import Clock, Transaction
from telephony.postgres.pool import Pool

_CRM_EVENTS = ("call.ended", "call.missed")
_CRM_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What crm_bridge is given."""

    pool: Pool
    clock: Clock
    region: str
    zone: ZoneInfo
    version: str


@dataclass(frozen=True, slots=True)
class _Subscriber:
    """A target, and the events that it hears."""

    row: TargetRow
    target: Target
    events: tuple[str, ...]

    def hears(self, kind: str) -> bool:
        return any(fnmatchcase(kind, pattern) for pattern in self.events)


class Bridge:
    """Made by `open_bridge`; its tasks are the service's to own."""

    def __init__(self, given: Surroundings, subscribers: Mapping[str, _Subscriber]) -> None:
        self._given = given
        self._subscribers = subscribers
        self._feed = live.LiveFeed(f"{given.clock().timestamp():.0f}", given.region)
        self._dispatcher = Dispatcher(
            OutboxStore(given.pool),
            {name: subscriber.target for name, subscriber in subscribers.items()},
            clock=given.clock,
            jitter=random.random,
        )

    async def ledger_hook(self, tx: Transaction, event: CallEvent) -> None:
        """Write the event's messages in the call's own transaction; notes follow their call."""
        await follow(tx, event)
        if self._subscribers:
            await self._enqueue(tx, event.call.call_id, publish(event, self._given.region))

    async def callback_hook(self, tx: Transaction, event: CallbackChanged) -> None:
        """Write a request's messages in the transaction of its change."""
        await self._tell(tx, f"request:{event.request_id}", publish_callback(event))

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

    @property
    def erasure_hook(self) -> Forgetting:
        """What this side forgets with a number."""
        return Forgetting(self._given.clock)

    async def _tell(self, tx: Transaction, key: str, published: Published) -> None:
        await self._enqueue(tx, key, published)
        await tx.execute(RECORDINGS.tell_live, live.notice(*published))

    async def _enqueue(self, tx: Transaction, key: str, published: Published) -> None:
        kind, body = published
        targets = [name for name, subscriber in self._subscribers.items() if subscriber.hears(kind)]
        await enqueue(tx, targets, key=key, kind=kind, body=body, at=self._given.clock())

    def listener(self, event: CallEvent) -> None:
        """Hear of a committed event: messages leave at once, live listeners are told."""
        self._dispatcher.hint()
        self._feed(event)

    def application(self, abilities: Abilities) -> web.Application:
        """Make the API."""
        given = self._given
        key_ring = KeyStore(given.pool, given.clock)
        described = described_endpoints(given, abilities, key_ring, self._feed)
        server = Server(key_ring, RateBuckets(), given.clock)
        return server.application([*described, *pages.endpoints(described, given.version)])

    def tasks(self) -> Mapping[str, Callable[[], Coroutine[Any, Any, None]]]:
        """Give what must run for as long as the daemon does, by name."""
        relay = {"live notices": partial(live.relay, self._given.pool, self._feed, self._dispatcher.hint)}
        return relay | ({"outbox": self._dispatcher.run} if self._subscribers else {})

    async def close(self) -> None:
        """End live streams, so that the HTTP port can close at once."""
        self._feed.close()


def described_endpoints(
    given: Surroundings, abilities: Abilities, key_ring: KeyStore, feed: live.LiveFeed
) -> list[Endpoint]:
    """Give every operation of the API but those that describe it."""
    pool, region = given.pool, given.region
    queries = CallQueries(pool)
    return [
        *CallHandlers(queries, region).endpoints(),
        *ExportHandlers(queries, region, given.zone).endpoints(),
        *NoteHandlers(Notes(pool)).endpoints(),
        *dial.endpoints(abilities.clicks),
        *RecordingHandlers(pool, abilities.recorder, abilities.library, key_ring).endpoints(),
        *CallbackHandlers(pool, abilities.callbacks, region).endpoints(),
        *DirectoryHandlers(pool, abilities.directory, region).endpoints(),
        *DeliveryHandlers(pool).endpoints(),
        *PrivacyHandlers(pool, abilities.privacy, region, feed.forget).endpoints(),
        *live.endpoints(feed),
    ]


async def open_bridge(settings: BridgeSettings, given: Surroundings, stack: AsyncExitStack) -> Bridge:
    """Make it; ``stack`` closes its HTTP clients."""
    subscribers: dict[str, _Subscriber] = {}
    for hook in settings.webhooks:
        http = await stack.enter_async_context(open_http(private_allowed=hook.private, seconds=hook.seconds))
        subscribers[hook.name] = _webhook(hook, http)
    if settings.crm.odoo is not None:
        http = await stack.enter_async_context(
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_CRM_SECONDS), cookie_jar=aiohttp.DummyCookieJar()
            )
        )
        subscribers["odoo"] = _odoo(settings.crm.odoo, given, http)
    if settings.crm.bitrix24 is not None:
        http = await stack.enter_async_context(_crm_http())
        subscribers["bitrix24"] = await _bitrix(settings.crm.bitrix24, given, http)
    await OutboxStore(given.pool).declare([subscriber.row for subscriber in subscribers.values()])
    return Bridge(given, subscribers)


def _crm_http() -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(total=_CRM_SECONDS)
    return aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())


def _webhook(hook: WebhookSettings, http: aiohttp.ClientSession) -> _Subscriber:
    secrets = [signing.key_of(one.get_secret_value()) for one in (hook.secret, hook.old_secret) if one is not None]
    burst = max(1, round(hook.per_second or 1))
    target = WebhookTarget(hook.url, secrets, hook.private, http)
    return _Subscriber(TargetRow(hook.name, hook.per_second, burst), target, hook.events)


def _rules(settings: Sequence[LeadRuleSettings]) -> list[LeadRule]:
    return [LeadRule(rule.name, rule.dids, rule.dispositions, rule.owners, rule.pipeline) for rule in settings]


def odoo_adapter(settings: OdooSettings, given: Surroundings, http: aiohttp.ClientSession) -> OdooAdapter:
    """Make the Odoo adapter; `ringback crm test` uses it, too."""
    choices = OdooChoices(given.region, given.zone, _rules(settings.rules), settings.users)
    client = OdooClient(http, settings.url, settings.key.get_secret_value(), database=settings.database)
    return OdooAdapter(client, Links(given.pool, "odoo", given.clock), choices)


def _odoo(settings: OdooSettings, given: Surroundings, http: aiohttp.ClientSession) -> _Subscriber:
    row = TargetRow("odoo", settings.per_second, max(1, round(settings.per_second)))
    return _Subscriber(row, odoo_adapter(settings, given, http), _CRM_EVENTS)


async def bitrix_adapter(settings: BitrixSettings, given: Surroundings, http: aiohttp.ClientSession) -> BitrixAdapter:
    """Make the Bitrix24 adapter; `ringback crm test` uses it, too."""
    tokens: TokenStore | None = None
    if settings.client_id:
        renewal = Renewal(http, settings.client_id, settings.client_secret.get_secret_value(), given.clock)
        tokens = TokenStore(given.pool, "bitrix24", given.clock, renewal)
        await tokens.begin(settings.refresh_token.get_secret_value())
    client = BitrixClient(http, settings.url.get_secret_value(), tokens.access if tokens else None, given.clock)
    choices = BitrixChoices(settings.default_user, _rules(settings.rules), settings.users)
    return BitrixAdapter(client, Links(given.pool, "bitrix24", given.clock), choices)


async def _bitrix(settings: BitrixSettings, given: Surroundings, http: aiohttp.ClientSession) -> _Subscriber:
    row = TargetRow("bitrix24", settings.per_second, max(1, round(settings.per_second * 10)))
    return _Subscriber(row, await bitrix_adapter(settings, given, http), BITRIX_EVENTS)
