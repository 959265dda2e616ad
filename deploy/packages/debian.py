"""The Debian package: one for Debian 12 and 13 and Ubuntu 24.04, installed without a network and without questions.

python -m deploy.packages.debian [--version 1.2.3] [--architecture arm64]      dist/ringback_VERSION_ARCHITECTURE.deb

/usr/lib/ringback is a virtual environment of the machine's own python3, whichever of PYTHONS that is: it has a
site-packages for each, with what is compiled for it, and they share one folder with all the rest. So all files are
dpkg's, none is made by pip at install time, and a new python3 (the next Debian) finds its own folder there. Only
bytecode is made at install time, and again when python3 changes (`debian/triggers`).
"""

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from deploy.packages.others import MACHINES, PYTHONS, fetch, shared, unpack
from deploy.packages.tree import DIST, EPOCH, ROOT, CannotBuild, build_wheel, clean_tree, epoch, git, settle, version

HERE: Final = Path(__file__).parent / "debian"
HOME: Final = "usr/lib/ringback"
DOCUMENTS: Final = "usr/share/doc/ringback"
MAINTAINER: Final = f"{os.environ.get('DEBFULLNAME', 'Ringback')} <{os.environ.get('DEBEMAIL', 'ringback@localhost')}>"
"""Who builds packages for others says who they are, as with Debian's own tools."""
SCRIPTS: Final = ("postinst", "prerm", "postrm")
_PTH: Final = "ringback.pth"
_UNIT: Final = {
    "/opt/ringback/.venv/bin/ringback": "/usr/bin/ringback",
    "/opt/ringback/docs/": f"/{DOCUMENTS}/",
}
"""What stands elsewhere than in a clone: replaced in the unit."""
_LAUNCHER: Final = f"""#!/{HOME}/bin/python3 -I
import sys

from service import main

sys.exit(main())
"""


def own_version() -> str:
    """Return what this commit is called as a package: a release if it bears the tag, else what comes before one."""
    if f"v{version()}" in git("tag", "--points-at", "HEAD").split():
        return version()
    moment = datetime.fromtimestamp(int(git("log", "-1", "--format=%ct")), UTC)
    return f"{version()}~{moment:%Y%m%d%H%M%S}.{git('rev-parse', '--short=8', 'HEAD')}"


def machine() -> str:
    """Return this machine's architecture, as Debian calls it."""
    return _run("dpkg", "--print-architecture")


def build(tree: Path, into: Path, named: str, architecture: str) -> Path:
    """Make the package.

    Raises:
        CannotBuild: something that it needs is missing.
    """
    if architecture not in MACHINES:
        raise CannotBuild(f"architecture {architecture}: one of {', '.join(MACHINES)}")
    with tempfile.TemporaryDirectory(prefix="rb-deb-") as folder:
        root = Path(folder) / "root"
        _programs(tree, root, Path(folder), architecture)
        _system(tree, root)
        _documents(tree, root, named)
        settle(root)
        _control(root, named, architecture)
        settle(root)
        for script in SCRIPTS:
            (root / "DEBIAN" / script).chmod(0o755)
        into.mkdir(parents=True, exist_ok=True)
        target = into / f"ringback_{named}_{architecture}.deb"
        _run("dpkg-deb", "--root-owner-group", "-Zzstd", "-z6", "--build", str(root), str(target))
        return target


def _programs(tree: Path, root: Path, folder: Path, architecture: str) -> None:
    home = root / HOME
    wheels = fetch(architecture)
    common = home / "lib" / "common"
    for wheel in (*shared(wheels), build_wheel(tree, folder)):
        unpack(wheel, common)
    names = {wheel.name for wheel in shared(wheels)}
    for python, theirs in wheels.items():
        site = home / "lib" / f"python{python}" / "site-packages"
        site.mkdir(parents=True)
        (site / _PTH).write_text(f"/{HOME}/lib/common\n")
        for wheel in theirs:
            if wheel.name not in names:
                unpack(wheel, site)
    (home / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    (home / "bin").mkdir()
    (home / "bin" / "python3").symlink_to("../../../bin/python3")
    (home / "bin" / "ringback").write_text(_LAUNCHER)
    (home / "bin" / "ringback").chmod(0o755)
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/ringback").symlink_to(f"../{HOME.removeprefix('usr/')}/bin/ringback")


def unit(text: str) -> str:
    """Return our unit's text as a package has it.

    Raises:
        CannotBuild: it does not name what is to be replaced.
    """
    for clone, package in _UNIT.items():
        if clone not in text:
            raise CannotBuild(f"deploy/systemd/ringback.service does not name {clone}")
        text = text.replace(clone, package)
    return text


def _system(tree: Path, root: Path) -> None:
    systemd = root / "usr/lib/systemd/system"
    systemd.mkdir(parents=True)
    for source in sorted((tree / "deploy/systemd").iterdir()):
        text = source.read_text(encoding="utf-8")
        (systemd / source.name).write_text(unit(text) if source.name == "ringback.service" else text)
    for name, place in (
        ("logrotate", "etc/logrotate.d/ringback"),
        ("overrides", "usr/share/lintian/overrides/ringback"),
    ):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / name, root / place)


