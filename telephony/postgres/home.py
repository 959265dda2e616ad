"""The embedded server's folder: whose it is, who is in it, and what the server said there.

Only this folder is made or changed, never one above it. The lock is an open file that the server's processes inherit:
it is free when the last of them is gone, not when the daemon is.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
from io import BufferedWriter
from pathlib import Path
from typing import Final

from telephony.errors import DatabaseUnavailable, SettingsError
from telephony.postgres.account import Account

TICK: Final = 0.005
_SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 107  # sun_path of Linux, without its NUL
_LOG_LIMIT = 10_000_000
_OURS = {"lock", "server.log"}


class Home:
    """A folder that belongs to ``account``, with mode 0700.

    Raises:
        SettingsError: it cannot be made, is somebody else's, or ``account`` cannot enter it; the text has the cure.
    """

    def __init__(self, folder: Path, account: Account) -> None:
        self.folder = folder
        self.account = account
        self._lock: int | None = None
        self._make()
        self.sockets = self._socket_folder()

    @property
    def lock(self) -> tuple[int, ...]:
        """The lock's open file, for processes to inherit; empty while it is not held."""
        return () if self._lock is None else (self._lock,)

    async def enter(self, patience_seconds: float) -> None:
        """Take the lock; an earlier server may need a moment to go.

        Raises:
            DatabaseUnavailable: another daemon's server stays in the folder.
        """
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._give_away(self._lock)
        for _ in range(int(patience_seconds / TICK) + 1):
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(TICK)
            else:
                return
        raise DatabaseUnavailable(
            f"{self.folder} is in use by another daemon: stop it, or give this one its own folder"
        )

    def leave(self) -> None:
        """Give the lock back; remove the sockets' folder if it is a temporary one."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self.sockets.parent != self.folder:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def open_log(self) -> BufferedWriter:
        """Open the file that the server's words go to; a long one is put aside first."""
        log = self.folder / "server.log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        output = log.open("ab")
        self._give_away(output.fileno())
        return output

    def log_tail(self) -> str:
        """Return the server's last words."""
        try:
            return (self.folder / "server.log").read_text(errors="replace")[-600:].strip()
        except OSError:
            return "(no server.log)"

    def sync(self) -> None:
        """Make a rename in the folder durable."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _make(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"database.folder = {self.folder}: cannot be made: {error.strerror}") from error
        if self.folder.stat().st_uid != self.account.uid:
            strangers = [path.name for path in self.folder.iterdir() if path.name not in _OURS]
            if not self.account.switch or strangers:
                raise SettingsError(
                    f"database.folder = {self.folder}: belongs to somebody else than {self.account.name} and is not "
                    "empty; name a folder that is only for the database"
                )
            self._give_away(self.folder)
        self.folder.chmod(0o700)
        if not self.account.reaches(self.folder):
            raise SettingsError(
                f"database.folder = {self.folder}: the user {self.account.name}, who runs PostgreSQL, cannot enter a "
                "folder above it; choose another one, e.g. /var/lib/ringback/postgres"
            )

    def _socket_folder(self) -> Path:
        run = self.folder / "run"
        if len(str(run / _SOCKET_NAME).encode()) > _LONGEST_SOCKET_PATH:
            run = Path(tempfile.mkdtemp(prefix="rb-pg-", dir="/tmp"))
        run.mkdir(mode=0o700, exist_ok=True)
        self._give_away(run)
        return run

    def _give_away(self, what: Path | int) -> None:
        """Let the server's user own it, so that this user can run the daemon later, too."""
        if self.account.switch:
            os.chown(what, self.account.uid, self.account.gid)
