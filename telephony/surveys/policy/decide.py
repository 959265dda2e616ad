"""Whether a customer may be asked now: a pure decision over what is known of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from telephony.callback.policy.guards import DIALABLE, Barred, Waking, awake_at
from telephony.schedule.rules.hours import Calendar
from telephony.surveys.policy.model import Survey, SurveyEnd
from telephony.surveys.policy.timing import in_half

_QUIET_AFTER_TALK: Final = timedelta(hours=24)
_LOOK_AGAIN: Final = timedelta(minutes=15)
_ROUNDS: Final = 60
"""Openings that are looked through for one that suits everybody; two months of days."""


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What is known of a customer just now."""

    do_not_call: bool = False
    said_never: bool = False
    held: bool = False
    """Under a legal hold: nothing new is collected of them."""
    waits_for_us: bool = False
    """An open callback request, or a call that goes on."""
    talked_at: datetime | None = None
    """When the last talk with them ended."""
    toll: bool = False
    """`[toll]` forbids the number."""


@dataclass(frozen=True, slots=True)
class AskingHours:
    """When anybody may be asked."""

    survey: Calendar
    """`survey.hours`."""
    opening: Calendar
    """Ours: a person is offered."""
    waking: Sequence[Waking]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class AskNow:
    """Ring them."""


@dataclass(frozen=True, slots=True)
class AskLater:
    """Not before ``at``."""

    at: datetime


@dataclass(frozen=True, slots=True)
class DoNotAsk:
    """Never: the survey is over."""

    why: SurveyEnd


SurveyDecision = AskNow | AskLater | DoNotAsk


def decide(now: datetime, survey: Survey, facts: CustomerFacts, hours: AskingHours, barred: Barred) -> SurveyDecision:
    """Decide about one survey that is due."""
    never = _never(survey, facts, barred)
    if never is not None:
        return DoNotAsk(never)
    if facts.waits_for_us:
        return _later(survey, now + _LOOK_AGAIN)
    if facts.talked_at is not None and now - facts.talked_at < _QUIET_AFTER_TALK:
        return _later(survey, facts.talked_at + _QUIET_AFTER_TALK)
    at = suitable(now, survey, hours)
    if at is None:
        return DoNotAsk(SurveyEnd.EXPIRED)
    return AskNow() if at <= now <= survey.expires_at else _later(survey, at)


def suitable(now: datetime, survey: Survey, hours: AskingHours) -> datetime | None:
    """Return the first moment from ``now`` on at which everybody's hours allow the survey; None if there is none."""
    at = now
    for _ in range(_ROUNDS):
        following: datetime | None = in_half(at, survey.half, hours.zone)
        for calendar in (hours.survey, hours.opening):
            following = calendar.next_opening(following) if following is not None else None
        if following is not None:
            following = awake_at(survey.customer, following, hours.waking)
        if following is None or following == at:
            return following
        at = following
    return None


def _never(survey: Survey, facts: CustomerFacts, barred: Barred) -> SurveyEnd | None:
    rules = (
        (facts.do_not_call or survey.customer in barred.do_not_call, SurveyEnd.DO_NOT_CALL),
        (facts.said_never, SurveyEnd.SAID_NEVER),
        (facts.held, SurveyEnd.HELD),
        (survey.customer in barred.own, SurveyEnd.OWN_NUMBER),
        (survey.customer in barred.employees, SurveyEnd.EMPLOYEE),
        (not DIALABLE.fullmatch(survey.customer), SurveyEnd.UNDIALABLE),
        (facts.toll, SurveyEnd.TOLL),
    )
    return next((end for holds, end in rules if holds), None)


def _later(survey: Survey, at: datetime) -> SurveyDecision:
    return AskLater(at) if at <= survey.expires_at else DoNotAsk(SurveyEnd.EXPIRED)
