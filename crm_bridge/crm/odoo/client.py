"""Odoo's JSON-2 API: one method of one model a request, one transaction each."""

from typing import Any

import aiohttp

from crm_bridge.crm.errors import CrmBroken, CrmError, CrmMissing, CrmRefused
from crm_bridge.crm.transport.http import failure, held
from crm_bridge.outbox.pace import Pace
from telephony.net import bounded

_TOLD = 300


class OdooClient:
    """One database of one Odoo. The HTTP session's time-out is the caller's choice."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str, pace: Pace, *, database: str = "") -> None:
        self._http = http
        self._pace = pace
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"bearer {key}"} | ({"X-Odoo-Database": database} if database else {})

    async def call(self, model: str, method: str, **arguments: Any) -> Any:  # noqa: ANN401  (Odoo's methods give any JSON)
        """Call ``model.method`` with named arguments (``ids`` and ``context`` among them).

        Raises:
            CrmThrottled, CrmDenied, CrmRefused, CrmBroken: as Odoo answered.
            aiohttp.ClientError, TimeoutError: it could not be reached.
        """
        await self._pace.turn()
        target = f"{self._url}/json/2/{model}/{method}"
        async with self._http.post(target, json=arguments, headers=self._headers, allow_redirects=False) as response:
            try:
                told = await bounded.json_of(response)
            except bounded.TooMuch as error:
                raise CrmBroken(f"{model}.{method}: HTTP {response.status}: {error}") from None
            except ValueError:
                raise CrmBroken(f"{model}.{method}: HTTP {response.status} without JSON") from None
            if response.status == 200:  # noqa: PLR2004
                return told
            raise await held(self._pace, _error(f"{model}.{method}", response, told))

    async def version(self) -> str:
        """Tell Odoo's version; asks without a key."""
        async with self._http.get(f"{self._url}/web/version") as response:
            try:
                return str((await bounded.json_of(response))["version"])
            except (ValueError, LookupError, TypeError):
                raise CrmBroken(f"web/version: HTTP {response.status} without a version") from None


_FORBIDDEN = 403
_NOT_THIS_ONE = "odoo.exceptions.AccessError"
"""A rule keeps this record from our user; in a search it keeps the whole model. A bad key is ``AccessDenied``."""
_GONE = "odoo.exceptions.MissingError"


def _error(what: str, response: aiohttp.ClientResponse, told: object) -> CrmError:
    name = told.get("name") if isinstance(told, dict) else None
    if name == _GONE:
        return CrmMissing(f"{what}: {str(told)[:_TOLD]}")
    if name == _NOT_THIS_ONE and response.status == _FORBIDDEN and ".search" not in what:
        return CrmRefused(f"{what}: {str(told)[:_TOLD]}")
    return failure(what, response, str(told.get("message", told)) if isinstance(told, dict) else str(told))
