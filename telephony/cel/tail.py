"""A file that another program appends to and rotates: where it ends now, and what was written since a place.

A place is an inode and a number of bytes. When the file was rotated meanwhile, its old inode is looked for among its
neighbours (``ringback.csv.1``): first the rest of that, then the new file from its beginning. A rotation that
compresses at once leaves nothing to read of the old file; that is told, and the new file is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class FilePosition:
    """A place in a file."""

    inode: int
    offset: int


NOWHERE: Final = FilePosition(0, 0)
"""The end of a file that does not exist yet: Asterisk makes it with the first call."""


@dataclass(frozen=True, slots=True)
class FilePiece:
    """Bytes ``begin`` to ``end`` of a file."""

    path: Path
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Since:
    """What was written since a place; not ``whole`` if the file of the place is gone."""

    pieces: tuple[FilePiece, ...]
    end: FilePosition
    whole: bool


def end_of(path: Path) -> FilePosition:
    """Return where a file ends now. One that nobody has written to yet, in a folder that is there, ends at `NOWHERE`.

    Raises:
        OSError: its folder is not there, or it cannot be looked at.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        path.parent.stat()
        return NOWHERE
    return FilePosition(found.st_ino, found.st_size)


def since(path: Path, place: FilePosition) -> Since:
    """Return what was written since ``place``.

    Raises:
        OSError: the folder is not there, or a file cannot be looked at.
    """
    end = end_of(path)
    if end.inode == place.inode and end.offset >= place.offset:
        return Since((FilePiece(path, place.offset, end.offset),), end, whole=True)
    new = FilePiece(path, 0, end.offset)
    if place == NOWHERE:
        return Since((new,), end, whole=True)
    if end.inode == place.inode:  # emptied in place: what stood behind the place is gone
        return Since((new,), end, whole=False)
    for neighbour in sorted(path.parent.glob(f"{path.name}?*")):
        old = end_of(neighbour)
        if old.inode == place.inode and old.offset >= place.offset:
            return Since((FilePiece(neighbour, place.offset, old.offset), new), end, whole=True)
    return Since((new,), end, whole=False)


def lines(pieces: tuple[FilePiece, ...], *, most: int) -> Iterator[str]:
    """Read the pieces line by line; bytes that are no UTF-8 are replaced, and a line is cut after ``most`` bytes.

    Raises:
        OSError: a piece cannot be read.
    """
    for piece in (piece for piece in pieces if piece.end > piece.begin):
        with piece.path.open("rb") as file:
            file.seek(piece.begin)
            while (left := piece.end - file.tell()) > 0:
                yield file.readline(min(left, most)).decode("utf-8", "replace")
