"""The directory's words."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

from telephony.numbers import Canonical

ManagerId = NewType("ManagerId", str)
"""What the operator calls a manager in the directory, usually the extension: ``101``. Letters, digits, ``._@+-``."""
Endpoint = NewType("Endpoint", str)
"""A manager's phone as the PBX dials it: ``PJSIP/101``."""

_ID = re.compile(r"[\w.@+-]{1,64}")
_ENDPOINT = re.compile(r"[A-Za-z0-9]{1,16}/[A-Za-z0-9_.@+:-]{1,64}")


def is_manager_id(text: str) -> bool:
    """Return whether ``text`` can name a manager."""
    return _ID.fullmatch(text) is not None


def is_endpoint(text: str) -> bool:
    """Return whether ``text`` is a phone that may be put into an Originate: technology, slash, name."""
    return _ENDPOINT.fullmatch(text) is not None


def endpoint_of(channel: str) -> Endpoint:
    """Return the endpoint of a channel's name: ``PJSIP/101-0000002a`` is of ``PJSIP/101``."""
    return Endpoint(channel.rpartition("-")[0] or channel)


@dataclass(frozen=True, slots=True)
class ManagerEntry:
    """A person who serves customers."""

    manager_id: ManagerId
    name: str
    endpoint: Endpoint
    mobile: str = ""
    """As it is dialled on the trunk; empty if there is none."""
    language: str = ""
    """ISO 639-1 code of what they are spoken to in; empty is the house's language."""
    group: str = ""
    deputy: ManagerId | None = None
    hours: str = ""
    """Their own hours in OSM syntax, in the company's zone; empty is whenever the company works."""
    pbx: str = ""
    """The PBX that their phone is on; empty is any."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A manager is away: not rung, and their deputy is. Whose customers they are stays."""

    absence_id: int
    manager_id: ManagerId
    since: datetime
    until: datetime | None
    """None is until further notice."""
    reason: str
    by: str
    """Who said so."""

    def covers(self, at: datetime) -> bool:
        """Return whether they are away at a moment."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class CustomerEntry:
    """A person or company that calls us."""

    number: Canonical
    name: str = ""
    manager_id: ManagerId | None = None
    do_not_call: bool = False


class AssignedManager(Protocol):
    """Answers whose customer this is. The caller waits 2 s and then goes on without.

    Raises:
        RingbackError: it cannot be told now; the customer is served as if unknown.
    """

    async def __call__(self, number: Canonical, /) -> ManagerId | None:
        """Return the customer's own manager, or None if nobody owns them."""
        ...
