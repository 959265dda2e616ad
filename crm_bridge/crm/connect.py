"""The CRMs that the settings name, wired: clients, tokens, adapters. Nothing is asked of them before the first use."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import aiohttp
import structlog

from crm_bridge.crm.amocrm import arrays as amo_arrays
from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.bitrix24 import batch as bitrix_batch
from crm_bridge.crm.bitrix24 import client as bitrix_client
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.hubspot import batches as hubspot_batches
from crm_bridge.crm.hubspot import client as hubspot_client
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.hubspot.gateway import HubSpotGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.lookup import Lookup
from crm_bridge.crm.odoo import client as odoo_client
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.odoo.gateway import OdooGateway
from crm_bridge.crm.owners import CrmOwners
from crm_bridge.crm.player_links import MakeLink, PlayerLinks, no_links
from crm_bridge.crm.plugin.context import GatewayContext
from crm_bridge.crm.plugin.definition import PluginBroken, load
from crm_bridge.crm.plugin.gateway import AskedCrm, CallCards, CallLog
from crm_bridge.crm.plugin.settings import GatewaySettings
from crm_bridge.crm.plugin.unavailable import Unavailable
from crm_bridge.crm.policy.messages import CARD_KINDS, KINDS
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.sync.dispatch import AnyGateway, CrmSync
from crm_bridge.crm.sync.policy import IsOpen, Policy
from crm_bridge.crm.transport.oauth import AccessToken, FixedToken, OAuthApplication, Posting, Renewal
from crm_bridge.crm.transport.tokens import TokenStore
from crm_bridge.outbox.dispatcher import Target
from crm_bridge.outbox.pace import Pace, SharedPace
from crm_bridge.outbox.store import TargetRow
from crm_bridge.settings import (
    AmoSettings,
    BitrixSettings,
    CrmSettings,
    HubSpotSettings,
    LeadRuleSettings,
    OAuthSettings,
    OdooSettings,
    plugin_settings,
    plugin_type,
)
from telephony.ports import Clock
from telephony.postgres.pool import Pool

_log = structlog.get_logger(__name__)

_SECONDS = 20.0
"""The longest that one request may take."""
_SECONDS_UNDER_WAY = 2
"""The requests of so many seconds are under way at a time: enough to keep a CRM's pace though it answers slowly."""
_LEAST, _MOST = 4, 200


_CONTRACT = "it lacks methods of the contract (crm_bridge.crm.plugin.gateway); tell its maker"


class _WithUsers(Protocol):
    """The settings of any CRM, as far as all are alike."""

    @property
    def users(self) -> Mapping[str, str]:
        """Extension to the CRM's user id."""
        ...

    @property
    def rules(self) -> tuple[LeadRuleSettings, ...]:
        """Whose a new caller is."""
        ...


class ConnectContext(Protocol):
    """What adapters stand on."""

    @property
    def pool(self) -> Pool:
        """The database."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def region(self) -> str:
        """The operator's country."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """The operator's."""
        ...

    @property
    def is_open(self) -> IsOpen:
        """The company's working hours."""
        ...


@dataclass(frozen=True, slots=True)
class Connected:
    """A CRM and how the outbox serves it; its name is its target's."""

    row: TargetRow
    target: Target
    gateway: AskedCrm
    """How it is asked."""
    at_once: int
    """The most messages that are told at a time."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The events that it hears of."""
        return (*KINDS, *CARD_KINDS) if isinstance(self.gateway, CallCards) else KINDS


