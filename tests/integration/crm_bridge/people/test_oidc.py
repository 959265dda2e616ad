"""Signing in by the company's own provider, which is strict: what comes in, and all that must not."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import time
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from pydantic import ValidationError
from yarl import URL

from crm_bridge.console_settings import OidcSettings
from crm_bridge.people.access import PERSON, UserRole
from crm_bridge.people.assembly import PeopleParts, open_people
from crm_bridge.people.oidc import provider as provider_module
from crm_bridge.people.oidc.assembly import open_oidc
from crm_bridge.web import PREFIX
from crm_bridge.web.application import console
from crm_bridge.web.surface import Surface
from deploy.lab.ports import free_port
from telephony.postgres.pool import Pool
from tests.browser.console import ZONE
from tests.integration.crm_bridge.conftest import now
from tests.integration.crm_bridge.people.oidc_provider import CLIENT, SECRET, Claims, Provider, SigningKey, b64, provide

OLHA: Claims = {"sub": "u-1", "email": "olha@company.com", "email_verified": True, "name": "Ольга"}
Lie = Callable[[Claims], Claims]


class Site:
    """The console with a provider beside it."""

    def __init__(self, url: str, provider: Provider, people: PeopleParts) -> None:
        self.url = url
        self.provider = provider
        self.people = people

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[aiohttp.ClientSession]:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"Accept": "text/html"}) as http:
            yield http

    async def to_provider(self, http: aiohttp.ClientSession, back: str = "") -> str:
        """Click the button, be somebody at the provider; where it sends the browser."""
        async with http.get(f"{self.url}{PREFIX}/sign-in/oidc", params={"next": back}, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            where = answer.headers["Location"]
        async with http.get(URL(where, encoded=True), allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"]

    async def come_in(self, http: aiohttp.ClientSession, back: str = "") -> tuple[int, str]:
        """All of it; the code and the page that one is led to, or the page's text."""
        return await self.come_back(http, await self.to_provider(http, back))

    async def come_back(self, http: aiohttp.ClientSession, address: str) -> tuple[int, str]:
        async with http.get(URL(address, encoded=True), allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def is_in(self, http: aiohttp.ClientSession) -> bool:
        async with http.get(f"{self.url}{PREFIX}/me", allow_redirects=False) as answer:
            return answer.status == 200


@asynccontextmanager
async def serve(pool: Pool, **settings: Any) -> AsyncIterator[Site]:  # noqa: ANN401 - of OidcSettings
    url = f"http://127.0.0.1:{free_port()}"
    async with provide(f"{url}{PREFIX}/sign-in/oidc/back") as provider, aiohttp.ClientSession() as http:
        given = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, **settings}
        people = open_people(pool, now, "UA", default_group="", trusted_proxies=())
        surface = Surface(lambda request: request.get(PERSON), ZONE, now, "1")
        way = open_oidc(OidcSettings.model_validate(given), http, pool, now, url)
        pages = [*people.pages(surface, way.label).routes(), *way.routes(people, surface)]
        whole = web.Application()
        whole.add_subapp(PREFIX, console(surface, pages, [people.door.middleware()]))
        runner = web.AppRunner(whole)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", urlsplit(url).port).start()
        provider.person = dict(OLHA)
        yield Site(url, provider, people)
        await runner.cleanup()


@pytest_asyncio.fixture
async def site(pool: Pool) -> AsyncIterator[Site]:
    async with serve(pool, user_claim="email") as served:
        await served.people.users.add(
            "olha@company.com", "Olha", UserRole.HEAD, manager_id=None, may_listen=True, language="en"
        )
        yield served


async def test_who_comes_back_with_what_we_asked_for_is_in_and_where_they_wanted_to_go(site: Site, pool: Pool) -> None:
    async with site.browser() as http, site.browser() as other:
        async with http.get(f"{site.url}{PREFIX}/sign-in") as answer:
            assert "Sign in by 127.0.0.1" in await answer.text()
        assert await site.come_in(http, f"{PREFIX}/board?tab=late") == (303, f"{PREFIX}/board?tab=late")
        assert await site.is_in(http)
        site.provider.person["email"] = "renamed@company.com"  # the provider's own name for her is what counts now
        assert await site.come_in(other) == (303, PREFIX)
    assert await pool.fetchval("SELECT oidc_subject FROM users") == f"{site.provider.issuer} u-1"
    assert await pool.fetchval("SELECT count(*) FROM oidc_starts") == 0
    for evil in ("https://evil.example/", "//evil.example", "/console/../evil", "\\\\evil"):
        async with site.browser() as http:
            assert await site.come_in(http, evil) == (303, PREFIX)


