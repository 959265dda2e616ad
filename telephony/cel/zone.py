"""When a CEL row happened. Pure.

``cel.conf``'s ``dateformat`` decides how a time is written. Seconds since 1970 are unmistakable, and so is a time with
its zone; FreePBX and every database write the PBX's local time without one. But a channel's uniqueid begins with the
second of its birth, in UTC, and ``CHAN_START`` is that second: the difference is the PBX's offset, in quarters of an
hour. It is found anew with each channel, so that summer time comes and goes by itself.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from telephony.ami.protocol.times import birth_of, moment_of
from telephony.cel.rows import CelRow

_QUARTER: Final = 900
_MOST: Final = 14 * 3600
"""No zone is farther from UTC."""
_SLACK: Final = 120
"""Seconds between a channel's id and its first row, at most."""


class ZoneFinder:
    """Reads the times of one stream."""

    def __init__(self) -> None:
        self._offset: timedelta | None = None

    def read(self, row: CelRow) -> datetime | None:
        """Return the time of a row, aware and in UTC; None if it has none that can be read."""
        text = row.event_time
        found = moment_of(text)
        if found is not None or not text:
            return found
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is not None:
                return found.astimezone(UTC)
            found = found.replace(tzinfo=UTC)
            self._look(row, found)
            return found - (self._offset or timedelta())
        except (ValueError, OverflowError):  # the first and last day of all have no other zone
            return None

    def _look(self, row: CelRow, local: datetime) -> None:
        first = row.event_type == "CHAN_START"
        born = birth_of(row.uniqueid) if first or self._offset is None else 0
        if not born:
            return
        ahead = local.timestamp() - born
        quarters = round(ahead / _QUARTER) if first else ahead // _QUARTER
        offset = quarters * _QUARTER
        if abs(offset) <= _MOST and (not first or abs(ahead - offset) <= _SLACK):
            self._offset = timedelta(seconds=offset)