class Connections:
    """Makes them."""

    def __init__(self, settings: CrmSettings, given: ConnectContext, http: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._given = given
        self._http = http
        self._link = links_to_recordings(settings, given)

    async def all(self) -> list[Connected]:
        """Make the adapters of all CRMs that the settings name."""
        settings = self._settings
        return [
            *([self._odoo(settings.odoo)] if settings.odoo else ()),
            *([await self._bitrix(settings.bitrix24)] if settings.bitrix24 else ()),
            *([await self._amo(settings.amocrm)] if settings.amocrm else ()),
            *([await self._hubspot(settings.hubspot)] if settings.hubspot else ()),
            *(self._foreign(name, values) for name, values in settings.plugins.items()),
        ]

    def _foreign(self, name: str, values: Mapping[str, Any]) -> Connected:
        """Make a CRM that a package brings; one that fails keeps its messages waiting, and nobody else."""
        try:
            plugin = load(plugin_type(name, values))
            settings = plugin_settings(plugin, values)
            if not isinstance(settings, GatewaySettings):
                raise PluginBroken(f"the settings of {name} are no GatewaySettings: tell its maker")
            policy = self._policy(settings, settings.default_user)
            gateway = plugin.make(settings, self._context(name, policy))
        except PluginBroken as error:
            return self._unavailable(name, str(error))
        except Exception as error:  # noqa: BLE001 - a stranger's code may fail in any way
            _log.exception("crm.plugin_failed", crm=name)
            return self._unavailable(name, f"it could not be made: {type(error).__name__}: {error}; tell its maker")
        if not isinstance(gateway, CallLog | CallCards):
            return self._unavailable(name, f"{type(gateway).__name__} is neither a CallLog nor CallCards: {_CONTRACT}")
        return self._connected(name, gateway, policy, at_once(settings.per_second))

    def _context(self, name: str, policy: Policy) -> GatewayContext:
        given = self._given

        def pace(per_second: float, *, part: str = "", burst: int = 1) -> Pace:
            return self._pace(f"{name} {part}".rstrip(), per_second, burst=burst)

        return GatewayContext(
            name, self._http, given.clock, given.region, given.zone, policy.staff, policy.default_user, pace
        )

    @staticmethod
    def _unavailable(name: str, why: str) -> Connected:
        _log.error("crm.plugin_unavailable", crm=name, reason=why)
        nobody = Unavailable(why)
        return Connected(TargetRow(name), nobody, nobody, _LEAST)

    def _odoo(self, settings: OdooSettings) -> Connected:
        pace = self._pace("odoo", settings.per_second)
        client = OdooClient(self._http, settings.url, settings.key.get_secret_value(), pace, database=settings.database)
        policy = self._policy(settings)
        return self._connected(
            "odoo", OdooGateway(client, policy), policy, at_once(settings.per_second, odoo_client.MOST)
        )

    async def _bitrix(self, settings: BitrixSettings) -> Connected:
        token: AccessToken | None = None
        if settings.client_id:
            token = await self._renewed("bitrix24", settings, bitrix_client.OAUTH, how=Posting.QUERY)
        pace = self._pace("bitrix24", settings.per_second, burst=bitrix_client.BURST)
        client = BitrixClient(self._http, settings.url.get_secret_value(), token, self._given.clock, pace)
        policy = self._policy(settings, settings.default_user)
        gateway = BitrixGateway(client, self._links("bitrix24"), policy)
        return self._connected("bitrix24", gateway, policy, at_once(settings.per_second, bitrix_batch.MOST))

    async def _amo(self, settings: AmoSettings) -> Connected:
        token = await self._token(
            "amocrm", settings, f"{settings.url.rstrip('/')}/oauth2/access_token", how=Posting.JSON
        )
        policy = self._policy(settings, settings.default_user)
        client = AmoClient(self._http, settings.url, token, self._pace("amocrm", settings.per_second))
        gateway = AmoGateway(client, policy, unsorted=settings.unsorted)
        return self._connected("amocrm", gateway, policy, at_once(settings.per_second, amo_arrays.MOST))

    async def _hubspot(self, settings: HubSpotSettings) -> Connected:
        token = await self._token("hubspot", settings, f"{hubspot_client.API}{hubspot_client.OAUTH}")
        policy = self._policy(settings, settings.default_owner)
        searches = self._pace("hubspot searches", hubspot_client.SEARCHES)
        client = HubSpotClient(self._http, token, self._pace("hubspot", settings.per_second), searches)
        gateway = HubSpotGateway(client, policy, app_id=settings.app_id)
        return self._connected("hubspot", gateway, policy, at_once(settings.per_second, hubspot_batches.MOST))

    def _connected(self, crm: str, gateway: AnyGateway, policy: Policy, most: int) -> Connected:
        return Connected(TargetRow(crm), CrmSync(gateway, self._links(crm), policy), gateway, most)

    async def _token(
        self, crm: str, settings: AmoSettings | HubSpotSettings, server: str, *, how: Posting = Posting.FORM
    ) -> AccessToken:
        fixed = settings.token.get_secret_value()
        if fixed:
            return FixedToken(fixed, f"make a new one at the CRM and tell it as crm.{crm}.token")
        return await self._renewed(crm, settings, server, how=how)

    async def _renewed(
        self, crm: str, settings: OAuthSettings, server: str, *, how: Posting = Posting.FORM
    ) -> AccessToken:
        ours = OAuthApplication(settings.client_id, settings.client_secret.get_secret_value(), settings.redirect)
        renewal = Renewal(self._http, server, ours, self._given.clock, how=how)
        tokens = TokenStore(self._given.pool, crm, self._given.clock, renewal)
        tokens.begins_with(settings.refresh_token.get_secret_value())
        return tokens.access

    def _pace(self, name: str, per_second: float, *, burst: int = 1) -> SharedPace:
        return SharedPace(self._given.pool, name, per_second, burst=burst)

    def _links(self, crm: str) -> Links:
        return Links(self._given.pool, crm, self._given.clock)

    def _policy(self, settings: _WithUsers, default: str = "") -> Policy:
        staff, rules = Users(settings.users), _rules(settings.rules)
        never, given = self._settings.never_leads, self._given
        return Policy(given.region, given.zone, rules, staff, default, self._link, never, given.is_open)


async def connect(settings: CrmSettings, given: ConnectContext, stack: AsyncExitStack) -> list[Connected]:
    """Make the adapters of all CRMs that the settings name; ``stack`` closes their HTTP client."""
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    http = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()))
    return await Connections(settings, given, http).all()


