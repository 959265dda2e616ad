"""The two addresses of signing in by the provider: where it begins, and where the browser comes back to."""

from typing import Final

import structlog
from aiohttp import web

from crm_bridge.people.door import SIGN_IN, Door
from crm_bridge.people.oidc.door import OidcDoor
from crm_bridge.people.oidc.errors import OidcAway, OidcRefused, OidcUnknown
from crm_bridge.people.oidc.starts import LIFE
from crm_bridge.people.sessions import Sessions
from crm_bridge.people.tokens import new_token
from crm_bridge.web.forms import way_back
from crm_bridge.web.surface import Surface

_log = structlog.get_logger(__name__)
BACK: Final = f"{SIGN_IN}/oidc/back"
"""The path that the provider is told, behind `console.url`."""
_COOKIE: Final = "ringback-oidc"
_SEE_OTHER: Final = 303


class OidcPages:
    """The handlers."""

    def __init__(self, oidc: OidcDoor, sessions: Sessions, door: Door, surface: Surface) -> None:
        self._oidc = oidc
        self._sessions = sessions
        self._door = door
        self._surface = surface

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [web.get("/sign-in/oidc", self.begin), web.get("/sign-in/oidc/back", self.back)]

    async def begin(self, request: web.Request) -> web.Response:
        """Send the browser to the provider, with a cookie by which it is known when it comes back."""
        browser = new_token()
        try:
            where = await self._oidc.begin(browser, way_back(request.query.get("next", "")))
        except OidcAway as error:
            return self._refused(request, error)
        answer = web.Response(status=_SEE_OTHER, headers={"Location": where})
        self._door.keep(request, answer, _COOKIE, browser, int(LIFE.total_seconds()))
        return answer

    async def back(self, request: web.Request) -> web.Response:
        """Let in who comes back with what we asked for."""
        asked = request.query
        state, code, issuer, error = (asked.get(name, "") for name in ("state", "code", "iss", "error"))
        try:
            browser = self._door.kept(request, _COOKIE)
            user_id, page = await self._oidc.end(state, code, issuer, error, browser)
        except (OidcRefused, OidcUnknown, OidcAway) as refused:
            return self._refused(request, refused)
        agent, before = request.headers.get("User-Agent", ""), self._door.token(request)
        token = await self._sessions.begin(user_id, self._door.address(request), agent, before)
        answer = web.Response(status=_SEE_OTHER, headers={"Location": page})
        self._door.let_in(request, answer, token)
        self._door.keep(request, answer, _COOKIE, "", 0)
        return answer

    def _refused(self, request: web.Request, error: OidcRefused | OidcUnknown | OidcAway) -> web.Response:
        """Say it on the sign-in page, and why in the log: the page's reader may be the one who tries it."""
        _log.warning("people.oidc_refused", error_id=error.error_id, reason=str(error)[:300])
        status = 503 if isinstance(error, OidcAway) else 403
        return self._surface.page(
            request,
            "people/sign_in.html",
            status=status,
            error=error.error_id.replace("-", "_"),
            next=way_back(request.query.get("next", "")),
            name="",
            oidc=self._oidc.label,
        )
