"""The directory as it was when the database could last be asked: a file for the time when it cannot.

The copy is taken at the start and every ten minutes, and written if it says something new. It holds managers and which
customer has which; it is ours alone (0600). It is read when somebody calls while the database is away, and forgotten
again when the database has answered.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
from pydantic import TypeAdapter, ValidationError

from telephony.directory.model import ManagerEntry, ManagerId
from telephony.directory.store import SQL, DirectoryStore
from telephony.errors import reason
from telephony.numbers import Canonical
from telephony.postgres.copies import write_copy
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool

_log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the file holds."""

    managers: tuple[ManagerEntry, ...] = ()
    owners: dict[str, str] = field(default_factory=dict)
    """Managers' ids by customers' numbers."""


_ADAPTER: Final = TypeAdapter(Snapshot)


class LastKnown:
    """Keeps the copy in ``file``, and reads it."""

    def __init__(self, pool: Pool, file: Path, every_seconds: float = _EVERY_SECONDS) -> None:
        self._pool = pool
        self._file = file
        self._every = every_seconds
        self._directory = DirectoryStore(pool)
        self._read: Snapshot | None = None

    async def run(self) -> None:
        """Keep the copy current until cancelled; a database that is away is waited for."""
        await Patience("directory copy").every(self._every, self.take)

    async def take(self) -> None:
        """Take the copy once. A disk that cannot be written is told; what was there stays."""
        rows = await self._pool.fetch(SQL.all_owners)
        snapshot = Snapshot(await self._directory.managers(), {row["number"]: row["manager_id"] for row in rows})
        self._read = None
        try:
            await asyncio.to_thread(write_copy, self._file, _ADAPTER.dump_json(snapshot))
        except OSError as error:
            _log.warning("directory.copy_unwritten", file=str(self._file), reason=reason(error))

    async def managers(self) -> tuple[ManagerEntry, ...]:
        """Return the managers, as far as they are known."""
        return (await self._snapshot()).managers

    async def owner_of(self, customer: Canonical) -> ManagerId | None:
        """Return a customer's manager, if one is known."""
        owner = (await self._snapshot()).owners.get(customer)
        return ManagerId(owner) if owner else None

    async def _snapshot(self) -> Snapshot:
        if self._read is None:
            self._read = await asyncio.to_thread(_read, self._file)
        return self._read


def _read(file: Path) -> Snapshot:
    try:
        return _ADAPTER.validate_json(file.read_bytes())
    except FileNotFoundError:
        return Snapshot()
    except (OSError, ValidationError) as error:  # an older version's, or damaged: then nobody is known
        _log.warning("directory.copy_unreadable", file=str(file), reason=reason(error)[:300])
        return Snapshot()
