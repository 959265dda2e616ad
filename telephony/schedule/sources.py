"""Where closed days come from besides the settings: files of this machine, and calendars asked over HTTP."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.rules.icalendar_files import MOST_BYTES
from telephony.settings import CalendarSettings

_NAME_LENGTH: Final = 16


class Stamp(NamedTuple):
    """What tells that a file was written or put in place of another, without reading it."""

    inode: int
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """One of ``hours.closed_days_files``."""

    path: Path

    @property
    def key(self) -> str:
        """Name it in the database."""
        return f"file:{self.path}"

    @property
    def said(self) -> str:
        """Name it for people."""
        return str(self.path)

    def stamp(self) -> Stamp | None:
        """Look at it; None if it is not there, or not for us."""
        try:
            found = os.stat(self.path)  # noqa: PTH116 - one call; Path has nothing better
        except OSError:
            return None
        return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)

    def read(self) -> bytes:
        """Read it, but no more than a calendar may have.

        Raises:
            ScheduleUnreadable: it is not there, or not for us.
        """
        try:
            with self.path.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except OSError as error:
            raise ScheduleUnreadable(f"hours.closed_days_files: {self.path}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class CalendarLink:
    """One of ``hours.calendars``."""

    settings: CalendarSettings

    @property
    def key(self) -> str:
        """Name it in the database: another address under the same name is another calendar."""
        address = hashlib.sha256(self.settings.url.get_secret_value().encode()).hexdigest()
        return f"url:{self.settings.name}:{address[:_NAME_LENGTH]}"

    @property
    def said(self) -> str:
        """Name it for people; the address may be a secret."""
        return f"hours.calendars {self.settings.name}"
