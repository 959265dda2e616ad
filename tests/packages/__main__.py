"""Install the packages, run them, upgrade, remove, purge; say what was seen.

python -m tests.packages [--suites bookworm trixie noble]          exit code 1 if a look failed
python -m tests.packages --attach                                  by the stopwatch, to a call with its recording
python -m tests.packages --wheel                                   the wheel in an empty virtual environment

What this machine cannot do (no root, no debootstrap, no mirror) is said loudly and is no failure.
"""

import argparse
import configparser
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from deploy.lab.ports import free_port
from deploy.packages.others import CACHE
from deploy.packages.tree import DIST, build_archive, build_wheel, clean_tree, version
from tests.packages.root import Failed, NotHere, Root, clean
from tests.packages.stopwatch import look_at_attaching

_LONGEST_START: Final = 240.0
"""Seconds; a first start makes a database cluster."""
_NEWER: Final = "9.9.9"
_KEPT: Final = "var/lib/ringback/recordings/2026/a-recording.mp3"
_UNIT: Final = "usr/lib/systemd/system/ringback.service"
_HANDED_SETTINGS: Final = "/run/ringback"
_HANDED: Final = "root/ringback.deb"
_SETTINGS: Final = """
[[pbx]]
name = "office"
secret = "{secret}"
port = {ami}
trunks = ["PJSIP/trunk-*"]
[http]
port = {http}
[voice]
port = {agi}
"""


def settings(http: int, agi: int, ami: int) -> str:
    """Return settings with ports of our own; nobody listens at the PBX's."""
    return _SETTINGS.format(secret="0" * 48, http=http, agi=agi, ami=ami)


def seen(what: str) -> None:
    """Say what was looked at and was right."""
    print(f"  seen: {what}", flush=True)


def demand(right: object, what: str) -> None:
    """Say what was seen.

    Raises:
        Failed: it was not.
    """
    if not right:
        raise Failed(what)
    seen(what)


def get(port: int, path: str) -> tuple[int, bytes]:
    """Ask the daemon's HTTP port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@contextmanager
def running(
    command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a daemon; it is ended afterwards, politely."""
    with (
        log.open("ab") as out,
        subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environ) as process,
    ):
        try:
            yield process
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    os.kill(_innermost(process.pid), number)
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(60)


def _innermost(pid: int) -> int:
    """Return the daemon's id: `unshare` passes no signal on, and who changes their user outlives it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    is_wrapped = Path(f"/proc/{pid}/comm").read_text().strip() == "unshare"
    return int(children[0]) if is_wrapped and children else pid


def look_at_the_daemon(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait for /healthz, then ask for the console and what it brings along.

    Raises:
        Failed: something is not as it has to be.
    """
    until = time.monotonic() + _LONGEST_START
    while True:
        if process.poll() is not None or time.monotonic() > until:
            raise Failed(f"the daemon does not come up:\n{log.read_text(errors='replace')[-3000:]}")
        try:
            parts = {part["name"]: part for part in json.loads(get(port, "/healthz")[1])["parts"]}
            if parts.get("database", {}).get("healthy"):
                break
        except (OSError, ValueError):
            pass
        time.sleep(0.5)
    seen(f"/healthz answers, database: {parts['database']['said'] or 'well'}; parts: {', '.join(parts)}")
    status, page = get(port, "/console/sign-in")
    links = re.findall(r'(?:href|src)="(/console/[^"]+\.(?:css|js|svg|woff2))[^"]*"', page.decode())
    demand(status == 200 and links, f"the console's page, with {len(set(links))} files of its own")
    for link in set(links):
        demand(get(port, link)[0] == 200, f"{link}")
    demand(b"ringback_" in get(port, "/metrics")[1], "/metrics")


def exec_start(root: Root) -> list[str]:
    """Return the installed unit's own command, with what systemd would put in."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(root.folder / _UNIT)
    return unit["Service"]["ExecStart"].split()


def install(root: Root, package: Path) -> str:
    """Install a package without a network and return what was said."""
    shutil.copyfile(package, root.folder / _HANDED)
    try:
        return root.run("dpkg", "--install", f"/{_HANDED}", network=False)
    finally:
        (root.folder / _HANDED).unlink()


def run_installed(root: Root) -> None:
    """Run the service's own command as its user."""
    http, agi, ami = (free_port() for _ in range(3))
    (root.folder / "etc/ringback/ringback.toml").write_text(settings(http, agi, ami))
    (root.folder / "etc/ringback/ringback.toml").chmod(0o600)
    handed = root.folder / _HANDED_SETTINGS.lstrip("/")
    handed.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root.folder / "etc/ringback/ringback.toml", handed / "ringback.toml")
    root.run("chown", "-R", "ringback:ringback", _HANDED_SETTINGS)
    root.run("chmod", "-R", "u=rX,go=", _HANDED_SETTINGS)
    log = root.folder / "tmp/daemon.log"
    command = root.command("setpriv", "--reuid=ringback", "--regid=ringback", "--init-groups", "--", *exec_start(root))
    with running(command, log) as process:
        look_at_the_daemon(process, http, log)
        owners = _owners(root)
        demand(owners and all(owners), f"{len(owners)} processes are the service's user's, none is root's")


