"""The sound files: those that the operator recorded, those that we rendered, and where Asterisk finds them.

    <folder>/recorded/<language>/<title>.<wav|gsm|sln|...>   the operator's; replaces the phrase of that title
    <folder>/cache/<ab>/<abcdef...>.wav                      rendered; the name is made of the voice and the text
    <folder>/spoken/<random>.wav                             with names or numbers, for one conversation (see `private`)
    <folder>/published/<language>/<title>.wav                played by the dialplan without us (see `prompts`)

A file in the cache is whole or not there (written beside, then renamed). When the cache outgrows its limit, the files
that were not played for longest go, but none that may be playing now. Asterisk may see the folder under another path.
"""

import contextlib
import hashlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from telephony.voice.speech.wav import write_wav
from telephony.voice.words.phrases import Language

SUFFIXES = frozenset({".wav", ".wav16", ".WAV", ".gsm", ".sln", ".sln16", ".ulaw", ".alaw", ".al", ".ul", ".g722"})
"""What Asterisk plays."""
_MAY_PLAY_SECONDS = 600.0
_PRUNED_TO = 0.8
_OLD_LEFTOVER_SECONDS = 3600.0


@dataclass(slots=True)
class Sounds:
    """Finds and keeps files. Short calls that touch the disk a little; `store` a little more: call it in a thread."""

    folder: Path
    pbx_folder: str
    most_bytes: int
    _recorded: dict[Language, tuple[int, dict[str, Path]]] = field(default_factory=dict)
    _cached_bytes: int | None = None

    def for_pbx(self, path: Path) -> str:
        """Return how Asterisk names a sound below our folder: its own path, without the suffix."""
        return str(PurePosixPath(self.pbx_folder) / path.relative_to(self.folder).with_suffix(""))

    def recorded(self, language: Language, title: str) -> Path | None:
        """Return the operator's own recording of a phrase, if there is one."""
        return self._recordings(language).get(title)

    def _recordings(self, language: Language) -> dict[str, Path]:
        """Read a language's folder again only when something was added or removed."""
        place = self.folder / "recorded" / language.value
        try:
            changed = place.stat().st_mtime_ns
        except OSError:
            return {}
        known = self._recorded.get(language)
        if known is None or known[0] != changed:
            files = {path.stem: path for path in sorted(place.iterdir()) if path.suffix in SUFFIXES}
            known = self._recorded[language] = (changed, files)
        return known[1]

    def cached(self, voice: str, text: str) -> Path | None:
        """Return a rendered sentence, if it is there; it counts as just played."""
        path = self._place(voice, text)
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def store(self, voice: str, text: str, samples: bytes) -> Path:
        """Keep a rendered sentence.

        Raises:
            OSError: the folder cannot be written.
        """
        path = self._place(voice, text)
        write_atomically(path, write_wav(samples))
        if self._cached_bytes is None:
            self._cached_bytes = self._measure()
        else:
            self._cached_bytes += path.stat().st_size
        if self._cached_bytes > self.most_bytes:
            self._cached_bytes = self._prune()
        return path

    def _place(self, voice: str, text: str) -> Path:
        name = hashlib.sha256(f"{voice}\0{text}".encode()).hexdigest()[:40]
        return self.folder / "cache" / name[:2] / f"{name}.wav"

    def _measure(self) -> int:
        """Add up the cache; leftovers of a killed daemon go."""
        total = 0
        for path in (self.folder / "cache").rglob("*"):
            with contextlib.suppress(OSError):
                found = path.stat()
                if path.suffix == ".part" and time.time() - found.st_mtime > _OLD_LEFTOVER_SECONDS:
                    path.unlink()
                elif path.suffix == ".wav":
                    total += found.st_size
        return total

    def _prune(self) -> int:
        """Remove what was not played for longest until there is room; return the bytes that are left."""
        found = sorted(
            (each.st_mtime, each.st_size, path)
            for path in (self.folder / "cache").rglob("*.wav")
            if (each := _stat(path)) is not None
        )
        total, now = sum(size for _, size, _ in found), time.time()
        for played, size, path in found:
            if total <= self.most_bytes * _PRUNED_TO or now - played < _MAY_PLAY_SECONDS:
                break
            path.unlink(missing_ok=True)
            total -= size
        return total


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file that Asterisk's own user can read; it appears whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part")
    try:
        part.touch(mode=0o600)
        part.write_bytes(content)
        part.chmod(mode)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
