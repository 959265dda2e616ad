"""The events that wait for the database, in order, up to a bound. Pure.

Each event carries the whole call as it then stood, so a later one makes up for an earlier one that is forgotten; the
end of a call is made up for by nothing. When the bound is reached the oldest event of the least worthy kind is shed:
first phones that rang, last calls that ended. Order is kept: events leave in the order in which they came.
"""

from collections import deque
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Final

from telephony.events import (
    CallAnswered,
    CallEnded,
    CallEvent,
    CallMerged,
    CallRecorded,
    CallRinging,
    CallStarted,
    CallTransferred,
    NumberKeyed,
)

SHED_ORDER: Final[tuple[type[CallEvent], ...]] = (
    CallRinging,
    CallStarted,
    CallTransferred,
    CallRecorded,
    CallAnswered,
    CallMerged,
    NumberKeyed,
    CallEnded,
)


class Backlog:
    """A queue with a lane a kind; ``bound`` counts over all lanes."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._lanes: dict[type[CallEvent], deque[tuple[int, CallEvent]]] = {kind: deque() for kind in SHED_ORDER}
        self._came = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def put(self, event: CallEvent) -> CallEvent | None:
        """Append ``event``; return the event that had to be shed for it, if any."""
        self._lanes[type(event)].append((self._came, event))
        self._came += 1
        self._size += 1
        return self._shed() if self._size > self._bound else None

    @property
    def came(self) -> int:
        """How many events ever came: the number of the next one."""
        return self._came

    @property
    def oldest(self) -> int | None:
        """The number of the oldest one that is here."""
        return min((lane[0][0] for lane in self._lanes.values() if lane), default=None)

    def take(self, most: int) -> list[CallEvent]:
        """Remove and return the oldest events, at most ``most``, in the order in which they came."""
        taken: list[CallEvent] = []
        while self._size and len(taken) < most:
            lane = min((lane for lane in self._lanes.values() if lane), key=lambda lane: lane[0][0])
            taken.append(lane.popleft()[1])
            self._size -= 1
        return taken

    def peek(self, most: int) -> list[tuple[int, CallEvent]]:
        """Return what `take` would, with each event's number."""
        return list(islice(merge(*self._lanes.values(), key=itemgetter(0)), most))

    def drop_through(self, number: int) -> None:
        """Remove all events that came before the one with this number, and that one, as far as they are still here."""
        for lane in self._lanes.values():
            while lane and lane[0][0] <= number:
                lane.popleft()
                self._size -= 1

    def _shed(self) -> CallEvent:
        lane = next(self._lanes[kind] for kind in SHED_ORDER if self._lanes[kind])
        self._size -= 1
        return lane.popleft()[1]
