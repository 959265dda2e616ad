"""What `collect.sh` sent, as a machine that is read like any other: a tree, and a console that has answered already."""

import contextlib
import io
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from deploy.attach.afar.pipe import Pipe
from deploy.attach.errors import AttachError
from deploy.attach.machine import Machine
from deploy.attach.reading.distributions import all_marks

_MOST_BYTES: Final = 64_000_000
_MOST_FILES: Final = 20_000
_MODE: Final = 0o600


class CollectedMachine(Machine):
    """The PBX's machine as it was when it was looked at. What is asked of its console later is only noted."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "tree")
        self._answers = dict(_answers(folder / "answers"))
        self.orders: list[str] = []
        """Commands for the console that were not asked before: they are to be given when the files are there."""

    def ask(self, command: str) -> str:
        """Return what the console answered."""
        if command not in self._answers:
            self.orders.append(command)
        return self._answers.get(command, "")


def unpack(sent: bytes, folder: Path) -> CollectedMachine:
    """Unpack what was sent; nothing of it lands outside the folder, and no link in it is ever followed out of it.

    Raises:
        AttachError: it is not what our script sends.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(sent), mode="r:") as archive:
            members = archive.getmembers()
            if len(members) > _MOST_FILES or sum(member.size for member in members) > _MOST_BYTES:
                raise AttachError("the PBX sent more than a configuration is")
            for member in members:
                _unpack(archive, member, folder)
        return CollectedMachine(folder)
    except (tarfile.TarError, OSError) as error:
        raise AttachError(
            f"what the PBX sent cannot be read ({error}): does its shell print something at login?"
        ) from None


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    parts = [part for part in PurePosixPath(member.name).parts if part not in {".", "/"}]
    place = folder.joinpath(*parts)
    if ".." in parts or any(above.is_symlink() for above in (place, *place.parents) if above != folder):
        raise AttachError(f"the PBX sent a path that leads elsewhere: {member.name!r}")
    if member.isdir():
        place.mkdir(parents=True, exist_ok=True)
    elif member.issym():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(member.linkname)
    elif member.isreg() and (content := archive.extractfile(member)) is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.read())
        place.chmod(_MODE)


def _answers(folder: Path) -> Iterator[tuple[str, str]]:
    for asked in folder.glob("*.asked"):
        answer = asked.with_suffix("")
        if answer.exists():
            text = answer.read_text(encoding="utf-8", errors="replace")
            yield asked.read_text(encoding="utf-8", errors="replace").rstrip("\n"), text


@contextlib.contextmanager
def collected(pipe: Pipe, asterisk_conf: str, console: str) -> Iterator[CollectedMachine]:
    """Look at the PBX's machine; the copy goes afterwards.

    Raises:
        AttachError: it cannot be reached or read.
    """
    with tempfile.TemporaryDirectory(prefix="rb-collected-") as folder:
        sent = pipe.run("collect.sh", asterisk_conf, console, *all_marks())
        yield unpack(sent, Path(folder))
