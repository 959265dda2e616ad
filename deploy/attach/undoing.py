"""Take back what attaching did, from the journal's end to its beginning.

===========================  ==========================================================================================
the file now                 what is done
===========================  ==========================================================================================
as we wrote it               the copy of what was there comes back, byte for byte, with owner and mode; a new one goes
edited since, our block in   our block is taken out, the rest stays (also what was edited between two attaches)
edited since, no block       it stays as it is: nothing of ours is in it
as it was before             nothing (a crash came before the write)
gone                         nothing
===========================  ==========================================================================================
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from deploy.attach import blocks
from deploy.attach.journal import FileStep, FolderStep, GroupStep, Journal, Standing, digest
from deploy.attach.machine import Machine, decoded, encoded
from deploy.attach.writing import opened_folder, read_inside, replace


class UndoWay(StrEnum):
    """How one file is put back."""

    NOTHING = "as it was"
    RESTORE = "put back"
    REMOVE = "removed"
    TAKE_OUT = "edited since: only our lines were taken out, the rest stays"
    LEAVE = "edited since, and nothing of ours is in it: left as it is"


class WrittenOnce(NamedTuple):
    """One writing of ours to a file."""

    before: bytes | None
    """What was there; None: nothing."""
    after: str
    """The digest of what we wrote."""


class UndoneFile(NamedTuple):
    """How a file is put back, and what it then holds; None: it is gone, or stays as it is."""

    way: UndoWay
    octets: bytes | None = None


def undo_way(writings: Sequence[WrittenOnce], now: bytes | None) -> UndoneFile:
    """Decide about one file (pure): go back over our writings as long as nobody else's stands between them.

    Args:
        writings: all of ours, the first one first.
        now: what is there now.
    """
    if now is None or now == writings[0].before:
        return UndoneFile(UndoWay.NOTHING)
    found: bytes | None = now
    for one in reversed(writings):
        if found is not None and digest(found) == one.after:
            found = one.before
    if found is None:
        return UndoneFile(UndoWay.REMOVE)
    text = decoded(found)
    if found == now and not blocks.has_block(text):
        return UndoneFile(UndoWay.LEAVE)
    left = encoded(blocks.without_block(text))
    if writings[0].before is None and not left.strip():
        return UndoneFile(UndoWay.REMOVE)
    return UndoneFile(UndoWay.RESTORE if left == writings[0].before else UndoWay.TAKE_OUT, left)


def undo_files(machine: Machine, journal: Journal) -> Iterator[tuple[str, UndoWay]]:
    """Put all files back; yield what became of each."""
    steps = [step for step in journal.steps if isinstance(step, FileStep)]
    for path in dict.fromkeys(step.path for step in reversed(steps)):
        own = [step for step in steps if step.path == path]
        yield path, _undo_file(machine.here(path), own, journal)


def undo_folders(machine: Machine, journal: Journal) -> Iterator[tuple[str, str]]:
    """Take away the folders that we made, if they are empty, and give back the others' standing."""
    for step in reversed(journal.steps):
        if isinstance(step, FolderStep):
            yield step.path, _undo_folder(machine.here(step.path), step.standing)


def groups_to_undo(journal: Journal) -> list[GroupStep]:
    """Return the memberships that we made."""
    return [step for step in journal.steps if isinstance(step, GroupStep)]


def _undo_file(path: Path, steps: list[FileStep], journal: Journal) -> UndoWay:
    if not path.parent.is_dir():
        return UndoWay.NOTHING
    writings = [WrittenOnce(journal.copy(step.copy) if step.copy else None, step.after) for step in steps]
    with opened_folder(path.parent) as folder:
        temporary = f"{steps[-1].temporary}.undo"
        for name in (temporary, *(step.temporary for step in steps)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
        try:
            now = read_inside(folder, path.name)
        except OSError:
            return UndoWay.LEAVE  # somebody made a link of it
        way, octets = undo_way(writings, now)
        if way is UndoWay.REMOVE:
            os.unlink(path.name, dir_fd=folder)
            os.fsync(folder)
        elif octets is not None:
            standing = Standing.of(os.stat(path.name, dir_fd=folder, follow_symlinks=False))
            if way is UndoWay.RESTORE:
                standing = steps[0].standing or standing
            replace(folder, path.name, temporary, octets, standing)
    return way


def _undo_folder(path: Path, standing: Standing | None) -> str:
    if not path.is_dir() or path.is_symlink():
        return "not there"
    if standing is None:
        try:
            path.rmdir()
        except OSError:
            return "left: it is not empty"
        return "removed"
    with opened_folder(path) as folder:
        if os.geteuid() == 0:
            os.fchown(folder, standing.uid, standing.gid)
        os.fchmod(folder, standing.mode)
    return "put back"
