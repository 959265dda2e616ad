"""The AGI route ``route``: an inbound call asks whose customer this is, before anybody's phone rings.

The caller hears ringing meanwhile, so the answer has a deadline: with the dialplan's connection it is below 2 s.
Whatever goes wrong, the variable stays empty and the dialplan goes on to the group.
"""

import contextlib
from typing import Protocol

from telephony.directory.model import Endpoint, is_endpoint
from telephony.voice.agi.call import AgiCall
from telephony.voice.dialogs.caller_port import Caller
from telephony.voice.runners.asking import PortSilent, ask

OWNER = "RINGBACK_OWNER"
DEADLINE_SECONDS = 1.7


class OwnerPort(Protocol):
    """Knows whose customer a caller is."""

    async def owner_phone(self, caller: Caller, /) -> Endpoint | None:
        """Return the phone of the caller's own manager, or None: nobody's customer, hidden, or the manager is off."""
        ...


class OwnerRunner:
    """Serves the route. Without a port nobody has a manager of their own."""

    def __init__(self, port: OwnerPort | None, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._port = port
        self._deadline_seconds = deadline_seconds

    async def route(self, call: AgiCall) -> None:
        """Set ``RINGBACK_OWNER`` to what is to be dialled first, if there is somebody."""
        environment = call.environment
        caller = Caller(environment.uniqueid, environment.caller_number, environment.did)
        if self._port is None:
            return
        with contextlib.suppress(PortSilent):
            phone = await ask(self._port.owner_phone(caller), "owner", self._deadline_seconds)
            if phone is not None and is_endpoint(phone):
                await call.set_variable(OWNER, phone)
