"""A release: everything that people install, from a tag, built twice and equal.

python -m deploy.packages.release 1.2.3      dist/1.2.3/: wheel, source archive, Debian package, bill of materials, sums

It refuses unless the commit bears the tag v1.2.3, nothing is changed beside it, and pyproject.toml and CHANGELOG.md
name that version. After a release pyproject.toml gets the next version: packages between releases sort before it.
"""

import argparse
import hashlib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.packages import debian
from deploy.packages.tree import DIST, ROOT, CannotBuild, build_archive, build_wheel, clean_tree, git, version
from deploy.supply import RUNS, bill

SUMS: Final = "SHA256SUMS"
_HEADING: Final = r"^## \[?{}\]?( .*)?$"


def disagreements(wanted: str, declared: str, changelog: str, tags: Sequence[str], changed: str) -> list[str]:
    """Return what keeps a version from being released.

    Args:
        wanted: what is asked for.
        declared: pyproject.toml's version.
        changelog: CHANGELOG.md.
        tags: the commit's tags.
        changed: what git says of files that are not as committed.
    """
    found = []
    if not re.fullmatch(r"\d+\.\d+\.\d+", wanted):
        found.append(f"VERSION={wanted}: three numbers, as 1.2.3")
    if declared != wanted:
        found.append(f"pyproject.toml: version is {declared}")
    if not re.search(_HEADING.format(re.escape(wanted)), changelog, re.MULTILINE):
        found.append(f"CHANGELOG.md: there is no heading `## {wanted}`: move what is under Unreleased below it")
    if f"v{wanted}" not in tags:
        found.append(f"this commit has no tag v{wanted}: git tag -a v{wanted}")
    if changed:
        found.append(f"there is what was not committed: {', '.join(changed.split()[1::2][:5])}")
    return found


def build(named: str, architecture: str, into: Path) -> list[Path]:
    """Make all files of a release in ``into``.

    Raises:
        CannotBuild: something that a package needs is missing.
    """
    with clean_tree() as tree:
        made = [build_wheel(tree, into), build_archive(tree, into), debian.build(tree, into, named, architecture)]
    materials = into / f"ringback-{named}.cdx.json"
    materials.write_text(json.dumps(bill(RUNS.read_text(encoding="utf-8"), named), indent=1) + "\n", encoding="utf-8")
    return [*made, materials]


def sums(files: Sequence[Path]) -> str:
    """Return what `sha256sum --check` reads."""
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(files))


def release(named: str, architecture: str) -> Path:
    """Make a release, twice; return its folder.

    Raises:
        CannotBuild: a version disagrees, something is missing, or the two builds differ.
    """
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    tags = git("tag", "--points-at", "HEAD").split()
    if wrong := disagreements(named, version(), changelog, tags, git("status", "--porcelain")):
        raise CannotBuild("\n          ".join([f"not released as {named}:", *wrong]))
    folder = DIST / named
    shutil.rmtree(folder, ignore_errors=True)
    written = sums(build(named, architecture, folder))
    with tempfile.TemporaryDirectory(prefix="rb-again-") as again:
        other = sums(build(named, architecture, Path(again)))
    if written != other:
        raise CannotBuild(f"two builds differ:\n{written}{other}")
    (folder / SUMS).write_text(written, encoding="utf-8")
    return folder


def main() -> int:
    """Make it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.packages.release")
    parser.add_argument("version")
    folder = release(parser.parse_args().version, debian.machine())
    sys.stdout.write(f"{folder.relative_to(ROOT)}: built twice, alike\n{(folder / SUMS).read_text()}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotBuild as error:
        sys.exit(f"packages: {error}")