def _hs256(_: str, claims: Claims) -> str:
    """Signed with the public key as a shared secret: what a client that believes the head takes."""
    text = ".".join(b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "one"}, claims))
    return f"{text}.{b64(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())}"


LIES: dict[str, Lie] = {
    "another issuer": lambda claims: claims | {"iss": "https://evil.example"},
    "no issuer": lambda claims: {name: value for name, value in claims.items() if name != "iss"},
    "for somebody else": lambda claims: claims | {"aud": "shop"},
    "for several, and given to another": lambda claims: claims | {"aud": [CLIENT, "shop"], "azp": "shop"},
    "for several, and it is not said to whom it was given": lambda claims: claims | {"aud": [CLIENT, "shop"]},
    "another nonce": lambda claims: claims | {"nonce": "x" * 43},
    "no nonce": lambda claims: {name: value for name, value in claims.items() if name != "nonce"},
    "over": lambda claims: claims | {"exp": int(time()) - 61, "iat": int(time()) - 300},
    "for ever": lambda claims: {name: value for name, value in claims.items() if name != "exp"},
    "no text where a time is": lambda claims: claims | {"exp": "tomorrow"},
    "not yet": lambda claims: claims | {"nbf": int(time()) + 3600},
    "issued tomorrow": lambda claims: claims | {"iat": int(time()) + 86_400, "exp": int(time()) + 90_000},
    "issued yesterday": lambda claims: claims | {"iat": int(time()) - 86_400},
    "nobody": lambda claims: {name: value for name, value in claims.items() if name != "sub"},
    "a number for a name": lambda claims: claims | {"sub": 5},
    "of another access token": lambda claims: claims | {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "an address that nobody has verified": lambda claims: claims | {"email_verified": False},
    "verified, as text": lambda claims: claims | {"email_verified": "true"},
    "a stranger": lambda claims: claims | {"sub": "u-2", "email": "eve@company.com"},
    "hostile": lambda claims: claims | {"sub": "u-3", "email": "x\0'; drop table users; --"},
}
TOKENS: dict[str, Callable[[Provider], Callable[[str, Claims], str]]] = {
    "not signed": lambda provider: lambda _, claims: provider.signing.sign(claims, alg="none"),
    "signed with a secret": lambda _: _hs256,
    "signed by a key that is nobody's": lambda _: lambda _, claims: SigningKey("two").sign(claims),
    "signed by another key under a known name": lambda _: lambda _, claims: SigningKey("one").sign(claims),
    "changed after it was signed": lambda _: lambda token, _: token[:-8] + ("A" * 8),
    "critical things that we do not know": lambda provider: (
        lambda _, claims: provider.signing.sign(claims, crit=["x"], x="1")
    ),
    "no token": lambda _: lambda _, __: "",
    "half of one": lambda _: lambda token, _: token.rpartition(".")[0],
    "huge": lambda _: lambda token, _: token + "A" * 100_000,
}


async def test_no_token_that_the_standard_forbids_lets_anybody_in(site: Site, pool: Pool) -> None:
    honest = site.provider.lie
    async with site.browser() as http:
        for name, lie in LIES.items():
            site.provider.lie = lie
            code, text = await site.come_in(http)
            assert (code, 'role="alert"' in text) == (403, True), name
        site.provider.lie = honest
        for name, made in TOKENS.items():
            site.provider.token = made(site.provider)
            assert (await site.come_in(http))[0] == 403, name
        assert not await site.is_in(http)
        site.provider.token = lambda token, _: token
        site.provider.lie = lambda claims: claims | {"exp": int(time()) - 30, "iat": int(time()) + 30, "aud": [CLIENT]}
        assert (await site.come_in(http))[0] == 303, "a clock that differs by half a minute is no lie"
    assert await pool.fetchval("SELECT count(*) FROM users") == 1


async def test_a_state_and_a_code_are_good_once_and_for_the_browser_that_began(site: Site) -> None:
    async with site.browser() as http, site.browser() as thief:
        back = await site.to_provider(http)
        assert (await site.come_back(thief, back))[0] == 403, "it was not this browser that began"
        assert (await site.come_back(http, back))[0] == 403, "and now it is used"
        back = await site.to_provider(http)
        both = await asyncio.gather(site.come_back(http, back), site.come_back(http, back))
        assert sorted(code for code, _ in both) == [303, 403]
        assert (await site.come_back(http, back))[0] == 403
        old = URL(back, encoded=True).query["code"]
        fresh = URL(await site.to_provider(http), encoded=True)
        assert (await site.come_back(http, str(fresh.update_query(code=old))))[0] == 403, "a code is good once"
        for name, value in (
            ("state", "A" * 43),
            ("state", ""),
            ("code", ""),
            ("code", "x" * 5000),
            ("iss", "https://evil"),
        ):
            fresh = URL(await site.to_provider(http), encoded=True)
            assert (await site.come_back(http, str(fresh.update_query({name: value}))))[0] == 403, name
        fresh = URL(await site.to_provider(http), encoded=True).with_query(
            state=URL(await site.to_provider(http), encoded=True).query["state"], error="access_denied<script>"
        )
        code, text = await site.come_back(http, str(fresh))
        assert (code, "<script>" in text.replace("<script nonce", "")) == (403, False)


async def test_keys_change_without_a_restart_and_strange_ones_do_not_make_us_ask_again_and_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site.browser() as http:
        assert (await site.come_in(http))[0] == 303
        site.provider.signing = SigningKey("two")
        assert (await site.come_in(http))[0] == 403, "the keys are a moment old: they are not fetched again yet"
        monkeypatch.setattr(provider_module, "_KEYS_EVERY_SECONDS", 0.0)
        assert (await site.come_in(http))[0] == 303
        monkeypatch.setattr(provider_module, "_KEYS_EVERY_SECONDS", 1e6)
        site.provider.signing, site.provider.published, fetches = SigningKey("evil"), [], site.provider.key_fetches
        for _ in range(3):
            assert (await site.come_in(http))[0] == 403
        assert site.provider.key_fetches == fetches


async def test_a_provider_that_is_away_or_another_one_is_said_so(site: Site) -> None:
    async with site.browser() as http:
        for wrong in ({"away": True}, {"away": False, "issuer_told": "https://evil.example"}):
            for name, value in wrong.items():
                setattr(site.provider, name, value)
            async with http.get(f"{site.url}{PREFIX}/sign-in/oidc", allow_redirects=False) as answer:
                assert answer.status == 503
                assert 'role="alert"' in await answer.text()


async def test_a_user_who_is_disabled_or_somebody_elses_does_not_come_in(site: Site) -> None:
    async with site.browser() as http:
        assert (await site.come_in(http))[0] == 303
        site.provider.person["sub"] = "u-9"  # her address was given to somebody new
        assert (await site.come_in(http))[0] == 403
        site.provider.person["sub"] = "u-1"
        await site.people.users.disable("olha@company.com")
        assert (await site.come_in(http))[0] == 403
        assert not await site.is_in(http)


async def test_who_is_unknown_is_added_only_if_that_is_wished_and_roles_follow_the_claims(pool: Pool) -> None:
    roles = {"admins": "admin", "heads": "head", "sales": "manager"}
    given = {"role_claim": "groups", "roles": roles, "manager_claim": "extension", "user_claim": "login"}
    async with serve(pool, provision=True, **given) as site, site.browser() as http:
        for groups, extension, code in (
            (["sales"], "", 403), ([], "101", 403), ("nobody", "101", 403), (None, "101", 403), (["sales"], "101", 303),
            (["sales", "heads"], "101", 303), (["x", "sales"], "101", 303),
        ):  # fmt: skip
            site.provider.person = {"sub": "u-5", "login": "Petro", "groups": groups, "extension": extension}
            assert (await site.come_in(http))[0] == code, (groups, extension)
            role = await pool.fetchval("SELECT role FROM users WHERE user_id = 'petro'")
            assert role == (None if code == 403 else "head" if groups == ["sales", "heads"] else "manager")
        assert await pool.fetchval("SELECT manager_id FROM users") == "101"
        assert await pool.fetchval("SELECT count(*) FROM sessions WHERE ended_at IS NULL") == 1, (
            "a new role ends the rest"
        )
    async with serve(pool, **given) as site, site.browser() as http:
        site.provider.person = {"sub": "u-6", "login": "stepan", "groups": ["admins"]}
        assert (await site.come_in(http))[0] == 403
    assert await pool.fetchval("SELECT count(*) FROM users") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://login.company.com"},
        {"issuer": "https://login.company.com", "client_id": "x", "role_claim": "groups"},
        {"issuer": "https://login.company.com", "client_id": "x", "provision": True},
        {"issuer": "login.company.com", "client_id": "x"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OidcSettings.model_validate(wrong)
