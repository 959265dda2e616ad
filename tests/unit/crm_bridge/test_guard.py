"""A webhook cannot be turned against our own network."""

import pytest

from crm_bridge.errors import TargetRefused
from crm_bridge.webhooks import guard

_INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.1",
    "172.16.0.9",
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104
    "100.64.0.1",
    "224.0.0.1",
    "::1",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:7f00:1::",
    "2a00:1450::5efe:10.0.0.1",
    "2a00:1450::200:5efe:192.168.0.1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "4000::1",
    "::",
    "::8.8.8.8",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
]


@pytest.mark.parametrize("address", _INSIDE)
def test_addresses_inside_are_refused_unless_allowed(address: str) -> None:
    with pytest.raises(TargetRefused, match="private = true"):
        guard.check_address(address, private_allowed=False)
    guard.check_address(address, private_allowed=True)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2a00:1450:4001::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8", "2606:4700::1111"]
)
def test_public_addresses_pass(address: str) -> None:
    guard.check_address(address, private_allowed=False)


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "https:///path", "host/path", "http://user:pw@host/", "http://[::1/", "http://h:99999/"]
)
def test_only_plain_http_urls_pass(url: str) -> None:
    with pytest.raises(TargetRefused):
        guard.check_url(url)


def test_an_ordinary_url_passes() -> None:
    guard.check_url("https://crm.example/hooks/ringback?v=1")
