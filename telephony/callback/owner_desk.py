"""Whose customer is on the line: what an inbound call asks before it rings a group."""

from typing import Final

from telephony.callback.owners import Owners
from telephony.directory.model import Endpoint
from telephony.numbers import canonical
from telephony.ports import Clock
from telephony.voice.caller_desk import Caller

_PORTS_SECONDS: Final = 1.2
"""For the CRMs; what is left of the route's deadline is for our own directory."""


class CallersOwner:
    """A `telephony.voice.owner_shell.OwnerDesk`: who is asked, and in which order, is `Owners`'.

    ``several_pbxs``: then a manager whose phone is told to be on one of them is left to the dialplan, because a
    caller's channel does not tell which PBX it is on.
    """

    def __init__(self, owners: Owners, region: str, clock: Clock, *, several_pbxs: bool) -> None:
        self._owners = owners
        self._region = region
        self._clock = clock
        self._several_pbxs = several_pbxs

    async def owner_phone(self, caller: Caller, /) -> Endpoint | None:
        """Give the phone of the caller's own manager if they are at work now."""
        customer = canonical(caller.number, self._region)
        owner = await self._owners.owner_of(customer, _PORTS_SECONDS) if customer else None
        if owner is None:
            return None
        roster = await self._owners.roster()
        manager = roster.by_id.get(owner)
        if manager is None or not roster.at_work(owner, self._clock()) or (self._several_pbxs and manager.pbx):
            return None
        return manager.endpoint
