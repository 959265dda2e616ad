"""What the manager's conversation asks of whoever runs the callbacks, and the words they exchange.

The callback room implements `ManagerPort`; the conversation knows nothing of requests, ladders or the database.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from telephony.callback.policy.dialling import DialCustomer
from telephony.callback.policy.model import WithdrawnReason
from telephony.voice.words.phrases import Language

AttemptId = NewType("AttemptId", str)
"""The attempt that a manager's channel was originated for: channel variable ``RINGBACK_ATTEMPT``."""

_ATTEMPT = re.compile(r"[A-Za-z0-9._-]{1,80}")


def attempt_id(text: str) -> AttemptId | None:
    """Read an attempt's id from what the dialplan sent; None if it cannot be one."""
    return AttemptId(text) if _ATTEMPT.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class ManagerBriefing:
    """What a manager who picked up is told."""

    language: Language
    customer_name: str
    """As the directory or the caller's phone told it: hostile text, cleaned before it is spoken. May be empty."""
    customer_number: str
    missed_at: datetime
    """When the call was missed, aware."""
    missed_today: int
    """How many calls of theirs were missed on the day of `missed_at`, at least 1."""
    later_minutes: int = 15
    """What key 2 will be: said aloud."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """This attempt is not wanted any more."""

    reason: WithdrawnReason


class ManagerAnswer(StrEnum):
    """What the manager did."""

    ACCEPTED = "accepted"
    LATER = "later"
    HAND_OVER = "hand_over"
    DEALT = "dealt"
    NO_KEY = "no_key"
    """Heard everything (or was an answering machine) and pressed nothing."""
    HUNG_UP = "hung_up"
    """Hung up before pressing anything."""


@dataclass(frozen=True, slots=True)
class AnswerNoted:
    """The answer was taken; nothing more to do on this channel."""


@dataclass(frozen=True, slots=True)
class DialReport:
    """How the customer's leg ended, as the dialplan saw it.

    The tracker sees the same call with more detail; this is told early, while the manager is still on the line.
    """

    dialstatus: str
    """Asterisk's DIALSTATUS: ANSWER, BUSY, NOANSWER, CANCEL, CONGESTION, CHANUNAVAIL, ...; empty if never dialled."""
    hangup_cause: int
    """Q.850 cause of the customer's leg, 0 if unknown."""
    talk_seconds: int
    """From the answer on; 0 if not answered, negative if the PBX's clock was set back while they talked."""


class ManagerPort(Protocol):
    """Knows the attempts. Every method may raise `telephony.errors.RingbackError`: the manager hears an apology.

    The conversation gives each call 2 s (`briefing` 1.5 s), so that nobody listens to silence for longer.
    """

    async def briefing(self, attempt: AttemptId) -> ManagerBriefing | Withdrawn:
        """Return what to tell; called once, when the phone was picked up."""
        ...

    async def withdrawn(self, attempt: AttemptId) -> Withdrawn | None:
        """Return whether the attempt is unwanted now; asked once a sentence while the manager listens. No writing."""
        ...

    async def report(self, attempt: AttemptId, answer: ManagerAnswer) -> DialCustomer | Withdrawn | AnswerNoted:
        """Take the manager's answer; called once for an attempt whose briefing was given, never after `Withdrawn`.

        For ``ACCEPTED``, `DialCustomer` or `Withdrawn`; for all others, `AnswerNoted`.
        """
        ...

    async def calls_us(self, attempt: AttemptId) -> bool:
        """Return whether the customer has come to us since the manager accepted; asked just before they are dialled.

        If so, the attempt is over. An error or silence means yes: whoever is not with us is answered for at once.
        """
        ...

    async def dialled(self, attempt: AttemptId, report: DialReport) -> None:
        """Take the result of the customer's dial; at most once after `DialCustomer`, never if the PBX died."""
        ...
