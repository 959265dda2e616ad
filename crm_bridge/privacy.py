"""Everything that is known of one number, and what this side forgets when telephony erases it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from crm_bridge.statements import NOTES, PRIVACY
from telephony.model import CallId
from telephony.ports import Clock, Transaction
from telephony.postgres.pool import Pool

_SECTIONS: Final = (
    "customer",
    "calls",
    "legs",
    "transfers",
    "recordings",
    "callbacks",
    "callback_history",
    "comments",
    "tags",
    "results",
    "listenings",
    "caller_messages",
    "messages",
)


class Erased(Protocol):
    """What telephony tells of an erasure."""

    @property
    def calls(self) -> Sequence[CallId]:
        """The calls whose numbers were blanked."""
        ...

    @property
    def requests(self) -> Sequence[int]:
        """The callback requests."""
        ...


def keys_of(number: str, calls: Sequence[str], requests: Sequence[int]) -> list[str]:
    """Give what outbox messages and CRM links about a number are kept under."""
    return [number, *calls, *(f"request:{request}" for request in requests)]


async def everything(pool: Pool, number: str) -> dict[str, list[dict[str, Any]]]:
    """Collect all that is known of a canonical number, as of one moment, by section."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        found = {
            section: [_readable(row) for row in await connection.fetch(getattr(PRIVACY, section), number)]
            for section in _SECTIONS
        }
        links = await connection.fetch(PRIVACY.crm_links, _keys_in(number, found))
        return found | {"crm_links": [dict(row) for row in links]}


async def crm_copies(pool: Pool, number: str) -> list[dict[str, Any]]:
    """List what CRMs keep of a number, as we know it: the CRM, and its own ids."""
    return (await everything(pool, number))["crm_links"]


class Forgetting:
    """The erasure's hook of this side."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, tx: Transaction, number: str, erased: Erased) -> None:
        """Blank messages, told and untold, forget comments and links; runs in the erasure's transaction."""
        at: datetime = self._clock()
        keys = keys_of(number, erased.calls, erased.requests)
        await tx.execute(PRIVACY.blank_messages, keys, at)
        await tx.execute(PRIVACY.blank_deliveries, keys)
        await tx.execute(PRIVACY.forget_links, keys)
        await tx.execute(NOTES.forget_comments, list(erased.calls))


def _keys_in(number: str, found: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    calls = [row["call_id"] for row in found["calls"]]
    return keys_of(number, calls, [row["request_id"] for row in found["callbacks"]])


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
