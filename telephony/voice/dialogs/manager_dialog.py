"""The conversation with a manager who picked up, as a pure state machine.

Theory. The manager *listens*: who called, then the menu. A key that is on the menu is an answer; any other, and
silence, are a wasted hearing, and after the third hearing the answer is "no key" - so an answering machine, which
presses nothing, never accepts. The answer is *told* to the desk, whose reply decides how the conversation ends: the
customer is dialled, or it was noted, or it is not wanted any more. While the manager listens the attempt may become
unwanted, too: then they hear why, and nothing is told.

    LISTENING ──key on the menu, three hearings, hung up──▶ TOLD ──reply──▶ OVER
        └──────────────withdrawn, broken────────────────────────────────────┘

`ManagerDialog.start` and `ManagerDialog.receive` return the next step; the shell does it and brings what came of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from telephony.callback.policy.dialling import DialCustomer
from telephony.callback.policy.model import WithdrawnReason
from telephony.errors import UnexpectedTransition
from telephony.voice.dialogs.manager_port import AnswerNoted, ManagerAnswer, ManagerBriefing, Withdrawn
from telephony.voice.words.moments import Moment
from telephony.voice.words.phrases import LaterNoted, Line, MissedCall, Phrase, PressLater

HEARINGS = 3
"""Once, and repeated twice."""
MENU = {
    "1": ManagerAnswer.ACCEPTED,
    "2": ManagerAnswer.LATER,
    "3": ManagerAnswer.HAND_OVER,
    "9": ManagerAnswer.DEALT,
}
WITHDRAWN_LINES = {
    WithdrawnReason.GOT_THROUGH: Line.WITHDRAWN_GOT_THROUGH,
    WithdrawnReason.CALLED_BACK: Line.WITHDRAWN_CALLED_BACK,
    WithdrawnReason.TAKEN: Line.WITHDRAWN_TAKEN,
    WithdrawnReason.CANCELLED: Line.WITHDRAWN_CANCELLED,
}


class ManagerDialogState(Enum):
    """Where the conversation stands."""

    LISTENING = auto()
    TOLD = auto()
    OVER = auto()


# --- what happened -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Pressed:
    """A key was pressed, during the prompt or after it."""

    key: str


@dataclass(frozen=True, slots=True)
class Silent:
    """The prompt was heard to its end, and no key came."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The manager hung up."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The desk could not be asked."""


Happening = Pressed | Silent | Gone | Broken | Withdrawn | DialCustomer | AnswerNoted


# --- what to do ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Ask:
    """Say the phrases, then wait; any key interrupts. Brings `Pressed`, `Silent`, `Gone` or `Withdrawn`."""

    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the desk. Brings its reply, or `Broken`."""

    answer: ManagerAnswer


@dataclass(frozen=True, slots=True)
class Dial:
    """Say the phrase, then let the dialplan dial. The end."""

    phrase: Phrase
    order: DialCustomer


@dataclass(frozen=True, slots=True)
class Leave:
    """Say the phrases, if anybody is there, then hang up. The end."""

    phrases: tuple[Phrase, ...]


Step = Ask | Tell | Dial | Leave


class ManagerDialog:
    """One conversation; ``missed_at`` is the briefing's time as this manager would say it."""

    def __init__(self, briefing: ManagerBriefing, missed_at: Moment) -> None:
        self.state = ManagerDialogState.LISTENING
        self._hearings = 0
        self._answer = ManagerAnswer.NO_KEY
        self._later_minutes = briefing.later_minutes
        self._prompt: tuple[Phrase, ...] = (
            MissedCall(briefing.customer_name, briefing.customer_number, missed_at, briefing.missed_today),
            Line.PRESS_NOW,
            PressLater(briefing.later_minutes),
            Line.PRESS_HAND_OVER,
            Line.PRESS_DEALT,
        )

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """All that may be said before the desk's reply: worth being ready."""
        return self._prompt

    def start(self) -> Step:
        """Return the first step."""
        return self._hear()

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
    def _pressed(self, happening: Happening) -> Step:
        answer = MENU.get(happening.key) if isinstance(happening, Pressed) else None
        return self._tell(answer) if answer else self._hear()

    def _hear(self, _: Happening | None = None) -> Step:
        if self._hearings == HEARINGS:
            return self._tell(ManagerAnswer.NO_KEY)
        self._hearings += 1
        return Ask(self._prompt)

    def _hung_up(self, _: Happening) -> Step:
        return self._tell(ManagerAnswer.HUNG_UP)

    def _tell(self, answer: ManagerAnswer) -> Step:
        self.state, self._answer = ManagerDialogState.TOLD, answer
        return Tell(answer)

    def _withdrawn(self, happening: Happening) -> Step:
        lines = (WITHDRAWN_LINES[happening.reason],) if isinstance(happening, Withdrawn) else ()
        return self._leave(lines)

    def _broken(self, _: Happening) -> Step:
        return self._leave((Line.APOLOGY,))

    def _dial(self, happening: Happening) -> Step:
        if not isinstance(happening, DialCustomer) or self._answer is not ManagerAnswer.ACCEPTED:
            raise UnexpectedTransition(f"told to dial after {self._answer}")
        self.state = ManagerDialogState.OVER
        return Dial(Line.CONNECTING, happening)

    def _noted(self, _: Happening) -> Step:
        match self._answer:
            case ManagerAnswer.LATER:
                return self._leave((LaterNoted(self._later_minutes),))
            case ManagerAnswer.HAND_OVER:
                return self._leave((Line.HANDED_OVER,))
            case ManagerAnswer.DEALT:
                return self._leave((Line.DEALT,))
            case ManagerAnswer.NO_KEY:
                return self._leave((Line.NO_KEY,))
            case ManagerAnswer.HUNG_UP:
                return self._leave(())
            case ManagerAnswer.ACCEPTED:
                raise UnexpectedTransition("an acceptance was only noted")

    def _leave(self, phrases: tuple[Phrase, ...]) -> Step:
        self.state = ManagerDialogState.OVER
        return Leave(phrases)


_TABLE: dict[tuple[ManagerDialogState, type[Happening]], Callable[[ManagerDialog, Happening], Step]] = {
    (ManagerDialogState.LISTENING, Pressed): ManagerDialog._pressed,  # noqa: SLF001 - the table is the class's other half
    (ManagerDialogState.LISTENING, Silent): ManagerDialog._hear,  # noqa: SLF001
    (ManagerDialogState.LISTENING, Gone): ManagerDialog._hung_up,  # noqa: SLF001
    (ManagerDialogState.LISTENING, Withdrawn): ManagerDialog._withdrawn,  # noqa: SLF001
    (ManagerDialogState.LISTENING, Broken): ManagerDialog._broken,  # noqa: SLF001
    (ManagerDialogState.TOLD, DialCustomer): ManagerDialog._dial,  # noqa: SLF001
    (ManagerDialogState.TOLD, AnswerNoted): ManagerDialog._noted,  # noqa: SLF001
    (ManagerDialogState.TOLD, Withdrawn): ManagerDialog._withdrawn,  # noqa: SLF001
    (ManagerDialogState.TOLD, Broken): ManagerDialog._broken,  # noqa: SLF001
}
