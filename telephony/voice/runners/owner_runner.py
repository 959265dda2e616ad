"""The AGI route ``route``: an inbound call asks whose customer this is, before anybody's phone rings.

The caller hears ringing meanwhile, so the answer has a deadline: with the dialplan's connection it is below 2 s.
Whatever goes wrong, the variable stays empty and the dialplan goes on to the group.
"""

import asyncio
from typing import Protocol

import structlog

from telephony.directory.model import Endpoint, is_endpoint
from telephony.voice.agi.call import AgiCall
from telephony.voice.dialogs.caller_port import Caller

_log = structlog.get_logger(__name__)

OWNER = "RINGBACK_OWNER"
DEADLINE_SECONDS = 1.7


class OwnerPort(Protocol):
    """Knows whose customer a caller is."""

    async def owner_phone(self, caller: Caller, /) -> Endpoint | None:
        """Give the phone of the caller's own manager, or None: nobody's customer, hidden, or the manager is off."""
        ...


class OwnerRunner:
    """Serves the route. Without a desk nobody has a manager of their own."""

    def __init__(self, port: OwnerPort | None, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._port = port
        self._deadline_seconds = deadline_seconds

    async def route(self, call: AgiCall) -> None:
        """Set ``RINGBACK_OWNER`` to what is to be dialled first, if there is somebody."""
        told = call.environment
        phone = await self._asked(Caller(told.uniqueid, told.caller_number, told.did))
        if phone is not None and is_endpoint(phone):
            await call.set_variable(OWNER, phone)

    async def _asked(self, caller: Caller) -> Endpoint | None:
        if self._port is None:
            return None
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await self._port.owner_phone(caller)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the desk, the call goes on
            _log.warning("voice.owner_lookup_failed", reason=str(error) or type(error).__name__)
            return None
