"""HubSpot's CRM objects: made, changed, read and searched, many of a backlog in one request.

Searches have a limit of their own.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

import aiohttp

from crm_bridge.crm.errors import CrmBroken, CrmDenied, CrmError, CrmMissing, CrmRefused
from crm_bridge.crm.hubspot import batches
from crm_bridge.crm.transport.gathering import Gathering
from crm_bridge.crm.transport.http import JsonApi, failure, pages
from crm_bridge.crm.transport.oauth import AccessToken
from crm_bridge.outbox.pace import Pace
from telephony.net.bounded import Json

API = "https://api.hubapi.com"
OAUTH = "/oauth/2026-03/token"
"""Version 1 of it ends on 2027-02-16 (HubSpot's migration guide); the new one takes the same form in the body."""
VERSION: Final = "2026-03"
"""HubSpot's addresses are dated; each is kept for 18 months after it is the newest no more."""
OBJECTS: Final = f"crm/objects/{VERSION}"
OWNERS: Final = f"crm/owners/{VERSION}"
_READY: Final = f"crm/extensions/calling/{VERSION}/recordings/ready"
SEARCHES = 4.5
"""Searches a second: HubSpot allows five, of all sorts of accounts; ours may arrive a little unevenly."""
_TEN_SECONDS = timedelta(seconds=10)
_DAY_IS_SPENT = timedelta(hours=1)
_PAGE = 200
MOST_FOUND: Final = 10_000
"""A search gives no more, in all its pages: asking beyond is an error."""

Row = dict[str, Any]
_Change = tuple[str, Row]
"""An object's id and its new properties."""
_Read = tuple[str, str]
"""An object's id and a property."""


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
        most_found: int = MOST_FOUND,
    ) -> None:
        self._api = JsonApi(http, url, token, pace, _error)
        self._search = JsonApi(http, url, token, searches, _error)
        self._pace = pace
        self.searches = searches
        self._most_found = most_found
        self._creating: dict[str, Gathering[Row, str]] = {}
        self._changing: dict[str, Gathering[_Change, Row]] = {}
        self._reading: dict[str, Gathering[_Read, Row]] = {}

    async def get(self, path: str) -> Json:
        """Read."""
        return await self._api.ask("GET", path)

    async def create(self, kind: str, body: Row) -> str:
        """Make an object and give its id."""
        if kind not in self._creating:
            self._creating[kind] = Gathering(partial(self._create, kind), self._pace, most=batches.MOST)
        return await self._creating[kind].ask(body)

    async def _create(self, kind: str, bodies: Sequence[Row]) -> Sequence[str | CrmError]:
        if len(bodies) > 1:
            answer = await self._post(f"{OBJECTS}/{kind}/batch/create", batches.traced(bodies))
            return batches.made(answer, len(bodies))
        answer = await self._post(f"{OBJECTS}/{kind}", bodies[0])
        if not isinstance(answer, dict) or not answer.get("id"):
            raise CrmBroken(f"{kind}: made without an id")
        return [str(answer["id"])]

    async def change(self, kind: str, number: str, properties: Row) -> None:
        """Change an object's properties."""
        if kind not in self._changing:
            self._changing[kind] = Gathering(partial(self._change, kind), self._pace, most=batches.MOST)
        await self._changing[kind].ask((number, properties))

    async def _change(self, kind: str, changes: Sequence[_Change]) -> Sequence[Row | CrmError]:
        if len(changes) == 1:
            number, properties = changes[0]
            body = {"properties": properties}
            answer = await self._api.ask("PATCH", f"{OBJECTS}/{kind}/{number}", body=body, has_turn=True)
            return [answer if isinstance(answer, dict) else {}]
        merged: dict[str, Row] = {}  # a batch must name no object twice; who came later has the last word
        for number, properties in changes:
            merged[number] = merged.get(number, {}) | properties
        inputs = [{"id": number, "properties": properties} for number, properties in merged.items()]
        answer = await self._post(f"{OBJECTS}/{kind}/batch/update", {"inputs": inputs})
        return batches.found(answer, [number for number, _ in changes])

    async def read(self, kind: str, number: str, name: str) -> str:
        """Return an object's property, empty if it has none.

        Raises:
            CrmMissing: there is no such object.
        """
        if kind not in self._reading:
            self._reading[kind] = Gathering(partial(self._read, kind), self._pace, most=batches.MOST)
        row = await self._reading[kind].ask((number, name))
        properties = row.get("properties")
        return str((properties if isinstance(properties, dict) else {}).get(name) or "")

    async def _read(self, kind: str, asked: Sequence[_Read]) -> Sequence[Row | CrmError]:
        if len(asked) == 1:
            number, name = asked[0]
            answer = await self._api.ask("GET", f"{OBJECTS}/{kind}/{number}?properties={name}", has_turn=True)
            return [answer if isinstance(answer, dict) else {}]
        inputs = [{"id": number} for number in dict.fromkeys(number for number, _ in asked)]
        properties = sorted({name for _, name in asked})
        answer = await self._post(f"{OBJECTS}/{kind}/batch/read", {"properties": properties, "inputs": inputs})
        return batches.found(answer, [number for number, _ in asked])

    async def _post(self, path: str, body: Json) -> Json:
        return await self._api.ask("POST", path, body=body, has_turn=True)

    async def delete(self, kind: str, number: str) -> None:
        """Move an object to the recycling bin, where HubSpot keeps it for 90 days."""
        await self._api.ask("DELETE", f"{OBJECTS}/{kind}/{number}")

    async def recording_ready(self, call: str) -> None:
        """Say that a call's recording can be asked for."""
        await self._api.ask("POST", _READY, body={"engagementId": int(call)})

    async def search(
        self,
        kind: str,
        groups: Sequence[Sequence[Row]],
        properties: Sequence[str],
        *,
        words: str = "",
        every_page: bool = False,
        has_turn: bool = False,
    ) -> list[Row]:
        """Search: any of the groups, all filters of a group.

        Args:
            kind: the objects.
            groups: the filters.
            properties: what is to be told of each.
            words: what is looked for in what HubSpot looks through by itself.
            every_page: whether to go on after the first two hundred.
            has_turn: whether the turn for the first request is taken already.

        Raises:
            CrmBroken: there are more than a search gives.
        """
        body: Row = {"properties": list(properties), "limit": _PAGE} | ({"query": words} if words else {})
        body |= {"filterGroups": [{"filters": list(group)} for group in groups]} if groups else {}
        rows: list[Row] = []
        for page in pages():
            turn = has_turn and page == 1
            answer = await self._search.ask("POST", f"{OBJECTS}/{kind}/search", body=body, has_turn=turn)
            if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
                raise CrmBroken(f"{kind}: a search without results")
            if every_page and int(answer.get("total") or 0) > self._most_found:
                raise TooManyFound(f"{kind}: a search finds {answer['total']}, and gives {self._most_found} of them")
            rows += answer["results"]
            after = _inside(_inside(answer, "paging"), "next").get("after")
            if not every_page or after is None:
                break
            body["after"] = after
        return rows


