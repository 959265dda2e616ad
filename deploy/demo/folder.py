"""The demo's own folder: empty at the start, whole at the end, and no other demo's."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.lab.programs.unpack import cache_folder
from telephony.errors import RingbackError, SettingsError

LOG = "ringback.log"
DELIVERIES = "webhooks.jsonl"
_KNOWN = {"lab", "postgres", "prompts", "recordings", LOG, DELIVERIES}
_MOST_AT_ONCE = 9


class DemoFailed(RingbackError):
    """The demo cannot go on; the text says why and what to do."""

    error_id = "demo-failed"


@contextmanager
def own_folder(wished: Path | None) -> Iterator[Path]:
    """Yield a folder that no other demo uses, empty; it stays afterwards."""
    home = wished or _home()
    for number in range(1, _MOST_AT_ONCE + 1):
        folder = home if number == 1 else home.with_name(f"{home.name}-{number}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_name(f"{folder.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            _emptied(folder)
            yield folder.resolve()
            return
    raise DemoFailed(f"{_MOST_AT_ONCE} demos are running: end one, or name a --folder")


def _home() -> Path:
    """Where PostgreSQL's user comes through, too: root's own home is closed to it."""
    return Path("/var/cache/ringback/demo") if os.geteuid() == 0 else cache_folder().parent / "demo"


def _emptied(folder: Path) -> None:
    if folder.exists():
        if strangers := {entry.name for entry in folder.iterdir()} - _KNOWN:
            raise SettingsError(f"--folder {folder}: holds {', '.join(sorted(strangers)[:3])}: name an empty one")
        shutil.rmtree(folder)
    folder.mkdir(mode=0o755)
