"""A call in progress, as the recorder sees it."""

import asyncio
from dataclasses import dataclass, field

from telephony.model import Call, RecordingSegment
from telephony.recording.policy import Wish
from telephony.recording.rows import OrderKind


@dataclass(slots=True)
class Watched:
    """A call in progress, what records it, and what was ordered."""

    call: Call
    tapes: list[RecordingSegment] = field(default_factory=list)
    """Those that were started and not stopped; one whose channel is gone may still be here."""
    ids: dict[str, str] = field(default_factory=dict)
    """The PBX's ids of tapes of ours, by their paths."""
    paused: bool = False
    ordered: Wish | None = None
    """What a person ordered; it overrides the policy."""
    stopped: set[str] = field(default_factory=set)
    """Paths of tapes that we stopped: their channels go on telling of them."""
    timer: asyncio.TimerHandle | None = None
    """Runs while nothing may be started: the PBX may still do it itself, or has to forget a tape."""
    moved: bool = False
    """A transfer was made while the timer ran."""

    def obey(self, kind: OrderKind) -> None:
        """Take an order."""
        match kind:
            case OrderKind.PAUSE | OrderKind.RESUME:
                self.paused = kind is OrderKind.PAUSE
            case OrderKind.START:
                self.ordered = Wish.RECORD
            case OrderKind.STOP:
                self.ordered = Wish.SKIP

    def add(self, tape: RecordingSegment) -> bool:
        """Take a tape on; False if it was known."""
        if any((each.uniqueid, each.path) == (tape.uniqueid, tape.path) for each in self.tapes):
            return False
        self.tapes.append(tape)
        return True

    def drop(self, tape: RecordingSegment) -> None:
        """Forget a tape that was stopped or did not start."""
        self.tapes = [each for each in self.tapes if (each.uniqueid, each.path) != (tape.uniqueid, tape.path)]

    def take_in(self, other: "Watched") -> None:
        """Take over what is known of a call that turned out to be this one."""
        for tape in other.tapes:
            self.add(tape)
        self.ids |= other.ids
        self.stopped |= other.stopped
        self.paused |= other.paused
        self.ordered = self.ordered or other.ordered

    def cancel_timer(self) -> None:
        """Forget the timer."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
