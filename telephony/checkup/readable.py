"""Can the daemon read what the PBX records, and take its own recordings away? By modes and groups, whoever asks.

``ringback check`` is often run as root, who can do everything; what counts is what the daemon's user can.
"""

import asyncio
import heapq
import os
import pwd
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from telephony.checkup.findings import CheckFinding, ok, warn
from telephony.checkup.rights import groups_of, name_of
from telephony.errors import RingbackError
from telephony.recording.files import locate
from telephony.settings import RecordingSettings

DAEMON: Final = "ringback"
"""Who the daemon runs as, where packages made that user."""
_NEWEST: Final = 100
"""So many files are looked at ..."""
_MOST: Final = 20_000
"""... of so many at most."""
_OWN: Final = "own recordings"
_SUBJECT: Final = "readable"


class FileUser(NamedTuple):
    """Somebody by whom files are judged."""

    name: str
    uid: int
    groups: frozenset[int]

    def may(self, path: Path, wanted: int) -> bool:
        """Tell whether they may do what ``wanted`` says (``os.R_OK`` and its like), as the mode tells."""
        try:
            found = path.stat()
        except OSError:
            return False
        if self.uid == 0:
            return True
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid in self.groups else 0
        return (stat.S_IMODE(found.st_mode) >> shift) & wanted == wanted


def daemons_user() -> FileUser:
    """Return the daemon's user if we are root and there is one, else ourselves."""
    if os.geteuid() == 0:
        try:
            return FileUser(DAEMON, pwd.getpwnam(DAEMON).pw_uid, groups_of(DAEMON))
        except KeyError:
            pass
    return FileUser(f"user {os.geteuid()}", os.geteuid(), frozenset({os.getegid(), *os.getgroups()}))


async def check_readable(settings: RecordingSettings, user: FileUser) -> AsyncIterator[CheckFinding]:
    """Look at the newest recordings and at the folder of our own."""
    for shared in settings.shared:
        if not shared.here.is_dir():
            continue
        newest = [path for _, path in heapq.nlargest(_NEWEST, await asyncio.to_thread(_files, shared.here))]
        closed = [path for path in newest if not (user.may(path, os.R_OK) and user.may(path.parent, os.X_OK))]
        if closed:
            found = closed[0].stat()
            why = (
                f"{len(closed)} of the newest {len(newest)} recordings in {shared.here} cannot be read by {user.name}, "
                f"the first of them {closed[0]} (mode {stat.S_IMODE(found.st_mode):04o})"
            )
            cure = f"usermod -a -G asterisk {DAEMON}, and let the PBX write for its group (umask 0007 in its unit)"
            yield warn(_SUBJECT, why, cure)
        elif newest:
            yield ok(_SUBJECT, f"the newest {len(newest)} recordings in {shared.here} can be read by {user.name}")
    for finding in _own(settings, user):
        yield finding


def _own(settings: RecordingSettings, user: FileUser) -> Iterator[CheckFinding]:
    """Our own recordings are taken away once they are kept: that is a right on their folder."""
    try:
        here = locate(settings.shared, "*", settings.pbx_folder)
    except RingbackError:
        return  # `check_folders` says so
    if not here.is_dir() or user.may(here, os.W_OK | os.X_OK):
        return
    found = here.stat()
    mode = stat.S_IMODE(found.st_mode)
    why = f"{user.name} may not take recordings out of {here} (mode {mode:04o}): they stay there after they are kept"
    if mode & (stat.S_IWGRP | stat.S_IXGRP) == stat.S_IWGRP | stat.S_IXGRP:
        yield warn(_OWN, why, f"usermod -a -G {name_of(found.st_gid)} {DAEMON}, and restart it")
        return

    async def mend() -> None:
        await asyncio.to_thread(here.chmod, 0o2770)

    cure = f"chmod 2770 {here}  (FreePBX: `fwconsole chown` takes it away again; put it into its freepbx_chown.conf)"
    yield warn(_OWN, why, cure, mend)


def _files(folder: Path) -> list[tuple[float, Path]]:
    found: list[tuple[float, Path]] = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            try:
                found.append((path.lstat().st_mtime, path))
            except OSError:
                continue
        if len(found) > _MOST:
            break
    return found
