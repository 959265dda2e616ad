"""Write files and folders so that a crash leaves the old or the new, never a half; no link is followed.

The folder of a file is opened first and everything is done inside it by its handle: who owns a configuration folder
(FreePBX's web server does) cannot put a link in our way between two steps.
"""

import contextlib
import grp
import os
import pwd
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from deploy.attach.errors import AttachError
from deploy.attach.journal import FileStep, FolderStep, Journal, Standing, digest
from deploy.attach.machine import Machine, encoded
from deploy.attach.plan import FileChange, FolderChange

_NOT_FOR_ALL = ~(stat.S_IRWXO)


def write_change(machine: Machine, journal: Journal, change: FileChange) -> None:
    """Write one file as it was planned.

    Raises:
        AttachError: it changed since it was planned, or is a link.
    """
    octets = encoded(change.after)
    path = machine.here(change.path)
    with opened_folder(path.parent) as folder:
        before = _octets(folder, path)
        if before != (None if change.before is None else encoded(change.before)):
            raise AttachError(f"{change.path} was changed by somebody meanwhile: run this again")
        standing = _standing(folder, path.name)
        temporary = f".{path.name}.{secrets.token_hex(6)}"
        journal.note(
            FileStep(change.path, "" if before is None else journal.keep(before), standing, digest(octets), temporary)
        )
        replace(folder, path.name, temporary, octets, standing or _like(machine, change))


def make_folder(machine: Machine, journal: Journal, change: FolderChange) -> bool:
    """Make one folder as it was planned, with those above it; tell whether anything was done."""
    path = machine.here(change.path)
    wanted = _account(change)
    made = False
    for place in (*reversed(path.parents), path):
        if not place.exists():
            shown = "/" + str(place.relative_to(machine.root))
            journal.note(FolderStep(shown, None))
            place.mkdir(mode=0o755)
            made = True
    with opened_folder(path) as folder:
        found = Standing.of(os.fstat(folder))
        target = Standing(change.mode, wanted[0], wanted[1]) if os.geteuid() == 0 else found._replace(mode=change.mode)
        if found == target or (change.keep and not made):
            return made
        if not made:
            journal.note(FolderStep(change.path, found))
        _stand(folder, target)
    return True


def replace(folder: int, name: str, temporary: str, octets: bytes, standing: Standing) -> None:
    """Put ``octets`` in the place of a file, by a new one that is renamed over it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(temporary, flags, 0o600, dir_fd=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(octets)
        file.flush()
        _stand(handle, standing)
        os.fsync(handle)
    os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)


@contextlib.contextmanager
def opened_folder(path: Path) -> Iterator[int]:
    """Open a folder itself, never what a link points to.

    Raises:
        AttachError: it is a link, or cannot be opened.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise AttachError(f"{path}: {error.strerror}: no folder of its own, nothing is written there") from None
    try:
        yield handle
    finally:
        os.close(handle)


def read_inside(folder: int, name: str) -> bytes | None:
    """Return a plain file's bytes; None if nothing is there.

    Raises:
        OSError: it is a link, or cannot be read.
    """
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(22, "no plain file")
        return opened.read()


def _octets(folder: int, path: Path) -> bytes | None:
    try:
        return read_inside(folder, path.name)
    except OSError as error:
        raise AttachError(f"{path}: {error.strerror}: nothing is written through a link or to a device") from None


def _standing(folder: int, name: str) -> Standing | None:
    try:
        return Standing.of(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _like(machine: Machine, change: FileChange) -> Standing:
    """Choose who a new file belongs to: as the file beside it; else root's alone."""
    own = Standing(0o600, os.geteuid(), os.getegid())
    if not change.like:
        return own
    try:
        model = Standing.of(machine.real(change.like).stat())
    except OSError:
        try:
            folder = Standing.of(machine.here(change.path).parent.stat())
        except OSError:
            return own
        model = folder._replace(mode=0o640)
    return model._replace(mode=model.mode & 0o666 & (_NOT_FOR_ALL if change.secret else ~0))


def _stand(handle: int, standing: Standing) -> None:
    """Give a file or a folder its owner and mode, in this order: a change of owner takes set-group-id away."""
    if os.geteuid() == 0:
        os.fchown(handle, standing.uid, standing.gid)
    os.fchmod(handle, standing.mode)


def _account(change: FolderChange) -> tuple[int, int]:
    """Return the ids of a folder's owner; who is not on this machine is root, or ourselves."""
    try:
        user = pwd.getpwnam(change.user).pw_uid
    except KeyError:
        user = os.geteuid()
    try:
        group = grp.getgrnam(change.group).gr_gid
    except KeyError:
        group = os.getegid()
    return user, group
