"""The only door to the disk and to Asterisk's console.

Paths are the PBX's own; ``root`` may be a folder that holds a copy of its tree, to try things out on. Reading follows
links (FreePBX's files are some), each within ``root``; writing never does.
"""

import glob
import os
import pwd
import re
import shlex
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

_LARGEST_FILE: Final = 16_000_000
"""Bytes of one configuration file."""
_MOST_LINKS: Final = 40
_PATIENCE: Final = 20.0


class Machine:
    """This machine, or a tree of another one.

    Args:
        root: ``/``, or the folder that is taken for it.
        console: the command that reaches Asterisk's console, without ``-rx``; empty: nobody is asked.
    """

    def __init__(self, root: Path, console: str = "") -> None:
        self.root = root.absolute()
        self._console = shlex.split(console)

    # --- reading ------------------------------------------------------------------------------------------------------

    def real(self, path: str) -> Path:
        """Return where a path leads, with links followed inside the root.

        Raises:
            OSError: the links lead in a circle.
        """
        done = PurePosixPath("/")
        left = list(PurePosixPath(path).parts[1:])
        links = 0
        while left:
            part = left.pop(0)
            if part == "..":
                done = done.parent
                continue
            here = self.here(str(done / part))
            if not here.is_symlink():
                done /= part
                continue
            links += 1
            if links > _MOST_LINKS:
                raise OSError(40, "too many links", str(here))
            target = PurePosixPath(os.readlink(here))  # noqa: PTH115 - the raw text: `Path.resolve` would leave the root
            left = [*target.parts[1 if target.is_absolute() else 0 :], *left]
            done = PurePosixPath("/") if target.is_absolute() else done
        return self.here(str(done))

    def here(self, path: str) -> Path:
        """Return a path of the PBX as this machine sees it, links not followed."""
        return self.root / path.lstrip("/")

    def octets(self, path: str) -> bytes:
        """Return a file's bytes.

        Raises:
            OSError: it is not there, is no plain file, or is too large.
        """
        handle = os.open(self.real(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(22, "no plain file", path)
            if found.st_size > _LARGEST_FILE:
                raise OSError(27, "too large", path)
            return opened.read(_LARGEST_FILE + 1)

    def text(self, path: str) -> str:
        """Return a file's text; bytes that are no UTF-8 come through as they are.

        Raises:
            OSError: as `octets`.
        """
        return decoded(self.octets(path))

    def text_or_none(self, path: str) -> str | None:
        """Return a file's text; None if it is not there.

        Raises:
            OSError: it is there and cannot be read.
        """
        try:
            return self.text(path)
        except FileNotFoundError:
            return None

    def matching(self, pattern: str) -> Sequence[str]:
        """Return the paths that fit a glob, sorted as Asterisk does; a plain path if it is there."""
        if not glob.has_magic(pattern):
            return [pattern] if self.is_there(pattern) else []
        try:
            folder = self.real(str(PurePosixPath(pattern).parent))
        except OSError:
            return []
        names = sorted(found.name for found in folder.glob(PurePosixPath(pattern).name))
        return [str(PurePosixPath(pattern).with_name(name)) for name in names]

    def is_there(self, path: str) -> bool:
        """Tell whether something is there."""
        try:
            return self.real(path).exists()
        except OSError:
            return False

    def is_link(self, path: str, below: str) -> bool:
        """Tell whether ``path``, or a folder on the way to it below the folder ``below``, is a link."""
        try:
            inside = PurePosixPath(path).relative_to(below)
        except ValueError:
            inside = PurePosixPath(PurePosixPath(path).name)
            below = str(PurePosixPath(path).parent)
        place = PurePosixPath(below)
        for part in inside.parts:
            place /= part
            if self.here(str(place)).is_symlink():
                return True
        return False

    def owner_of(self, path: str) -> str:
        """Return the name of a path's owner; empty if nobody can tell."""
        try:
            return pwd.getpwuid(self.real(path).stat().st_uid).pw_name
        except (OSError, KeyError):
            return ""

    def zone(self) -> str:
        """Return this machine's IANA zone."""
        try:
            target = os.readlink(self.here("/etc/localtime"))  # noqa: PTH115 - the link's own text
        except OSError:
            target = ""
        found = re.search(r"zoneinfo/(?:posix/|right/)?([A-Za-z0-9_+/-]+)$", target)
        if found is not None:
            return found[1]
        try:
            return (self.here("/etc/timezone").read_text(encoding="utf-8").split() or ["UTC"])[0]
        except (OSError, UnicodeDecodeError):
            return "UTC"

    # --- Asterisk's console -----------------------------------------------------------------------------------------

    def ask(self, command: str) -> str:
        """Return what Asterisk's console answers; empty if it does not run, or nobody is to be asked."""
        if not self._console:
            return ""
        try:
            done = subprocess.run(  # noqa: S603 - the administrator's own program, no shell
                [*self._console, "-rx", command], capture_output=True, timeout=_PATIENCE, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return "" if done.returncode else done.stdout.decode(errors="replace")


def decoded(octets: bytes) -> str:
    """Decode so that `encoded` gives the same bytes."""
    return octets.decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """Encode what `decoded` gave."""
    return text.encode("utf-8", "surrogateescape")
