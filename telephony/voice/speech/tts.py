"""Text to speech by the operator's own command: a subprocess with a deadline, never a shell.

The text goes to its standard input, so whatever a caller called himself, it is no argument of anything. What comes out
is checked and, unless it is in our form already, converted by ffmpeg.
"""

import asyncio
import contextlib
import os
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import imageio_ffmpeg

from telephony.voice.errors import SpeechFailed
from telephony.voice.speech.wav import complaint, read_wav
from telephony.voice.words.phrases import Language

_MOST_BYTES = 16 * 1024 * 1024
"""Two minutes at 48 kHz are less; more is a program gone mad."""
_MESSAGE_BYTES = 2000
_CONVERT = (
    *("-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1", "-protocol_whitelist", "pipe"),
    *("-i", "pipe:0", "-f", "s16le", "-ar", "8000", "-ac", "1", "pipe:1"),
)


@dataclass(frozen=True, slots=True)
class TtsCommand:
    """How speech is made.

    ``{voice}`` and ``{language}`` in the arguments are replaced; the text is read from standard input, UTF-8.
    """

    arguments: tuple[str, ...]
    voices: Mapping[Language, str]
    seconds: float = 10.0
    at_once: int = 2
    ffmpeg: str = ""

    def for_language(self, language: Language) -> list[str]:
        """Return the command line for a language."""
        words = {"{voice}": self.voices.get(language, language.value), "{language}": language.value}
        return [_replaced(argument, words) for argument in self.arguments]


def _replaced(argument: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        argument = argument.replace(word, value)
    return argument


class Tts:
    """Renders sentences; at most ``at_once`` programs run at a time."""

    def __init__(self, command: TtsCommand) -> None:
        self._command = command
        self._room = asyncio.Semaphore(command.at_once)
        self._voices = {language: "\0".join(command.for_language(language)) for language in Language}

    def voice(self, language: Language) -> str:
        """Return what, beside the text, decides how it sounds: a part of the cache's key."""
        return self._voices[language]

    async def render(self, language: Language, text: str) -> bytes:
        """Return ``text`` spoken: samples of 8 kHz, mono, 16 bit.

        Raises:
            SpeechFailed: the command is missing, failed, hung, or gave no usable sound.
        """
        async with self._room:
            try:
                async with asyncio.timeout(self._command.seconds):
                    samples = await self._samples(language, text)
            except TimeoutError as error:
                raise SpeechFailed(f"the TTS command took more than {self._command.seconds:g} s") from error
        wrong = complaint(samples)
        if wrong:
            raise SpeechFailed(f"the TTS command gave {wrong}")
        return samples

    async def _samples(self, language: Language, text: str) -> bytes:
        sound = await _run(self._command.for_language(language), text.encode() + b"\n")
        samples = read_wav(sound)
        if samples is None:
            program = self._command.ffmpeg or shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
            samples = await _run([program, *_CONVERT], sound)
        return samples


async def _run(command: Sequence[str], given: bytes) -> bytes:
    """Run a program, give it ``given``, return what it wrote; it and its children are gone when this returns."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except (OSError, ValueError) as error:
        raise SpeechFailed(f"{command[0]} cannot be run ({error}): install it, or set voice.tts_command") from error
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_feed(process, given), name="tts-stdin")
            written = group.create_task(_read(process.stdout, _MOST_BYTES), name="tts-stdout")
            complaints = group.create_task(_read(process.stderr, _MESSAGE_BYTES), name="tts-stderr")
        code = await process.wait()
    finally:
        await _end(process)
    if code:
        message = complaints.result().decode(errors="replace").strip()[-300:]
        raise SpeechFailed(f"{command[0]} ended with {code}: {message}")
    return written.result()


async def _feed(process: Process, given: bytes) -> None:
    if process.stdin:
        with contextlib.suppress(ConnectionError):  # it may end without reading all: its exit code tells
            process.stdin.write(given)
            await process.stdin.drain()
        process.stdin.close()


async def _read(stream: asyncio.StreamReader | None, most: int) -> bytes:
    """Read to the end, keeping at most ``most`` bytes: what is over is thrown away, so the writer never blocks."""
    kept = bytearray()
    while stream and (chunk := await stream.read(65536)):
        kept += chunk[: most - len(kept)]
    return bytes(kept)


async def _end(process: Process) -> None:
    """Kill the program and its children, and read its pipes out: asyncio reaps it only when they are at their end."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):  # a child that left the group may hold a pipe: it is not waited for
        async with asyncio.timeout(1):
            await _read(process.stdout, 0)
            await _read(process.stderr, 0)
            await process.wait()
