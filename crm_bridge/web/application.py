"""The console as an application: its routes, and what happens around every one of them."""

from collections.abc import Sequence
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from crm_bridge.api import problems
from crm_bridge.api.problems import Problem
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import FormRefused, fields, way_back
from crm_bridge.web.surface import HEADERS, Surface
from crm_bridge.web.viewer import LOOK_COOKIE, Theme
from crm_bridge.web.words.text import UiLanguage
from telephony.errors import RingbackError
from telephony.postgres.outages import is_outage

_log = structlog.get_logger(__name__)
_LOOKS: Final = frozenset({"GET", "HEAD"})
_YEAR: Final = 365 * 24 * 3600
_FORBIDDEN, _NOT_FOUND, _CONFLICT, _INTERNAL, _AWAY = 403, 404, 409, 500, 503


def console(surface: Surface, routes: Sequence[web.RouteDef], door: Sequence[Middleware] = ()) -> web.Application:
    """Make the application, to be mounted under `PREFIX`.

    Args:
        surface: answers.
        routes: the pages.
        door: middlewares that say who asks, and let nobody else in.
    """

    async def more(request: web.Request) -> web.StreamResponse:
        return surface.page(request, "more.html")

    app = web.Application(middlewares=[_refusals(surface), *door])
    app.router.add_get(r"/static/{version:[0-9a-f]{8}}/{name:[a-z0-9/._-]+}", surface.assets.serve)
    app.add_routes([web.post("/look", _look), web.get("/more", more), *routes])
    return app


async def _look(request: web.Request) -> web.StreamResponse:
    """Keep the language or theme that was chosen on this device."""
    given = await fields(request)
    language, _, theme = request.cookies.get(LOOK_COOKIE, ".").partition(".")
    language, theme = given.get("language", language), given.get("theme", theme)
    kept = (language if language in set(UiLanguage) else "", theme if theme in set(Theme) else "")
    response = web.HTTPSeeOther(way_back(given.get("back", "")), headers=HEADERS)
    response.set_cookie(
        LOOK_COOKIE, ".".join(kept), max_age=_YEAR, httponly=True, samesite="Lax", secure=request.secure, path="/"
    )
    raise response


def _refusals(surface: Surface) -> Middleware:
    """Turn what goes wrong into pages that say what to do."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < web.HTTPBadRequest.status_code:
                raise
            if isinstance(error, web.HTTPMethodNotAllowed) and request.method in _LOOKS:
                raise web.HTTPSeeOther(await _page_above(request), headers=HEADERS) from None
            return surface.refusal(request, error.status, _KEYS.get(error.status, "refused.wrong"))
        except FormRefused:
            return surface.refusal(request, web.HTTPBadRequest.status_code, "refused.wrong")
        except Problem as problem:
            return surface.refusal(request, problem.code, _KEYS.get(problem.code, "refused.wrong"))
        except RingbackError as error:
            code = problems.of(error).code
            return surface.refusal(request, code, _KEYS.get(code, "refused.wrong"))
        except Exception as error:  # noqa: BLE001 - logged with its traceback, and the viewer is told
            if is_outage(error):
                return surface.refusal(request, _AWAY, "refused.away")
            _log.exception("console.page_failed", method=request.method, path=request.path[:200])
            return surface.refusal(request, _INTERNAL, "refused.failed")

    return middleware


async def _page_above(request: web.Request) -> str:
    """Return the nearest page above an address that only takes forms: browsers come back to those, and reload them."""
    path = request.path
    while path.startswith(f"{PREFIX}/"):
        path = path.rpartition("/")[0]
        found = await request.app.router.resolve(request.clone(rel_url=URL.build(path=path)))
        if found.http_exception is None:
            return path
    return PREFIX


_KEYS: Final = {
    _FORBIDDEN: "refused.forbidden",
    _NOT_FOUND: "refused.not_found",
    _CONFLICT: "refused.conflict",
    _AWAY: "refused.away",
}
