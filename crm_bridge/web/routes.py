"""All pages' routes."""

from functools import wraps
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from crm_bridge.people.access import ACCESS
from crm_bridge.web.live import LivePages
from crm_bridge.web.pages.call import OneCallPages
from crm_bridge.web.pages.calls import CallPages
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.surface import Surface


def routes(surface: Surface, given: ConsoleGiven) -> list[web.RouteDef]:
    """Give them, to be put into `crm_bridge.web.application.console`."""
    found = [
        *LivePages(given.feed, given.allowed).routes(),
        *CallPages(surface, given).routes(),
        *OneCallPages(surface, given).routes(),
    ]
    return [web.route(route.method, route.path, _for_who_sees_all(route.handler)) for route in found]


def _for_who_sees_all(handler: Any) -> Handler:  # noqa: ANN401 - aiohttp's own
    """Let nobody in whose view is cut to their own rows, until the lists are."""

    @wraps(handler)
    async def served(request: web.Request) -> web.StreamResponse:
        if not request[ACCESS].everything:
            raise web.HTTPForbidden
        answer: web.StreamResponse = await handler(request)
        return answer

    return served
