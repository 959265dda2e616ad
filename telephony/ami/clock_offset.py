"""How far the PBX's clock is from ours, as its answers to our signs of life tell.

An hour's difference is silent otherwise: with ours ahead every missed call is too old to be called back, and with ours
behind it is not due yet.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from telephony.ami.protocol.times import moment_of

FAR: Final = timedelta(seconds=30)
"""More than this is not the way of an answer: the clocks differ."""
_log = structlog.get_logger(__name__)


class ClockOffset:
    """Of one PBX."""

    def __init__(self, pbx: str, clock: Callable[[], datetime]) -> None:
        self._log = _log.bind(pbx=pbx)
        self._clock = clock
        self.ahead: timedelta | None = None
        """By how much the PBX's clock is ahead of ours; None if it does not tell."""
        self._was_far = False

    @property
    def is_far(self) -> bool:
        """Whether the two differ by more than an answer's way explains."""
        return self.ahead is not None and abs(self.ahead) > FAR

    def note(self, pong: Mapping[str, str]) -> None:
        """Look at an answer to a ping, now; says it once when the clocks part, and when they meet again."""
        theirs = moment_of(pong.get("Timestamp", ""))
        self.ahead = theirs - self._clock() if theirs else None
        if self.is_far is self._was_far:
            return
        self._was_far = self.is_far
        if self.is_far:
            self._log.error("ami.clocks_differ", said=str(self), cure=CURE)
        else:
            self._log.info("ami.clocks_agree", said=str(self))

    def __str__(self) -> str:
        if self.ahead is None:
            return "the PBX does not tell its time"
        seconds = self.ahead.total_seconds()
        return f"the PBX's clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} ours"


CURE: Final = "set both machines' clocks by NTP (timedatectl set-ntp true): callbacks are too old, or not due yet"
