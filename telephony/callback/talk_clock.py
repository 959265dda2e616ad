"""How long a talk was by our own durations, where the clock was set back in its midst and every figure is too small.

The PBX, its CEL and the dialplan reckon a talk from two readings of one clock: set back by a minute, a talk of a minute
is nothing, and the customer who has just been talked with would be called again. Whoever heard its answer and its end
knows better. Of what no process lived through whole, the least is known: by how much the clock was set back since the
customer was dialled (`ClockReading`), if that was on this machine. A talk may have been longer by as much.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

from telephony.callback.policy.model import Attempt
from telephony.events import CallAnswered, CallEnded, CallEvent
from telephony.model import Call, CallId, CallKind
from telephony.ports import Clock

_SET_BACK: Final = timedelta(seconds=0.5)
"""Less is a clock that is corrected a little, or a loop that was busy between two readings."""
_MOST: Final = 1000
"""Talks at a time: a callback rings a manager, and no company has more."""


_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class ClockReading(NamedTuple):
    """What the clock is reckoned from: it changes only when somebody sets the clock."""

    zero: datetime
    """When this machine was started, by the clock as it is now."""
    machine: str
    """Which start of which machine; empty if nobody can tell."""


class _Heard(NamedTuple):
    clock: datetime
    seconds: float


class TalkClock:
    """A listener of the pump's that hears events when they happen (``before``)."""

    def __init__(self, clock: Clock) -> None:
        self.seconds: Callable[[], float] = monotonic
        """Tells durations: whoever turns the clock turns these as well."""
        self.machine = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
        self._clock = clock
        self._answers: dict[CallId, _Heard] = {}
        self._lasted: dict[CallId, timedelta] = {}

    def __call__(self, event: CallEvent) -> None:
        """Note the beginning or the end of a callback's talk."""
        if event.call.kind is not CallKind.CALLBACK:
            return
        call_id, now = event.call.call_id, _Heard(self._clock(), self.seconds())
        match event:
            case CallAnswered():
                self._answers.setdefault(call_id, now)
                _forget_oldest(self._answers)
            case CallEnded() if (began := self._answers.pop(call_id, None)) is not None:
                lasted = timedelta(seconds=now.seconds - began.seconds)
                self._lasted[call_id] = lasted
                _forget_oldest(self._lasted)
            case _:
                pass

    def corrected(self, call: Call) -> Call:
        """Return a call that talked for at least as long as we know that it did."""
        lasted = self._lasted.get(call.call_id)
        return call if lasted is None or call.talk >= lasted - _SET_BACK else replace(call, talk=lasted)

    def reading(self) -> ClockReading:
        """Return what the clock is reckoned from now."""
        return ClockReading(self._clock() - timedelta(seconds=self.seconds()), self.machine)

    def set_back(self, attempt: Attempt, call_id: CallId) -> timedelta:
        """Return by how much a talk may have been longer than every figure of it; nothing if we heard it whole."""
        now = self.reading()
        if call_id in self._lasted or attempt.clock_zero is None or not now.machine == attempt.clock_machine != "":
            return timedelta()
        by = attempt.clock_zero - now.zero
        return by if by > _SET_BACK else timedelta()


def _forget_oldest(notes: dict[CallId, _Heard] | dict[CallId, timedelta]) -> None:
    if len(notes) > _MOST:
        del notes[next(iter(notes))]
