"""amoCRM's API v4: at most seven requests a second; who goes on asking too fast is blocked by address."""

from collections.abc import Mapping
from datetime import timedelta

import aiohttp

from crm_bridge.crm.errors import CrmDenied, CrmError, CrmRefused, CrmThrottled
from crm_bridge.crm.transport.http import JsonApi, failure
from crm_bridge.crm.transport.oauth import AccessToken
from crm_bridge.outbox.pace import Pace
from telephony.net.bounded import Json

_UNKNOWN_ENTITY = 263
_TOO_FAST = timedelta(seconds=10)
_BLOCKED = timedelta(minutes=15)
_PAY, _FORBIDDEN = 402, 403
_TOLD = 300


_ACCOUNT = "account"
"""Whoever may ask anything may ask for this."""


class _Forbidden(CrmDenied):
    """HTTP 403 in JSON."""


class NoCard(CrmRefused):
    """amoCRM found no card with this number, and did not add the call."""


class AmoClient:
    """One account; ``url`` is ``https://NAME.amocrm.ru`` or ``https://NAME.kommo.com``. All raise as `JsonApi.ask`."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: AccessToken, pace: Pace) -> None:
        self._api = JsonApi(http, f"{url.rstrip('/')}/api/v4", token, pace, _error)

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Json:
        """Read; nothing found (HTTP 204) is an empty object."""
        return await self._ask("GET", path, params=params)

    async def post(self, path: str, body: Json) -> Json:
        """Make something; raises `NoCard` too."""
        return await self._ask("POST", path, body=body)

    async def patch(self, path: str, body: Json) -> Json:
        """Change something."""
        return await self._ask("PATCH", path, body=body)

    async def _ask(
        self, method: str, path: str, *, params: Mapping[str, str | int] | None = None, body: Json = None
    ) -> Json:
        """Ask; to a write amoCRM says 403 for a key and for a card in the same words, so the key is tried."""
        try:
            return await self._api.ask(method, path, params=params, body=body)
        except _Forbidden as error:
            await self._api.ask("GET", _ACCOUNT)
            raise CrmRefused(str(error)) from None


def is_no_card(told: Json) -> bool:
    """Tell whether an answer, of whatever code, says that no card has the call's number."""
    errors = told.get("errors") if isinstance(told, dict) else None
    return isinstance(errors, list) and any(
        isinstance(each, dict) and each.get("status") == _UNKNOWN_ENTITY for each in errors
    )


def _error(what: str, response: aiohttp.ClientResponse, told: Json) -> CrmError:
    if is_no_card(told):
        return NoCard(f"{what}: no card has this number")
    if response.status == _PAY:
        return CrmDenied(f"{what}: HTTP 402: the account's subscription is over")
    if response.status == _FORBIDDEN and told is None:  # a right that lacks is told in JSON, a block is not
        return CrmThrottled(f"{what}: HTTP 403: our address is blocked for asking too fast", _BLOCKED)
    if response.status == _FORBIDDEN and not what.startswith("GET"):
        return _Forbidden(f"{what}: HTTP 403: {_words(told)[:_TOLD]}")
    return failure(what, response, _words(told), wait=_TOO_FAST)


def _words(told: Json) -> str:
    """Give the error's own words, those of the field that is wrong first."""
    if not isinstance(told, dict):
        return "no JSON"
    wrong = [
        f"{error.get('path')}: {error.get('detail')}"
        for each in told.get("validation-errors") or ()
        for error in each.get("errors") or ()
    ]
    return "; ".join([*wrong, str(told.get("detail") or told.get("title") or told)])
