"""All that signing in by the provider is made of."""

from time import monotonic

import aiohttp

from crm_bridge.console_settings import OidcSettings
from crm_bridge.people.assembly import OidcWay
from crm_bridge.people.oidc.door import OidcDoor
from crm_bridge.people.oidc.pages import BACK, OidcPages
from crm_bridge.people.oidc.provider import OidcProvider
from telephony.ports import Clock
from telephony.postgres.pool import Pool


def open_oidc(settings: OidcSettings, http: aiohttp.ClientSession, pool: Pool, clock: Clock, url: str) -> OidcWay:
    """Make it; ``url`` is how browsers reach us."""
    door = OidcDoor(settings, OidcProvider(settings, http, monotonic), pool, clock, url.rstrip("/") + BACK)
    return OidcWay(door.label, lambda people, surface: OidcPages(door, people.sessions, people.door, surface).routes())
