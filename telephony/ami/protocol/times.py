"""When an AMI event happened, by the PBX's own clock."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from telephony.ami.protocol.channel_headers import Headers

_moment: Final = datetime.fromtimestamp
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 253_402_300_799  # the last second of the year 9999
_BIRTH: Final = re.compile(r"(?:^|-)(\d{9,11})\.\d+(?:;[12])?$")
_UNIQUEIDS: Final = ("uniqueid", "destuniqueid", "linkedid", "uniqueid1", "uniqueid2")


class EventClock:
    """Reads the time of one stream's events.

    ``Timestamp`` is Asterisk's own clock (``timestampevents = yes``) and is believed, also when it steps. Without it
    the time is ``now()``, or, where nothing gives that, the second at which the newest channel so far was born: a
    uniqueid is ``[name-]<seconds since 1970>.<counter>``.
    """

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._now = now
        self._newest = 0
        self.last = _EPOCH

    def read(self, headers: Headers) -> datetime:
        """Return the time of the event that has these headers, aware and in UTC."""
        stamp = headers.get("timestamp")
        if stamp:
            answer = stamped(stamp)
            if answer is not None:
                self.last = answer
                return answer
        if self._now:
            return self._now()
        self._note_births(headers)
        return self.last

    def _note_births(self, headers: Headers) -> None:
        for key in _UNIQUEIDS:
            uniqueid = headers.get(key)
            born = birth_of(uniqueid) if uniqueid else 0
            if born > self._newest:
                self._newest = born
                self.last = max(self.last, _EPOCH + timedelta(seconds=born))


def stamped(stamp: str) -> datetime | None:
    """Read a ``Timestamp``; None if it is no time at all: as if it were not there."""
    try:
        return _moment(float(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def birth_of(uniqueid: str) -> int:
    """The second since 1970 that a uniqueid begins with, or 0 if it has none (ids that an Originate chose)."""
    found = _BIRTH.search(uniqueid)
    return int(found[1]) if found else 0


def moment_of(epoch: str) -> datetime | None:
    """``1736000000.123456`` as a time; None if it is no such thing."""
    try:
        seconds = float(epoch)
    except ValueError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else None
