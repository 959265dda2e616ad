"""All that the console's door is made of, from the settings."""

from collections.abc import Collection
from dataclasses import dataclass

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

    def pages(self, surface: Surface) -> PeoplePages:
        """Make the pages by which they come in."""
        return PeoplePages(self.users, self.sessions, self.signing_in, self.passwords, self.door, surface)


def open_people(
    pool: Pool, clock: Clock, region: str, *, default_group: str, trusted_proxies: Collection[str]
) -> PeopleParts:
    """Make them; ``default_group`` serves customers that are nobody's."""
    passwords, sessions = Passwords(), Sessions(pool, clock, region, default_group)
    signing_in = SigningIn(pool, clock, passwords)
    deeds = Deeds(pool, clock, region)
    door = Door(pool, sessions, deeds, trusted_proxies)
    return PeopleParts(UserStore(pool, clock), sessions, signing_in, passwords, door, deeds)