class TooManyFound(CrmBroken):
    """A search finds more than HubSpot gives."""


_FORBIDDEN = 403
_NO_SUCH_PLACE = frozenset({404, 410})
"""Of an address that names no object."""
_NO_RIGHT = "MISSING_SCOPES"
"""The category of a 403 that says of the key what it lacks; every other 403 is of the one object."""
_OF_ONE: Final = re.compile(r"/\d+(\?|$)")
_TOLD = 300


def _inside(answer: Row, name: str) -> Row:
    within = answer.get(name)
    return within if isinstance(within, dict) else {}


def _error(what: str, response: aiohttp.ClientResponse, answer: Json) -> CrmError:
    problem: Mapping[str, Any] = answer if isinstance(answer, dict) else {}
    words = "; ".join([str(problem.get("message") or "no JSON"), *_details(problem)])
    if problem.get("category") == "OBJECT_NOT_FOUND":
        return CrmMissing(f"{what}: HTTP {response.status}: {words[:_TOLD]}")
    if problem and response.status in _NO_SUCH_PLACE and not _OF_ONE.search(what):
        ended = f"HubSpot has no such address (any more): version {VERSION} may have ended, update Ringback"
        return CrmDenied(f"{what}: HTTP {response.status}: {words[:_TOLD]}: {ended}")
    of_one = (not what.startswith("GET") and not what.endswith("/search")) or _OF_ONE.search(what) is not None
    if response.status == _FORBIDDEN and of_one and problem and problem.get("category") != _NO_RIGHT:
        return CrmRefused(f"{what}: HTTP 403: {words[:_TOLD]}")
    daily = problem.get("policyName") == "DAILY"
    return failure(what, response, words, wait=_DAY_IS_SPENT if daily else _TEN_SECONDS)


def _details(problem: Mapping[str, Any]) -> list[str]:
    errors = problem.get("errors")
    return [str(each.get("message")) for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
