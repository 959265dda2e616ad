"""A message ends delivered or dead, waits longer each time, and snoozing spends nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.outbox.lifecycle import (
    Answer,
    Delivered,
    Discard,
    MessageState,
    Retry,
    RetryPolicy,
    Snooze,
    after,
)
from telephony.errors import UnexpectedTransition

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
POLICY = RetryPolicy()

answers: st.SearchStrategy[Answer] = st.one_of(
    st.builds(Delivered),
    st.builds(Discard, st.text()),
    st.builds(Snooze, st.text(), st.timedeltas(timedelta(0), timedelta(hours=1))),
    st.builds(Retry, st.text(), st.none() | st.timedeltas(timedelta(0), timedelta(hours=6))),
)


def test_a_snooze_spends_no_attempt() -> None:
    then = after(MessageState.SENDING, 3, Snooze("limit", timedelta(minutes=1)), now=NOW, policy=POLICY, jitter=0.5)
    assert (then.state, then.attempts, then.due_at) == (MessageState.WAITING, 3, NOW + timedelta(minutes=1))


def test_the_targets_retry_after_is_honoured_when_longer_than_ours() -> None:
    wish = timedelta(minutes=10)
    then = after(MessageState.SENDING, 0, Retry("busy", wish), now=NOW, policy=POLICY, jitter=0.5)
    assert then.due_at == NOW + wish


def test_the_last_attempt_makes_it_dead_with_the_targets_words() -> None:
    then = after(MessageState.SENDING, 29, Retry("HTTP 500"), now=NOW, policy=POLICY, jitter=0.5)
    assert then.state is MessageState.DEAD
    assert "HTTP 500" in then.reason


def test_attempts_of_the_default_policy_outlast_a_night() -> None:
    shortest = sum((POLICY.wait(n, 0) for n in range(1, POLICY.attempts)), timedelta())
    assert shortest > timedelta(hours=14)


@given(answers, st.integers(0, 40), st.floats(0, 1))
def test_whatever_the_answer_an_open_message_has_a_due_time_and_a_closed_one_has_none(
    answer: Answer, attempts: int, jitter: float
) -> None:
    then = after(MessageState.SENDING, attempts, answer, now=NOW, policy=POLICY, jitter=jitter)
    assert (then.state is MessageState.WAITING) == (then.due_at is not None)
    assert then.due_at is None or then.due_at >= NOW
    assert attempts <= then.attempts <= attempts + 1


@given(answers, st.sampled_from([MessageState.WAITING, MessageState.DELIVERED, MessageState.DEAD]))
def test_an_answer_to_a_message_that_is_not_being_sent_is_refused(answer: Answer, state: MessageState) -> None:
    with pytest.raises(UnexpectedTransition):
        after(state, 0, answer, now=NOW, policy=POLICY, jitter=0)
