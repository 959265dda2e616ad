"""Who on this machine reads what: settings with secrets, kept recordings, prompts. As far as modes and groups tell."""

import asyncio
import grp
import pwd
import stat
from collections.abc import AsyncIterator
from pathlib import Path

from telephony.checkup.findings import CheckFinding, ok, warn
from telephony.settings import TelephonySettings

PBX_USER = "asterisk"
"""As all packages of Asterisk and FreePBX call it."""
_SUBJECT = "rights"


async def check_rights(settings: TelephonySettings, file: Path | None) -> AsyncIterator[CheckFinding]:
    """Can anybody read what they need not? Can the PBX read the prompts?"""
    found = [
        *([_private(file, "the settings, with their secrets,", "600")] if file is not None else []),
        *(_private(pbx.secret_file, f"the secret of {pbx.name}", "600") for pbx in settings.pbx if pbx.secret_file),
        _private(settings.recording.folder, "kept recordings", "750"),
        _private(settings.database.spool_folder, "call events", "750"),
        _pbx_reads(settings.recording.folder, "kept recordings"),
        *([_pbx_reads(file, "the settings, with their secrets,")] if file is not None else []),
        _prompts(settings.voice.folder),
    ]
    complaints = [one for one in found if one is not None]
    for complaint in complaints:
        yield complaint
    if not complaints:
        yield ok(_SUBJECT, "nobody reads more than they need, as far as modes and groups tell")


def _private(path: Path, what: str, mode: str) -> CheckFinding | None:
    """Complain of what everybody can read."""
    bits = _mode(path)
    if bits is None or not bits & (stat.S_IROTH | stat.S_IWOTH) or not _reachable(path):
        return None

    async def mend() -> None:
        await asyncio.to_thread(path.chmod, int(mode, 8))

    return warn(_SUBJECT, f"everybody on this machine can read {what} in {path}", f"chmod {mode} {path}", mend)


def _reachable(path: Path) -> bool:
    """Return whether everybody can come so far."""
    return all((_mode(above) or 0) & stat.S_IXOTH for above in path.absolute().parents)


def _pbx_reads(path: Path, what: str) -> CheckFinding | None:
    """Complain of what the PBX's user can read by a group."""
    bits, groups = _mode(path), groups_of(PBX_USER)
    if bits is None or not bits & stat.S_IRGRP or path.stat().st_gid not in groups:
        return None
    group = name_of(path.stat().st_gid)
    cure = f"gpasswd -d {PBX_USER} {group}, and restart Asterisk: it needs the prompts only"
    return warn(_SUBJECT, f"the PBX's user {PBX_USER} reads {what} in {path} by the group {group}", cure)


def _prompts(folder: Path) -> CheckFinding | None:
    """Complain if the PBX's user, where there is one, cannot read the prompts."""
    groups = groups_of(PBX_USER)
    if not groups or _mode(folder) is None:
        return None
    for place in (folder, *folder.absolute().parents):
        found = place.stat()
        by_group = found.st_gid in groups and found.st_mode & stat.S_IXGRP
        if not by_group and not found.st_mode & stat.S_IXOTH and found.st_uid != pwd.getpwnam(PBX_USER).pw_uid:
            cure = f"install -d -o ringback -g {PBX_USER} -m 2750 {folder}, and name it as `folder` under [voice]"
            return warn(_SUBJECT, f"the PBX's user {PBX_USER} cannot come to the prompts: {place}", cure)
    return None


def groups_of(user: str) -> frozenset[int]:
    """Return the ids of a user's groups; none if there is no such user."""
    try:
        own = pwd.getpwnam(user).pw_gid
    except KeyError:
        return frozenset()
    return frozenset({own, *(group.gr_gid for group in grp.getgrall() if user in group.gr_mem)})


def name_of(group: int) -> str:
    """Return a group's name; its number if it has none."""
    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except OSError:
        return None
