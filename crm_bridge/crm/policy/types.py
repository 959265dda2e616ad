"""What a CRM adapter is asked, and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crm_bridge.outbox.lifecycle import Answer
from crm_bridge.outbox.store import Message


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody the CRM knows by number."""

    crm_id: str
    """The CRM's own id, with its kind where ids alone are not unique: ``contact:17``."""
    name: str
    owner: str
    """The CRM's id of the responsible user; empty if nobody is."""
    owner_extension: str
    """That user's extension, where the CRM or the settings tell it; empty if not."""


@dataclass(frozen=True, slots=True)
class KeptCall:
    """One of our calls as the CRM has it, for the daily audit."""

    call_id: str
    crm_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class CrmFinding:
    """One thing that `ringback crm test` tried; ``cure`` is empty if it is well."""

    what: str
    told: str
    cure: str = ""


class CrmAdapter(Protocol):
    """One company's account at one CRM."""

    async def send(self, message: Message, now: datetime) -> Answer:
        """Tell it one thing; the outbox sees to order, retries and limits."""
        ...

    async def find(self, number: str) -> Contact | None:
        """Look a caller up by number in E.164.

        Raises:
            CrmError: it could not be asked.
        """
        ...

    async def examine(self) -> list[CrmFinding]:
        """Try everything that must work, and say what does not and the cure."""
        ...

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List our calls that it has from a span, for the audit; by start or by when it was told, whichever it knows.

        Raises:
            CrmError: it could not be asked.
        """
        ...
