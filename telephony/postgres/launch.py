"""Become the server: drop root, tie our life to the daemon's, then exec.

Run as a program (``python -I -S launch.py UID GID DAEMON_PID PROGRAM ARGUMENT...``; UID -1 keeps the user), because
between fork and exec only a program of its own is safe in a daemon that has threads. It imports nothing of ours.

The order matters: the kernel forgets the parent-death signal when the user changes, so the user changes first; and a
daemon that died before the signal was asked for would never be noticed, so we look at our parent once more.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Exec ``PROGRAM``; its parent's death is then a fast shutdown (SIGINT: rolls back, writes a checkpoint)."""
    uid, gid, daemon = (int(text) for text in arguments[:3])
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    if os.getppid() != daemon:
        sys.exit("the daemon died before its database was started")
    os.umask(0o077)
    os.execv(arguments[3], arguments[3:])  # noqa: S606 - the program is ours, there is no shell


if __name__ == "__main__":
    main(sys.argv[1:])
