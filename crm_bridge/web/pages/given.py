"""What the pages' handlers are given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.ports import ApiServices
from crm_bridge.api.resources.exports import Format
from crm_bridge.api.resources.live import LiveFeed
from crm_bridge.cases.book import CaseBook
from crm_bridge.console_settings import MoneySettings
from crm_bridge.notes import Notes
from crm_bridge.people.access import PERSON, Access
from crm_bridge.people.rights import as_key
from crm_bridge.people.store import UserStore
from crm_bridge.queries.sql_builder import Filters
from crm_bridge.reviews.orders import ReviewOrders
from crm_bridge.web.live import Allowed
from telephony.postgres.pool import Pool

Exporting = Callable[[web.Request, Filters, Format, datetime, Access], Awaitable[web.StreamResponse]]
"""Sends calls as a file; then the time, and what may be seen."""


@dataclass(frozen=True, slots=True)
class ConsoleGiven:
    """All of it."""

    pool: Pool
    services: ApiServices
    notes: Notes
    region: str
    feed: LiveFeed
    allowed: Allowed
    export: Exporting
    health: Callable[[], Sequence[Any]]
    """Gives how each part is: `name`, `healthy`, `said`."""
    users: UserStore
    keys: KeyStore
    cases: CaseBook
    reviews: ReviewOrders
    money: MoneySettings


@dataclass(frozen=True, slots=True)
class Author:
    """Who is written down for what a page's request does."""

    key_id: str
    name: str


def author(request: web.Request) -> Author:
    """Return who that is."""
    person = request[PERSON]
    return Author(as_key(person).key_id, person.name)
