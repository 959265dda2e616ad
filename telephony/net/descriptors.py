"""How many files and connections this process may have open, and what is kept back of them.

A stranger's connections must never take the last descriptor: the PBX's link, a caller's conversation and the database
need one at any moment. The kernel gives the lowest number that is free, so the number of an accepted socket tells, for
nothing, how much is in use.
"""

import asyncio
import os
import resource
import socket
from typing import Final

_MOST: Final = 65_536
"""More is of no use to us, and tables of the kernel's grow with it."""
KEPT_BACK: Final = 256
"""For the links, the database, callers, recordings, webhooks and CRMs; a quarter of the limit if that is less."""


AT_ONCE: Final = 64
"""The ``backlog`` of a server of strangers: asyncio accepts so many before anybody looks at one of them."""
_QUEUE: Final = 1024


def lengthen_queue(server: asyncio.Server) -> None:
    """Let more than `AT_ONCE` wait in the kernel: who finds no place there tries again only after a second."""
    for listening in server.sockets:
        with socket.socket(fileno=os.dup(listening.fileno())) as again:
            again.listen(_QUEUE)


def raise_limit() -> int:
    """Raise what this process may open to what it is allowed at most; gives how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wished:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))
    return limit()


def limit() -> int:
    """Return how many descriptors this process may have."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST if soft == resource.RLIM_INFINITY else soft


def share(wished: int) -> int:
    """Return how many connections of one sort may be open, of those that are wished: a quarter of all at most."""
    return max(1, min(wished, limit() // 4))


def is_spare(accepted: socket.socket, kept_back: int = KEPT_BACK) -> bool:
    """Return whether a socket that was just accepted leaves enough for what matters more."""
    return accepted.fileno() < limit() - min(kept_back, limit() // 4)
