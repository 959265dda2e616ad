"""A real Odoo 19 in a folder: Debian's package, its own virtual environment, our embedded PostgreSQL.

The package is architecture-independent Python, so it runs with this machine's Python (3.10 to 3.12; Debian's own 3.14
breaks it). The first start fetches 130 MB and makes a database of a company with the modules crm and phone_validation
(about half a minute), which each start makes anew: a test's company is empty.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from deploy.lab.errors import LabError
from deploy.lab.ports import free_port
from deploy.lab.programs.apt_sources import choices, os_release, read_machine
from deploy.lab.programs.unpack import apt_in, cache_folder, locked, run, say
from telephony.postgres.embedded import EmbeddedServer

_REQUIREMENTS = Path(__file__).with_name("odoo-requirements.txt")
_PACKAGES = (
    "odoo-19",
    # What its pages are made of and Debian keeps in packages of their own:
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
)
_LAYOUT = "2"
"""Changes when an older cache would not do any more."""
_PATIENCE_SECONDS = 60
_NEW_KEY = """
import datetime
user = env.ref('base.user_admin')
print('KEY=' + env['res.users.apikeys'].with_user(user)._generate(
    'rpc', 'lab', datetime.datetime.now() + datetime.timedelta(days=30)))
env.cr.commit()
"""


@dataclass(frozen=True, slots=True)
class Odoo:
    """A running Odoo with an empty company; the key is its administrator's."""

    url: str
    key: str
    instance: "_Instance"

    async def restart(self) -> None:
        """Kill the server in the middle of whatever it does, and start it again at the same address."""
        await self.instance.restart()

    async def shell(self, words: str) -> str:
        """Run Python in Odoo's own shell, with ``env``; gives what it prints."""
        return await self.instance.shell(words)


@asynccontextmanager
async def running_odoo() -> AsyncIterator[Odoo]:
    """Start an Odoo of its own, with a company of its own; all gone afterwards.

    Raises:
        LabError: it cannot be had here; the text says what is missing.
    """
    home = await asyncio.to_thread(installed)
    with _folder() as folder:
        server = EmbeddedServer(folder / "pg", options={"fsync": "off", "full_page_writes": "off"})
        await server.start()
        try:
            instance = _Instance(home, folder)
            await instance.make_company()
            key = await instance.make_key()
            async with instance.serving() as url:
                yield Odoo(url, key, instance)
        finally:
            await server.stop()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rb-odoo-", dir="/tmp") as name:  # a short path, for the socket
        Path(name).chmod(0o755)  # PostgreSQL's own user must come through
        yield Path(name)


