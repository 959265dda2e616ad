"""CORS: a page of another origin, a widget in a CRM, may ask the API if the operator named that origin.

Nothing is loosened by it: whoever asks needs a key, as everybody. Cookies are never taken from there (no credentials),
and an origin is allowed as it is written, scheme and port included, or not at all; there is no ``*``.
"""

from collections.abc import Collection
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from crm_bridge.api.problems import Problem

_REQUEST_HEADERS: Final = "Authorization, Content-Type, Idempotency-Key, If-None-Match, If-Range, Last-Event-ID, Range"
_SHOWN_HEADERS: Final = (
    "Accept-Ranges, Content-Disposition, Content-Range, ETag, Idempotent-Replayed, Retry-After, WWW-Authenticate"
)
_REMEMBERED_SECONDS: Final = 600


class CrossOrigin:
    """What is said to browsers of other origins; ``origins`` as browsers write them: ``https://crm.company.com``."""

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origins)

    def install(self, app: web.Application) -> None:
        """Answer preflights of an application, and mark its answers; without origins nothing changes."""
        if self._origins:
            app.middlewares.append(self._preflight())
            app.on_response_prepare.append(self._mark)

    def _preflight(self) -> Middleware:
        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            wanted = request.headers.get("Access-Control-Request-Method")
            if request.method != "OPTIONS" or wanted is None or "Origin" not in request.headers:
                return await handler(request)
            if request.headers["Origin"] not in self._origins:
                raise Problem(403, "origin-not-allowed", "this page's origin is not named in http.cors_origins")
            try:
                return await handler(request)
            except web.HTTPMethodNotAllowed as error:
                headers = {
                    "Access-Control-Allow-Methods": ", ".join(sorted(error.allowed_methods)),
                    "Access-Control-Allow-Headers": _REQUEST_HEADERS,
                    "Access-Control-Max-Age": str(_REMEMBERED_SECONDS),
                }
                return web.Response(status=204, headers=headers)

        return answer

    async def _mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Say who may read the answer; caches must know that it depends on who asks."""
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin", "")
        if origin in self._origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _SHOWN_HEADERS
