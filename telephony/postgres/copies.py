"""Small files beside the spool that hold what the database said last, for a time when it cannot be asked."""

import os
from pathlib import Path


def write_copy(file: Path, content: bytes) -> None:
    """Put ``content`` in place of what was there, whole or not at all; ours alone (0600). The same again is no work.

    Raises:
        OSError: the disk does not take it; what was there stays.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.exists() and file.read_bytes() == content:
        return
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        part.touch(0o600)
        part.write_bytes(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
