"""A target that nothing reaches is tried by one message at a time, ever more seldom, until one gets through."""

from datetime import timedelta

import pytest

from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry, Snooze
from crm_bridge.outbox.reach import FAILURES, Reach

NO = Retry("nobody there")


def lost(at: float = 0.0) -> Reach:
    reach = Reach()
    for _ in range(FAILURES):
        reach.noted(NO, at)
    return reach


def test_it_is_lost_by_failures_in_a_row_and_not_by_any_of_them() -> None:
    reach = Reach()
    others: list[Answer] = [Delivered(), Discard("no"), Snooze("later", timedelta(seconds=1))]
    for other in others:
        for _ in range(FAILURES - 1):
            assert not reach.noted(NO, 0)
        reach.noted(other, 0)
    assert (reach.is_lost, reach.places(100), reach.pause(0)) == (False, 100, 0)
    assert lost().is_lost


def test_one_at_a_time_tries_ever_more_seldom() -> None:
    reach, now, pauses = lost(), 0.0, []
    for _ in range(8):
        assert reach.places(100) == 1
        pauses.append(reach.pause(now))
        now += pauses[-1]
        assert reach.pause(now) == 0
        reach.noted(NO, now)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


def test_those_under_way_when_it_was_lost_are_no_tries() -> None:
    reach = lost(5)
    for _ in range(100):
        reach.noted(NO, 5.5)
    assert reach.pause(5) == 1


def test_the_first_that_gets_through_opens_it_for_all() -> None:
    reach = lost()
    assert reach.noted(Delivered(), 1)
    assert (reach.is_lost, reach.places(100), reach.pause(1)) == (False, 100, 0)
    assert not reach.noted(NO, 2)


@pytest.mark.parametrize(
    "waits",
    [
        Snooze("its call waits to be told", timedelta(seconds=30), asked=False),
        Delivered("too late for a card", asked=False),
        Discard("its call is a dead letter", asked=False),
    ],
    ids=["waits", "nothing to tell", "follows"],
)
def test_what_asks_nobody_has_reached_nobody(waits: Answer) -> None:
    reach = lost()
    assert not reach.noted(waits, 1)
    assert reach.is_lost
    reach = Reach()
    for _ in range(FAILURES):
        reach.noted(NO, 0)
        reach.noted(waits, 0)
    assert reach.is_lost, "a row of failures is one, whatever waits between them"
