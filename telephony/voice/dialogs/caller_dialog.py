"""The conversation with a caller while nobody works, as a pure state machine.

Theory. The promise is *booked* before it is told, so it stands whatever the caller does then: presses 1, says nothing,
or hangs up in the middle. A hidden number is asked for first, read back and confirmed. Everything that a caller can
repeat has a limit, so the conversation ends.

    ASKING ──a number──▶ CONFIRMING ──1──▶ BOOKING ──booked──▶ OFFERED ──2 (twice)──▶ BOOKING
      └──────── three tries ────────▶ OVER ◀── 1, silence, gone ──┘ └──0──▶ RECORDING ──▶ OVER
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from telephony.errors import UnexpectedTransition
from telephony.numbers import Canonical, canonical
from telephony.voice.dialogs.caller_port import Booked, CallerBriefing, NoSlot, NotCalled
from telephony.voice.dialogs.manager_dialog import Broken, Gone, Pressed, Silent
from telephony.voice.words.moments import Moment
from telephony.voice.words.phrases import Line, Phrase, Promise, ReadBack

NUMBER_TRIES = 3
OTHER_TIMES = 2
HEARINGS = 2
_SHORTEST_MESSAGE = 1.0


class CallerDialogState(Enum):
    """Where the conversation stands."""

    ASKING = auto()
    CONFIRMING = auto()
    BOOKING = auto()
    OFFERED = auto()
    RECORDING = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class Keyed:
    """Digits were keyed in, perhaps none."""

    digits: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A message was recorded, perhaps an empty one; the caller may be gone by now."""

    seconds: float


Happening = Pressed | Silent | Gone | Broken | Keyed | Booked | NoSlot | NotCalled | Recorded


@dataclass(frozen=True, slots=True)
class Ask:
    """Say the phrases, then wait; any key interrupts. Brings `Pressed`, `Silent` or `Gone`."""

    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Collect:
    """Say the phrase and take digits up to a hash. Brings `Keyed` or `Gone`."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Book:
    """Ask the desk for a promise, and say something meanwhile. Brings `Booked`, `NoSlot`, `NotCalled` or `Broken`."""

    number: Canonical
    later_than: datetime | None
    meanwhile: Phrase | None = None


@dataclass(frozen=True, slots=True)
class RecordMessage:
    """Say the phrase and record a message. Brings `Recorded`."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Leave:
    """Tell the desk what came of it, say the phrases if anybody is there, then hang up. The end."""

    phrases: tuple[Phrase, ...]
    number: Canonical
    accepted: bool = False
    message: bool = False


Step = Ask | Collect | Book | RecordMessage | Leave


