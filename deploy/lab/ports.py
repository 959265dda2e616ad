"""Free ports on loopback."""

import random
import socket
from dataclasses import dataclass

PBX_HOST = "127.0.0.1"
PHONES_HOST = "127.0.0.1"
CARRIER_HOST = "127.0.0.2"
"""Linux answers on all of 127/8; an address of its own lets the PBX know the carrier by its IP."""
_RTP = (10240, 24000)
_LISTENING = (24000, 32000)
"""Apart, so that one lab's RTP never takes the port that another has chosen to listen on; and both below the range from
which the kernel takes ports for outgoing connections."""
_picker = random.SystemRandom()
_given: dict[int, socket.socket] = {}
"""Ports that this process has chosen: free as yet, but not for the next to ask. Each is held by a name that the kernel
forgets with us, so that no other process that asks here is given it meanwhile."""


@dataclass(frozen=True, slots=True)
class PortRange:
    """RTP ports of one instance: first even, last odd."""

    first: int
    last: int


def is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    """Return whether nobody listens there."""
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that is free for TCP and UDP at this moment, and was not given before."""
    for _ in range(1000):
        port = _picker.randrange(*_LISTENING)
        if port in _given:
            continue
        if is_free(host, port, socket.SOCK_DGRAM) and is_free(host, port, socket.SOCK_STREAM):
            claim = socket.socket(socket.AF_UNIX)
            try:
                claim.bind(f"\0ringback-lab-port-{port}")
            except OSError:
                claim.close()
                continue
            _given[port] = claim
            return port
    raise OSError("no free port on loopback")


def free_range(size: int = 400) -> PortRange:
    """Return a range for RTP. Asterisk passes over single ports that others hold, so the edges alone are looked at."""
    lowest, highest = _RTP
    for _ in range(1000):
        first = _picker.randrange(lowest, highest - size) & ~1
        if all(is_free("127.0.0.1", port, socket.SOCK_DGRAM) for port in (first, first + size // 2, first + size - 1)):
            return PortRange(first, first + size - 1)
    raise OSError("no free range of ports on loopback")
