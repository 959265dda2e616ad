"""A foreign CRM that is not installed, or does not load: its messages wait, and people are told the cure."""

from datetime import datetime, timedelta
from typing import Final

from crm_bridge.crm.errors import CrmBroken
from crm_bridge.crm.policy.types import Contact, CrmFinding, KeptCall
from crm_bridge.outbox.lifecycle import Answer, Snooze
from crm_bridge.outbox.store import NOT_LET_IN, Message

_LOOK_AGAIN: Final = timedelta(minutes=5)


class Unavailable:
    """In place of its gateway, and of what tells it; ``why`` names the cure."""

    def __init__(self, why: str) -> None:
        self._why = why

    async def send(self, message: Message, now: datetime) -> Answer:
        """Let the message wait; nothing is spent."""
        del message, now
        return Snooze(f"{NOT_LET_IN}: {self._why}", _LOOK_AGAIN)

    async def find(self, number: str) -> Contact | None:
        """Find nobody.

        Raises:
            CrmBroken: always.
        """
        del number
        raise CrmBroken(self._why)

    async def kept_calls(self, since: datetime, until: datetime) -> list[KeptCall]:
        """List nothing.

        Raises:
            CrmBroken: always.
        """
        del since, until
        raise CrmBroken(self._why)

    async def examine(self) -> list[CrmFinding]:
        """Return what is wrong."""
        return [CrmFinding("plug-in", "not available", self._why)]
