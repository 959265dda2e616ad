"""Our own part: the tree that packages are made from, and the wheel and the source archive made of it.

python -m deploy.packages.tree              dist/ringback-VERSION-py3-none-any.whl and dist/ringback-VERSION.tar.gz
"""

import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.browser_files import MANIFEST, SERVED, VENDOR, wrong

ROOT: Final = Path(__file__).parents[2]
DIST: Final = ROOT / "dist"
EPOCH: Final = "SOURCE_DATE_EPOCH"
_FILE, _PROGRAM, _FOLDER = 0o644, 0o755, 0o755


class CannotBuild(Exception):
    """Something that a package needs is missing or does not agree; the text has the cure."""


def version() -> str:
    """Return our version, as pyproject.toml has it."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def git(*words: str) -> str:
    """Ask git about our repository.

    Raises:
        CannotBuild: it has no answer.
    """
    command = ["git", "-C", str(ROOT), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - words of ours
    if done.returncode:
        raise CannotBuild(f"git {words[0]}: {done.stderr.strip() or 'no answer'}: packages are made in a clone")
    return done.stdout.strip()


def epoch() -> int:
    """Return the time of everything that is built, in seconds since 1970."""
    return int(os.environ.get(EPOCH) or git("log", "-1", "--format=%ct"))


def tracked() -> list[str]:
    """Return the paths of all files that git knows and that are there."""
    return [path for path in git("ls-files", "-z").split("\0") if path and (ROOT / path).is_file()]


@contextmanager
def clean_tree() -> Iterator[Path]:
    """Give a folder with a copy of all that packages are made of; it goes afterwards.

    Raises:
        CannotBuild: the browser's files are not as npm's lock wants them.
    """
    faults = wrong()
    if faults:
        raise CannotBuild(f"browser files: {'; '.join(faults)}: run `make setup`")
    served = [str((VENDOR / name).relative_to(ROOT)) for name in (*SERVED, MANIFEST)]
    with tempfile.TemporaryDirectory(prefix="rb-tree-") as folder:
        tree = Path(folder) / "ringback"
        for path in (*tracked(), *served):
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, tree / path)
            (tree / path).chmod(_PROGRAM if os.access(ROOT / path, os.X_OK) else _FILE)
        settle(tree)
        yield tree


def settle(tree: Path) -> None:
    """Give a tree one time, and its folders and files one mode; what may be run may be run by all."""
    seconds = epoch()
    for path in (*tree.rglob("*"), tree):
        if not path.is_symlink():
            program = path.is_file() and os.access(path, os.X_OK) and path.stat().st_mode & 0o100
            path.chmod(_FOLDER if path.is_dir() else _PROGRAM if program else _FILE)
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def build_wheel(tree: Path, into: Path) -> Path:
    """Make our wheel from a tree.

    Raises:
        CannotBuild: setuptools refused.
    """
    return into / _backend(tree, into, "build_wheel")


def build_archive(tree: Path, into: Path) -> Path:
    """Make the source archive from a tree; setuptools' own tells who made it and when.

    Raises:
        CannotBuild: setuptools refused.
    """
    with tempfile.TemporaryDirectory(prefix="rb-sdist-") as folder:
        made = Path(folder) / _backend(tree, Path(folder), "build_sdist")
        with tarfile.open(made) as archive:
            archive.extractall(folder, filter="data")
        top = made.name.removesuffix(".tar.gz")
        settle(Path(folder) / top)
        (Path(folder) / top / "setup.cfg").unlink(missing_ok=True)  # says nothing, but its time is now
        return _packed(Path(folder), top, into / made.name)


def _packed(folder: Path, top: str, target: Path) -> Path:
    def nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = epoch()
        return entry

    with (
        target.open("wb") as out,
        gzip.GzipFile("", "wb", 9, out, mtime=epoch()) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted((folder / top).rglob("*")):
            archive.add(path, str(path.relative_to(folder)), recursive=False, filter=nobody)
    return target


def _backend(tree: Path, into: Path, order: str) -> str:
    into.mkdir(parents=True, exist_ok=True)
    program = f"import sys; from setuptools import build_meta; print(build_meta.{order}(sys.argv[1]), file=sys.stderr)"
    done = subprocess.run(  # noqa: S603 - a program of ours
        [sys.executable, "-c", f"import logging; logging.disable(); {program}", str(into.absolute())],
        cwd=tree,
        env={**os.environ, EPOCH: str(epoch()), "PYTHONHASHSEED": "0"},
        umask=0o022,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotBuild(f"setuptools: {done.stderr[-2000:]}")
    return done.stderr.strip().splitlines()[-1]


def main() -> int:
    """Make both; return the exit code."""
    with clean_tree() as tree:
        for made in (build_wheel(tree, DIST), build_archive(tree, DIST)):
            sys.stdout.write(f"{made.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotBuild as error:
        sys.exit(f"packages: {error}")
