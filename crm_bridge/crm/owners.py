"""Whose customer is it? The CRM's answer in our words: its responsible user's extension is a manager here."""

from crm_bridge.crm.links import SQL
from crm_bridge.crm.lookup import Lookup
from telephony.events import CallEvent, CallStarted
from telephony.model import Direction
from telephony.numbers import canonical
from telephony.postgres.pool import Pool


class CrmOwners:
    """Telephony's port ``AssignedManager``, answered by a CRM within the lookup's deadline.

    Who is not known there, has no owner there, or has one without an extension here, is left to the next who is asked.
    """

    def __init__(self, lookup: Lookup, pool: Pool, region: str) -> None:
        self._lookup = lookup
        self._pool = pool
        self._region = region

    def hear(self, event: CallEvent) -> None:
        """Begin to ask when a call comes in: whoever wants to know when it is missed need not wait."""
        if isinstance(event, CallStarted) and event.call.direction is Direction.INBOUND:
            number = canonical(event.call.customer, self._region)
            if number:
                self._lookup.warm(number)

    async def __call__(self, number: str, /) -> str | None:
        """Return the manager's id in our directory, or None; never raises for the CRM."""
        contact = await self._lookup(number)
        if contact is None or not contact.owner_extension:
            return None
        manager: str | None = await self._pool.fetchval(SQL.manager_of, contact.owner_extension)
        return manager

    async def close(self) -> None:
        """End the questions that are still open."""
        await self._lookup.close()
