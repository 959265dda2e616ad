"""Where the lab's programs are: on the PATH, or unpacked."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deploy.lab.errors import ProgramsMissing
from deploy.lab.programs.unpack import loader, unpacked

OLDEST = 16
_MODULES = ("chan_pjsip.so", "app_queue.so", "app_mixmonitor.so", "res_agi.so", "cel_custom.so")


@dataclass(frozen=True, slots=True)
class Asterisk:
    """One Asterisk program with its folders."""

    command: tuple[str, ...]
    version: str
    modules: Path
    share: Path
    """Asterisk's data folder: ``documentation``, ``sounds``."""

    @property
    def major(self) -> int:
        """The version's first number."""
        return int(self.version.split(".")[0])


def version_of(command: tuple[str, ...]) -> str:
    """Return what ``asterisk -V`` tells, e.g. ``22.10.1``; empty if it does not run."""
    try:
        printed = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=20, check=False).stdout
    except OSError:
        return ""
    found = re.search(r"(\d+(?:\.\d+)+)", printed)
    return found[1] if found else ""


def _first(*patterns: str) -> Path | None:
    return next((path for pattern in patterns for path in sorted(Path("/").glob(pattern)) if path.is_dir()), None)


def _on_path() -> Asterisk | None:
    found = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not found:
        return None
    version = version_of((found,))
    modules = _first("usr/lib/*/asterisk/modules", "usr/lib*/asterisk/modules", "usr/local/lib*/asterisk/modules")
    share = _first("usr/share/asterisk/documentation", "var/lib/asterisk/documentation")
    if not version or int(version.split(".")[0]) < OLDEST or not modules or not share:
        return None
    if not all((modules / name).is_file() for name in _MODULES):
        return None
    return Asterisk((found,), version, modules, share.parent)


@cache
def asterisk() -> Asterisk:
    """Return the Asterisk to use; unpacks Debian's the first time if there is none.

    Raises:
        ProgramsMissing: none can be had; the text says what to install.
    """
    installed = _on_path()
    if installed:
        return installed
    root = unpacked()
    command = (*loader(root), str(root / "usr/sbin/asterisk"))
    modules = next(iter(root.glob("usr/lib/*/asterisk/modules")), None)
    version = version_of(command)
    if not modules or not version:
        raise ProgramsMissing(f"The Asterisk unpacked in {root} does not run: remove that folder and try again.")
    return Asterisk(command, version, modules, root / "usr/share/asterisk")


def program(name: str) -> str:
    """Return the path of ``sipp``, ``espeak-ng`` or ``openssl`` (from the PATH, else a wrapper of the unpacked one).

    Raises:
        ProgramsMissing: it cannot be had; the text says what to install.
    """
    return shutil.which(name) or str(unpacked() / "bin" / name)
