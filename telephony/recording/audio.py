"""ffmpeg as a subprocess: converting a recording and measuring what came out. Nothing is decoded in this process.

ffmpeg gets the original as an open file on its standard input and is told the format by us: it never sees a path that
a PBX told, it cannot be talked into opening another file or a network address, and it does not guess. Each run has a
deadline, runs at low priority on one thread, and is killed with its waiting task.
"""

import asyncio
import contextlib
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import imageio_ffmpeg

from telephony.recording.errors import ConverterMissing, ConverterTimedOut, FolderTrouble, Unreadable
from telephony.recording.files import opened
from telephony.recording.plan.waveform import RATE, Sound, read_windows, summarize, window_samples

_MONO_8K = ("-f", "s16le", "-ar", "8000", "-ac", "1")
INPUTS: dict[str, tuple[str, ...]] = {
    ".wav": ("-f", "wav"),
    ".wav49": ("-f", "wav"),
    ".gsm": ("-f", "gsm"),
    ".raw": _MONO_8K,
    ".sln": _MONO_8K,
    **{f".sln{khz}": ("-f", "s16le", "-ar", f"{khz}000", "-ac", "1") for khz in (12, 16, 24, 32, 48, 96, 192)},
    ".sln44": ("-f", "s16le", "-ar", "44100", "-ac", "1"),
    **dict.fromkeys((".ulaw", ".ul", ".pcm", ".mu"), ("-f", "mulaw", "-ar", "8000", "-ac", "1")),
    **dict.fromkeys((".alaw", ".al"), ("-f", "alaw", "-ar", "8000", "-ac", "1")),
    ".g722": ("-f", "g722"),
    ".mp3": ("-f", "mp3"),
    ".ogg": ("-f", "ogg"),
    ".opus": ("-f", "ogg"),
}
"""How ffmpeg reads what MixMonitor writes, by the file's extension."""
INTERLEAVED = ("-f", "s16le", "-ar", "8000", "-ac", "2")
"""How it reads our own tapes."""
_CODECS = {
    "mp3": ("-c:a", "libmp3lame", "-joint_stereo", "0", "-f", "mp3"),
    "opus": ("-c:a", "libopus", "-application", "voip", "-f", "opus"),
}
_ENCODERS = {"mp3": "libmp3lame", "opus": "libopus"}
_QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1", "-protocol_whitelist", "pipe,file,fd")
_STATISTICS = (
    "astats=metadata=1:reset=1:measure_perchannel=Peak_level+RMS_level:measure_overall=Number_of_samples,"
    "ametadata=mode=print:file=-"
)
_NICE = 10
_TROUBLES = ("No space left", "Disk quota", "Read-only file system", "Permission denied", "Input/output error")
"""What ffmpeg says of our disk; the original is an open file, so these are never about it."""
_LAST_WORDS = 400

Format = Literal["mp3", "opus"]


@dataclass(frozen=True, slots=True)
class Converter:
    """One ffmpeg and how it is to be used."""

    program: str
    format: Format = "mp3"
    kilobits: int = 32
    seconds: float = 300.0
    silence_dbfs: float = -50.0

    async def convert(self, original: Path, source: tuple[str, ...], copy: Path, *, swapped: bool = False) -> None:
        """Write ``copy`` in our format.

        Args:
            original: the PBX's file.
            source: how to read it: `INTERLEAVED`, or `input_of` its name.
            copy: is overwritten.
            swapped: exchange left and right (the tape rode on the manager's channel).

        Raises:
            FileGone: there is no original.
            Unreadable: ffmpeg cannot read it.
            ConverterTimedOut: it took too long.
            ConverterMissing: ffmpeg does not start.
            FolderTrouble: the copy cannot be written.
        """
        sides = ("-af", "pan=stereo|c0=c1|c1=c0") if swapped else ()
        written = (*sides, "-b:a", f"{self.kilobits}k", "-bitexact", "-map_metadata", "-1", *_CODECS[self.format])
        with opened(original) as handle:
            await self._run(handle, *source, "-i", "pipe:0", "-map", "0:a:0", *written, "-y", f"file:{copy}")

    async def measure(self, copy: Path) -> Sound:
        """Decode a file that `convert` wrote, as a player would, and return what can be heard.

        Raises:
            Unreadable: it does not decode.
            ConverterTimedOut: it took too long.
            ConverterMissing: ffmpeg does not start.
        """
        with opened(copy) as handle:
            window = window_samples(os.fstat(handle).st_size / (self.kilobits * 125))
            chain = f"aresample={RATE},asetnsamples=n={window}:p=0,{_STATISTICS}"
            output = await self._run(
                handle, *INPUTS[f".{self.format}"], "-i", "pipe:0", "-af", chain, "-f", "null", "/dev/null"
            )
        # Ten thousand lines: in a thread, so that the calls' events do not wait for them.
        return await asyncio.to_thread(self._summary, output.decode("ascii", "replace"), window)

    def _summary(self, output: str, window: int) -> Sound:
        return summarize(read_windows(output), window, self.silence_dbfs)

    async def _run(self, handle: int, *arguments: str) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                self.program, *_QUIET, *arguments, stdin=handle, stdout=PIPE, stderr=PIPE
            )
        except OSError as error:
            raise ConverterMissing(f"{self.program}: {error.strerror}; set recording.ffmpeg") from error
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        try:
            async with asyncio.timeout(self.seconds):
                output, complaints = await process.communicate()
        except TimeoutError as error:
            raise ConverterTimedOut(f"ffmpeg took longer than {self.seconds:g} s") from error
        finally:
            await _end(process)
        if process.returncode:
            words = complaints.decode("utf-8", "replace").strip()[-_LAST_WORDS:]
            raise FolderTrouble(words) if any(trouble in words for trouble in _TROUBLES) else Unreadable(words)
        return output


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()  # reads what is left, so that the pipes are closed, and reaps it


def input_of(path: str) -> tuple[str, ...]:
    """Return how ffmpeg should read an adopted file of this name.

    Raises:
        Unreadable: the extension is none that MixMonitor writes.
    """
    extension = Path(path).suffix
    found = INPUTS.get(extension.lower())
    if found is None:
        raise Unreadable(f"no sound is known under the extension {extension!r}")
    return found


def find_program(setting: str) -> str:
    """Return the ffmpeg to use: the setting's, else the PATH's, else the one that came along.

    Raises:
        ConverterMissing: there is none.
    """
    if setting:
        found = shutil.which(setting)
        if not found:
            raise ConverterMissing(f"recording.ffmpeg = {setting!r} is no program")
        return found
    try:
        return shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ConverterMissing("no ffmpeg on the PATH and none came along: install ffmpeg") from error


async def writes(program: str, format_: Format) -> bool:
    """Return whether this ffmpeg has the encoder for a format (distributions leave some out)."""
    try:
        process = await asyncio.create_subprocess_exec(
            program, "-hide_banner", "-encoders", stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
        )
    except OSError:
        return False
    try:
        output, _ = await process.communicate()
    finally:
        await _end(process)
    return f" {_ENCODERS[format_]} ".encode() in output
