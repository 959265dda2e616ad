"""Files: from the PBX's path to ours, opening without being led astray, keeping atomically, how much room there is.

A path comes from a PBX, so it is hostile until proven: it must lie in a shared folder, before and after links are
resolved, and only a regular file is ever opened.
"""

import contextlib
import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Protocol

from telephony.recording.errors import FileGone, FolderTrouble, OutsideShared, Unreadable
from telephony.recording.plan.names import read_tape_name, safe


# Kept recordings for those who listen: a stored file is opened by the path that its row has, and by nothing else.
class Library:
    """Opens what the archive has put on the shelf; ``folder`` is ``recording.folder``."""

    def __init__(self, folder: Path) -> None:
        self._shelf = Shelf(folder)

    @contextlib.contextmanager
    def opened(self, path: str) -> Iterator[int]:
        """Open a kept file for reading; yields its descriptor.

        Args:
            path: as the recording's row has it: below the folder.

        Raises:
            OutsideShared: the row leads out of the folder: somebody wrote it by hand.
            FileGone, Unreadable: it is not there, or no regular file.
        """
        with opened(self._shelf.place_of(path)) as handle:
            yield handle


# What callers left to be heard stays where the PBX wrote it.
class SharedLibrary:
    """Opens files of the PBXs by their own paths; ``shared`` is ``recording.shared``."""

    def __init__(self, shared: Iterable["Shared"]) -> None:
        self._shared = tuple(shared)

    @contextlib.contextmanager
    def opened(self, pbx: str, path: str) -> Iterator[int]:
        """Open a file for reading; yields its descriptor.

        Raises:
            OutsideShared: it lies in no folder of that PBX that is shared with us.
            FileGone, Unreadable: it is not there, or no regular file.
        """
        with opened(locate(self._shared, pbx, path)) as handle:
            yield handle


_INCOMING = ".incoming"
_BLOCK = 1 << 20


class Shared(Protocol):
    """A folder of the PBX and where it is here (`telephony.settings.SharedFolder`)."""

    @property
    def pbx(self) -> str:
        """A glob over the names of the PBXs that it belongs to."""
        ...

    @property
    def there(self) -> str:
        """Its path on the PBX."""
        ...

    @property
    def here(self) -> Path:
        """Its path here."""
        ...


def locate(shared: Iterable[Shared], pbx: str, answered: str) -> Path:
    """Return where the file that a PBX told of is here; it need not exist.

    The longest fitting folder counts. Links are resolved; they may not lead out of that folder.

    Raises:
        OutsideShared: it is in no shared folder.
    """
    path = PurePosixPath(answered)
    if "\0" in answered or ".." in path.parts or not path.is_absolute():
        raise OutsideShared(f"{answered!r} is no plain absolute path")
    fitting = [one for one in shared if fnmatchcase(pbx, one.pbx) and path.is_relative_to(PurePosixPath(one.there))]
    if not fitting:
        raise OutsideShared(f"{answered!r} is in no folder of recording.shared for PBX {pbx!r}")
    folder = max(fitting, key=lambda one: len(PurePosixPath(one.there).parts))
    root = folder.here.resolve()
    try:
        found = (root / path.relative_to(PurePosixPath(folder.there))).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # too long, no text, a ring of links
        raise OutsideShared(f"{answered[:200]!r} is no path: {error}") from error
    if not found.is_relative_to(root):
        raise OutsideShared(f"{answered!r} leads out of {root}")
    return found


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a regular file for reading; yields the descriptor. A link in the last place is not followed.

    Raises:
        FileGone: it is not there.
        Unreadable: it is no regular file, or we may not read it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise FileGone(f"{path} is not there") from error
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unreadable(f"{path} is no regular file")
        if Path(f"/proc/self/fd/{handle}").readlink() != path.resolve():
            raise Unreadable(f"{path} was exchanged while it was opened")
        yield handle
    finally:
        os.close(handle)


def size_of(path: Path) -> int | None:
    """Return a regular file's size in bytes, or None if there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def remove(path: Path) -> bool:
    """Remove a file; tell whether it was there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def find_tapes(folder: Path, uniqueids: Iterable[str]) -> list[str]:
    """Return the names of our tapes in ``folder`` that were written for these channels, in order."""
    wanted = {safe(uniqueid) for uniqueid in uniqueids}
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(name for name in names if (segment := read_tape_name(name)) and segment.uniqueid in wanted)


def remove_old_tapes(folder: Path, before: datetime) -> list[str]:
    """Remove our tapes that were started before a time; return their names. For those that no call ever claimed."""
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
    except OSError:
        return []
    old = [name for name in names if (segment := read_tape_name(name)) and segment.started_at < before]
    return [name for name in old if remove(folder / name)]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was put on the shelf."""

    path: PurePosixPath
    """Below the shelf's folder."""
    size: int
    """In bytes."""
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of finished recordings. A file there is whole: it is written elsewhere and then renamed."""

    folder: Path

    def incoming(self, name: str) -> Path:
        """Return where to write a file before it is whole; same disk, so that renaming is atomic.

        Raises:
            FolderTrouble: the folder cannot be made.
        """
        with _trouble(self.folder):
            place = self.folder / _INCOMING
            place.mkdir(parents=True, exist_ok=True, mode=0o750)
            return place / safe(name)

    def put(self, whole: Path, path: PurePosixPath) -> Stored:
        """Flush a written file to the disk and give it its name. Doing it twice gives the same.

        Raises:
            FolderTrouble: the disk or the folder refused.
        """
        with _trouble(self.folder):
            with whole.open("rb") as file:
                digest = hashlib.sha256()
                while block := file.read(_BLOCK):
                    digest.update(block)
                size = file.tell()
                os.fsync(file.fileno())
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            whole.chmod(0o640)
            whole.replace(target)
            _flush_folders(target.parent, self.folder)
        return Stored(path, size, digest.digest())

    def place_of(self, path: str) -> Path:
        """Return the full path of a stored file; ``path`` is as our own rows have it.

        Raises:
            OutsideShared: the row leads out of the folder: somebody wrote it by hand.
        """
        root = self.folder.resolve()
        found = (root / path).resolve()
        if not found.is_relative_to(root) or found == root:
            raise OutsideShared(f"{path!r} leads out of {root}")
        return found

    def sweep(self, older_than_seconds: float) -> int:
        """Remove unfinished files of daemons that were killed; return how many."""
        before = time.time() - older_than_seconds
        swept = 0
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(self.folder / _INCOMING):
                if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < before:
                    swept += remove(Path(entry.path))
        return swept


@contextlib.contextmanager
def _trouble(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = " (the disk is full)" if error.errno in {errno.ENOSPC, errno.EDQUOT} else ""
        raise FolderTrouble(f"recording.folder {folder}: {error.strerror}{full}") from error


def _flush_folders(folder: Path, root: Path) -> None:
    """Flush the folders between, so that a new name survives a power cut."""
    while True:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if folder in (root, folder.parent):
            return
        folder = folder.parent


@dataclass(frozen=True, slots=True)
class Room:
    """How much room there is on a disk, for an ordinary user."""

    free: int
    total: int


def room_of(folder: Path) -> Room:
    """Return the room on the disk of ``folder``, or of its nearest parent that exists.

    Raises:
        FolderTrouble: not even that can be told.
    """
    with _trouble(folder):
        place = next(path for path in (folder, *folder.parents) if path.exists())
        found = os.statvfs(place)
        return Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)
