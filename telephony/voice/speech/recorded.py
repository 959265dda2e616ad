"""From one long recording to the operator's own prompts in ``recorded/<language>/``.

The file may be anything that ffmpeg reads. What a new prompt replaces goes to ``recorded/<language>/earlier/``.
"""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from telephony.errors import Refused
from telephony.voice.speech.sounds import SUFFIXES, write_atomically
from telephony.voice.speech.wav import RATE, write_wav
from telephony.voice.words.phrases import Language, Line

_LONGEST_MINUTES: Final = 60
_PATIENCE: Final = 300.0
_EARLIER: Final = "earlier"


async def samples_of(file: Path, ffmpeg: str = "") -> bytes:
    """Return a recording's sound: 8 kHz, mono, 16 bit; what is over an hour is left out.

    Raises:
        Refused: it cannot be read, or is no sound.
    """
    program = ffmpeg or shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
    command = (
        *(program, "-hide_banner", "-nostdin", "-loglevel", "error", "-protocol_whitelist", "file,pipe"),
        *("-i", f"file:{file}", "-vn", "-t", str(_LONGEST_MINUTES * 60), "-ac", "1", "-ar", str(RATE)),
        *("-f", "s16le", "pipe:1"),
    )
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    except OSError as error:
        raise Refused(f"{program} cannot be run: {error.strerror}") from error
    try:
        async with asyncio.timeout(_PATIENCE):
            samples, complaint = await process.communicate()
    except TimeoutError:
        raise Refused(f"{file}: {program} did not end within {_PATIENCE:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not samples:
        last = complaint.decode(errors="replace").strip()[-200:]
        raise Refused(f"{file}: no sound can be read from it{f': {last}' if last else ''}")
    return samples


def put_down(folder: Path, language: Language, sounds: Mapping[Line, bytes]) -> Path:
    """Write the prompts of a language, and put aside what they replace; return their folder.

    Raises:
        OSError: the folder cannot be written.
    """
    place = folder / "recorded" / language.value
    for line, samples in sounds.items():
        _put_aside(place, line)
        write_atomically(place / f"{line.value}.wav", write_wav(samples))
    return place


def _put_aside(place: Path, line: Line) -> None:
    for path in place.glob(f"{line.value}.*"):
        if path.suffix in SUFFIXES:
            (place / _EARLIER).mkdir(exist_ok=True)
            path.replace(place / _EARLIER / path.name)
