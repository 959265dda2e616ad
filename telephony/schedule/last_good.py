"""Closed days as they were known last: a file for a daemon that starts while its database is away.

Calendars' copies and the API's days are kept in the database. What the watch made of them is written here as well,
whenever it changes; it is read at a start without the database only, and as soon as that answers it counts again.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
from pydantic import TypeAdapter, ValidationError

from telephony.errors import reason
from telephony.postgres.copies import write_copy
from telephony.schedule.rules.assembly import ToldDay
from telephony.schedule.rules.days import DayRule

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KnownDays:
    """What the file holds."""

    sources: dict[str, tuple[DayRule, ...]] = field(default_factory=dict)
    """Closed days by their source's key (`telephony.schedule.sources`)."""
    days: tuple[ToldDay, ...] = ()
    """The API's."""


_ADAPTER: Final = TypeAdapter(KnownDays)


class DaysCopy:
    """Keeps the copy in ``file``, and reads it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._written: KnownDays | None = None
        self._trouble = ""

    async def keep(self, known: KnownDays) -> None:
        """Write what is known, if it is new. A disk that cannot be written is told once; what was there stays."""
        if known == self._written:
            return
        try:
            await asyncio.to_thread(write_copy, self._file, _ADAPTER.dump_json(known))
        except OSError as error:
            trouble = reason(error)
            if trouble != self._trouble:
                _log.warning("calendar.copy_unwritten", file=str(self._file), reason=trouble)
            self._trouble = trouble
        else:
            self._written, self._trouble = known, ""

    async def read(self) -> KnownDays:
        """Return what was known last; nothing if there is no copy, or none that can be read."""
        try:
            return _ADAPTER.validate_json(await asyncio.to_thread(self._file.read_bytes))
        except FileNotFoundError:
            return KnownDays()
        except (OSError, ValidationError) as error:  # an older version's, or damaged
            _log.warning("calendar.copy_unreadable", file=str(self._file), reason=reason(error)[:300])
            return KnownDays()
