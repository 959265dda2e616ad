"""``ringback prompts --script`` and ``--cut``: from one recording of the sheet to the prompts, by the real ffmpeg."""

import argparse
import math
import subprocess
from array import array
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg
import pytest

from telephony.commands.prompts import add_prompts_arguments, run_prompts
from telephony.errors import Refused
from telephony.settings import NumberSettings, TelephonySettings, VoiceSettings
from telephony.voice.speech.script import ScriptLine, script
from telephony.voice.speech.wav import RATE, read_wav, write_wav
from telephony.voice.words.phrases import Language

LINES = script(Language.UK)[:8]


def read_aloud(folder: Path, lines: Sequence[ScriptLine]) -> Path:
    """Make what a telephone's recorder makes: AAC, 44.1 kHz, two channels."""
    samples = array("h", [0] * RATE)
    for line in lines:
        length = int((0.3 + len(line.text) / 14) * RATE)
        samples.extend(int(6000 * math.sin(at / 4)) for at in range(length))
        samples.extend([0] * (2 * RATE))
    plain, file = folder / "plain.wav", folder / "read.m4a"
    plain.write_bytes(write_wav(samples.tobytes()))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-i", str(plain)]
    subprocess.run([*command, "-ar", "44100", "-ac", "2", "-c:a", "aac", str(file)], check=True)  # noqa: S603 - the program that we ship
    return file


async def prompts(folder: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    add_prompts_arguments(parser)
    voice = VoiceSettings(folder=folder / "prompts", language="uk", tts_command=("true",))
    return await run_prompts(parser.parse_args(words), TelephonySettings(voice=voice, numbers=NumberSettings()))


async def test_a_part_of_the_sheet_in_one_recording_becomes_the_prompts(tmp_path: Path) -> None:
    earlier = tmp_path / "prompts" / "recorded" / "uk" / f"{LINES[0].line.value}.gsm"
    earlier.parent.mkdir(parents=True)
    earlier.write_bytes(b"an earlier one")
    assert await prompts(tmp_path, "--cut", str(read_aloud(tmp_path, LINES)), "--lines", "1-8") == 0
    place = tmp_path / "prompts" / "recorded" / "uk"
    assert {path.stem for path in place.glob("*.*")} == {line.line.value for line in LINES}
    for line in LINES:
        samples = read_wav((place / f"{line.line.value}.wav").read_bytes())
        assert samples is not None
        assert abs(len(samples) / 2 / RATE - (0.3 + len(line.text) / 14 + 0.4)) < 0.15
    assert [path.read_bytes() for path in (place / "earlier").iterdir()] == [b"an earlier one"]
    assert (tmp_path / "prompts" / "published" / "uk" / "closed.wav").exists()


async def test_a_line_that_lacks_is_named_nothing_is_written_and_the_rest_can_be_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(read_aloud(tmp_path, [line for line in LINES if line.number != 5]))
    assert await prompts(tmp_path, "--cut", file, "--lines", "1-8") == 1
    said = capsys.readouterr().out
    assert "5  LACKS" in said
    assert not (tmp_path / "prompts" / "recorded").exists()
    assert "--lines 1-4,6-8" in said
    assert await prompts(tmp_path, "--cut", file, "--lines", "1-4,6-8") == 0
    assert len(list((tmp_path / "prompts" / "recorded" / "uk").glob("*.wav"))) == len(LINES) - 1


async def test_what_cannot_be_cut_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "no-sound").write_bytes(b"words")
    with pytest.raises(Refused, match="no sound"):
        await prompts(tmp_path, "--cut", str(tmp_path / "no-sound"))
    with pytest.raises(Refused, match=r"lines 1 to \d+"):
        await prompts(tmp_path, "--cut", "x", "--lines", "99")
    with pytest.raises(Refused, match="--to"):
        await prompts(tmp_path, "--listen", "1")


async def test_the_sheet_is_in_the_companys_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await prompts(tmp_path, "--script") == 0
    assert f"  1. {LINES[0].text}" in capsys.readouterr().out
    assert await prompts(tmp_path, "--script", "html", "--language", "en") == 0
    assert '<html lang="en">' in capsys.readouterr().out
