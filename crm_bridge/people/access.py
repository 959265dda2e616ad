"""Who asks, and what rows they may see.

The rules (docs/people.md has them as a table): a manager sees calls that they talked in, that rang their phone or that
are of their own customers, and the callback requests of themselves and of their group; a head and an admin see all, an
admin without the right to listen no sound. An API key sees all that its scopes allow.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, Self

from aiohttp import web

from telephony.numbers import canonical


class UserRole(StrEnum):
    """What somebody is."""

    MANAGER = "manager"
    HEAD = "head"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    user_id: str
    name: str
    role: UserRole
    manager_id: str | None
    """Who they are in the directory."""
    language: str
    theme: str
    """`auto`, `light` or `dark`."""
    session_id: int
    may_listen: bool = True


@dataclass(frozen=True, slots=True)
class Access:
    """Which rows somebody may see: all, or those of one manager."""

    ALL: ClassVar["Access"]

    everything: bool = False
    sound: bool = True
    """Recordings may be heard."""
    manager_id: str = ""
    numbers: tuple[str, ...] = ()
    """By which the ledger knows the manager: extension and mobile, in each spelling."""
    pbx: str = ""
    """The PBX whose extension it is; empty for any."""
    group: str = ""
    serves_unowned: bool = False
    """The group serves customers that are nobody's."""

    @classmethod
    def of_manager(
        cls, manager_id: str, endpoint: str, mobile: str, region: str, *, pbx: str, group: str, default_group: str
    ) -> Self:
        """Return a manager's, from the directory's row; ``default_group`` serves customers that are nobody's."""
        extension = endpoint.partition("/")[2].partition("@")[0]
        spellings = (extension, mobile, canonical(extension, region), canonical(mobile, region))
        numbers = tuple(sorted({number for number in spellings if number}))
        serves = bool(group) and group == default_group
        return cls(manager_id=manager_id, numbers=numbers, pbx=pbx, group=group, serves_unowned=serves)

    def is_theirs(self, manager: str) -> bool:
        """Return whether an order may name this manager, by id or extension: who sees all orders for anybody."""
        return self.everything or manager == self.manager_id or manager in self.numbers


Access.ALL = Access(everything=True)

PERSON: Final = web.RequestKey("ringback_person", Person)
"""The request's key of the `Person` who asks; nobody if it is missing."""
ACCESS: Final = web.RequestKey("ringback_access", Access)
"""The request's key of their `Access`."""
