"""Which addresses are public: what a stranger names must not become a way into our own network.

IPv4 is asked of the registry that Python knows, and of a few more. IPv6 is public only within 2000::/3, and not
where an address carries another one to which it is translated on its way: that one counts (NAT64), or it is refused
(6to4, Teredo, ISATAP: nobody's server is there any more). A NAT64 prefix of one's own network cannot be known here.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_GLOBAL: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_CARRIES_IPV4: Final = (
    IPv6Network("::/96"),  # IPv4-compatible
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated
    _NAT64,
)
_NOBODYS: Final = (
    IPv6Network("2001::/32"),  # Teredo
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),  # 6to4
    IPv6Network("3fff::/20"),
)
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
_INSIDE_IPV4: Final = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("168.63.129.16/32"),  # a public number, but a cloud's own machinery on each of its machines
)


def is_public(address: str) -> bool:
    """Return whether an address, of either sort, with or without a zone, is on the public internet.

    Raises:
        ValueError: it is no address.
    """
    found = ip_address(address.partition("%")[0])
    return _is_public_6(found) if isinstance(found, IPv6Address) else _is_public_4(found)


def _is_public_4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in inside for inside in _INSIDE_IPV4)


def _is_public_6(address: IPv6Address) -> bool:
    if any(address in network for network in _CARRIES_IPV4):
        carried = IPv4Address(int(address) & 0xFFFF_FFFF)
        return address not in _CARRIES_IPV4[0] and _is_public_4(carried)
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return address in _GLOBAL and address.is_global and not any(address in network for network in _NOBODYS)
