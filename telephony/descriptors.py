"""How many files and connections this process may have open, and what is kept back of them.

A stranger's connections must never take the last descriptor: the PBX's link, a caller's conversation and the database
need one at any moment. The kernel gives the lowest number that is free, so the number of an accepted socket tells, for
nothing, how much is in use.
"""

import resource
import socket
from typing import Final

_MOST: Final = 65_536
"""More is of no use to us, and tables of the kernel's grow with it."""
_KEPT_BACK: Final = 256
"""For the links, the database, recordings' files, webhooks and CRMs; half of the limit if that is less."""


def raise_limit() -> int:
    """Raise what this process may open to what it is allowed at most; gives how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wished:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))
    return limit()


def limit() -> int:
    """Tell how many descriptors this process may have."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST if soft == resource.RLIM_INFINITY else soft


def share(wished: int) -> int:
    """Tell how many connections of one sort may be open, of those that are wished: a quarter of all at most."""
    return max(1, min(wished, limit() // 4))


def is_spare(accepted: socket.socket) -> bool:
    """Tell whether a socket that was just accepted leaves enough for what matters more."""
    return accepted.fileno() < limit() - min(_KEPT_BACK, limit() // 2)
