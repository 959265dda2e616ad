"""All that the console's door is made of, from the settings."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aiohttp import web

from crm_bridge.people.deeds import Deeds
from crm_bridge.people.door import Door
from crm_bridge.people.pages import PeoplePages
from crm_bridge.people.passwords import Passwords
from crm_bridge.people.sessions import Sessions
from crm_bridge.people.signing_in import SigningIn
from crm_bridge.people.store import UserStore
from crm_bridge.web.surface import Surface
from telephony.ports import Clock
from telephony.postgres.pool import Pool


@dataclass(frozen=True, slots=True)
class PeopleParts:
    """Who looks after people."""

    users: UserStore
    sessions: Sessions
    signing_in: SigningIn
    passwords: Passwords
    door: Door
    deeds: Deeds

    def pages(self, surface: Surface, oidc: str = "") -> PeoplePages:
        """Make the pages by which they come in; ``oidc`` names the provider, if they may come in by one."""
        return PeoplePages(self.users, self.sessions, self.signing_in, self.passwords, self.door, surface, oidc)


def open_people(
    pool: Pool, clock: Clock, region: str, *, default_group: str, trusted_proxies: Collection[str]
) -> PeopleParts:
    """Make them; ``default_group`` serves customers that are nobody's."""
    passwords, sessions = Passwords(), Sessions(pool, clock, region, default_group)
    signing_in = SigningIn(pool, clock, passwords)
    deeds = Deeds(pool, clock, region)
    door = Door(pool, sessions, deeds, trusted_proxies)
    return PeopleParts(UserStore(pool, clock), sessions, signing_in, passwords, door, deeds)


class OidcWay(NamedTuple):
    """The way in by the company's own provider: what its button names, and its pages."""

    label: str
    routes: Callable[[PeopleParts, Surface], Sequence[web.RouteDef]]
