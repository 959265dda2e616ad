"""Debian's own packages, unpacked into a cache folder: no root, no container, nothing installed.

apt resolves and downloads the closure of `PACKAGES` for a suite in a folder of its own (nothing of the machine's apt is
touched but its list of mirrors), ``dpkg -x`` unpacks it, and the folder gets its final name only when it is whole. Two
that want it at once wait for one lock. The programs run through the loader that came along, so the machine's own libc
does not matter.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from deploy.lab.errors import ProgramsMissing
from deploy.lab.programs.apt_sources import Source, choices, os_release, read_machine

PACKAGES = (
    "asterisk",
    "asterisk-core-sounds-en-wav",
    "asterisk-core-sounds-ru-wav",
    "sip-tester",  # sipp: call load
    "espeak-ng",  # spoken prompts
    "espeak-ng-data",
    "openssl",  # AMI over TLS wants a certificate
)
_PRIVATE = ("pulseaudio", "blas", "lapack")
"""Library folders that a package's own search path would find, were it installed."""
_LAYOUT = "1"
"""Changes when an older cache would not do any more."""


def cache_folder() -> Path:
    """Return where the unpacked programs are kept: RINGBACK_LAB_CACHE, else the user's cache folder."""
    folder = os.environ.get("RINGBACK_LAB_CACHE")
    if folder:
        return Path(folder).absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ringback" / "lab"


def unpacked() -> Path:
    """Return the root folder of the unpacked packages, getting them first if need be.

    Raises:
        ProgramsMissing: they cannot be had; the text says what to install.
    """
    cache = cache_folder()
    root = cache / f"root-{_LAYOUT}"
    if root.is_dir():
        return root
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _missing(f"the cache folder {cache} cannot be made ({error.strerror})") from error
    with locked(cache / "lock"):
        if not root.is_dir():
            _fill(cache, root)
    return root


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that other processes wait for."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fill(cache: Path, root: Path) -> None:
    for program in ("apt-get", "dpkg"):
        if shutil.which(program) is None:
            raise _missing(f"{program} is not on this machine")
    tries = choices(read_machine(), os_release())
    if not tries:
        raise _missing("this machine's apt sources name no Debian or Ubuntu mirror")
    reasons: list[str] = []
    for sources in tries:
        with tempfile.TemporaryDirectory(prefix="unpack-", dir=cache) as folder:
            work = Path(folder)
            try:
                _download(work, sources)
                _extract(work)
            except subprocess.CalledProcessError as error:
                reasons.append(f"suite {sources[0].suite}: {_last_words(str(error.output))}")
                continue
            _write_wrappers(work / "root", root)
            (work / "root").rename(root)
            say("ready\n")
            return
    raise _missing("; ".join(reasons))


def _download(work: Path, sources: list[Source]) -> None:
    apt = apt_in(work, sources)
    say(f"no Asterisk on this machine: unpacking Debian's into {cache_folder()} (once, about 140 MB)\n")
    run(["update"], "package lists", apt)
    run(["install", "-y", "--download-only", *PACKAGES], "packages", apt)


def apt_in(work: Path, sources: list[Source]) -> list[str]:
    """Return the words of an apt-get that lives in ``work``, reads ``sources`` only, touches nothing of the machine's.

    What it downloads is in ``work/cache/archives``.
    """
    for folder in ("lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    (work / "dpkg-status").touch()
    (work / "sources.list").write_text("".join(f"{source.line()}\n" for source in sources))
    options = {
        "Dir::State::Lists": work / "lists",
        "Dir::State::status": work / "dpkg-status",
        "Dir::State::extended_states": work / "extended_states",
        "Dir::Cache": work / "cache",
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "APT::Default-Release": "",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",  # the folder is the user's own: _apt could not write it
        "Acquire::Check-Valid-Until": "false",  # mirrors may be snapshots
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Debug::NoLocking": "1",
    }
    return ["apt-get", "-q", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]


def run(words: list[str], what: str, apt: list[str], *, folder: Path | None = None) -> None:
    """Run apt-get in ``folder`` and count what it fetches, for a person who waits.

    Raises:
        CalledProcessError: it failed; its output is in the error.
    """
    command = [*apt, *words]
    lines: list[str] = []
    total = ""
    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            planned = re.search(r"(\d+) newly installed", line)
            total = f"/{planned[1]}" if planned else total
            fetched = re.match(r"Get:(\d+)", line)
            if fetched and sys.stderr.isatty():
                say(f"fetching {what}: {fetched[1]}{total}\r")
    if process.returncode or any(line.startswith("E: ") for line in lines):
        raise subprocess.CalledProcessError(process.returncode or 100, command[0], output="".join(lines))


def _extract(work: Path) -> None:
    root = work / "root"
    root.mkdir()

    def one(package: Path) -> None:
        subprocess.run(["dpkg", "-x", package, root], check=True, capture_output=True, text=True)

    if sys.stderr.isatty():
        say("unpacking              \r")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, sorted((work / "cache/archives").glob("*.deb"))))


def loader(root: Path) -> tuple[str, ...]:
    """Return the words that start an unpacked program with the libraries that came along.

    Raises:
        ProgramsMissing: there is no loader in ``root``.
    """
    folders = [f for base in ("usr/lib", "lib") for f in sorted((root / base).glob("*-linux-gnu*")) if f.is_dir()]
    for folder in folders:
        for found in sorted(folder.glob("ld-linux*.so.*")):
            private = [path for f in folders for name in _PRIVATE if (path := f / name).is_dir()]
            return (str(found), "--library-path", ":".join(map(str, folders + private)))
    raise _missing(f"{root} holds no program loader: remove that folder and try again")


def _write_wrappers(built: Path, final: Path) -> None:
    """Write ``bin/<program>`` scripts that name the folder by the path that it is going to have."""
    words = " ".join(loader(built)).replace(str(built), str(final))
    speech = next(iter(built.glob("usr/**/espeak-ng-data/phontab")), built / "-/-").parent.parent
    settings = {"espeak-ng": f"ESPEAK_DATA_PATH='{final / speech.relative_to(built)}' "}
    (built / "bin").mkdir(exist_ok=True)
    for path in ("sbin/asterisk", "bin/sipp", "bin/espeak-ng", "bin/openssl"):
        name = Path(path).name
        script = built / "bin" / name
        script.write_text(f'#!/bin/sh\n{settings.get(name, "")}exec {words} {final}/usr/{path} "$@"\n')
        script.chmod(0o755)


def _last_words(output: str) -> str:
    errors = [line[3:] for line in output.splitlines() if line.startswith("E: ")]
    return " ".join(errors[-2:]) or output.strip()[-300:] or "apt-get failed without a word"


def say(text: str) -> None:
    """Tell a person who waits; on a terminal the next word takes this one's line."""
    sys.stderr.write(f"\r\033[Klab: {text}" if sys.stderr.isatty() else f"lab: {text}")
    sys.stderr.flush()


def _missing(reason: str) -> ProgramsMissing:
    return ProgramsMissing(
        f"There is no Asterisk (16 or later) on the PATH, and it could not be unpacked: {reason}.\n"
        "Cure, any one of:\n"
        "  Ubuntu:  sudo apt-get install asterisk sip-tester espeak-ng   (from 'universe')\n"
        "  Debian:  make sure that apt-get and dpkg work and that this machine's own Debian mirror can be reached:\n"
        f"           the lab then unpacks Debian's Asterisk into {cache_folder()} by itself, without root\n"
        "  others:  install Asterisk 16 or later so that `asterisk -V` works for this user"
    )
