"""How long a talk was by our own durations, where the clock was set back in its midst and every figure is too small.

The PBX, its CEL and the dialplan reckon a talk from two readings of one clock: set back by a minute, a talk of a minute
is nothing, and the customer who has just been talked with would be called again. Whoever heard its answer and its end
knows better. Only a process that lived through both does; what nobody measured is judged by what there is.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, NamedTuple

from telephony.events import CallAnswered, CallEnded, CallEvent
from telephony.model import Call, CallId, CallKind
from telephony.ports import Clock

_SET_BACK: Final = timedelta(seconds=0.5)
"""Less is a clock that is corrected a little, or a loop that was busy between two readings."""
_MOST: Final = 1000
"""Talks at a time: a callback rings a manager, and no company has more."""


class _Heard(NamedTuple):
    clock: datetime
    seconds: float


class TalkClock:
    """A listener of the pump's that hears events when they happen (``before``)."""

    def __init__(self, clock: Clock) -> None:
        self.seconds: Callable[[], float] = monotonic
        """Tells durations: whoever turns the clock turns these as well."""
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
                if now.clock - began.clock < lasted - _SET_BACK:
                    self._lasted[call_id] = lasted
                    _forget_oldest(self._lasted)
            case _:
                pass

    def corrected(self, call: Call) -> Call:
        """Return a call that talked for at least as long as we know that it did."""
        lasted = self._lasted.get(call.call_id)
        return call if lasted is None or call.talk >= lasted else replace(call, talk=lasted)


def _forget_oldest(notes: dict[CallId, _Heard] | dict[CallId, timedelta]) -> None:
    if len(notes) > _MOST:
        del notes[next(iter(notes))]