def owners_of(settings: CrmSettings, given: ConnectContext, crms: Sequence[Connected]) -> CrmOwners | None:
    """Make who is asked whose customer somebody is, or None if the settings name no CRM for that."""
    find = next((crm.gateway.find for crm in crms if crm.row.name == settings.owners_from), None)
    if find is None:
        return None
    fresh = timedelta(minutes=settings.fresh_minutes)
    lookup = Lookup(find, given.clock, deadline_seconds=settings.lookup_seconds, fresh=fresh)
    return CrmOwners(lookup, given.pool, given.region)


def at_once(per_second: float, shared_by: int = 1) -> int:
    """Return how many messages may be on their way to a CRM.

    Args:
        per_second: the requests that it takes in a second.
        shared_by: how many messages may share one of them.
    """
    return min(max(_LEAST, round(per_second * _SECONDS_UNDER_WAY)) * shared_by, _MOST)


def _rules(settings: Sequence[LeadRuleSettings]) -> list[LeadRule]:
    return [
        LeadRule(
            rule.name,
            rule.dids,
            rule.dispositions,
            rule.owners,
            rule.pipeline,
            numbers=rule.numbers,
            hours=rule.hours,
            reasons=rule.reasons,
            min_talk_seconds=rule.min_talk_seconds,
            min_wait_seconds=rule.min_wait_seconds,
            lead=rule.lead,
        )
        for rule in settings
    ]


def links_to_recordings(settings: CrmSettings, given: ConnectContext, *, days: float | None = None) -> MakeLink:
    """Return what makes links to recordings, for ``days`` if not as long as the settings say."""
    if not settings.public_url:
        return no_links
    life = days or settings.link_days
    return PlayerLinks(given.pool, given.clock, public_url=settings.public_url, key_id=settings.link_key, days=life)
