"""The states and verbs that docs/callbacks.md publishes are those of the table."""

import re
from pathlib import Path

from telephony.callback.policy.lifecycle import TABLE, Verb
from telephony.callback.policy.model import OPEN_STATES, ClosedReason, Outcome, RequestState, WaitReason

DOCS = (Path(__file__).parents[4] / "docs" / "callbacks.md").read_text()


def test_the_published_verbs_are_the_tables() -> None:
    published = {}
    for state in RequestState:
        row = re.search(rf"^\| `{state}` \|.*\|(.*)\|$", DOCS, re.MULTILINE)
        assert row, f"{state} is not published"
        for verb, after in re.findall(r"`(\w+)` → (\w+)", row[1]):
            published[state, Verb(verb)] = RequestState(after)
    for state in OPEN_STATES:
        published.setdefault((state, Verb.MISS), state)
        published[state, Verb.RANK] = state
        published[state, Verb.DONE] = RequestState.DONE
        published[state, Verb.CANCEL] = RequestState.CANCELLED
        published[state, Verb.DISCARD] = RequestState.DISCARDED
    assert published == TABLE


def test_every_outcome_is_published() -> None:
    assert [one for one in Outcome if f"`{one}`" not in DOCS] == []


def test_what_keeps_a_request_waiting_or_closes_it_is_published() -> None:
    told: set[str] = {
        WaitReason.CLOSED,
        WaitReason.ASLEEP,
        WaitReason.ON_A_CALL,
        WaitReason.PACE,
        WaitReason.LIVE_CALLERS,
    }
    told |= {ClosedReason.OWN_NUMBER, ClosedReason.HIDDEN, ClosedReason.TOO_OLD, ClosedReason.DO_NOT_CALL}
    assert [one for one in told if f"`{one}`" not in DOCS] == []
