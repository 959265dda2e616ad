"""Where CRMs knock: a click on a number there makes a phone ring here.

``POST /crm/bitrix24``
    Bitrix24's events, as its application or outbound webhook posts them; known by their application token.
``POST /crm/odoo/<token>``
    Odoo's server action *Send Webhook Notification*, with the fields ``phone`` and ``user_id``; known by the token.
``GET /crm/hubspot/<token>/recordings/<call id>``
    HubSpot, which wants to play a recording; see `crm_bridge.crm.hubspot.recordings`.

Whoever does not know the token learns nothing. What cannot be dialled is told to Bitrix24 in the call that it opened,
and to Odoo as the HTTP answer.
"""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from crm_bridge.api.ports import Dialler
from crm_bridge.crm.bitrix24 import events
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.policy.users import Users
from telephony.errors import RingbackError
from telephony.net import bounded
from telephony.ports import Clock

_log = structlog.get_logger(__name__)

PREFIX: Final = "/crm"
_LARGEST: Final = 64 * 1024
_SECONDS: Final = 10.0
"""For a whole body, however it drips."""
_MOST_FIELDS: Final = 200
_BY_BITRIX, _BY_ODOO = "Bitrix24", "Odoo"


class OpenCallback(Protocol):
    """Opens callback requests by hand; see `crm_bridge.api.ports.CallbackOrders`."""

    def create(self, number: str, by: str, *, due_at: datetime, did: str = "") -> Awaitable[object]:
        """Open one."""
        ...


Handler = Callable[[web.Request], Awaitable[web.Response]]


def application(
    handlers: Mapping[str, Handler], readers: Mapping[str, Handler] = MappingProxyType({})
) -> web.Application:
    """Make the application, to be mounted under `PREFIX`; ``handlers`` serve POST, ``readers`` GET, by their paths."""
    app = web.Application()
    for path, handler in handlers.items():
        app.router.add_post(path, handler)
    for path, reader in readers.items():
        app.router.add_get(path, reader)
    return app


class BitrixHook:
    """Bitrix24's events."""

    path: Final = "/bitrix24"

    def __init__(
        self, token: str, gateway: BitrixGateway, dialler: Dialler, callbacks: OpenCallback, clock: Clock
    ) -> None:
        self._token = token
        self._gateway = gateway
        self._dialler = dialler
        self._callbacks = callbacks
        self._clock = clock

    async def serve(self, request: web.Request) -> web.Response:
        """Serve one."""
        click = events.read(dict(_fields(await _read(request))))
        if not same(click.token, self._token):
            _log.warning("crm.hook_refused", crm="bitrix24", remote=request.remote)
            raise web.HTTPForbidden(text="the application token is not the one in crm.bitrix24.application_token")
        match click.kind:
            case events.CALL if click.number and click.user and click.call_id:
                await self._gateway.clicked(click, self._dialler)
            case events.CALL_BACK if click.number:
                await self._call_back(click)
            case _:
                _log.info("crm.hook_unused", crm="bitrix24", kind=click.kind[:60])
        return web.Response()

    async def _call_back(self, click: events.Click) -> None:
        try:
            await self._callbacks.create(click.number, _BY_BITRIX, due_at=self._clock(), did=click.line)
        except RingbackError as error:
            _log.warning("crm.callback_refused", crm="bitrix24", reason=str(error))


class OdooHook:
    """Odoo's server action."""

    path: Final = "/odoo/{token}"

    def __init__(self, token: str, staff: Users, dialler: Dialler) -> None:
        self._token = token
        self._staff = staff
        self._dialler = dialler

    async def serve(self, request: web.Request) -> web.Response:
        """Serve one."""
        if not same(request.match_info["token"], self._token):
            _log.warning("crm.hook_refused", crm="odoo", remote=request.remote)
            raise web.HTTPForbidden(text="the token is not the one in crm.odoo.click_token")
        number, user = _number_and_user(await _read(request))
        extension = self._staff.extension(user)
        if not extension:
            raise web.HTTPConflict(text=f"crm.odoo.users has no extension of Odoo's user {user or '(nobody)'}")
        try:
            call_id = await self._dialler.dial(extension, number, _BY_ODOO)
        except RingbackError as error:
            raise web.HTTPConflict(text=str(error)) from None
        return web.json_response({"call_id": call_id}, status=202)


async def _read(request: web.Request) -> bytes:
    try:
        return await bounded.read(request.content, most=_LARGEST, seconds=_SECONDS)
    except bounded.TooSlow:
        raise web.HTTPRequestTimeout(text=f"the body must be whole within {_SECONDS:g} s") from None
    except bounded.TooMuch:
        raise web.HTTPRequestEntityTooLarge(max_size=_LARGEST, actual_size=_LARGEST + 1) from None


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise web.HTTPBadRequest(text="this is no form") from None


def _number_and_user(body: bytes) -> tuple[str, str]:
    """Read Odoo's JSON; a user is told as an id, or as id and name."""
    try:
        body_values: Any = json.loads(body)
        user = body_values["user_id"]
        number = body_values.get("phone") or body_values.get("phone_sanitized") or ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise web.HTTPBadRequest(text="send JSON with the fields phone and user_id") from None
    first = user[0] if isinstance(user, list) and user else user
    return str(number)[:40], str(first) if isinstance(first, int) and not isinstance(first, bool) else ""


def same(given: str, known: str) -> bool:
    """Compare a token in a time that tells nothing; an empty one is nobody's."""
    return bool(known) and hmac.compare_digest(given.encode(errors="replace"), known.encode())
