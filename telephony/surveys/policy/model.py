"""The values of a survey: its states, why it is made, how it ends."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from telephony.errors import Refused
from telephony.model import PbxName
from telephony.numbers import Canonical

SurveyId = NewType("SurveyId", int)

CHANNEL_PREFIX: Final = "rb-survey-"
"""A survey's channel is known by its id: ``rb-survey-<survey>-<try>-<random>``."""
QUESTIONS: Final = 3
"""Spoken answers; the score is asked before them."""
MOST_TRIES: Final = 2


class SurveyState(StrEnum):
    """Where a survey stands."""

    PLANNED = "planned"
    RINGING = "ringing"
    TALKING = "talking"
    OVER = "over"


class SurveyReason(StrEnum):
    """Why somebody is asked."""

    SALE = "sale"
    FIRST_CALL = "first_call"
    BY_HAND = "by_hand"


class SurveyEnd(StrEnum):
    """How a survey ended."""

    FINISHED = "finished"
    """All questions were put."""
    HUNG_UP = "hung_up"
    """They agreed, and hung up in the middle; what they said until then is kept."""
    NO_CONSENT = "no_consent"
    """They picked up and pressed nothing, twice: no wish, or a machine."""
    REFUSED = "refused"
    """They hung up before they agreed."""
    NEVER_AGAIN = "never_again"
    """They pressed 9."""
    NOT_REACHED = "not_reached"
    """Nobody picked up, in all tries."""
    LOST = "lost"
    """The PBX or the daemon was gone while their phone rang: not rung again, since nobody knows what they heard."""
    EXPIRED = "expired"
    """Its days went by."""
    CANCELLED = "cancelled"
    # why nobody was rung
    DO_NOT_CALL = "do_not_call"
    SAID_NEVER = "said_never"
    OWN_NUMBER = "own_number"
    EMPLOYEE = "employee"
    UNDIALABLE = "undialable"
    TOLL = "toll"
    HELD = "held"


class HalfDay(StrEnum):
    """The half of a day that a try is kept to; the second try takes the other half."""

    ANY = ""
    MORNING = "morning"
    AFTERNOON = "afternoon"


@dataclass(frozen=True, slots=True)
class Survey:
    """One survey, as the row has it."""

    survey_id: SurveyId
    pbx: PbxName
    customer: Canonical
    heard_number: str
    """Their number as the trunk told it."""
    name: str
    did: str
    """Our number that they know."""
    trunk: str
    because: SurveyReason
    anchor_at: datetime
    """The purchase, or the first talk; of one by hand, the order."""
    state: SurveyState
    not_before: datetime
    half: HalfDay
    expires_at: datetime
    tries: int
    channel_id: str
    rang_at: datetime | None


class SurveyOrderRefused(Refused):
    """The order cannot be carried out as it was given; nothing was changed."""

    error_id = "survey-order"
