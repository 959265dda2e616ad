"""Connections to public addresses only, checked at the moment when the socket is made.

Whatever a name meant when it was looked at, and however an address is written, this is where it ends: the address of
each socket is checked before it connects, so a name that points elsewhere a second later gains nothing.
"""

import socket
from collections.abc import Callable

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from telephony.net.addresses import is_public

AddressInfo = tuple[
    int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int]
]
Refusal = Callable[[str], Exception]
"""Makes the error of an address that is not public."""


class NotPublic(OSError):
    """The address is not on the public internet."""


def connector(refusal: Refusal = NotPublic, *, per_host: int = 0, dns_cache: bool = False) -> aiohttp.TCPConnector:
    """Make aiohttp's connector; ``per_host`` limits the connections, 0 does not."""

    def open_socket(found: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = found
        _check(str(address[0]), refusal)
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        resolver=_PublicResolver(aiohttp.DefaultResolver(), refusal),
        socket_factory=open_socket,
        limit_per_host=per_host,
        use_dns_cache=dns_cache,
    )


class _PublicResolver(AbstractResolver):
    """Resolves names; one bad address refuses them all, so that none of several is tried."""

    def __init__(self, inner: AbstractResolver, refusal: Refusal) -> None:
        self._inner = inner
        self._refusal = refusal

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for result in found:
            _check(result["host"], self._refusal)
        return found

    async def close(self) -> None:
        await self._inner.close()


def _check(address: str, refusal: Refusal) -> None:
    if not is_public(address):
        raise refusal(address)
