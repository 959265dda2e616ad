"""`ringback replay --explain`: an administrator reads why a call got its verdict."""

from io import StringIO
from pathlib import Path

import pytest

from telephony import replay

TESTS = Path(__file__).parents[3]


def explained(capture: str) -> str:
    out = StringIO()
    replay.run([str(TESTS / capture)], trunks=["PJSIP/carrier-*"], out=out, errors=StringIO(), explain=True)
    return out.getvalue()


@pytest.mark.parametrize(
    ("capture", "says"),
    [
        (
            "cases/ami/m4-early-bridge-counts-as-answered.ami",
            "put into bridge b1, but was not picked up: that is no answer",
        ),
        ("cases/ami/m4-early-bridge-counts-as-answered.ami", "missed, since no two persons ever heard each other"),
        (
            "cases/ami/m8-outside-prefix-becomes-the-customers-number.ami",
            "was asked for 0670000101, the phone dialled 90670",
        ),
        ("transcripts/attended_by_keys.ami", "=> attended transfer by 101 to 102"),
        ("transcripts/attended_by_keys.ami", "the call is 102's, who talked with the customer last"),
        ("transcripts/manager_busy.ami", "(cause 17, busy)"),
        ("transcripts/queue_abandoned.ami", "the caller hung up while waiting in a queue"),
        ("transcripts/group_answered.cel", "two persons hear each other: answered by"),
    ],
)
def test_the_reason_is_told_in_words(capture: str, says: str) -> None:
    assert says in explained(capture)


@pytest.mark.parametrize("capture", sorted((TESTS / "transcripts").glob("*.ami")), ids=lambda path: path.stem)
def test_each_call_has_its_story_and_a_reason(capture: Path) -> None:
    stories = explained(str(capture.relative_to(TESTS))).strip().split("\n\n")
    for story in stories:
        lines = story.splitlines()
        assert lines[0].startswith("pbx:")
        assert any(line.startswith("  why: ") for line in lines)
        assert len(lines) > 4
