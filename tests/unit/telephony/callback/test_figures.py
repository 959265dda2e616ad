"""The figures of one request."""

from datetime import UTC, datetime, timedelta

from telephony.callback.policy.figures import MissFate, Moments, Reason, TargetState, fate_of, measure
from telephony.callback.policy.model import ClosedReason
from telephony.schedule.rules.hours import weekly

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

ALWAYS = weekly("24/7", "UTC")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_ring_in_time_keeps_the_promise_and_all_is_counted_from_the_hang_up() -> None:
    moments = Moments(NOW, rang_at=after(2), accepted_at=after(12), talked_at=after(20), closed_at=after(90))
    figures = measure(moments, [], ALWAYS, 300, after(100))
    assert (figures.to_first_ring, figures.to_acceptance, figures.to_talk) == (2, 12, 20)
    assert (figures.target, figures.why_not) == (TargetState.MET, "")


def test_only_working_seconds_count() -> None:
    calendar = weekly("Mo-Fr 09:00-18:00", "UTC")
    evening = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
    moments = Moments(evening, rang_at=datetime(2026, 3, 3, 9, 0, 30, tzinfo=UTC))
    assert measure(moments, [], calendar, 300, evening).to_first_ring == 30


def test_a_broken_promise_tells_what_held_it_up_longest() -> None:
    reasons = [Reason(NOW, "new"), Reason(after(1), "pace"), Reason(after(60), "nobody_free")]
    figures = measure(Moments(NOW, rang_at=after(400)), reasons, ALWAYS, 300, after(500))
    assert (figures.target, figures.why_not) == (TargetState.MISSED, "nobody_free")


def test_a_request_that_nobody_looked_at_in_time_waited_for_a_daemon() -> None:
    reasons = [Reason(after(4000), "stale")]
    figures = measure(Moments(NOW), reasons, ALWAYS, 300, after(5000))
    assert (figures.target, figures.why_not) == (TargetState.MISSED, "not_running")


def test_who_got_through_in_time_needed_no_ring() -> None:
    assert measure(Moments(NOW, closed_at=after(60)), [], ALWAYS, 300, after(900)).target is TargetState.NOT_NEEDED


def test_before_the_time_is_up_the_target_is_open() -> None:
    assert measure(Moments(NOW), [], ALWAYS, 300, after(299)).target is TargetState.OPEN
    assert measure(Moments(NOW), [], ALWAYS, 300, after(301)).target is TargetState.MISSED


def test_a_written_deadline_stands_whatever_the_calendar_says_now() -> None:
    closed = weekly("off", "UTC")
    late = Moments(NOW, rang_at=after(301), closed_at=after(400), ring_by=after(300))
    assert measure(late, [Reason(NOW, "new")], closed, 300, after(500)).target is TargetState.MISSED
    assert measure(Moments(NOW), [], closed, 300, after(10**6)).target is TargetState.OPEN


def test_every_closing_has_one_fate_and_only_an_open_request_is_owed() -> None:
    fates = {reason: fate_of(reason, talked=False) for reason in ClosedReason}
    assert set(fates.values()) == set(MissFate) - {MissFate.OWED}
    assert fate_of(None, talked=False) is MissFate.OWED
    assert fates[ClosedReason.BY_HAND] is MissFate.LOST
    assert fate_of(ClosedReason.BY_HAND, talked=True) is MissFate.ANSWERED_LATER
    assert fate_of(ClosedReason.ATTEMPTS_SPENT, talked=True) is MissFate.LOST
