"""The raw bytes that a PBX sent, as they came, in a file that ``ringback replay`` reads.

Only what the PBX says is written, never what we say: our secret goes the other way. A file that cannot be written ends
the capture, never the link.
"""

from pathlib import Path
from typing import BinaryIO

MARK = b"\r\n\r\n"
"""Written where a connection ended: a message that it cut off must not run into the next connection's first."""


class Capture:
    """Appends to one file; a PBX a file, or several that share one are told apart by nothing: use one each.

    Raises:
        OSError: from the constructor, if the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = path.open("ab", buffering=0)

    def write(self, chunk: bytes) -> None:
        """Append ``chunk``.

        Raises:
            OSError: once; the capture is closed then and later chunks are dropped.
        """
        if self._file is None:
            return
        try:
            self._file.write(chunk)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; may be called again."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
