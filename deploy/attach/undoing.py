"""Take back what attaching did, from the journal's end to its beginning.

===========================  ==========================================================================================
the file now                 what is done
===========================  ==========================================================================================
as we wrote it               the copy of what was there comes back, byte for byte, with owner and mode; a new one goes
edited since, our block in   our block is taken out, the rest stays
edited since, no block       it stays as it is: nothing of ours is in it
as it was before             nothing (a crash came before the write)
gone                         nothing
===========================  ==========================================================================================
"""

import contextlib
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

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


def undo_way(before: bytes | None, written: frozenset[str], now: bytes | None) -> UndoWay:
    """Decide about one file (pure).

    Args:
        before: what was there before we came; None: nothing.
        written: digests of all that we wrote to it.
        now: what is there now.
    """
    if now == before or now is None:
        return UndoWay.NOTHING
    if digest(now) in written:
        return UndoWay.REMOVE if before is None else UndoWay.RESTORE
    text = decoded(now)
    if not blocks.has_block(text):
        return UndoWay.LEAVE
    left = encoded(blocks.without_block(text))
    if before is None and not left.strip():
        return UndoWay.REMOVE
    return UndoWay.RESTORE if left == before else UndoWay.TAKE_OUT


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
    first = steps[0]
    before = journal.copy(first.copy) if first.copy else None
    with opened_folder(path.parent) as folder:
        for step in steps:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(step.temporary, dir_fd=folder)
        try:
            now = read_inside(folder, path.name)
        except OSError:
            return UndoWay.LEAVE  # somebody made a link of it
        way = undo_way(before, frozenset(step.after for step in steps), now)
        temporary = f"{steps[-1].temporary}.undo"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        if way is UndoWay.REMOVE:
            os.unlink(path.name, dir_fd=folder)
            os.fsync(folder)
        elif way is UndoWay.RESTORE and before is not None and first.standing is not None:
            replace(folder, path.name, temporary, before, first.standing)
        elif way is UndoWay.TAKE_OUT and now is not None:
            standing = Standing.of(os.stat(path.name, dir_fd=folder, follow_symlinks=False))
            left = encoded(blocks.without_block(decoded(now)))
            replace(folder, path.name, temporary, left, standing)
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
