"""The promised time: the first free slot, easy to say, within working hours."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from telephony.schedule.rules.hours import weekly
from telephony.schedule.rules.slots import SlotRules, first_free, round_up, slots

KYIV = ZoneInfo("Europe/Kyiv")
WEEK = weekly("Mo-Fr 09:00-13:00,14:00-18:00", "Europe/Kyiv")
FRIDAY_NIGHT = datetime(2026, 11, 20, 22, 40, tzinfo=KYIV)
RULES = SlotRules()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV)


def test_who_calls_on_friday_night_is_promised_monday_at_five_past_nine() -> None:
    assert first_free(FRIDAY_NIGHT, WEEK, KYIV, RULES, is_taken=lambda _: False) == at("2026-11-23T09:05")


def test_each_promise_takes_its_slot_and_the_lunch_break_is_nobodys() -> None:
    taken: set[datetime] = set()
    for _ in range(48):
        slot = first_free(FRIDAY_NIGHT, WEEK, KYIV, RULES, is_taken=taken.__contains__)
        assert slot is not None
        taken.add(slot)
    ordered = sorted(taken)
    assert ordered[46] == at("2026-11-23T12:55")
    assert ordered[47] == at("2026-11-23T14:05")


def test_a_time_that_does_not_suit_is_followed_by_a_later_one() -> None:
    first = at("2026-11-23T09:05")
    assert first_free(FRIDAY_NIGHT, WEEK, KYIV, RULES, is_taken=lambda _: False, later_than=first) == at(
        "2026-11-23T09:10"
    )


def test_within_hours_the_slot_is_soon() -> None:
    assert first_free(at("2026-11-23T10:01"), WEEK, KYIV, RULES, is_taken=lambda _: False) == at("2026-11-23T10:10")


def test_nothing_is_promised_where_nobody_ever_works() -> None:
    never = weekly("off", "UTC")
    assert first_free(FRIDAY_NIGHT, never, KYIV, RULES, is_taken=lambda _: False) is None


def test_a_half_hour_zone_rounds_by_its_own_clock() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    said = round_up(datetime(2026, 11, 21, 4, 41, tzinfo=UTC), kolkata, timedelta(minutes=15)).astimezone(kolkata)
    assert (said.hour, said.minute) == (10, 15)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 60),
    st.integers(0, 90),
    st.sampled_from([1, 5, 10, 15]),
)
def test_slots_rise_do_not_overlap_and_lie_whole_within_working_hours(
    now: datetime, slot: int, lead: int, rounding: int
) -> None:
    rules = SlotRules(timedelta(minutes=slot), timedelta(minutes=lead), timedelta(minutes=rounding), timedelta(days=9))
    found = list(slots(now, WEEK, KYIV, rules))
    for one, following in pairwise(found):
        assert following - one >= rules.slot
    for one in found:
        assert now + rules.lead <= one or rules.lead == timedelta()
        assert WEEK.working_seconds(one, one + rules.slot) == rules.slot.total_seconds()
        assert one.astimezone(KYIV).minute % rounding == 0
