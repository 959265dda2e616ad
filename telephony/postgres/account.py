"""Which system user runs the embedded server, and whether that user can reach a path."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from telephony.errors import SettingsError

CANDIDATES = ("ringback", "postgres", "nobody")
"""Who runs the server when the daemon is root and no `run_as` is set: the first that exists."""


@dataclass(frozen=True, slots=True)
class Account:
    """A system user; ``switch`` is false when we are that user already."""

    name: str
    uid: int
    gid: int
    switch: bool

    def reaches(self, path: Path) -> bool:
        """Return whether this user may enter every existing folder on the way to ``path``, and ``path`` itself."""
        if self.uid == os.geteuid():
            return True
        resolved = path.resolve()
        return all(self._enters(folder.stat()) for folder in (resolved, *resolved.parents) if folder.exists())

    def _enters(self, found: os.stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def choose(run_as: str, owned: Path) -> Account:
    """Choose the server's user.

    Args:
        run_as: the operator's choice, or empty.
        owned: the server's data folder; if it exists its owner goes on being the user, whatever was installed since.

    Raises:
        SettingsError: `run_as` names nobody, or we are not root and it names somebody else.
    """
    me = os.geteuid()
    if me != 0:
        if run_as and _lookup(run_as).pw_uid != me:
            raise SettingsError(f"database.run_as = {run_as!r}: only root can run the server as somebody else")
        return Account(str(me), me, os.getegid(), switch=False)
    if run_as:
        return _account(_lookup(run_as))
    if owned.exists() and (owner := owned.stat()).st_uid != 0:
        return Account(_name(owner.st_uid), owner.st_uid, owner.st_gid, switch=True)
    return _account(_first_existing())


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _account(entry: pwd.struct_passwd) -> Account:
    if entry.pw_uid == 0:
        raise SettingsError("database.run_as: PostgreSQL refuses to run as root; name an unprivileged user")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def _lookup(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise SettingsError(f"database.run_as = {name!r}: there is no such user on this machine") from None


def _first_existing() -> pwd.struct_passwd:
    for name in CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SettingsError(f"database.run_as: set an unprivileged user; none of {', '.join(CANDIDATES)} exists here")
