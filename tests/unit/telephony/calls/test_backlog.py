"""The events that wait for the database."""

from hypothesis import given
from hypothesis import strategies as st

from telephony.calls.backlog import SHED_ORDER, Backlog
from telephony.events import CallEnded, CallEvent
from tests.builders import NOON, after
from tests.stories import story

EVENTS = [event for number in range(12) for event in story(number, missed=number % 3 == 0, at=after(number))]
assert NOON


@given(st.lists(st.sampled_from(EVENTS), max_size=60), st.integers(1, 70))
def test_events_leave_in_the_order_in_which_they_came(events: list[CallEvent], most: int) -> None:
    backlog = Backlog(100)
    for event in events:
        assert backlog.put(event) is None
    out: list[CallEvent] = []
    while taken := backlog.take(most):
        assert len(taken) <= most
        out += taken
    assert out == events
    assert len(backlog) == 0


@given(st.lists(st.sampled_from(EVENTS), max_size=80), st.integers(1, 20))
def test_at_the_bound_the_least_worthy_is_shed_and_nothing_else_is_lost(events: list[CallEvent], bound: int) -> None:
    backlog = Backlog(bound)
    shed = [lost for event in events if (lost := backlog.put(event)) is not None]
    kept = backlog.take(len(events))
    assert len(kept) == min(bound, len(events))
    assert sorted(map(repr, [*kept, *shed])) == sorted(map(repr, events))


@given(st.permutations(EVENTS))
def test_ends_of_calls_outlive_everything_else(events: list[CallEvent]) -> None:
    ends = [event for event in events if isinstance(event, CallEnded)]
    backlog = Backlog(len(ends))
    for event in events:
        backlog.put(event)
    assert backlog.take(1000) == ends


def test_every_kind_of_event_has_its_place_in_the_order() -> None:
    assert set(SHED_ORDER) == set(CallEvent.__args__)
