"""What the spool does with files, step by step. Blocking: for the spool's own thread."""

import contextlib
import errno
import json
import os
from pathlib import Path
from typing import Final

import structlog

_log = structlog.get_logger(__name__)

_LONGEST_REASON: Final = 300
_LONGEST_RAW: Final = 100_000
"""Of a damaged line that is set aside."""


def write_all(out: int, content: bytes) -> None:
    """Write, however many steps the kernel makes of it."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(out, rest) :]


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def give_up(out: int, safe: int) -> None:
    """Cut a file back to what is safe, as far as the disk lets us, and close it."""
    with contextlib.suppress(OSError):
        os.ftruncate(out, safe)
    os.close(out)


def lines_in(path: Path, start: int, size: int, most: int) -> tuple[dict[int, bytes], int]:
    """Read at most ``most`` lines between two offsets, each by its own offset; tell where they end.

    What the disk does not give any more is passed over, loudly: what comes after it must be read all the same.

    Raises:
        OSError: it cannot be read just now (too many open files).
    """
    found: dict[int, bytes] = {}
    offset = start
    try:
        with path.open("rb") as file:
            file.seek(offset)
            while len(found) < most and offset < size:
                line = file.readline(size - offset)
                if not line:
                    raise OSError(errno.EIO, "the file has become shorter")
                found[offset] = line
                offset += len(line)
    except OSError as error:
        if error.errno not in {errno.ENOENT, errno.EIO}:
            raise
        _log.error("spool.segment_lost", file=str(path), reason=error.strerror)
        offset = size
    return found, offset


def set_aside(file: Path, line: bytes, *, segment: int, offset: int, reason: str) -> None:
    """Keep a line that cannot be read for somebody to look at; if that cannot be done, it is in the log."""
    remark = {
        "segment": segment,
        "offset": offset,
        "reason": reason[:_LONGEST_REASON],
        "line": line[:_LONGEST_RAW].decode("ascii", "backslashreplace"),
    }
    try:
        out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            write_all(out, json.dumps(remark).encode() + b"\n")
        finally:
            os.close(out)
    except OSError as error:
        _log.error("spool.event_lost", unwritable=error.strerror, **remark)
    else:
        _log.error("spool.damaged_record", file=str(file), **{**remark, "line": f"{len(line)} bytes"})