def _owners(root: Root) -> list[int]:
    """Return whose each process in a root is."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and (folder / "root").readlink() == root.folder:
                found.append(folder.stat().st_uid)
        except OSError:
            continue
    return found


def newer(package: Path, folder: Path) -> Path:
    """Make the package that comes after this one: another version, one file more in our code."""
    root = folder / "newer"
    subprocess.run(["dpkg-deb", "-R", str(package), str(root)], check=True)
    control = root / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", f"Version: {_NEWER}", control.read_text(), flags=re.MULTILINE))
    (root / "usr/lib/ringback/lib/common/telephony/newer.py").write_text('"""Only the newer one has it."""\n')
    made = folder / f"ringback_{_NEWER}.deb"
    words = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z6", "--build", str(root), str(made)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(root)
    return made


def look_at(suite: str, package: Path) -> None:
    """Install, run, upgrade, run, remove, purge.

    Raises:
        NotHere: this machine cannot.
        Failed: something is not as it has to be.
    """
    with clean(suite) as root, tempfile.TemporaryDirectory(prefix="rb-newer-") as folder:
        before = root.files()
        began = time.monotonic()
        install(root, package)
        python = root.run("/usr/lib/ringback/bin/python3", "--version").strip()
        seen(f"installed without a network in {time.monotonic() - began:.0f} s, on {python}")
        demand("COMMAND" in root.run("ringback", "--help"), "ringback --help")
        demand(not root.run("dpkg", "--verify", "ringback").strip(), "dpkg --verify finds each file as it was packed")
        run_installed(root)
        kept = root.folder / _KEPT
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(b"a recording")
        mine = (root.folder / "etc/ringback/ringback.toml").read_bytes()
        install(root, newer(package, Path(folder)))
        demand((root.folder / "usr/lib/ringback/lib/common/telephony/newer.py").exists(), f"upgraded to {_NEWER}")
        demand((root.folder / "etc/ringback/ringback.toml").read_bytes() == mine, "the settings are as they were")
        run_installed(root)
        root.run("dpkg", "--remove", "ringback", network=False)
        demand(not (root.folder / "usr/lib/ringback").exists(), "removed: nothing below /usr/lib/ringback")
        demand(kept.exists() and (root.folder / "etc/ringback/ringback.toml").exists(), "settings and recordings stay")
        said = root.run("dpkg", "--purge", "ringback", network=False)
        demand("What stays" in said, "purged, and it says what stays")
        left = root.files() - before
        demand(not left, f"nothing is left{': ' + ', '.join(sorted(left)[:20]) if left else ''}")
        accounts = (root.folder / "etc/passwd").read_text() + (root.folder / "etc/group").read_text()
        demand("ringback" not in accounts, "neither user nor group is left")


def look_at_alike() -> None:
    """Build the wheel and the source archive anew, as somebody else, and compare.

    Raises:
        Failed: they differ.
    """
    mask = os.umask(0o077)
    try:
        with tempfile.TemporaryDirectory(prefix="rb-alike-") as folder, clean_tree() as tree:
            for make in (build_wheel, build_archive):
                again = make(tree, Path(folder))
                demand(again.read_bytes() == (DIST / again.name).read_bytes(), f"{again.name} is the same, built twice")
    finally:
        os.umask(mask)


def look_at_the_wheel() -> None:
    """Install the wheel into an empty virtual environment outside this checkout, and run it there.

    Raises:
        Failed: something is not as it has to be.
    """
    wheel = DIST / f"ringback-{version()}-py3-none-any.whl"
    look_at_alike()
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    with tempfile.TemporaryDirectory(prefix="rb-wheel-") as folder:
        home = Path(folder)
        subprocess.run([sys.executable, "-m", "venv", str(home / "venv")], check=True)
        kept = [f"--find-links={path}" for path in CACHE.glob(f"*/*-{here}")]
        words = [str(home / "venv/bin/pip"), "--disable-pip-version-check", "install", "-qq", *kept, str(wheel)]
        subprocess.run(words, check=True, cwd=home)
        http, agi, ami = (free_port() for _ in range(3))
        places = (
            f'[database]\nfolder = "{home}/postgres"\nspool_folder = "{home}/spool"\n'
            f'[recording]\nfolder = "{home}/recordings"\n'
        )
        text = settings(http, agi, ami) + f'folder = "{home}/prompts"\n' + places
        (home / "ringback.toml").write_text(text)
        program, environ = str(home / "venv/bin/ringback"), {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        helped = subprocess.run([program, "--help"], cwd=home, env=environ, capture_output=True, text=True, check=True)
        demand("COMMAND" in helped.stdout, "ringback --help, from the wheel")
        if os.geteuid() == 0:
            home.chmod(0o755)
        with running([program, "run", "--config", str(home / "ringback.toml")], home / "log", environ) as process:
            look_at_the_daemon(process, http, home / "log")


def main() -> int:
    """Return the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(prog="python -m tests.packages")
    parser.add_argument("--suites", nargs="+", default=["bookworm"])
    parser.add_argument("--wheel", action="store_true")
    parser.add_argument("--attach", action="store_true")
    asked = parser.parse_args()
    failed = False
    looks: list[tuple[str, Callable[[], None]]] = [("wheel", look_at_the_wheel)] if asked.wheel else []
    package = (
        None if asked.wheel else max(DIST.glob("ringback_*.deb"), key=lambda file: file.stat().st_mtime, default=None)
    )
    if not looks and package is None:
        sys.exit("tests.packages: there is no package in dist: make deb")
    if package is not None:
        look = look_at_attaching if asked.attach else look_at
        looks += [(suite, partial(look, suite, package)) for suite in asked.suites]
    for name, look_now in looks:
        print(f"packages: {name}", flush=True)
        try:
            look_now()
        except NotHere as reason:
            print(f"packages: {name} NOT LOOKED AT: {reason}", file=sys.stderr)
        except (Failed, subprocess.CalledProcessError) as error:
            print(f"packages: {name} FAILED: {error}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