class CallerDialog:
    """One conversation. ``spoken`` makes of a time what is said of it now; ``region`` is where bare numbers belong."""

    def __init__(self, briefing: CallerBriefing, spoken: Callable[[datetime], Moment], region: str) -> None:
        self.state = CallerDialogState.ASKING
        self._number = briefing.number
        self._keyed_in = not briefing.number
        self._spoken = spoken
        self._region = region
        self._tries = self._changes = self._hearings = 0
        self._promised: datetime | None = None

    def start(self) -> Step:
        """Return the first step."""
        if self._number:
            return self._book(None, meanwhile=Line.GREETING)
        return Collect(Line.ENTER_NUMBER)

    def receive(self, happening: Happening) -> Step:
        """Return the next step.

        Raises:
            UnexpectedTransition: this cannot happen now; the state is unchanged.
        """
        row = _TABLE.get((self.state, type(happening)))
        if row is None:
            raise UnexpectedTransition(f"{type(happening).__name__} while {self.state.name}")
        return row(self, happening)

    # --- the rows of the table -------------------------------------------------------------------------------------
    def _keyed(self, happening: Happening) -> Step:
        number = canonical(happening.digits, self._region) if isinstance(happening, Keyed) else Canonical("")
        if not number.startswith("+"):
            return self._again()
        self.state, self._number = CallerDialogState.CONFIRMING, number
        return Ask((ReadBack(number), Line.PRESS_RIGHT))

    def _again(self) -> Step:
        self._tries += 1
        self._number = Canonical("")
        if self._tries == NUMBER_TRIES:
            return self._leave(Line.CANNOT_CALL_BACK)
        self.state = CallerDialogState.ASKING
        return Collect(Line.ENTER_NUMBER_AGAIN)

    def _confirmed(self, happening: Happening) -> Step:
        if isinstance(happening, Pressed) and happening.key == "1":
            return self._book(None)
        return self._again()

    def _book(self, later_than: datetime | None, meanwhile: Phrase | None = None) -> Step:
        self.state = CallerDialogState.BOOKING
        return Book(self._number, later_than, meanwhile)

    def _booked(self, happening: Happening) -> Step:
        if isinstance(happening, Booked):
            self._promised = happening.at
        return self._offer()

    def _no_slot(self, _: Happening) -> Step:
        if self._promised is None:
            return self._leave(Line.REGISTERED)
        self._changes = OTHER_TIMES
        return self._offer(Line.NO_OTHER_TIME)

    def _not_called(self, _: Happening) -> Step:
        """Who keyed the number in may try another one."""
        return self._again() if self._keyed_in else self._leave(Line.CANNOT_CALL_BACK)

    def _offer(self, *before: Phrase) -> Step:
        if self._promised is None:
            return self._leave(Line.REGISTERED)
        self.state = CallerDialogState.OFFERED
        other = (Line.PRESS_OTHER_TIME,) if self._changes < OTHER_TIMES else ()
        promise = Promise(self._spoken(self._promised))
        return Ask((*before, promise, Line.PRESS_ACCEPT, *other, Line.PRESS_MESSAGE))

    def _answered(self, happening: Happening) -> Step:
        key = happening.key if isinstance(happening, Pressed) else ""
        if key == "1":
            return self._leave(Line.PROMISE_ACCEPTED, accepted=True)
        if key == "2" and self._changes < OTHER_TIMES:
            self._changes += 1
            return self._book(self._promised)
        if key == "0":
            self.state = CallerDialogState.RECORDING
            return RecordMessage(Line.LEAVE_MESSAGE)
        return self._unheard()

    def _unheard(self, _: Happening | None = None) -> Step:
        """Silence, or a key that means nothing: once more; then the promise simply stands."""
        self._hearings += 1
        return self._leave(Line.PROMISE_ACCEPTED) if self._hearings == HEARINGS else self._offer()

    def _recorded(self, happening: Happening) -> Step:
        long_enough = isinstance(happening, Recorded) and happening.seconds >= _SHORTEST_MESSAGE
        return self._leave(Line.MESSAGE_TAKEN if long_enough else Line.PROMISE_ACCEPTED, message=long_enough)

    def _gone(self, _: Happening) -> Step:
        return self._leave()

    def _broken(self, _: Happening) -> Step:
        return self._leave(Line.REGISTERED) if self._promised is None else self._offer(Line.NO_OTHER_TIME)

    def _leave(self, *phrases: Phrase, accepted: bool = False, message: bool = False) -> Step:
        self.state = CallerDialogState.OVER
        return Leave(phrases, self._number, accepted=accepted, message=message)


_TABLE: dict[tuple[CallerDialogState, type[Happening]], Callable[[CallerDialog, Happening], Step]] = {
    (CallerDialogState.ASKING, Keyed): CallerDialog._keyed,  # noqa: SLF001 - the table is the class's other half
    (CallerDialogState.ASKING, Gone): CallerDialog._gone,  # noqa: SLF001
    (CallerDialogState.CONFIRMING, Pressed): CallerDialog._confirmed,  # noqa: SLF001
    (CallerDialogState.CONFIRMING, Silent): CallerDialog._confirmed,  # noqa: SLF001
    (CallerDialogState.CONFIRMING, Gone): CallerDialog._gone,  # noqa: SLF001
    (CallerDialogState.BOOKING, Booked): CallerDialog._booked,  # noqa: SLF001
    (CallerDialogState.BOOKING, NoSlot): CallerDialog._no_slot,  # noqa: SLF001
    (CallerDialogState.BOOKING, Broken): CallerDialog._broken,  # noqa: SLF001
    (CallerDialogState.BOOKING, NotCalled): CallerDialog._not_called,  # noqa: SLF001
    (CallerDialogState.OFFERED, Pressed): CallerDialog._answered,  # noqa: SLF001
    (CallerDialogState.OFFERED, Silent): CallerDialog._unheard,  # noqa: SLF001
    (CallerDialogState.OFFERED, Gone): CallerDialog._gone,  # noqa: SLF001
    (CallerDialogState.RECORDING, Recorded): CallerDialog._recorded,  # noqa: SLF001
    (CallerDialogState.RECORDING, Gone): CallerDialog._gone,  # noqa: SLF001
}
