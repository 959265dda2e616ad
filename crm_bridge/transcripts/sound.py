"""One side of a recording as a WAV file, and the program that hears it; both as subprocesses that may fail or hang."""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from crm_bridge.transcripts.lines import NoTranscript

_LARGEST: Final = 4_000_000
"""Bytes of a transcript; a talk of hours has less."""
_BLOCK: Final = 65_536
_WORDS: Final = 300
_RATE: Final = "16000"


def ffmpeg() -> str:
    """Return the ffmpeg to use: the one on the PATH, else the one that came along."""
    return shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())


async def cut_side(handle: int, side: int, sides: int, target: Path, seconds: float) -> None:
    """Write one side of an open recording as 16 kHz mono WAV.

    Raises:
        NoTranscript: it cannot be read, or takes too long.
    """
    channel = f"pan=mono|c0=c{side}" if sides > 1 else "anull"
    words = [ffmpeg(), "-v", "error", "-nostdin", "-y", "-i", "pipe:0", "-af", channel, "-ar", _RATE, "-ac", "1"]
    await _run([*words, "-c:a", "pcm_s16le", str(target)], seconds, stdin=handle)


async def hear(command: Sequence[str], file: Path, language: str, seconds: float) -> bytes:
    """Run the transcribing program on a file and return what it wrote.

    Raises:
        NoTranscript: it fails, takes too long, or writes too much.
    """
    places = {"{file}": str(file), "{language}": language}
    return await _run([places.get(word, word) for word in command], seconds, stdin=DEVNULL)


async def _run(words: Sequence[str], seconds: float, stdin: int) -> bytes:
    try:
        process = await asyncio.create_subprocess_exec(
            "nice", "-n", "19", *words, stdin=stdin, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except OSError as error:
        raise NoTranscript(f"{words[0]}: {error.strerror}") from None
    assert process.stdout is not None  # noqa: S101 - pipes were asked for
    assert process.stderr is not None  # noqa: S101 - as above
    said = asyncio.create_task(_some(process.stderr))
    try:
        async with asyncio.timeout(seconds):
            told = await _most(process.stdout)
            code = await process.wait()
            why = await said
    except TimeoutError:
        raise NoTranscript(f"{words[0]} took longer than {seconds:g} s") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        said.cancel()
    if code != 0:
        raise NoTranscript(f"{words[0]} ended with {code}: {why.decode(errors='replace').strip()[:_WORDS]}")
    return told


async def _most(stream: asyncio.StreamReader) -> bytes:
    found = bytearray()
    while block := await stream.read(_BLOCK):
        found += block
        if len(found) > _LARGEST:
            raise NoTranscript(f"it wrote more than {_LARGEST} bytes")
    return bytes(found)


async def _some(stream: asyncio.StreamReader) -> bytes:
    """Read all and keep the last of it, so that the program never waits for us."""
    found = b""
    while block := await stream.read(_BLOCK):
        found = (found + block)[-_BLOCK:]
    return found
