"""Byte ranges (RFC 9110, 14): what of a file is to be sent. Pure.

One range is honoured. Several, or what cannot be read, are ignored and the whole file is sent, as the RFC allows: a
request for a thousand overlapping pieces costs what a request for the file costs.
"""

import re
from dataclasses import dataclass
from typing import Final

_ONE: Final = re.compile(r"bytes=\s*([0-9]{0,19})-([0-9]{0,19})\s*")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``first`` to ``last``, both included, of a file of ``size``."""

    first: int
    last: int
    size: int
    partial: bool

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """Its header."""
        return f"bytes {self.first}-{self.last}/{self.size}"


class OutsideFile(Exception):
    """The range lies outside the file."""


def piece(header: str | None, size: int) -> ByteRange:
    """Read a Range header.

    Raises:
        OutsideFile: no byte of the range is in the file.
    """
    whole = ByteRange(0, size - 1, size, partial=False)
    found = _ONE.fullmatch(header) if header else None
    if found is None or not (found[1] or found[2]):
        return whole
    if not found[1]:
        wanted = min(int(found[2]), size)
        if wanted == 0:
            raise OutsideFile
        return ByteRange(size - wanted, size - 1, size, partial=True)
    first = int(found[1])
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < first:
        return whole
    if first >= size:
        raise OutsideFile
    return ByteRange(first, last, size, partial=True)
