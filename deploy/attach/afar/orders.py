"""What `apply.sh` gets: a plan of lines, and the files (pure)."""

import io
import tarfile
from collections.abc import Iterable
from typing import Final

from deploy.attach.errors import AttachError
from deploy.attach.journal import digest
from deploy.attach.machine import encoded
from deploy.attach.plan import FileChange, FolderChange

_PLAN: Final = "plan"


def packed(files: Iterable[FileChange], folders: Iterable[FolderChange], commands: Iterable[str]) -> bytes:
    """Write the tar.

    Raises:
        AttachError: a path holds what a line of the plan cannot.
    """
    lines: list[tuple[str, ...]] = [
        ("folder", f"{one.mode:o}", f"{one.user}:{one.group}", str(int(one.keep)), "", one.path) for one in folders
    ]
    contents: dict[str, bytes] = {}
    for number, change in enumerate(files, 1):
        contents[f"{number}"] = encoded(change.after)
        want = "none" if change.before is None else digest(encoded(change.before))
        lines.append(("file", f"{number}", want, change.like, str(int(change.secret)), change.path))
    lines += [("reload", "", "", "", "", command) for command in commands]
    if any(sign in field for line in lines for field in line for sign in "|\n\\"):
        raise AttachError("a path of the PBX has a sign in it that we do not write: attach on its own machine instead")
    contents[_PLAN] = "".join(f"{'|'.join(line)}\n" for line in lines).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, octets in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(octets), 0o600
            archive.addfile(entry, io.BytesIO(octets))
    return out.getvalue()
