"""A week's draw: the same for everybody who knows the seed, and of nobody's choosing."""

import hashlib
import random
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.reviews.selection import Drawable, draw, monday_of, rank

WEEK = date(2026, 11, 23)
SEED = bytes(range(32))
calls = st.lists(
    st.builds(
        Drawable, st.uuids().map(str), st.sampled_from(["pbx 101", "pbx 102"]), st.sampled_from(["inbound", "outbound"])
    ),
    max_size=40,
    unique_by=lambda call: call.call_id,
)


def test_a_rank_is_what_anybody_can_work_out_with_sha256() -> None:
    by_hand = hashlib.sha256(b"2026-11-23 " + SEED.hex().encode() + b" pbx:1763.1").digest()
    assert rank(WEEK, SEED, "pbx:1763.1") == by_hand


def test_a_weeks_first_day_is_its_monday() -> None:
    assert [monday_of(date(2026, 11, day)) for day in (23, 29, 30)] == [WEEK, WEEK, date(2026, 11, 30)]


@given(calls, st.integers(0, 20), st.randoms(use_true_random=False))
def test_the_draw_depends_on_nothing_but_week_seed_and_calls(
    given_calls: list[Drawable], each: int, chance: random.Random
) -> None:
    shuffled = list(given_calls)
    chance.shuffle(shuffled)
    assert draw(WEEK, SEED, shuffled, each) == draw(WEEK, SEED, given_calls, each)


@given(calls, st.integers(0, 20))
def test_each_manager_has_so_many_or_all_that_there_are(given_calls: list[Drawable], each: int) -> None:
    drawn = draw(WEEK, SEED, given_calls, each)
    for manager in {call.manager for call in given_calls}:
        theirs = [call for call in given_calls if call.manager == manager]
        chosen = [it.call for it in drawn if it.call.manager == manager]
        assert len(chosen) == len(set(chosen)) == min(each, len(theirs))
        if each > 1:
            assert {call.direction for call in chosen} == {call.direction for call in theirs}


def test_the_smallest_ranks_are_drawn() -> None:
    given_calls = [Drawable(f"pbx:{number}", "pbx 101", "inbound") for number in range(50)]
    ranked = sorted(given_calls, key=lambda call: rank(WEEK, SEED, call.call_id))
    assert [it.call for it in draw(WEEK, SEED, given_calls, 5)] == ranked[:5]
