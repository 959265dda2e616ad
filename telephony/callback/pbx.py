"""What callbacks ask of one PBX; `telephony.ami.link.AmiLink` is one."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from telephony.ports import Actions


class PbxLine(Actions, Protocol):
    """Sends actions to one PBX."""

    synced: asyncio.Event
    """Set while the link is up and the calls on the PBX are known."""

    async def until_event(
        self, action: str, event: str, /, headers: Mapping[str, str | list[str]], *, timeout_seconds: float
    ) -> Mapping[str, str]:
        """Send an action that is over when ``event`` tells so; return that event's headers.

        Raises:
            as `telephony.ports.Actions`.
        """
        ...
