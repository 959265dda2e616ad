"""What the command line asked ``ringback attach`` for, and how it speaks."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from telephony.daemon.terminal_text import plain


class AttachWishes(NamedTuple):
    """What the command line asked for."""

    root: Path
    asterisk_conf: str
    console: str
    config: str
    home: str
    dry_run: bool
    yes: bool
    undo: bool
    trial: str
    """The extension that may ring; empty: none."""
    on: str = ""
    """The PBX's machine, for ssh; empty: this one."""
    ssh: str = "ssh"
    mounted: str | None = None
    """Where the daemon sees that machine's root folder, without the last slash; None: nowhere."""


def say_all(head: str, lines: Iterable[str]) -> None:
    """Print lines below a head; nothing if there are none."""
    every = [plain(line) for line in lines]
    if every:
        say(f"\n{head}\n" + "\n".join(f"  {line}" for line in every))


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
