"""The console put together from what the service has: people's door before it, the pages behind it."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

from crm_bridge.api.ports import ApiServices
from crm_bridge.api.resources.exports import ExportHandlers
from crm_bridge.api.resources.live import LiveFeed
from crm_bridge.notes import Notes
from crm_bridge.people.access import PERSON
from crm_bridge.people.door import Door
from crm_bridge.people.pages import PeoplePages
from crm_bridge.people.passwords import Passwords
from crm_bridge.people.sessions import Sessions
from crm_bridge.people.signing_in import SigningIn
from crm_bridge.people.store import UserStore
from crm_bridge.queries.calls import CallQueries
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
    trusted_proxies: Collection[str]


class ConsoleWants(NamedTuple):
    """What it works with; ``health`` gives how each part is."""

    services: ApiServices
    notes: Notes
    feed: LiveFeed
    health: Callable[[], Sequence[Any]]


def open_console(place: ConsolePlace, wants: ConsoleWants) -> web.Application:
    """Make the application."""
    people, passwords = UserStore(place.pool, place.clock), Passwords()
    sessions = Sessions(place.pool, place.clock, place.region)
    door = Door(sessions, place.trusted_proxies)
    signing_in = SigningIn(place.pool, place.clock, passwords)
    surface = Surface(lambda request: request.get(PERSON), place.zone, place.clock, place.version)
    shown = ConsoleGiven(
        pool=place.pool,
        services=wants.services,
        notes=wants.notes,
        region=place.region,
        feed=wants.feed,
        allowed=door.recognise,
        export=ExportHandlers(CallQueries(place.pool), place.region, place.zone).send,
        health=wants.health,
    )
    people_pages = PeoplePages(people, sessions, signing_in, passwords, door, surface).routes()
    return console(surface, [*people_pages, *routes(surface, shown)], [door.middleware()])
