"""One file of a call: found, looked at, converted, measured, put on the shelf, and at last its original removed."""

import asyncio
import contextlib
import secrets
from pathlib import Path, PurePosixPath
from time import perf_counter

import structlog

from telephony.ports import Clock, Transaction
from telephony.recording import files, store
from telephony.recording.alarms import CONVERTER, FOLDER, Alarms, RecordingMetrics
from telephony.recording.audio import INTERLEAVED, Converter, input_of
from telephony.recording.errors import ConverterTimedOut, FileGone, OutsideShared, Unreadable
from telephony.recording.files import Shelf
from telephony.recording.plan.names import kept_name, read_tape_name
from telephony.recording.plan.rows import FileRow, Job
from telephony.recording.plan.verdict import Kept, SoundVerdict, judge_file
from telephony.settings import RecordingSettings

_log = structlog.get_logger(__name__)

_NOT_THERE = -1


class ConversionWorker:
    """Does to one file what the archive asks for, inside the archive's transaction."""

    def __init__(
        self,
        settings: RecordingSettings,
        converter: Converter,
        alarms: Alarms,
        metrics: RecordingMetrics,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._converter = converter
        self._alarms = alarms
        self._metrics = metrics
        self._clock = clock
        self._shelf = Shelf(settings.folder)

    async def search(self, tx: Transaction, job: Job) -> list[FileRow]:
        """Look on the disk for tapes of ours that nobody told of (the daemon was away, AMI was cut)."""
        with contextlib.suppress(OutsideShared):
            folder = self._locate(job, self._settings.pbx_folder)
            for name in await asyncio.to_thread(files.find_tapes, folder, job.uniqueids):
                segment = read_tape_name(name)
                if segment:
                    path = str(PurePosixPath(self._settings.pbx_folder) / name)
                    await store.add_found(tx, job, path, segment.uniqueid, segment.started_at)
                    _log.info("recording.found", call_id=job.call_id, path=path)
        return await store.files_of(tx, job.call_id)

    async def size(self, job: Job, file: FileRow) -> int:
        """Return an original's size in bytes, or -1 if there is none."""
        try:
            size = await asyncio.to_thread(files.size_of, self._locate(job, file.pbx_path))
        except OutsideShared:
            return _NOT_THERE
        return _NOT_THERE if size is None else size

    async def keep(self, tx: Transaction, job: Job, file: FileRow) -> Kept:
        """Convert a file and remember it, or why not; one that has its verdict already keeps it.

        Raises:
            ConverterMissing: there is no ffmpeg.
            FolderTrouble: the shelf cannot be written.
        """
        if file.verdict is not None:
            return Kept(file.verdict, file.sound)
        try:
            return await self._convert(tx, job, file)
        except OutsideShared as error:
            verdict, why = SoundVerdict.REFUSED, str(error)
        except FileGone as error:
            verdict, why = SoundVerdict.MISSING, str(error)
        except (Unreadable, ConverterTimedOut) as error:
            verdict, why = SoundVerdict.UNREADABLE, str(error)
        _log.info("recording.not_kept", call_id=job.call_id, path=file.pbx_path, verdict=verdict, why=why)
        await store.judge_file(tx, file.id, verdict)
        return Kept(verdict)

    async def _convert(self, tx: Transaction, job: Job, file: FileRow) -> Kept:
        started = perf_counter()
        original = self._locate(job, file.pbx_path)
        source = input_of(file.pbx_path) if file.adopted else INTERLEAVED
        name = kept_name(job.call_id, file.id, file.started_at, self._converter.format)
        incoming = await asyncio.to_thread(self._shelf.incoming, f"{file.id}-{secrets.token_hex(4)}.{name.suffix[1:]}")
        try:
            await self._converter.convert(original, source, incoming, swapped=file.swapped)
            sound = await self._converter.measure(incoming)
            verdict = judge_file(sound)
            if verdict is SoundVerdict.UNREADABLE:
                raise Unreadable("it holds no sound")
            stored = await asyncio.to_thread(self._shelf.put, incoming, name)
        finally:
            await asyncio.to_thread(files.remove, incoming)
        await store.keep(tx, file.id, verdict, stored, self._converter.format, sound, self._clock())
        await self._alarms.clear(tx, CONVERTER, self._clock())
        await self._alarms.clear(tx, FOLDER, self._clock())
        self._metrics.converted_seconds.inc(sound.seconds)
        self._metrics.convert_time.observe(perf_counter() - started)
        return Kept(verdict, sound)

    async def remove_original(self, job: Job, file: FileRow) -> None:
        """Remove an original; it may have gone before.

        Raises:
            OSError: it cannot be removed.
            OutsideShared: it is not in a shared folder (any more).
        """
        await asyncio.to_thread(files.remove, self._locate(job, file.pbx_path))

    def _locate(self, job: Job, path: str) -> Path:
        return files.locate(self._settings.shared, job.pbx, path)
