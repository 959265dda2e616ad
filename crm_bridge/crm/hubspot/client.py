"""HubSpot's CRM objects: made, changed and searched; searches have a limit of their own."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import aiohttp

from crm_bridge.crm.errors import CrmBroken, CrmError, CrmRefused
from crm_bridge.crm.transport.http import JsonApi, failure, pages
from crm_bridge.crm.transport.oauth import AccessToken
from crm_bridge.outbox.pace import Pace
from telephony.net.bounded import Json

API = "https://api.hubapi.com"
OAUTH = "/oauth/2026-03/token"
"""Version 1 of it ends on 2027-02-16 (HubSpot's migration guide); the new one takes the same form in the body."""
SEARCHES = 3.5
"""Searches a second: HubSpot allows four, of all sorts of accounts; ours may arrive a little unevenly."""
_TEN_SECONDS = timedelta(seconds=10)
_DAY_IS_SPENT = timedelta(hours=1)
_PAGE = 100

Row = dict[str, Any]


class HubSpotClient:
    """One account. All raise as `JsonApi.ask`."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        token: AccessToken,
        pace: Pace,
        searches: Pace,
        *,
        url: str = API,
    ) -> None:
        self._api = JsonApi(http, url, token, pace, _error)
        self._search = JsonApi(http, url, token, searches, _error)

    async def get(self, path: str) -> Json:
        """Read."""
        return await self._api.ask("GET", path)

    async def create(self, kind: str, body: Json) -> str:
        """Make an object and give its id."""
        told = await self._api.ask("POST", f"crm/v3/objects/{kind}", body=body)
        if not isinstance(told, dict) or not told.get("id"):
            raise CrmBroken(f"{kind}: made without an id")
        return str(told["id"])

    async def change(self, kind: str, number: str, properties: Row) -> None:
        """Change an object's properties."""
        await self._api.ask("PATCH", f"crm/v3/objects/{kind}/{number}", body={"properties": properties})

    async def delete(self, kind: str, number: str) -> None:
        """Move an object to the recycling bin, where HubSpot keeps it for 90 days."""
        await self._api.ask("DELETE", f"crm/v3/objects/{kind}/{number}")

    async def recording_ready(self, call: str) -> None:
        """Say that a call's recording can be asked for."""
        await self._api.ask("POST", "crm/v3/extensions/calling/recordings/ready", body={"engagementId": int(call)})

    async def search(
        self, kind: str, groups: Sequence[Sequence[Row]], properties: Sequence[str], *, every_page: bool = False
    ) -> list[Row]:
        """Search: any of the groups, all filters of a group; without ``every_page`` the first hundred."""
        body: Row = {"filterGroups": [{"filters": list(group)} for group in groups], "properties": list(properties)}
        body["limit"] = _PAGE
        rows: list[Row] = []
        for _ in pages():
            told = await self._search.ask("POST", f"crm/v3/objects/{kind}/search", body=body)
            if not isinstance(told, dict) or not isinstance(told.get("results"), list):
                raise CrmBroken(f"{kind}: a search without results")
            rows += told["results"]
            after = _inside(_inside(told, "paging"), "next").get("after")
            if not every_page or after is None:
                break
            body["after"] = after
        return rows


_FORBIDDEN = 403
_NO_RIGHT = "MISSING_SCOPES"
"""The category of a 403 that says of the key what it lacks; every other 403 is of the one object."""
_TOLD = 300


def _inside(told: Row, name: str) -> Row:
    within = told.get(name)
    return within if isinstance(within, dict) else {}


def _error(what: str, response: aiohttp.ClientResponse, told: Json) -> CrmError:
    said = told if isinstance(told, dict) else {}
    words = "; ".join([str(said.get("message") or "no JSON"), *_details(said)])
    of_one = not what.startswith("GET") and not what.endswith("/search")
    if response.status == _FORBIDDEN and of_one and said.get("category") != _NO_RIGHT:
        return CrmRefused(f"{what}: HTTP 403: {words[:_TOLD]}")
    daily = said.get("policyName") == "DAILY"
    return failure(what, response, words, wait=_DAY_IS_SPENT if daily else _TEN_SECONDS)


def _details(said: Row) -> list[str]:
    errors = said.get("errors")
    return [str(each.get("message")) for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
