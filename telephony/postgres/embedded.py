"""Our own PostgreSQL: started with the daemon, gone with the daemon.

In ``folder``: ``data`` (the cluster), ``run`` (the socket), ``server.log``, ``lock`` (see `telephony.postgres.home`). A
cluster is made in a temporary folder and then renamed: one that is there is whole.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg
import structlog

from telephony.errors import DatabaseUnavailable, SettingsError
from telephony.postgres import account, binaries
from telephony.postgres.home import TICK, Home

_log = structlog.get_logger(__name__)

USER: Final = "ringback"
DATABASE: Final = "ringback"
_LAUNCH = Path(__file__).with_name("launch.py")
_SAY_SO_AFTER = 5.0
_INITDB = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",  # the socket's folder is the only door
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # our queries are short
    "max_parallel_workers_per_gather": "0",  # to start helpers takes longer than most of them, and calls are up
    "max_connections": "100",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",  # a new journal file costs 16 MB of zeros and an fsync; used ones are kept for reuse
    "checkpoint_timeout": "15min",
    "log_line_prefix": "%m [%p] ",
}


class EmbeddedServer:
    """One server of our own. `start` it from the main thread: the kernel watches the thread that started it.

    Args:
        folder: where everything of it lives; made if missing.
        run_as: who runs it when we are root; see `telephony.postgres.account.choose`.
        options: server settings (``{"fsync": "off"}`` for tests) over our own.
        patience_seconds: how long an earlier server may take to go. This one may take any time to come up: after a
            crash it reads its journal first, and to be killed for that would make it begin again.
    """

    def __init__(
        self, folder: Path, *, run_as: str = "", options: Mapping[str, str] | None = None, patience_seconds: float = 60
    ) -> None:
        self._folder = folder.absolute()
        self._run_as = run_as
        self._options = {**_OPTIONS, **(options or {})}
        self._patience = patience_seconds
        self._home: Home | None = None
        self._bin = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = False

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self._folder / "data"

    @property
    def pid(self) -> int:
        """The postmaster's process id; 0 when it was not started."""
        return self._process.pid if self._process else 0

    @property
    def dsn(self) -> str:
        """How to connect to our database."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        """How to connect to another database of this server."""
        sockets = self._home.sockets if self._home else self._folder / "run"
        return f"postgresql://{USER}@/{database}?host={quote(str(sockets), safe='')}&port=5432"

    async def start(self) -> None:
        """Start the server and wait until it takes queries; make the cluster and the database where there are none.

        Raises:
            SettingsError: the folder, the user or the programs are not as they must be; the text has the cure.
            DatabaseUnavailable: another daemon uses the folder, or the server does not come up.
        """
        self._stopping = False
        self._home = home = Home(self._folder, account.choose(self._run_as, self.data))
        try:
            self._bin = binaries.reachable(binaries.find(dict(os.environ)), home.account, self._folder)
            await home.enter(self._patience)
            if not self.data.exists():
                await self._make_cluster(home)
            self._check_version()
            await self._start_postmaster(home)
            await self._make_database()
        except BaseException:
            await self.stop()
            raise
        _log.info("postgres.started", pid=self.pid, folder=str(self._folder), run_as=home.account.name)

    async def stop(self, *, within_seconds: float = 3.0) -> None:
        """Stop it: politely (fast shutdown), then at once, then by force; release the folder.

        Args:
            within_seconds: how long each of the three may take.
        """
        self._stopping = True
        process = self._process
        if process is not None:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if process.poll() is None:
                    process.send_signal(number)
                if await _ended(process, within_seconds):
                    break
            self._process = None
        if self._home is not None:
            self._home.leave()

    async def keep_running(self) -> None:
        """Start the server again whenever it dies; ends when it is stopped. Costs nothing while it lives."""
        pause = 0.1
        while self._process is not None and self._home is not None:
            await _death(self._process)
            if self._stopping:
                return
            code = self._process.wait()
            _log.error("postgres.died", exit_code=code, log=str(self._folder / "server.log"))
            try:
                await self._start_postmaster(self._home)
            except (DatabaseUnavailable, OSError) as error:  # a full disk has no room for the log either
                _log.error("postgres.restart_failed", reason=str(error), again_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10)
            else:
                pause = 0.1
                _log.info("postgres.restarted", pid=self.pid)

    # --- steps ----------------------------------------------------------------------------------------------------

    async def _make_cluster(self, home: Home) -> None:
        for leftover in self._folder.glob("data.unfinished*"):
            shutil.rmtree(leftover)
        unfinished = self._folder / "data.unfinished"
        process = self._launch(home, "initdb", "-D", str(unfinished), f"--username={USER}", *_INITDB)
        await _death(process)
        if process.wait() != 0:
            raise DatabaseUnavailable(f"initdb failed: {home.log_tail()}")
        unfinished.rename(self.data)
        home.sync()

    def _check_version(self) -> None:
        has = (self.data / "PG_VERSION").read_text().strip()
        printed = subprocess.run(  # noqa: S603 - one of our programs, no shell
            [self._bin / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        runs = printed.stdout.split()[2].split(".")[0]
        if has != runs:
            raise SettingsError(
                f"{self.data} was made by PostgreSQL {has}, the programs in {self._bin} are {runs}: set PG_BINDIR to "
                f"version {has}'s programs, or dump the data with them and restore it into a new folder"
            )

    async def _start_postmaster(self, home: Home) -> None:
        options = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        for _ in range(max(1, int(self._patience / 0.1))):
            if self._stopping:
                break
            self._process = self._launch(home, "postgres", "-D", str(self.data), "-k", str(home.sockets), *options)
            if await self._comes_up(self._process):
                return
            if "still in use" not in home.log_tail() and "is running" not in home.log_tail():
                break
            await asyncio.sleep(0.1)  # children of a killed postmaster need a moment to notice
        raise DatabaseUnavailable(f"the embedded server does not start: {home.log_tail()}")

    async def _comes_up(self, process: subprocess.Popen[bytes]) -> bool:
        turns = 0
        while process.poll() is None:
            if self._is_ready(process.pid):
                return True
            await asyncio.sleep(TICK)
            turns += 1
            if turns % int(_SAY_SO_AFTER / TICK) == 0:
                _log.warning("postgres.recovering", folder=str(self._folder), seconds=round(turns * TICK))
        return False

    def _is_ready(self, pid: int) -> bool:
        """Read the postmaster's own word: the first line is its pid, the last one its readiness."""
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return lines[0].strip() == str(pid) and lines[-2].strip() == "ready"

    async def _make_database(self) -> None:
        connection = await asyncpg.connect(self.dsn_of("postgres"), timeout=self._patience)
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()

    def _launch(self, home: Home, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        ids = (home.account.uid, home.account.gid) if home.account.switch else (-1, -1)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        with home.open_log() as output:
            return subprocess.Popen(  # noqa: S603 - our own launcher, no shell
                [
                    *(sys.executable, "-I", "-S", str(_LAUNCH), *map(str, ids), str(os.getpid())),
                    *(str(self._bin / program), *arguments),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={**environment, "LC_ALL": "C", "HOME": str(self._folder)},
                pass_fds=home.lock,
                start_new_session=True,  # Ctrl-C is for the daemon: it needs its database to stop cleanly
            )


async def _ended(process: subprocess.Popen[bytes], within_seconds: float) -> bool:
    for _ in range(int(within_seconds / TICK) + 1):
        if process.poll() is not None:
            return True
        await asyncio.sleep(TICK)
    return process.poll() is not None


async def _death(process: subprocess.Popen[bytes]) -> None:
    """Wait for the process's end by its pidfd: no polling, no thread, no signal handler."""
    if process.poll() is not None:
        return
    loop = asyncio.get_running_loop()
    died = asyncio.Event()
    handle = os.pidfd_open(process.pid)
    loop.add_reader(handle, died.set)
    try:
        await died.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
