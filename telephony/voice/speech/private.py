"""Sentences with somebody's name or number: rendered for one conversation, and gone with it.

Their files lie in ``<folder>/spoken``, under names that say nothing, readable for us and the PBX's group only. What a
killed daemon left there goes at the next start.
"""

import contextlib
import secrets
import time
from pathlib import Path

from telephony.voice.speech.sounds import write_atomically
from telephony.voice.speech.wav import write_wav
from telephony.voice.words.phrases import Language

FOLDER = "spoken"
_MODE = 0o640
_LEFT_OVER_SECONDS = 3600.0
"""Longer than any conversation: another daemon may speak from the same folder."""


class PrivateSounds:
    """One conversation's own files. Make one for each, `close` it in the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._files: dict[tuple[Language, str], Path] = {}
        self._closed = False

    def find(self, language: Language, text: str) -> Path | None:
        """Return the file of a sentence, if it is rendered."""
        return self._files.get((language, text))

    def keep(self, language: Language, text: str, samples: bytes) -> Path:
        """Put a sentence down; one that comes after the end of its conversation goes at once. Call it in a thread.

        Raises:
            OSError: the folder cannot be written.
        """
        path = self._folder / f"{secrets.token_hex(16)}.wav"
        write_atomically(path, write_wav(samples), _MODE)
        self._files[language, text] = path
        if self._closed:
            self.close()
        return path

    def close(self) -> None:
        """Remove the files. Safe to call twice."""
        self._closed = True
        while self._files:
            _, path = self._files.popitem()
            with contextlib.suppress(OSError):  # a folder that cannot be written now is swept later
                path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what killed daemons left."""
    for path in (folder / FOLDER).glob("*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_OVER_SECONDS:
                path.unlink(missing_ok=True)
