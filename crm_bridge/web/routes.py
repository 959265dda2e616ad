"""All pages' routes."""

from aiohttp import web

from crm_bridge.web.live import LivePages
from crm_bridge.web.pages.call import OneCallPages
from crm_bridge.web.pages.calls import CallPages
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.surface import Surface


def routes(surface: Surface, given: ConsoleGiven) -> list[web.RouteDef]:
    """Give them, to be put into `crm_bridge.web.application.console`.

    What a path names (`call_id`, `recording_id`, `request_id`) the door has looked after; lists take `request[ACCESS]`.
    """
    return [
        *LivePages(given.feed, given.allowed).routes(),
        *CallPages(surface, given).routes(),
        *OneCallPages(surface, given).routes(),
    ]
