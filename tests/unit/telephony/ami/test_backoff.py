"""How long the link waits before it tries again."""

from hypothesis import given
from hypothesis import strategies as st

from telephony.ami.link import delay_seconds


def test_it_doubles_up_to_the_cap() -> None:
    waits = [delay_seconds(failures, 0.999999, first=0.5, cap=30) for failures in range(1, 10)]
    assert [round(wait, 1) for wait in waits] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_chance_takes_away_at_most_half() -> None:
    assert delay_seconds(3, 0.0, first=1, cap=30) == 2
    assert delay_seconds(3, 0.5, first=1, cap=30) == 3


@given(st.integers(0, 10**9), st.floats(0, 1, exclude_max=True), st.floats(0.01, 10), st.floats(0.01, 600))
def test_it_is_never_nothing_and_never_above_the_cap(failures: int, chance: float, first: float, cap: float) -> None:
    assert 0 < delay_seconds(failures, chance, first=first, cap=cap) <= cap
