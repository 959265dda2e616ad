"""The raw bytes that a PBX sent, as they came, in a file that ``ringback replay`` reads.

Only what the PBX says is written, never what we say: our secret goes the other way. It is written up to the end of the
last whole message: half of one, where a connection broke, would be read as a whole one whose last number is another. A
file that cannot be written ends the capture, never the link.
"""

import os
from pathlib import Path
from typing import BinaryIO

_PRIVATE = 0o600
_END = b"\r\n\r\n"
_MOST_WAITING = 1 << 20
"""Bytes that wait for a message's end; more is no message and is written as it is."""


def open_private(path: Path) -> BinaryIO:
    """Open a file to append to that nobody but its owner reads, whatever the umask and whatever it was before.

    Raises:
        OSError: it cannot be opened, or belongs to somebody else.
    """
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _PRIVATE), "ab", buffering=0)
    try:
        os.fchmod(file.fileno(), _PRIVATE)
    except OSError:
        file.close()
        raise
    return file


class Capture:
    """Appends to one file. Give each PBX its own.

    Raises:
        OSError: from the constructor, if the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = open_private(path)
        self._waiting = bytearray()

    def write(self, chunk: bytes) -> None:
        """Append ``chunk``.

        Raises:
            OSError: once; the capture is closed then and later chunks are dropped.
        """
        if self._file is None:
            return
        looked_at = max(len(self._waiting) - len(_END) + 1, 0)
        self._waiting += chunk
        end = self._waiting.rfind(_END, looked_at) + len(_END)
        if end < len(_END):
            if len(self._waiting) <= _MOST_WAITING:
                return
            end = len(self._waiting)
        try:
            self._file.write(self._waiting[:end])
        except OSError:
            self.close()
            raise
        del self._waiting[:end]

    def cut(self) -> None:
        """The connection ended: forget the half message."""
        self._waiting.clear()

    def close(self) -> None:
        """Close the file; may be called again."""
        self.cut()
        file, self._file = self._file, None
        if file is not None:
            file.close()
