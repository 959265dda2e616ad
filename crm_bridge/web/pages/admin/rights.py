"""Pages that are an administrator's alone."""

from functools import wraps

from aiohttp import web
from aiohttp.typedefs import Handler

from crm_bridge.people.access import PERSON, UserRole


def for_admins(handler: Handler) -> Handler:
    """Let nobody else in."""

    @wraps(handler)
    async def served(request: web.Request) -> web.StreamResponse:
        if request[PERSON].role is not UserRole.ADMIN:
            raise web.HTTPForbidden
        return await handler(request)

    return served
