"""What may follow what: the lives of a leg and of a call, as tables, and the engine that reads them.

A leg is born when its channel is; it may ring; it is up when the phone (or the PBX towards the phone) answered; it is
gone when the channel is. Ringing after the answer, or anything after the end, has no entry: it is a `StateAnomaly`,
leaves the state as it was, and is for the caller to log with the raw event.

A call is forming while it has no leg that did anything (Local halves, a phone not yet asked), then open, then ended, or
absorbed when it turned out to be a part of another call. Both last states are final.
"""

from datetime import datetime
from enum import Enum, IntEnum, StrEnum, auto
from typing import Final, NamedTuple


class LegPhase(IntEnum):
    """Where a leg stands. A number, as those below, because a plain Enum is hashed in Python, by its name."""

    BORN = auto()
    RINGING = auto()
    UP = auto()
    GONE = auto()


class LegSignal(IntEnum):
    """What happens to a leg."""

    RINGS = auto()
    ANSWERS = auto()
    HANGS_UP = auto()


class CallPhase(IntEnum):
    """Where a call stands."""

    FORMING = auto()
    OPEN = auto()
    ENDED = auto()
    ABSORBED = auto()


class CallSignal(IntEnum):
    """What happens to a call."""

    OPENS = auto()
    LAST_CHANNEL_GONE = auto()
    IS_ABSORBED = auto()


class QueueWaiting(Enum):
    """Whether the caller waits in a queue. Asterisk says "abandoned" also when time was up: what follows tells."""

    NO = auto()
    IN_QUEUE = auto()
    MAYBE_GAVE_UP = auto()
    GAVE_UP = auto()


class AnomalyKind(StrEnum):
    """What the tracker did not expect."""

    UNEXPECTED_TRANSITION = "unexpected-transition"
    NO_CHANNEL = "no-channel"
    TOO_MANY = "too-many-channels"


class StateAnomaly(NamedTuple):
    """Something that does not fit what is known; the state was left as it was. To be logged with the raw event."""

    kind: AnomalyKind
    at: datetime
    uniqueid: str
    detail: str


LEG: Final[dict[tuple[LegPhase, LegSignal], LegPhase]] = {
    (LegPhase.BORN, LegSignal.RINGS): LegPhase.RINGING,
    (LegPhase.BORN, LegSignal.ANSWERS): LegPhase.UP,
    (LegPhase.BORN, LegSignal.HANGS_UP): LegPhase.GONE,
    (LegPhase.RINGING, LegSignal.RINGS): LegPhase.RINGING,
    (LegPhase.RINGING, LegSignal.ANSWERS): LegPhase.UP,
    (LegPhase.RINGING, LegSignal.HANGS_UP): LegPhase.GONE,
    (LegPhase.UP, LegSignal.ANSWERS): LegPhase.UP,
    (LegPhase.UP, LegSignal.HANGS_UP): LegPhase.GONE,
}

CALL: Final[dict[tuple[CallPhase, CallSignal], CallPhase]] = {
    (CallPhase.FORMING, CallSignal.OPENS): CallPhase.OPEN,
    (CallPhase.FORMING, CallSignal.LAST_CHANNEL_GONE): CallPhase.ENDED,
    (CallPhase.FORMING, CallSignal.IS_ABSORBED): CallPhase.ABSORBED,
    (CallPhase.OPEN, CallSignal.LAST_CHANNEL_GONE): CallPhase.ENDED,
    (CallPhase.OPEN, CallSignal.IS_ABSORBED): CallPhase.ABSORBED,
}


def next_leg_phase(phase: LegPhase, signal: LegSignal) -> LegPhase | None:
    """Return where the leg goes, or None if the table has no such step."""
    return LEG.get((phase, signal))


def next_call_phase(phase: CallPhase, signal: CallSignal) -> CallPhase | None:
    """Return where the call goes, or None if the table has no such step."""
    return CALL.get((phase, signal))
