"""What the conversation of a survey asks of whoever makes surveys, and the words they exchange."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from telephony.voice.words.phrases import Language

SurveyChannel = NewType("SurveyChannel", str)
"""The channel that was originated for a try: channel variable ``RINGBACK_SURVEY``."""

_CHANNEL = re.compile(r"rb-survey-[A-Za-z0-9.-]{1,64}")


def survey_channel(text: str) -> SurveyChannel | None:
    """Read a channel from what the dialplan sent; None if it cannot be one of ours."""
    return SurveyChannel(text) if _CHANNEL.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class SurveyBriefing:
    """How to speak with a customer who picked up."""

    language: Language
    company: str
    """As the operator writes it."""
    anchor_at: datetime
    """The purchase or the first talk, aware."""
    bought: bool
    """It was a purchase."""


class SurveyTalkEnd(StrEnum):
    """How the conversation ended."""

    FINISHED = "finished"
    HUNG_UP = "hung_up"
    """After they had agreed."""
    NO_CONSENT = "no_consent"
    REFUSED = "refused"
    """They hung up before they agreed."""
    NEVER_AGAIN = "never_again"


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """An answer that was recorded."""

    question: int
    """1 to 3."""
    file: str
    """The PBX's own path, with its suffix."""
    seconds: float


@dataclass(frozen=True, slots=True)
class SurveyProgress:
    """What a customer has said up to now; told again whole each time, so that a lost telling costs nothing."""

    consented: bool = False
    score: int | None = None
    person_wanted: bool = False
    answers: tuple[SpokenAnswer, ...] = field(default=())
    end: SurveyTalkEnd | None = None
    """None: the conversation goes on."""


class SurveyPort(Protocol):
    """Keeps surveys. Methods may raise: before the first word the customer then hears nothing but a goodbye."""

    async def picked_up(self, channel: SurveyChannel) -> SurveyBriefing | None:
        """Return how to speak with the customer on a channel; None: nobody is to be asked on it (any more)."""
        ...

    async def keep(self, channel: SurveyChannel, progress: SurveyProgress) -> None:
        """Write down how far the conversation is, or that it is over."""
        ...
