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
]


@pytest.mark.parametrize("address", _INSIDE)
def test_addresses_inside_are_refused_unless_allowed(address: str) -> None:
    with pytest.raises(TargetRefused, match="private = true"):
        guard.check_address(address, private_allowed=False)
    guard.check_address(address, private_allowed=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4001::1"])
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
