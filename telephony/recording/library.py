"""Kept recordings for those who listen: a stored file is opened by the path that its row has, and by nothing else."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from telephony.recording import files
from telephony.recording.files import Shelf


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
        with files.opened(self._shelf.place_of(path)) as handle:
            yield handle
