"""Others' packages: the locked wheels for each Python of the distributions, fetched, checked by hash, and unpacked.

A wheel that fits all Pythons is unpacked once, one that was compiled for one Python once for each. Nothing is run: a
wheel is an archive.
"""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from deploy.packages.tree import ROOT, CannotBuild
from deploy.supply import RUNS, packages

PYTHONS: Final = ("3.11", "3.12", "3.13")
"""Debian 12's, Ubuntu 24.04's and Debian 13's own."""
MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
"""What the C library calls Debian's architectures."""
_GLIBC: Final = (5, 12, 17, 24, 26, 27, 28, 31, 34, 35, 36)
"""Minor versions of glibc 2 that wheels name; Debian 12's own, the oldest, is the last."""
CACHE: Final = ROOT / ".cache" / "wheels"
_NOBODYS: Final = (".gitignore", ".gitattributes")
"""Files of others' repositories that got into their wheels."""
_AGNOSTIC: Final = ("implementation_name != 'PyPy'", 'implementation_name != "PyPy"')
"""Markers that hold on every Python and machine that a package is for."""


def fetch(architecture: str) -> Mapping[str, Sequence[Path]]:
    """Fetch the lock's wheels; return those for each of PYTHONS.

    Raises:
        CannotBuild: a registry has no answer, a wheel is missing or is not the lock's, a marker wants a choice.
    """
    lock = RUNS.read_text(encoding="utf-8")
    if asks := [package.name for package in packages(lock) if package.marker not in ("", *_AGNOSTIC)]:
        raise CannotBuild(f"the lock has markers that one package for all Pythons cannot follow: {', '.join(asks)}")
    return {python: _fetched(python, architecture) for python in PYTHONS}


def _fetched(python: str, architecture: str) -> Sequence[Path]:
    lock = hashlib.sha256(RUNS.read_bytes()).hexdigest()[:16]
    folder = CACHE / lock / f"{architecture}-{python}"
    if folder.is_dir():
        return sorted(folder.glob("*.whl"))
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    platforms = [f"manylinux_2_{minor}_{MACHINES[architecture]}" for minor in _GLIBC]
    platforms += [f"manylinux{old}_{MACHINES[architecture]}" for old in ("1", "2010", "2014")]
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "-qqq", "--no-input", "download"),
        *("--no-deps", "--require-hashes", "--only-binary", ":all:", "--python-version", python),
        *(word for platform in platforms for word in ("--platform", platform)),
        *("-d", str(unfinished), "-r", str(RUNS)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - words of ours
    if done.returncode:
        raise CannotBuild(f"wheels for Python {python}, {architecture}: {done.stderr[-2000:] or 'pip failed'}")
    unfinished.rename(folder)
    return sorted(folder.glob("*.whl"))


def shared(wheels: Mapping[str, Sequence[Path]]) -> list[Path]:
    """Return the wheels that fit all Pythons."""
    names = set.intersection(*({wheel.name for wheel in each} for each in wheels.values()))
    return [wheel for wheel in next(iter(wheels.values())) if wheel.name in names]


def unpack(wheel: Path, site: Path) -> None:
    """Unpack a wheel as an installer would, but for its scripts, which nobody here calls.

    Raises:
        CannotBuild: it would write outside ``site``.
    """
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            path = _place(PurePosixPath(entry.filename))
            if path is None or entry.is_dir():
                continue
            if path.is_absolute() or ".." in path.parts:
                raise CannotBuild(f"{wheel.name}: {entry.filename} is outside")
            target = site / path
            target.parent.mkdir(parents=True, exist_ok=True)
            content = archive.read(entry)
            target.write_bytes(content)
            target.chmod(0o755 if entry.external_attr >> 16 & 0o100 and _runs(path, content) else 0o644)


def _runs(path: PurePosixPath, content: bytes) -> bool:
    """Return whether a file is a program; libraries and plain modules are often marked as if they were."""
    return ".so" not in path.suffixes and content.startswith((b"\x7fELF", b"#!"))


def _place(path: PurePosixPath) -> PurePosixPath | None:
    top, *rest = path.parts
    if not top.endswith(".data"):
        return None if path.name in _NOBODYS else path
    return PurePosixPath(*rest[1:]) if rest and rest[0] in {"purelib", "platlib"} else None
