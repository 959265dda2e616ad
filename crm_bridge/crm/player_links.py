"""Links by which a CRM's player hears a recording: signed, for one recording, as good as the key they are made with."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Protocol

from crm_bridge.api.endpoint import PREFIX
from crm_bridge.api.key_store import KeyStore
from crm_bridge.api.resources.listening import Listening
from crm_bridge.api.values.keys import Scope, lives
from crm_bridge.crm.errors import CrmDenied
from telephony.ports import Clock
from telephony.postgres.pool import Pool


class MakeLink(Protocol):
    """Gives the address of one recording, or empty where the operator allows none."""

    def __call__(self, recording_id: int, /) -> Awaitable[str]:
        """Return it."""
        ...


async def no_links(_: int, /) -> str:
    """Where the operator told no public address, nobody is sent anywhere."""
    return ""


class PlayerLinks:
    """Makes links with one of our API keys: who revokes it ends them all."""

    def __init__(self, pool: Pool, clock: Clock, *, public_url: str, key_id: str, days: float) -> None:
        self._keys = KeyStore(pool, clock)
        self._listening = Listening(pool)
        self._clock = clock
        self._public_url = public_url.rstrip("/")
        self._key_id = key_id
        self._life = timedelta(days=days)

    async def __call__(self, recording_id: int, /) -> str:
        """Make one.

        Raises:
            CrmDenied: the key is not there, has ended or may not listen.
        """
        key = await self._keys.find(self._key_id)
        now = self._clock()
        if key is None or not lives(key, now) or Scope.RECORDINGS_READ not in key.scopes:
            raise CrmDenied(
                f"crm.link_key {self._key_id}: no such key, or it may not listen; "
                "`ringback keys create crm --scope recordings:read` makes one"
            )
        query = await self._listening.link(recording_id, key, now + self._life)
        return f"{self._public_url}{PREFIX}/recordings/{recording_id}/listen?{query}"
