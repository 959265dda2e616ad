"""What attaching did, written down before each step, so that it can be undone after a crash in any moment.

In the folder (root's alone, for copies of files with secrets lie in it): ``journal.jsonl``, one step a line, synced
before the step is taken; ``copies/N``, what was there before; ``lock``, held by the one attach at a time.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from deploy.attach.errors import AttachError

STATE: Final = "/var/lib/ringback-attach"


class Standing(NamedTuple):
    """Whose something is, and who may do what."""

    mode: int
    uid: int
    gid: int

    @classmethod
    def of(cls, found: os.stat_result) -> Self:
        """Take it from a file or a folder."""
        return cls(found.st_mode & 0o7777, found.st_uid, found.st_gid)


class FileStep(NamedTuple):
    """A file that was written."""

    path: str
    copy: str
    """Of what was there, below ``copies``; empty: nothing was."""
    standing: Standing | None
    """As it was before."""
    after: str
    """The digest of what was written."""
    temporary: str
    """The name, beside it, under which it was written first."""


class FolderStep(NamedTuple):
    """A folder that was made, or whose standing was changed."""

    path: str
    standing: Standing | None
    """As it was before; None: it was made."""


class GroupStep(NamedTuple):
    """A user that was put into a group."""

    user: str
    group: str


class CommandStep(NamedTuple):
    """Something else that was done, and the words that undo it."""

    undo: tuple[str, ...]


Step = FileStep | FolderStep | GroupStep | CommandStep
_KINDS: Final[dict[str, type[Step]]] = {
    "file": FileStep,
    "folder": FolderStep,
    "group": GroupStep,
    "command": CommandStep,
}


class Journal:
    """The folder. Use `open_journal`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "journal.jsonl"
        self._copies = folder / "copies"
        self._number = 0
        self.steps: list[Step] = []

    def load(self) -> None:
        """Read what is written; a last line that was torn by a crash was no step yet."""
        if not self._file.exists():
            return
        whole, _, torn = self._file.read_bytes().rpartition(b"\n")
        self.steps = [_read(line) for line in whole.split(b"\n") if line.strip()]
        self._number = len(self.steps)
        if torn:
            with self._file.open("r+b") as opened:
                opened.truncate(len(whole) + 1 if whole else 0)

    def keep(self, octets: bytes) -> str:
        """Keep a copy of a file's bytes; return its name."""
        name = f"{self._number:04d}"
        self._write(self._copies / name, octets)
        return name

    def copy(self, name: str) -> bytes:
        """Return a copy."""
        return (self._copies / name).read_bytes()

    def note(self, step: Step) -> None:
        """Write a step down, for good, before it is taken."""
        kind = next(word for word, made in _KINDS.items() if isinstance(step, made))
        line = json.dumps({"kind": kind, **step._asdict()}).encode() + b"\n"
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "ab") as opened:
            opened.write(line)
            opened.flush()
            os.fsync(handle)
        sync_folder(self._folder)
        self.steps.append(step)
        self._number += 1

    def forget(self) -> None:
        """All is undone: nothing of it is needed any more."""
        self._file.unlink(missing_ok=True)
        shutil.rmtree(self._folder)

    def last_written(self, path: str) -> str:
        """Return the digest of what we last wrote to a file; empty: nothing."""
        steps = (step for step in reversed(self.steps) if isinstance(step, FileStep))
        return next((step.after for step in steps if step.path == path), "")

    def _write(self, path: Path, octets: bytes) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as opened:
            opened.write(octets)
            opened.flush()
            os.fsync(handle)
        sync_folder(path.parent)


@contextlib.contextmanager
def open_journal(folder: Path, *, make: bool = True) -> Iterator[Journal]:
    """Yield the journal, locked.

    Raises:
        AttachError: another attach is at work, or the folder cannot be used.
    """
    journal = Journal(folder)
    if not folder.exists() and not make:
        yield journal
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "copies").mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise AttachError(f"{folder} cannot be used: {error.strerror}. Run this as root") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        journal.load()
        yield journal
        if not journal.steps:
            shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        raise AttachError("another `ringback attach` is at work") from None
    finally:
        os.close(handle)


def digest(octets: bytes) -> str:
    """Name a file's bytes."""
    return hashlib.sha256(octets).hexdigest()


def sync_folder(folder: Path) -> None:
    """Make what was made or renamed in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(line: bytes) -> Step:
    try:
        values: dict[str, Any] = json.loads(line)
        made = _KINDS[values.pop("kind")]
        if values.get("standing"):
            values["standing"] = Standing(*values["standing"])
        if "undo" in values:
            values["undo"] = tuple(values["undo"])
        return made(**values)
    except (ValueError, KeyError, TypeError) as error:
        raise AttachError(f"the journal has a line that nobody understands ({error}); copies lie beside it") from None
