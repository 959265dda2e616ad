"""Which addresses a webhook may go to: a target is somebody's text, and must not become a way into our own network.

Checked twice: the URL when it is configured, and every address at the moment when a socket is to be made for it (a name
can point elsewhere tomorrow, or a second later): `telephony.net.public_http`.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from crm_bridge.errors import TargetRefused
from telephony.net.addresses import is_public


def check_url(url: str) -> None:
    """Refuse what is not a plain http(s) URL with a host.

    Raises:
        TargetRefused: with what is wrong and the cure.
    """
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError as error:
        raise TargetRefused(f"webhook target {url!r}: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine:
        raise TargetRefused(f"webhook target {url!r}: write it as https://host/path")
    if parts.username or parts.password:
        raise TargetRefused(f"webhook target at {parts.hostname}: no user or password in the URL; use the signature")


def literal_address(host: str) -> str | None:
    """Return the address that a URL's host is, or None for a name.

    Raises:
        TargetRefused: it is an address in one of the spellings (``2130706433``, ``0x7f.1``) that only attackers use.
    """
    try:
        return str(ip_address(host))
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        if last.isdecimal() or last.lower().startswith("0x"):
            raise TargetRefused(f"webhook target at {host}: write the address as four numbers, or use a name") from None
        return None


def check_address(address: str, *, private_allowed: bool) -> None:
    """Refuse an address inside our own network, unless the operator allows it.

    Raises:
        TargetRefused: the address is not public.
    """
    if not private_allowed and not is_public(address):
        raise refusal(address)


def refusal(address: str) -> TargetRefused:
    """Make the error of an address that is not public."""
    return TargetRefused(f"{address} is not a public address; set `private = true` for this webhook if that is meant")
