"""Room on the disk: when it runs out new recordings stop, calls go on, and somebody is told once.

Pure is `has_room`: the floor is the larger of the two settings; once below it there must be `resume_factor` times as
much before recording goes on, so that a disk at the brink does not flap.
"""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

import structlog

from telephony.ports import Clock
from telephony.postgres.patience import Patience
from telephony.postgres.pool import Pool
from telephony.recording.alarms import DISK_FULL, Alarms, RecordingMetrics
from telephony.recording.errors import FolderTrouble
from telephony.recording.files import Room, room_of
from telephony.settings import RecordingSettings

_log = structlog.get_logger(__name__)

_MEGABYTE = 1_000_000


def floor_of(room: Room, megabytes: float, percent: float) -> float:
    """Return how many bytes must stay free on a disk."""
    return max(megabytes * _MEGABYTE, room.total * percent / 100)


def has_room(room: Room, floor: float, *, had_room: bool, resume_factor: float) -> bool:
    """Return whether new recordings may start, given whether they might the last time."""
    return room.free >= (floor if had_room else floor * resume_factor)


class DiskSpaceWatch:
    """Looks at the disks of the recording folder and of the shared folders that are here."""

    def __init__(
        self,
        pool: Pool,
        settings: RecordingSettings,
        alarms: Alarms,
        metrics: RecordingMetrics,
        clock: Clock,
        look: Callable[[Path], Room] = room_of,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._alarms = alarms
        self._metrics = metrics
        self._clock = clock
        self._look = look
        self._open = True
        self._told: bool | None = None
        self._listeners: list[Callable[[], None]] = []
        self._patience = Patience("recording room")
        self.why_not = ""
        """Why no new recordings may start."""

    def __call__(self) -> bool:
        """Return whether new recordings may start."""
        return self._open

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have ``listener`` called whenever the answer changes."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._settings.disk_look_seconds)

    async def look(self) -> None:
        """Look once; tell listeners, log and alarms if the answer changed."""
        spaces = await asyncio.to_thread(self._spaces)
        tightest = min(spaces, key=lambda folder: spaces[folder].free, default=None)
        if tightest is None:
            return  # nothing can be told of any disk: the archive's own alarm says why
        self._metrics.free_bytes.set(spaces[tightest].free)
        crowded = [folder for folder, room in spaces.items() if not self._enough(room)]
        was_open, self._open = self._open, not crowded
        self.why_not = ", ".join(f"{folder}: {spaces[folder].free // _MEGABYTE} MB free" for folder in crowded)
        self._metrics.room.set(self._open)
        if self._open is not was_open:
            for listener in self._listeners:
                listener()
        if self._open is not self._told:
            await self._tell()
        else:
            self._patience.well()  # what could not be written meanwhile is not true any more

    def _enough(self, room: Room) -> bool:
        settings = self._settings
        floor = floor_of(room, settings.disk_floor_megabytes, settings.disk_floor_percent)
        return has_room(room, floor, had_room=self._open, resume_factor=settings.disk_resume_factor)

    def _spaces(self) -> dict[Path, Room]:
        found: dict[Path, Room] = {}
        for folder in self._folders():
            try:
                found[folder] = self._look(folder)
            except FolderTrouble as error:
                _log.warning("recording.disk_unknown", folder=str(folder), why=str(error))
        return found

    def _folders(self) -> Iterable[Path]:
        yield self._settings.folder
        yield from (shared.here for shared in self._settings.shared if shared.here.is_dir())

    async def _tell(self) -> None:
        """Write the alarm, or that it is over; a database that is away is told the next time."""
        now = self._clock()
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                if self.why_not:
                    await self._alarms.raise_(connection, None, DISK_FULL, f"no new recordings: {self.why_not}", now)
                else:
                    await self._alarms.clear(connection, DISK_FULL, now)
        except Exception as error:  # noqa: BLE001 - it is raised again if it is ours
            self._patience.blame(error)  # the next look is soon enough, and looking at disks goes on
        else:
            self._patience.well()
            self._told = self._open
