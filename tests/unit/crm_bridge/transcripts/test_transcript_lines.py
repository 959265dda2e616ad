"""What a transcribing program writes is read, or refused in words; never believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.transcripts.lines import NoTranscript, SpokenLine, spoken


def test_lines_are_brought_into_the_recordings_time_and_into_one_line_of_text() -> None:
    output = (
        b'{"start": -1, "end": 2.5, "text": " Good\\nmorning ", "confidence": 0.8}\n\n'
        b'{"start": 3, "end": 99, "text": "bye"}\n{"start": 4, "end": 5, "text": " "}'
    )
    assert spoken(output, 1, 10.0) == [SpokenLine(1, 0.0, 2.5, "Good morning"), SpokenLine(1, 3.0, 10.0, "bye")]


@pytest.mark.parametrize(
    "output",
    [
        b"hello", b"[]", b"{}", b'{"text": "x"}', b'{"text": "x", "start": NaN, "end": 1}', b"[" * 100_000,
        b'{"text": 1, "start": 1, "end": 2}', b'{"text": "x", "start": "1", "end": 2}',
        b'{"text": "x", "start": true, "end": 2}', b'{"text": "x", "start": 0, "end": 1}\n' * 5_001,
    ],
)  # fmt: skip
def test_what_is_no_transcript_is_refused(output: bytes) -> None:
    with pytest.raises(NoTranscript):
        spoken(output, 0, 10.0)


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_transcript_or_refused(output: bytes) -> None:
    try:
        found = spoken(output, 0, 10.0)
    except NoTranscript:
        return
    assert all(0 <= line.start <= line.end <= 10 and line.text for line in found)
