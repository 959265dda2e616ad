"""A clean root of a distribution: debootstrap makes it once, and each look gets a copy that goes afterwards.

Programs run in it with mounts and processes of their own, so that nothing of them outlives the look; on demand without
a network.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.lab.programs.apt_sources import os_release, read_machine
from deploy.lab.programs.unpack import cache_folder

_MIRRORS: Final = {"noble": "http://archive.ubuntu.com/ubuntu"}
_KEYRING: Final = "/usr/share/keyrings/ubuntu-archive-keyring.gpg"
_KEYS: Final = "pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb"
_KEYS_DIGEST: Final = "36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8"
"""SHA-256; in it is F6EC B376 2474 EDA9 D21B 7022 8719 20D1 991B C93C, the archive's key since 2018."""
_UBUNTUS: Final = "gutsy"
"""Debootstrap's script for all Ubuntus; an older debootstrap has no name for a newer one."""
_DEBIAN: Final = "http://deb.debian.org/debian"
_INSIDE: Final = """
set -e
mount -t proc proc "$ROOT/proc"
mkdir -p "$ROOT/dev/shm"
mount -t tmpfs -o mode=1777 shm "$ROOT/dev/shm"
for each in $BINDS; do mkdir -p "$ROOT$each"; mount --rbind "$each" "$ROOT$each"; done
exec chroot "$ROOT" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \\
  DEBIAN_FRONTEND=noninteractive "$@"
"""
NEEDED: Final = ("python3", "adduser", "ca-certificates")
"""What apt installs beforehand: then the package is installed without a network."""


class NotHere(Exception):
    """This machine cannot do it; the text says why."""


class Failed(Exception):
    """A program in the root did not do what it had to."""


def mirror_of(suite: str) -> str:
    """Return where a suite is had from: this machine's own mirror if it is of the same family."""
    if suite in _MIRRORS:
        return _MIRRORS[suite]
    if os_release().get("ID") == "debian":
        return next(
            (each.uri for each in read_machine() if "main" in each.components and "security" not in each.uri), _DEBIAN
        )
    return _DEBIAN


def packed(suite: str) -> Path:
    """Make a suite's clean root, once, and return it as an archive.

    Raises:
        NotHere: no root, no debootstrap, or no mirror.
    """
    target = cache_folder() / "roots" / f"{suite}.tar"
    if os.geteuid() != 0:
        raise NotHere("only root can make a clean root of a distribution")
    if target.exists():
        return target
    if shutil.which("debootstrap") is None:
        subprocess.run(
            ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "debootstrap"],
            check=False,
            stdout=subprocess.DEVNULL,
        )
    if shutil.which("debootstrap") is None:
        raise NotHere("there is no debootstrap on this machine")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"rb-{suite}-") as folder:
        root = Path(folder) / "root"
        mirror, include = mirror_of(suite), ",".join(NEEDED)
        words = ["--variant=minbase", f"--include={include}", suite, str(root), mirror]
        if suite in _MIRRORS:
            words = ["--components=main,universe", *_ubuntu_keyring(Path(folder)), *words, _UBUNTUS]
        done = subprocess.run(["debootstrap", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotHere(
                f"debootstrap {suite} from {mirror}: {done.stdout.strip()[-300:]} {done.stderr.strip()[-300:]}"
            )
        (root / "usr/sbin/policy-rc.d").write_text(
            "#!/bin/sh\nexit 101\n"
        )  # nothing is started by an installation here
        (root / "usr/sbin/policy-rc.d").chmod(0o755)
        unfinished = target.with_suffix(".unfinished")
        subprocess.run(["tar", "-C", str(root), "-cf", str(unfinished), "."], check=True)
        unfinished.rename(target)
    return target


def _ubuntu_keyring(folder: Path) -> list[str]:
    """Return what makes debootstrap look at Ubuntu's signatures: its keys from this machine, else from its archive.

    Raises:
        NotHere: they cannot be had, or are not those that we know.
    """
    keyring = Path(_KEYRING)
    if not keyring.exists():
        package = folder / "keys.deb"
        try:
            with urllib.request.urlopen(f"{_MIRRORS['noble']}/{_KEYS}", timeout=60) as answer:  # noqa: S310 - a URL of ours
                package.write_bytes(answer.read())
        except OSError as error:
            raise NotHere(f"Ubuntu's keys cannot be had: {error}") from error
        if hashlib.sha256(package.read_bytes()).hexdigest() != _KEYS_DIGEST:
            raise NotHere("Ubuntu's archive has other keys than those that we know")
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder / "keys")], check=True)
        keyring = folder / "keys" / _KEYRING.lstrip("/")
    return [f"--keyring={keyring}"]


class Root:
    """One copy of a clean root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def command(self, *words: str, network: bool = True, binds: Sequence[str] = ()) -> list[str]:
        """Return what runs a program in it, with folders of this machine at their own paths."""
        own = ["unshare", "-m", "-p", "-f", "--kill-child", *(() if network else ("-n",))]
        return [*own, "env", f"ROOT={self.folder}", f"BINDS={' '.join(binds)}", "sh", "-c", _INSIDE, "sh", *words]

    def run(self, *words: str, network: bool = True, binds: Sequence[str] = ()) -> str:
        """Run a program and return what it printed, errors too.

        Raises:
            Failed: its exit code is not 0.
        """
        command = self.command(*words, network=network, binds=binds)
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode:
            raise Failed(f"{' '.join(words)[:200]}: exit code {done.returncode}\n{done.stdout[-3000:]}")
        return done.stdout

    def files(self) -> set[str]:
        """Return all paths in it, but for what dpkg and the C library write for themselves."""
        own = ("var/lib/dpkg", "var/log", "var/cache", "etc/ld.so.cache", "tmp", "run", "proc", "dev", "sys")
        found: set[str] = set()
        for folder, folders, names in os.walk(self.folder):
            here = Path(folder).relative_to(self.folder)
            folders[:] = [name for name in folders if str(here / name) not in own]
            found |= {str(here / name) for name in (*folders, *names)}
        return {path for path in found if not path.startswith(own) and not path.endswith("-")}


@contextmanager
def clean(suite: str) -> Iterator[Root]:
    """Give a copy of a suite's clean root.

    Raises:
        NotHere: none can be made on this machine.
    """
    archive = packed(suite)
    with tempfile.TemporaryDirectory(prefix=f"rb-{suite}-") as folder:
        subprocess.run(["tar", "-C", folder, "-xf", str(archive)], check=True)
        Path(folder).chmod(0o755)
        yield Root(Path(folder))
