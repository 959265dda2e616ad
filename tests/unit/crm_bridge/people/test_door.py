"""What the door makes of addresses and of where somebody wants to go; a password's rules."""

from time import monotonic

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from crm_bridge.people.access import Access
from crm_bridge.people.door import Door
from crm_bridge.people.passwords import Passwords, WeakPassword, check
from crm_bridge.web.forms import way_back


@given(st.one_of(st.text(max_size=40), st.text(max_size=30).map(lambda text: f"/console{text}")))
def test_whatever_is_wanted_next_a_browser_stays_at_our_host(given_text: str) -> None:
    where = way_back(given_text)
    found = URL("https://calls.company.com/console/sign-in").join(URL(where, encoded=True))
    assert (found.scheme, found.host, found.path.split("/")[1]) == ("https", "calls.company.com", "console")
    assert where.isprintable()


@pytest.mark.parametrize("password", ["", "short", "a" * 30, "олекса", "abab" * 5, "olha@company.com", "x" * 201])
def test_what_is_guessed_at_once_is_no_password(password: str) -> None:
    with pytest.raises(WeakPassword):
        check(password, "olha@company.com")


@pytest.mark.parametrize("password", ["correct horse battery", "дванадцять сл", "🐴🔋📎✂️ абвгдежз"])
def test_words_of_any_letters_are_one(password: str) -> None:
    check(password, "olha")


async def test_a_password_is_kept_as_argon2id_and_nobodys_takes_as_long_as_somebodys() -> None:
    passwords = Passwords()
    kept = await passwords.hashed("correct horse battery")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not await passwords.fits(None, "correct horse battery")  # makes what nobody's is compared with

    async def seconds(of: str | None) -> float:
        began = monotonic()
        assert await passwords.fits(of, "correct horse battery") is (of is not None)
        return monotonic() - began

    right = min([await seconds(kept) for _ in range(2)])
    nobody = min([await seconds(None) for _ in range(2)])
    assert nobody > right / 4


@pytest.mark.parametrize(
    ("told", "proxies", "address"),
    [
        ("", (), "127.0.0.1"),
        ("203.0.113.7", (), "127.0.0.1"),
        ("203.0.113.7", ("127.0.0.1",), "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", ("127.0.0.1",), "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 10.0.0.2", ("127.0.0.1", "10.0.0.2"), "203.0.113.7"),
        ("203.0.113.7, nonsense", ("127.0.0.1",), "127.0.0.1"),
    ],
)
def test_an_address_is_believed_only_from_a_proxy_of_ours(told: str, proxies: tuple[str, ...], address: str) -> None:
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": told}).clone(remote="127.0.0.1")
    assert Door(None, None, None, proxies).address(request) == address  # type: ignore[arg-type] # no session is looked for


def test_a_manager_is_known_by_extension_and_mobile_in_each_spelling() -> None:
    found = Access.of_manager(
        "ivan", "PJSIP/101@x", "067 123-45-67", "UA", pbx="pbx", group="sales", default_group="sales"
    )
    assert found.numbers == ("+380671234567", "067 123-45-67", "101")
    assert (found.everything, found.serves_unowned) == (False, True)
