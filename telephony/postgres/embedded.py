"""Our own PostgreSQL: started with the daemon, gone with the daemon.

In ``folder``: ``data`` (the cluster), ``run`` (the socket), ``server.log``, ``lock``. The lock is held by an open file
that the postmaster and its children inherit: while any process of an earlier server still lives, a new one waits for
it. A cluster is made in a temporary folder and then renamed: one that is there is whole.
"""

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg
import structlog

from telephony.errors import DatabaseUnavailable, SettingsError
from telephony.postgres import account, binaries

_log = structlog.get_logger(__name__)

USER: Final = "ringback"
DATABASE: Final = "ringback"
_LAUNCH = Path(__file__).with_name("launch.py")
_SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 107  # sun_path of Linux, without its NUL
_LOG_LIMIT = 10_000_000
_TICK = 0.005
_INITDB = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",  # the socket's folder is the only door
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # our queries are short
    "max_connections": "100",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "log_line_prefix": "%m [%p] ",
}


class EmbeddedServer:
    """One server of our own. `start` it from the main thread: the kernel watches the thread that started it.

    Args:
        folder: where everything of it lives; made if missing.
        run_as: who runs it when we are root; see `telephony.postgres.account.choose`.
        options: server settings (``{"fsync": "off"}`` for tests) over our own.
        patience_seconds: how long an earlier server may take to go, and this one to come up (crash recovery).
    """

    def __init__(
        self, folder: Path, *, run_as: str = "", options: Mapping[str, str] | None = None, patience_seconds: float = 60
    ) -> None:
        self._folder = folder.absolute()
        self._run_as = run_as
        self._options = {**_OPTIONS, **(options or {})}
        self._patience = patience_seconds
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._bin = Path()
        self._sockets = Path()
        self._account = account.Account("", -1, -1, switch=False)

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
        return f"postgresql://{USER}@/{database}?host={quote(str(self._sockets), safe='')}&port=5432"

    async def start(self) -> None:
        """Start the server and wait until it takes queries; make the cluster and the database where there are none.

        Raises:
            SettingsError: the folder, the user or the programs are not as they must be; the text has the cure.
            DatabaseUnavailable: another daemon uses the folder, or the server does not come up.
        """
        self._prepare()
        try:
            await self._take_lock()
            if not self.data.exists():
                await self._make_cluster()
            self._check_version()
            await self._start_postmaster()
            await self._make_database()
        except BaseException:
            await self.stop()
            raise
        _log.info("postgres.started", pid=self.pid, folder=str(self._folder), run_as=self._account.name)

    async def stop(self, *, within_seconds: float = 3.0) -> None:
        """Stop it: politely (fast shutdown), then at once, then by force; release the folder."""
        process = self._process
        if process is not None:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if process.poll() is None:
                    process.send_signal(number)
                if await _ended(process, within_seconds):
                    break
            self._process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self._sockets != self._folder / "run" and self._sockets != Path():
            shutil.rmtree(self._sockets, ignore_errors=True)

    async def keep_running(self) -> None:
        """Start the server again whenever it dies; ends only by being cancelled. Costs nothing while it lives."""
        pause = 0.1
        while True:
            process = self._process
            if process is None:
                raise DatabaseUnavailable("the embedded server was not started")
            await _death(process)
            code = process.wait()
            _log.error("postgres.died", exit_code=code, log=str(self._folder / "server.log"))
            while True:
                try:
                    await self._start_postmaster()
                    break
                except DatabaseUnavailable as error:
                    _log.error("postgres.restart_failed", reason=str(error), again_in=pause)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 10)
            pause = 0.1
            _log.info("postgres.restarted", pid=self.pid)

    # --- steps of `start` ---------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        self._account = account.choose(self._run_as, self.data)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"database.folder = {self._folder}: cannot be made: {error.strerror}") from error
        self._own_folder()
        if not self._account.reaches(self._folder):
            raise SettingsError(
                f"database.folder = {self._folder}: the user {self._account.name}, who runs PostgreSQL, cannot enter a "
                "folder above it; choose another one, e.g. /var/lib/ringback/postgres"
            )
        self._bin = binaries.reachable(binaries.find(dict(os.environ)), self._account, self._folder)
        self._sockets = self._socket_folder()

    def _own_folder(self) -> None:
        if self._folder.stat().st_uid != self._account.uid:
            strangers = [path.name for path in self._folder.iterdir() if path.name not in {"lock", "server.log"}]
            if not self._account.switch or strangers:
                raise SettingsError(
                    f"database.folder = {self._folder}: belongs to somebody else than {self._account.name} "
                    "and is not empty; name a folder that is only for the database"
                )
            self._give_away(self._folder)
        self._folder.chmod(0o700)

    def _socket_folder(self) -> Path:
        run = self._folder / "run"
        if len(str(run / _SOCKET_NAME).encode()) > _LONGEST_SOCKET_PATH:
            run = Path(tempfile.mkdtemp(prefix="rb-pg-", dir="/tmp"))
        run.mkdir(mode=0o700, exist_ok=True)
        self._give_away(run)
        return run

    def _give_away(self, what: Path | int) -> None:
        """Let the server's user own it, so that this user can run the daemon later, too."""
        if self._account.switch:
            os.chown(what, self._account.uid, self._account.gid)

    async def _take_lock(self) -> None:
        self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._give_away(self._lock)
        for _ in range(int(self._patience / _TICK) + 1):
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(_TICK)
            else:
                return
        raise DatabaseUnavailable(
            f"{self._folder} is in use by another daemon: stop it, or give this one its own folder"
        )

    async def _make_cluster(self) -> None:
        for leftover in self._folder.glob("data.unfinished*"):
            shutil.rmtree(leftover)
        unfinished = self._folder / "data.unfinished"
        process = self._launch("initdb", "-D", str(unfinished), f"--username={USER}", *_INITDB)
        await _death(process)
        if process.wait() != 0:
            raise DatabaseUnavailable(f"initdb failed: {self._log_tail()}")
        unfinished.rename(self.data)
        _sync_folder(self._folder)

    def _check_version(self) -> None:
        has = (self.data / "PG_VERSION").read_text().strip()
        told = subprocess.run(  # noqa: S603 - one of our programs, no shell
            [self._bin / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        runs = told.stdout.split()[2].split(".")[0]
        if has != runs:
            raise SettingsError(
                f"{self.data} was made by PostgreSQL {has}, the programs in {self._bin} are {runs}: set PG_BINDIR to "
                f"version {has}'s programs, or dump the data with them and restore it into a new folder"
            )

    async def _start_postmaster(self) -> None:
        options = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        for _ in range(max(1, int(self._patience / 0.1))):
            self._process = self._launch("postgres", "-D", str(self.data), "-k", str(self._sockets), *options)
            if await self._comes_up(self._process):
                return
            if "still in use" not in self._log_tail() and "is running" not in self._log_tail():
                break
            await asyncio.sleep(0.1)  # children of a killed postmaster need a moment to notice
        raise DatabaseUnavailable(f"the embedded server does not start: {self._log_tail()}")

    async def _comes_up(self, process: subprocess.Popen[bytes]) -> bool:
        for _ in range(int(self._patience / _TICK) + 1):
            if process.poll() is not None:
                return False
            if self._is_ready(process.pid):
                return True
            await asyncio.sleep(_TICK)
        process.send_signal(signal.SIGQUIT)
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

    # --- processes ----------------------------------------------------------------------------------------------------

    def _launch(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        ids = (self._account.uid, self._account.gid) if self._account.switch else (-1, -1)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        log = self._folder / "server.log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            self._give_away(output.fileno())
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
                pass_fds=(self._lock,) if self._lock is not None else (),
                start_new_session=True,  # Ctrl-C is for the daemon: it needs its database to stop cleanly
            )

    def _log_tail(self) -> str:
        try:
            return (self._folder / "server.log").read_text(errors="replace")[-600:].strip()
        except OSError:
            return "(no server.log)"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def _ended(process: subprocess.Popen[bytes], within_seconds: float) -> bool:
    for _ in range(int(within_seconds / _TICK) + 1):
        if process.poll() is not None:
            return True
        await asyncio.sleep(_TICK)
    return process.poll() is not None


async def _death(process: subprocess.Popen[bytes]) -> None:
    """Wait for the process's end by its pidfd: no polling, no thread, no signal handler."""
    loop = asyncio.get_running_loop()
    died = asyncio.Event()
    handle = os.pidfd_open(process.pid)
    loop.add_reader(handle, died.set)
    try:
        await died.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
