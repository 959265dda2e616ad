"""Folders for a test's own PostgreSQL: in memory where there is room for it.

A database is made and dropped for each test, which is some 600 files made and removed: on a disk that costs the kernel
four times the processor time that it costs in memory. A test that is about a disk mounts its own.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - only mkdtemp makes something there
_ROOM: Final = 4 << 30
"""Bytes; a container that gives 64 MB of it is not meant to hold databases."""


def server_folder(prefix: str) -> Path:
    """Make a folder through which the server's own user comes; remove it afterwards."""
    short = _MEMORY if _has_room() else Path("/tmp")  # noqa: S108 - a socket's path must be short; mkdtemp makes it
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=short))
    folder.chmod(0o755)
    return folder


def _has_room() -> bool:
    try:
        return os.access(_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    except OSError:
        return False
