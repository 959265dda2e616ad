"""Whether a customer may be asked now: guards first, then what they wait for, then everybody's hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.callback.policy.guards import Barred, Waking
from telephony.model import PbxName
from telephony.numbers import Canonical
from telephony.schedule.rules.hours import weekly
from telephony.surveys.policy.decide import AskingHours, AskLater, AskNow, CustomerFacts, DoNotAsk, decide
from telephony.surveys.policy.model import HalfDay, Survey, SurveyEnd, SurveyId, SurveyReason, SurveyState

ZONE = "Europe/Kyiv"
KYIV = ZoneInfo(ZONE)
NOON = datetime(2026, 3, 2, 12, tzinfo=KYIV)  # a Monday's
CUSTOMER = Canonical("+380671234567")
SURVEY = Survey(
    survey_id=SurveyId(1),
    pbx=PbxName("office"),
    customer=CUSTOMER,
    heard_number="0671234567",
    name="",
    did="+380441112233",
    trunk="PJSIP/carrier",
    because=SurveyReason.FIRST_CALL,
    anchor_at=NOON - timedelta(days=20),
    state=SurveyState.PLANNED,
    not_before=NOON - timedelta(days=1),
    half=HalfDay.ANY,
    expires_at=NOON + timedelta(days=10),
    tries=0,
    channel_id="",
    rang_at=None,
)
HOURS = AskingHours(
    survey=weekly("Mo-Fr 11:00-13:00,15:00-19:00", ZONE),
    opening=weekly("Mo-Fr 09:00-18:00", ZONE),
    waking=(Waking("+380", weekly("09:00-21:00", ZONE)), Waking("+1", weekly("09:00-21:00", "America/New_York"))),
    zone=KYIV,
)
NOTHING = CustomerFacts()


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (CustomerFacts(do_not_call=True), SurveyEnd.DO_NOT_CALL),
        (CustomerFacts(said_never=True), SurveyEnd.SAID_NEVER),
        (CustomerFacts(held=True), SurveyEnd.HELD),
        (CustomerFacts(toll=True), SurveyEnd.TOLL),
    ],
)
def test_who_must_not_be_asked_is_not_whatever_the_hour(facts: CustomerFacts, why: SurveyEnd) -> None:
    assert decide(NOON, SURVEY, facts, HOURS, Barred()) == DoNotAsk(why)


@pytest.mark.parametrize(
    ("barred", "why"),
    [
        (Barred(own=frozenset({CUSTOMER})), SurveyEnd.OWN_NUMBER),
        (Barred(employees=frozenset({CUSTOMER})), SurveyEnd.EMPLOYEE),
        (Barred(do_not_call=frozenset({CUSTOMER})), SurveyEnd.DO_NOT_CALL),
    ],
)
def test_our_own_people_and_numbers_are_no_customers(barred: Barred, why: SurveyEnd) -> None:
    assert decide(NOON, SURVEY, NOTHING, HOURS, barred) == DoNotAsk(why)


def test_a_number_that_is_none_is_not_dialled() -> None:
    survey = replace(SURVEY, customer=Canonical("anonymous"))
    assert decide(NOON, survey, NOTHING, HOURS, Barred()) == DoNotAsk(SurveyEnd.UNDIALABLE)


def test_within_all_hours_they_are_asked() -> None:
    assert decide(NOON, SURVEY, NOTHING, HOURS, Barred()) == AskNow()


def test_who_waits_for_us_is_looked_at_again() -> None:
    asked = decide(NOON, SURVEY, CustomerFacts(waits_for_us=True), HOURS, Barred())
    assert asked == AskLater(NOON + timedelta(minutes=15))


def test_who_talked_with_us_today_is_asked_tomorrow() -> None:
    talked = NOON - timedelta(hours=3)
    asked = decide(NOON, SURVEY, CustomerFacts(talked_at=talked), HOURS, Barred())
    assert asked == AskLater(talked + timedelta(hours=24))


@pytest.mark.parametrize(
    ("at", "expected"),
    [("13:00", "Mon 15:00"), ("18:30", "Tue 11:00"), ("08:00", "Mon 11:00"), ("17:59", None)],
)
def test_lunch_and_our_closing_are_kept(at: str, expected: str | None) -> None:
    hour, minute = map(int, at.split(":"))
    now = NOON.replace(hour=hour, minute=minute)
    asked = decide(now, SURVEY, NOTHING, HOURS, Barred())
    if expected is None:
        assert asked == AskNow()
    else:
        assert isinstance(asked, AskLater)
        assert f"{asked.at.astimezone(KYIV):%a %H:%M}" == expected


def test_who_sleeps_is_asked_when_they_are_awake() -> None:
    american = replace(SURVEY, customer=Canonical("+12125550123"))
    asked = decide(NOON, american, NOTHING, HOURS, Barred())
    assert isinstance(asked, AskLater)
    assert f"{asked.at.astimezone(KYIV):%H:%M}" == "16:00"


def test_the_second_try_is_kept_to_its_half_of_the_day() -> None:
    asked = decide(NOON, replace(SURVEY, half=HalfDay.AFTERNOON), NOTHING, HOURS, Barred())
    assert isinstance(asked, AskLater)
    assert f"{asked.at.astimezone(KYIV):%H:%M}" == "15:00"


def test_when_its_days_are_over_it_is_not_made() -> None:
    late = replace(SURVEY, expires_at=NOON - timedelta(seconds=1))
    assert decide(NOON, late, NOTHING, HOURS, Barred()) == DoNotAsk(SurveyEnd.EXPIRED)


def test_hours_that_never_meet_end_it() -> None:
    never = replace(HOURS, opening=weekly("Sa-Su 09:00-18:00", ZONE))
    assert decide(NOON, SURVEY, NOTHING, never, Barred()) == DoNotAsk(SurveyEnd.EXPIRED)


@given(
    now=st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 20), timezones=st.just(UTC)),  # noqa: DTZ001
    half=st.sampled_from(HalfDay),
)
def test_nobody_is_asked_outside_anybodys_hours(now: datetime, half: HalfDay) -> None:
    asked = decide(now, replace(SURVEY, half=half), NOTHING, HOURS, Barred())
    if asked == AskNow():
        assert HOURS.survey.open_at(now)
        assert HOURS.opening.open_at(now)
        assert now <= SURVEY.expires_at
    if isinstance(asked, AskLater):
        assert now < asked.at <= SURVEY.expires_at