class _Instance:
    """One Odoo on one embedded server."""

    def __init__(self, home: Path, folder: Path) -> None:
        self._home = home
        self._folder = folder
        self._pg = folder / "pg" / "run"
        self._port = 0
        self._server: subprocess.Popen[bytes] | None = None

    def _command(self, command: str) -> list[str]:
        words = ["--db_host", self._pg, "--db_port", "5432", "--db_user", "ringback", "--db_password", "none"]
        addons = self._home / "root/usr/lib/python3/dist-packages/addons"
        places = ["-d", "company", "--addons-path", addons, "--data-dir", self._folder / "data"]
        return [str(word) for word in (self._home / "venv/bin/python", "-m", "odoo", command, *words, *places)]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "TZ"}  # Odoo wants none
        return kept | {"PYTHONPATH": str(self._home / "site")}

    def _guarded(self, command: str) -> list[str]:
        setpriv = shutil.which("setpriv")
        return [*([setpriv, "--pdeathsig", "KILL", "--"] if setpriv else ()), *self._command(command)]

    async def _spawned(self, command: str, *more: str, **streams: Any) -> asyncio.subprocess.Process:  # noqa: ANN401 - asyncio's own
        words = [*self._guarded(command), *more]
        # A session of its own: ^C in a terminal is for us to handle, in order.
        return await asyncio.create_subprocess_exec(*words, env=self._environment(), start_new_session=True, **streams)

    async def _run(self, command: str, *more: str, typed: str = "") -> str:
        piped = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.PIPE)
        process = await self._spawned(command, *more, **piped)
        try:
            output, complaint = await process.communicate(typed.encode())
        finally:
            await _ended(process)
        if process.returncode:
            raise LabError(f"odoo {command} failed: {complaint.decode(errors='replace')[-800:]}")
        return output.decode()

    async def make_company(self) -> None:
        """Make the company's database: in two steps, for in one go Odoo installs the base alone."""
        for modules in ("base", "crm,phone_validation"):
            say(f"odoo: installing {modules} (some 20 s)\n")
            await self._run(
                "server", "-i", modules, "--stop-after-init", "--without-demo", "all", "--log-level", "warn"
            )

    async def make_key(self) -> str:
        """Make an API key as the administrator."""
        output = await self.shell(_NEW_KEY)
        return output.partition("KEY=")[2].split()[0]

    async def shell(self, words: str) -> str:
        """Run Python in Odoo's own shell; gives what it prints."""
        return await self._run("shell", "--no-http", "--log-level", "error", typed=words)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve HTTP on a free port of the loopback."""
        self._port = free_port()
        try:
            await self._serve()
            yield f"http://127.0.0.1:{self._port}"
        finally:
            await self._end()

    async def _serve(self) -> None:
        words = ("--http-interface", "127.0.0.1", "--http-port", str(self._port), "--max-cron-threads", "0")
        line = [*self._guarded("server"), *words, "--no-database-list"]
        with (self._folder / "odoo.log").open("ab") as log:
            # No process of asyncio's: a test restarts it from another loop.
            self._server = subprocess.Popen(  # noqa: ASYNC220 - it only forks, and in this thread: the guard looks at it
                line, env=self._environment(), start_new_session=True, stdout=log, stderr=log
            )
        await self._answering(f"http://127.0.0.1:{self._port}", self._server)

    async def _end(self) -> None:
        if self._server is not None:
            self._server.kill()
            await asyncio.to_thread(self._server.wait)

    async def restart(self) -> None:
        """Kill the server and start it again at the same address."""
        await self._end()
        await self._serve()

    async def _answering(self, url: str, process: "subprocess.Popen[bytes]") -> None:
        async with aiohttp.ClientSession() as http:
            for _ in range(_PATIENCE_SECONDS * 5):
                if process.poll() is not None:
                    break
                try:
                    async with http.get(f"{url}/web/version"):
                        return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.2)  # there is no event to wait for: it is another program's start
        raise LabError(f"Odoo does not answer: {(self._folder / 'odoo.log').read_text(errors='replace')[-800:]}")


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


def installed() -> Path:
    """Return the folder with Odoo's code and its virtual environment, getting them first if need be.

    Raises:
        LabError: it cannot be had here; the text says what is missing.
    """
    home = cache_folder() / f"odoo-19-{_LAYOUT}-python{sys.version_info.major}.{sys.version_info.minor}"
    home.parent.mkdir(parents=True, exist_ok=True)
    with locked(home.with_name(f"{home.name}.lock")):
        if not (home / "whole").exists():
            shutil.rmtree(home, ignore_errors=True)
            try:
                _install(home)
            except (subprocess.CalledProcessError, OSError) as error:
                output = str(getattr(error, "output", "") or error)[-600:]
                raise LabError(f"a real Odoo 19 cannot be had here: {output}") from error
            (home / "whole").touch()
    return home


def _install(home: Path) -> None:
    tries = [sources for sources in choices(read_machine(), os_release()) if sources[0].suite == "sid"]
    if not tries:
        raise LabError("a real Odoo 19 comes from Debian's sid, and this machine's apt sources name no Debian mirror")
    home.mkdir(parents=True)
    apt = apt_in(home, tries[0])
    say(f"odoo: fetching Debian's package into {home} (once, about 130 MB)\n")
    run(["update"], "package lists", apt)
    run(["download", *_PACKAGES], "odoo", apt, folder=home)
    for package in home.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, home / "root"], check=True, capture_output=True, text=True)
        package.unlink()
    (home / "site").mkdir()
    (home / "site/odoo").symlink_to(home / "root/usr/lib/python3/dist-packages/odoo")
    say("odoo: its virtual environment (once, about a minute)\n")
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True, capture_output=True, text=True)
    pip = [str(home / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(_REQUIREMENTS)], check=True, capture_output=True, text=True)


def main() -> int:
    """Get Odoo, without starting it: ``python -m deploy.lab.programs.odoo``; 3 if it cannot be had, and why."""
    try:
        installed()
    except LabError as error:
        say(f"odoo: {error}\n")
        return 3
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
