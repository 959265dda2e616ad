"""What ffmpeg prints becomes a length, levels and 1,000 peaks; nothing that it prints raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.recording.plan.waveform import PEAKS, LoudnessWindow, drawing, read_windows, summarize, window_samples


def printed(*windows: tuple[float | str, float | str], samples: int = 800) -> str:
    lines = []
    for number, (left, right) in enumerate(windows):
        lines += [
            f"frame:{number}    pts:{number * samples}  pts_time:{number * samples / 8000}",
            f"lavfi.astats.1.Peak_level={left}",
            f"lavfi.astats.1.RMS_level={left}",
            f"lavfi.astats.2.Peak_level={right}",
            f"lavfi.astats.2.RMS_level={right}",
            f"lavfi.astats.Overall.Number_of_samples={samples:.6f}",
        ]
    return "\n".join(lines)


def test_two_sides_are_told_apart_and_digital_silence_is_silence() -> None:
    sound = summarize(read_windows(printed((-20, "-inf"), (-20, "-inf"))), 800, -50)
    assert sound.seconds == 0.2
    left, right = sound.sides
    assert left.level == pytest.approx(-20)
    assert left.voiced_seconds == pytest.approx(0.2)
    assert (right.level, right.voiced_seconds) == (-120, 0)
    assert set(left.peaks) == {26}
    assert set(right.peaks) == {0}


def test_the_last_short_window_counts_with_its_own_length() -> None:
    lines = printed((-20, -20)) + "\n" + printed((-20, -20), samples=40)
    assert summarize(read_windows(lines), 800, -50).seconds == 0.105


def test_a_quiet_half_halves_the_power() -> None:
    sound = summarize(read_windows(printed((0, -10), ("-inf", -10))), 800, -50)
    assert sound.sides[0].level == pytest.approx(-3.01)


@given(st.lists(st.floats(-120, 0), min_size=1, max_size=5000))
def test_a_drawing_has_a_thousand_peaks_and_hides_none(levels: list[float]) -> None:
    peaks = drawing([LoudnessWindow(level, level) for level in levels])
    assert len(peaks) == PEAKS
    assert max(peaks) == round(255 * 10 ** (max(levels) / 20))


def test_a_loud_moment_is_drawn_where_it_was() -> None:
    windows = [LoudnessWindow(-60, -60)] * 4000
    windows[2000] = LoudnessWindow(0, 0)
    peaks = drawing(windows)
    assert peaks.index(255) == 500
    assert peaks.count(255) == 1


@given(st.lists(st.text(max_size=60) | st.sampled_from(printed((-1, "nan"), ("1e999", "x")).splitlines())))
def test_no_text_raises(lines: list[str]) -> None:
    sound = summarize(read_windows("\n".join(lines)), 800, -50)
    assert sound.seconds >= 0
    assert all(len(side.peaks) == PEAKS for side in sound.sides)


@pytest.mark.parametrize(("seconds", "samples"), [(0, 20), (1, 20), (600, 2400), (36000, 144000)])
def test_windows_grow_with_the_recording(seconds: float, samples: int) -> None:
    assert window_samples(seconds) == samples
