"""What is told at once and what is held back; moments are made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.web.windows import LONGEST, SHORTEST, ToldWindows, window


def test_the_first_of_a_kind_is_told_at_once_and_what_follows_together() -> None:
    told = ToldWindows()
    told.hear(["calls"])
    assert told.due(10.0, 0.5) == ["calls"]
    told.hear(["calls"])
    told.hear(["calls", "callbacks"])
    assert told.due(10.1, 0.5) == ["callbacks"], "another kind does not wait behind calls"
    assert told.next_at(0.5) == 10.5
    assert told.due(10.4, 0.5) == []
    assert told.due(10.5, 0.5) == ["calls"]
    assert told.next_at(0.5) is None


@pytest.mark.parametrize(("pages", "seconds"), [(0, SHORTEST), (1, SHORTEST), (20, 0.4), (50, 1.0), (500, LONGEST)])
def test_the_window_grows_with_the_pages_that_are_open(pages: int, seconds: float) -> None:
    assert window(pages) == seconds


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from(["calls", "callbacks", "phones"])), max_size=40))
def test_nothing_is_lost_and_no_kind_is_told_twice_within_its_window(heard: list[tuple[float, str]]) -> None:
    told, now, last = ToldWindows(), 0.0, dict[str, float]()
    for wait, kind in heard:
        now += wait
        told.hear([kind])
        for each in told.due(now, 0.5):
            assert now - last.get(each, -1.0) > 0.5 - 1e-9, "but for what floats lose"
            last[each] = now
    while (following := told.next_at(0.5)) is not None:
        now = max(now, following)
        last |= dict.fromkeys(told.due(now, 0.5), now)
    assert set(last) == {kind for _, kind in heard}
