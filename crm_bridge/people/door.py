"""The door of the console: who comes in by which cookie, and that nobody else's page makes a browser ask for them.

A browser tells by `Sec-Fetch-Site` (or, before 2020, by `Origin`) from where a request comes; no page can forge either.
An unsafe request that does not come from our own pages is refused, also the sign-in itself.

The cookie is `__Host-ringback`: only over TLS, only for this host, out of reach of scripts. On plain HTTP from this
machine itself, where no browser would keep that, it is `ringback`.
"""

import re
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from crm_bridge.people.access import ACCESS, PERSON, Access
from crm_bridge.people.deeds import Deeds
from crm_bridge.people.rights import as_key
from crm_bridge.people.sessions import LIFE, Sessions, TokenHolder
from crm_bridge.queries.visible import LOOKED_AFTER, ThingKind, check
from crm_bridge.web import PREFIX
from crm_bridge.web.surface import HEADERS
from telephony.postgres.pool import Pool

SIGN_IN: Final = f"{PREFIX}/sign-in"
_OPEN: Final = re.compile(rf"{PREFIX}/(sign-in(/oidc(/back)?)?|look|(invitation|static|wall)(/.*)?)")
"""What is shown to anybody."""
_SECURE_COOKIE: Final = "__Host-ringback"
_PLAIN_COOKIE: Final = "ringback"
_ROW_DIGITS: Final = 18
_LONGEST_ADDRESS: Final = 2000
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Of answers that are no page."""


class Door:
    """Middleware of `/console`, and the cookie's keeper."""

    def __init__(self, pool: Pool, sessions: Sessions, deeds: Deeds, trusted_proxies: Collection[str] = ()) -> None:
        """Begin; ``trusted_proxies`` are the addresses whose X-Forwarded-For and -Proto are believed."""
        self._pool = pool
        self._sessions = sessions
        self._deeds = deeds
        self._proxies = frozenset(trusted_proxies)

    def middleware(self) -> Middleware:
        """Return what stands before each page."""

        @web.middleware
        async def enter(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not comes_from_us(request):
                raise web.HTTPForbidden
            known = await self.recognise(request)
            if not known and not _OPEN.fullmatch(request.path):
                return _with_headers(_to_sign_in(request))
            try:
                if known:
                    await self._check_things(request)
                    await self._write_before(request)
                answer = await handler(request)
                if known and answer.status < web.HTTPBadRequest.status_code:
                    await self._write_after(request)
                return _with_headers(answer)
            except web.HTTPException as answer:
                _with_headers(answer)
                if known and answer.status < web.HTTPBadRequest.status_code:
                    await self._write_after(request)
                raise

        return enter

    async def _write_before(self, request: web.Request) -> None:
        await self._deeds.before(as_key(request[PERSON]), _route(request), request)

    async def _write_after(self, request: web.Request) -> None:
        await self._deeds.after(as_key(request[PERSON]), _route(request), request, person=True)

    async def recognise(self, request: web.Request) -> bool:
        """Find whose request it is by its cookie, and write that into it; False if it is nobody's."""
        found = await self.holder(request)
        if found is None:
            return False
        request[PERSON], request[ACCESS] = found.person, found.access
        return True

    async def holder(self, request: web.Request) -> TokenHolder | None:
        """Return whose session a request bears; None if it bears none."""
        token = self.token(request)
        return await self._sessions.find(token) if token else None

    async def check(self, access: Access, kind: ThingKind, row_id: object) -> None:
        """Refuse a thing that somebody may not see, as if it were not there.

        Raises:
            NoSuchThing: it is another's.
        """
        await check(self._pool, access, kind, row_id)

    async def _check_things(self, request: web.Request) -> None:
        """Refuse a page of a thing that its viewer may not see, or may not hear."""
        access = request[ACCESS]
        for name, kind in LOOKED_AFTER.items():
            if name in request.match_info:
                answer = request.match_info[name]
                if kind is not ThingKind.CALL and not (
                    answer.isascii() and answer.isdecimal() and len(answer) <= _ROW_DIGITS
                ):
                    raise web.HTTPNotFound
                if kind is ThingKind.RECORDING and not access.sound:
                    raise web.HTTPForbidden
                await self.check(access, kind, answer if kind is ThingKind.CALL else int(answer))

    def token(self, request: web.Request) -> str:
        """Return the session's token that the browser holds, or empty text."""
        return request.cookies.get(self._cookie(request), "")

    def let_in(self, request: web.Request, response: web.StreamResponse, token: str) -> None:
        """Have the browser hold a token."""
        name = self._cookie(request)
        secure, seconds = name == _SECURE_COOKIE, int(LIFE.total_seconds())
        response.set_cookie(name, token, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")

    def let_out(self, request: web.Request, response: web.StreamResponse) -> None:
        """Have the browser forget it."""
        name = self._cookie(request)
        response.del_cookie(name, path="/", secure=name == _SECURE_COOKIE, httponly=True, samesite="Lax")

    def keep(self, request: web.Request, response: web.StreamResponse, name: str, value: str, seconds: int) -> None:
        """Have the browser hold something else for a while; no seconds: forget it."""
        secure = self._cookie(request) == _SECURE_COOKIE
        response.set_cookie(
            f"__Host-{name}" if secure else name, value, max_age=seconds, path="/", secure=secure, httponly=True,
            samesite="Lax",
        )  # fmt: skip

    def kept(self, request: web.Request, name: str) -> str:
        """Return what it holds under a name, or empty text."""
        secure = self._cookie(request) == _SECURE_COOKIE
        return request.cookies.get(f"__Host-{name}" if secure else name, "")

    def address(self, request: web.Request) -> str:
        """Return the address that somebody comes from: of a proxy that is trusted, the one that it tells."""
        address = request.remote or ""
        for answer in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            if address not in self._proxies or not _is_address(answer.strip()):
                break
            address = answer.strip()
        return address

    def _cookie(self, request: web.Request) -> str:
        by_tls = request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"
        return _PLAIN_COOKIE if not by_tls and _is_loopback(_host(request)) else _SECURE_COOKIE


def comes_from_us(request: web.Request) -> bool:
    """Return whether a request is safe, or was made by our own page."""
    if request.method in _SAFE:
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    scheme, _, host = request.headers.get("Origin", "").partition("://")
    return scheme in {"http", "https"} and host == request.host


def _to_sign_in(request: web.Request) -> web.Response:
    """Send who looks at a page to the sign-in, and from there back to it; what is no page is told what is amiss.

    A form of a session that is over leads back to the page that it stood on.
    """
    by_htmx = "HX-Request" in request.headers
    if by_htmx or request.method != "GET":
        here = _page_of(request.headers.get("HX-Current-URL" if by_htmx else "Referer", ""))
    else:
        here = request.path_qs
    where = f"{SIGN_IN}?next={quote(here, safe='')}"
    if by_htmx or "text/html" not in request.headers.get("Accept", ""):
        return web.Response(status=401, text="nobody is signed in", headers={"HX-Redirect": where})
    return web.Response(status=303, headers={"Location": where})


def _page_of(address: str) -> str:
    """Return the path of a page's whole address; the first page's if it is not one."""
    try:
        parts = urlsplit(address[:_LONGEST_ADDRESS])
    except ValueError:
        return PREFIX
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or PREFIX


def _with_headers(response: web.StreamResponse) -> web.StreamResponse:
    if not response.prepared:
        for name, value in {**HEADERS, "Content-Security-Policy": _POLICY}.items():
            response.headers.setdefault(name, value)
    return response


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""


def _host(request: web.Request) -> str:
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)
