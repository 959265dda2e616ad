"""The console put together from what the service has: people's door before it, the pages behind it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.ports import ApiServices
from crm_bridge.api.resources.exports import ExportHandlers
from crm_bridge.api.resources.live import LiveFeed
from crm_bridge.cases.book import CaseBook
from crm_bridge.console_settings import MoneySettings
from crm_bridge.notes import Notes
from crm_bridge.notifications.assembly import Notifications
from crm_bridge.notifications.pages import NoticePages
from crm_bridge.people.access import PERSON
from crm_bridge.people.assembly import OidcWay, PeopleParts
from crm_bridge.queries.calls import CallQueries
from crm_bridge.reviews.orders import ReviewOrders
from crm_bridge.web.application import console
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.routes import routes
from crm_bridge.web.surface import Surface
from telephony.ports import Clock
from telephony.postgres.pool import Pool


class ConsolePlace(NamedTuple):
    """Where it stands."""

    pool: Pool
    clock: Clock
    region: str
    zone: ZoneInfo
    version: str
    money: MoneySettings = MoneySettings()


class ConsoleWants(NamedTuple):
    """What it works with; ``health`` gives how each part is."""

    services: ApiServices
    notes: Notes
    feed: LiveFeed
    health: Callable[[], Sequence[Any]]
    keys: KeyStore
    cases: CaseBook
    reviews: ReviewOrders
    oidc: OidcWay | None = None
    """By which people come in from the company's own provider."""


def open_console(
    place: ConsolePlace, wants: ConsoleWants, people: PeopleParts, notifications: Notifications | None
) -> web.Application:
    """Make the application; without ``notifications`` nobody is told anything."""
    surface = Surface(lambda request: request.get(PERSON), place.zone, place.clock, place.version)
    shown = ConsoleGiven(
        pool=place.pool,
        services=wants.services,
        notes=wants.notes,
        region=place.region,
        feed=wants.feed,
        allowed=people.door.recognise,
        export=ExportHandlers(CallQueries(place.pool), place.region, place.zone).send,
        health=wants.health,
        users=people.users,
        keys=wants.keys,
        cases=wants.cases,
        reviews=wants.reviews,
        money=place.money,
    )
    pages = [*people.pages(surface, wants.oidc.label if wants.oidc else "").routes(), *routes(surface, shown)]
    if wants.oidc is not None:
        pages += wants.oidc.routes(people, surface)
    if notifications is not None:
        pages += NoticePages(surface, notifications).routes()
    return console(surface, pages, [people.door.middleware()])