def _documents(tree: Path, root: Path, named: str) -> None:
    documents = root / DOCUMENTS
    shutil.copytree(tree / "docs", documents / "docs", ignore=shutil.ignore_patterns("images"))
    (documents / "operators-guide.md").symlink_to("docs/operators-guide.md")
    shutil.copytree(tree / "deploy/asterisk", documents / "examples/asterisk")
    shutil.copytree(tree / "deploy/grafana", documents / "examples/grafana")
    shutil.copyfile(tree / "deploy/ringback.toml", documents / "examples/ringback.toml")
    years = f"{datetime.fromtimestamp(epoch(), UTC):%Y}"
    license_text = (tree / "LICENSE").read_text(encoding="utf-8")
    copyright_text = (HERE / "copyright").read_text(encoding="utf-8")
    (documents / "copyright").write_text(copyright_text.format(year=years, license=_field(license_text)))
    _zipped((tree / "CHANGELOG.md").read_text(encoding="utf-8"), documents / "NEWS.md.gz")
    when = format_datetime(datetime.fromtimestamp(epoch(), UTC))
    signed = f" -- {MAINTAINER}  {when}\n"
    entry = f"ringback ({named}) stable; urgency=medium\n\n  * See NEWS.md.gz beside this file.\n\n{signed}"
    _zipped(entry, documents / "changelog.gz")
    manual = (HERE / "ringback.8").read_text(encoding="utf-8").replace("@VERSION@", named)
    (root / "usr/share/man/man8").mkdir(parents=True)
    _zipped(manual, root / "usr/share/man/man8/ringback.8.gz")


def _field(text: str) -> str:
    """Write a text as a control field's continuation."""
    return "\n".join(f" {line.strip() or '.'}" for line in text.strip().splitlines())


def _zipped(text: str, target: Path) -> None:
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _control(root: Path, named: str, architecture: str) -> None:
    control = root / "DEBIAN"
    control.mkdir()
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    files = [path for path in files if control not in path.parents]
    size = sum(-(-path.stat().st_size // 1024) for path in files)
    oldest, newest = PYTHONS[0], PYTHONS[-1]
    beyond = f"{newest.split('.')[0]}.{int(newest.split('.')[1]) + 1}~"
    text = (HERE / "control").read_text(encoding="utf-8")
    (control / "control").write_text(
        text.format(
            version=named, architecture=architecture, maintainer=MAINTAINER, size=size, oldest=oldest, beyond=beyond
        )
    )
    for name in (*SCRIPTS, "triggers"):
        shutil.copyfile(HERE / name, control / name)
    (control / "conffiles").write_text("/etc/logrotate.d/ringback\n")
    sums = (
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(root)}\n"
        for path in files
    )
    (control / "md5sums").write_text("".join(sums))


def _run(*words: str) -> str:
    if shutil.which(words[0]) is None:
        raise CannotBuild(f"{words[0]} is not on this machine: a Debian package is made on Debian or Ubuntu")
    environ = {**os.environ, EPOCH: str(epoch())}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environ, umask=0o022)  # noqa: S603 - ours
    if done.returncode:
        raise CannotBuild(f"{words[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def main() -> int:
    """Make it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.packages.debian")
    parser.add_argument("--version", default="", help="what it is called; by default by git")
    parser.add_argument("--architecture", default="", help="by default this machine's")
    asked = parser.parse_args()
    named = asked.version or own_version()
    if not re.fullmatch(r"[0-9][A-Za-z0-9.+~]*", named):
        raise CannotBuild(f"--version {named}: digits, letters, and . + ~")
    with clean_tree() as tree:
        made = build(tree, DIST, named, asked.architecture or machine())
    sys.stdout.write(f"{made.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotBuild as error:
        sys.exit(f"packages: {error}")
