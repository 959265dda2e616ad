"""The sheet to read aloud, and its recording cut by silence: which piece is which line, and what lacks."""

import math
import random
from array import array
from collections.abc import Sequence

import pytest

from telephony.commands.cut_report import report
from telephony.voice.speech.cutting import SpokenPiece, TooNoisy, cut, louder, pieces
from telephony.voice.speech.fitting import Fit, fit
from telephony.voice.speech.script import as_html, as_text, chosen, script
from telephony.voice.speech.wav import RATE
from telephony.voice.words.phrases import Language, Line

TEXTS = [line.text for line in script(Language.UK)]


def recording(parts: Sequence[tuple[float, float]], *, hum: int = 20, seed: int = 1) -> bytes:
    """Make sound of (seconds, loudness) parts over a room's hum."""
    chance = random.Random(seed)  # noqa: S311 - a room's hum
    samples = array("h")
    for seconds, loudness in parts:
        samples.extend(
            int(loudness * math.sin(at / 4) + chance.randint(-hum, hum)) for at in range(int(seconds * RATE))
        )
    return samples.tobytes()


def spoken(texts: Sequence[str], pace: float = 14.0, seed: int = 1) -> list[float]:
    """Give the seconds that a reader takes, who is never twice the same."""
    chance = random.Random(seed)  # noqa: S311 - how somebody reads
    return [(0.3 + len(text) / pace) * chance.uniform(0.75, 1.3) for text in texts]


@pytest.mark.parametrize("language", Language)
def test_the_sheet_has_each_sentence_once_numbered_callers_first(language: Language) -> None:
    lines = script(language)
    assert {line.line for line in lines} == set(Line)
    assert [line.number for line in lines] == list(range(1, len(Line) + 1))
    assert lines[0].line is Line.GREETING
    text, page = as_text(language), as_html(language)
    for line in lines:
        assert f"{line.number:3}. {line.text}\n" in text
    assert page.count("<li>") >= len(lines)
    assert f'lang="{language.value}"' in page


@pytest.mark.parametrize("hum", [0, 20, 200])
def test_a_recording_is_cut_where_its_reader_paused_and_not_where_they_took_breath(hum: int) -> None:
    sound = recording(
        [(1, 0), (1.2, 9000), (0.7, 0), (0.9, 7000), (3, 0), (0.8, 9000), (2, 0), (0.04, 9000), (1, 0), (2, 9000)],
        hum=hum,
    )
    found = pieces(sound)
    assert [round(piece.begin, 1) for piece in found] == [1.0, 6.8, 10.6]
    assert [round(piece.seconds, 1) for piece in found] == [2.8, 0.8, 2.0]
    assert abs(len(cut(sound, found[1])) / 2 / RATE - 1.2) < 0.05
    assert pieces(sound, pause_seconds=0.5)[0].seconds == pytest.approx(1.2, abs=0.05)


def test_silence_has_no_pieces_and_a_noisy_room_is_refused() -> None:
    assert pieces(b"") == []
    with pytest.raises(TooNoisy):
        pieces(recording([(1, 0), (1, 900), (1, 0)], hum=800))
    with pytest.raises(TooNoisy):
        pieces(bytes(RATE * 2))


def test_all_pieces_become_louder_by_one_factor() -> None:
    quiet = array("h", louder(recording([(1, 800), (1, 400)], hum=0)))
    assert max(quiet) == pytest.approx(16_000, rel=0.05)
    assert max(quiet[RATE + 100 :]) == pytest.approx(8_000, rel=0.05)
    assert max(map(abs, array("h", louder(recording([(1, 30_000)], hum=0))))) <= 16_500
    assert louder(b"") == b""


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("pace", [9.0, 14.0, 20.0])
def test_each_line_read_in_order_fits(seed: int, pace: float) -> None:
    fits = fit(TEXTS, spoken(TEXTS, pace, seed))
    assert fits == [Fit((at,), (at,)) for at in range(len(TEXTS))]


@pytest.mark.parametrize("lacking", [0, 9, 20, len(TEXTS) - 1])
def test_a_line_that_lacks_is_named(lacking: int) -> None:
    seconds = spoken(TEXTS)
    del seconds[lacking]
    fits = fit(TEXTS, seconds)
    named = [each.lines[0] for each in fits if not each.pieces]
    assert len(named) == 1
    assert abs(named[0] - lacking) <= 1  # neighbours of one length cannot be told from each other


def test_two_lines_without_a_pause_and_a_pause_within_a_line_are_told() -> None:
    seconds = spoken(TEXTS)
    seconds[4:6] = [seconds[4] + seconds[5] + 0.3]
    seconds[20:21] = [seconds[20] / 2, seconds[20] / 2]
    fits = fit(TEXTS, seconds)
    assert Fit((4, 5), (4,)) in fits
    assert [each.lines for each in fits if len(each.pieces) == 2] == [(21,)] or Fit((20,), (19, 20)) in fits


def test_lines_that_changed_places_are_doubted() -> None:
    fits = fit(["Yes.", "No.", "A sentence that is a good deal longer than the others are."], [0.6, 3.8, 0.6])
    assert not all(each.is_well for each in fits)


def test_nothing_was_read() -> None:
    assert fit(["a", "b"], []) == [Fit((0,), ()), Fit((1,), ())]
    assert fit([], [1.0]) == [Fit((), (0,))]
    assert fit([], []) == []


def test_lines_are_chosen_by_their_numbers() -> None:
    lines = script(Language.EN)
    assert [line.number for line in chosen(lines, "2-4, 7")] == [2, 3, 4, 7]
    assert chosen(lines, "") == lines
    for wrong in ("0", "1-99", "x", "4-", "-4", "1,,2", "²"):
        with pytest.raises(ValueError):  # noqa: PT011 - each wrong list has words of its own
            chosen(lines, wrong)


def test_the_report_names_what_lacks_and_how_to_go_on() -> None:
    lines = script(Language.EN)[:4]
    heard = [SpokenPiece(1, 2), SpokenPiece(64, 66.5), SpokenPiece(70, 72)]
    said = report(lines, heard, [Fit((0,), (0,)), Fit((1,), ()), Fit((2,), (1,)), Fit((3,), (2,))], taken=False)
    assert "2  LACKS" in said
    assert "1:04.0-1:06.5" in said
    assert "--lines 1,3-4, and record 2 by itself" in said
    doubted = report(lines[:1], heard[:1], [Fit((0,), (0,), doubted=True)], taken=False)
    assert "--sure" in doubted
    other = report(lines, heard, [Fit((0, 1), (0,)), Fit((2,), (1, 2)), Fit((3,), ())], taken=False)
    assert "WITHOUT A PAUSE" in other
    assert "A PAUSE WITHIN" in other
    assert "nothing was written" in other
