"""Odoo's JSON-2 API: one method of one model a request, one transaction each.

What is made or looked for shares requests with what else waits for the same turn: many records are made, or many
domains searched, in one.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import aiohttp

from crm_bridge.crm.errors import CrmBroken, CrmDenied, CrmError, CrmMissing, CrmRefused
from crm_bridge.crm.transport.gathering import Gathering
from crm_bridge.crm.transport.http import failure, held, nonsense
from crm_bridge.outbox.pace import Pace
from telephony.net import bounded

_TOLD = 300
MOST: Final = 50
"""Records or domains in one request: Odoo has no limit of its own; a transaction should not take seconds."""

Row = dict[str, Any]
Leaves = Sequence[object]
"""A domain all of whose leaves must hold."""


class OdooClient:
    """One database of one Odoo. The HTTP session's time-out is the caller's choice."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str, pace: Pace, *, database: str = "") -> None:
        self._http = http
        self._pace = pace
        self._url = url.rstrip("/")
        self._creating: dict[str, Gathering[Row, int]] = {}
        self._searching: dict[tuple[str, ...], Gathering[Leaves, list[Row]]] = {}
        self._headers = {"Authorization": f"bearer {key}"} | ({"X-Odoo-Database": database} if database else {})

    async def call(self, model: str, method: str, **arguments: Any) -> Any:  # noqa: ANN401  (Odoo's methods give any JSON)
        """Call ``model.method`` with named arguments (``ids`` and ``context`` among them).

        Raises:
            CrmThrottled, CrmDenied, CrmRefused, CrmBroken: as Odoo answered.
            aiohttp.ClientError, TimeoutError: it could not be reached.
        """
        await self._pace.turn()
        return await self._call(model, method, **arguments)

    async def create(self, model: str, values: Row) -> int:
        """Make a record and give its id."""
        if model not in self._creating:
            self._creating[model] = Gathering(partial(self._create, model), self._pace, most=MOST)
        return await self._creating[model].ask(values)

    async def _create(self, model: str, values: Sequence[Row]) -> list[int | CrmError]:
        """Make some; one that Odoo refuses takes the others with it (one transaction), so each is tried alone then."""
        try:
            made = await self._call(model, "create", vals_list=list(values))
        except CrmRefused as error:
            if len(values) == 1:
                return [error]
            alone: list[int | CrmError] = []
            for each in values:
                await self._pace.turn()
                alone += await self._create(model, [each])
            return alone
        if not isinstance(made, list) or len(made) != len(values):
            raise CrmBroken(f"{model}.create: not one id for each of {len(values)}")
        return [int(number) for number in made]

    async def rows(
        self, model: str, leaves: Leaves, fields: Sequence[str], *, most: int, order: str = "id"
    ) -> list[Row]:
        """Search and read; others' rows may be among them, so look whether each is one that was asked for.

        Args:
            model: whose records.
            leaves: the domain.
            fields: what is told of each, beside the id.
            most: at least so many are given if there are so many.
            order: as Odoo takes it.
        """
        sort = (model, order, str(most), *fields)
        if sort not in self._searching:
            search = partial(self._search, model, list(fields), most, order)
            self._searching[sort] = Gathering(search, self._pace, most=MOST)
        return await self._searching[sort].ask(leaves)

    async def _search(
        self, model: str, fields: list[str], most: int, order: str, domains: Sequence[Leaves]
    ) -> list[list[Row]]:
        either: list[object] = ["|"] * (len(domains) - 1)
        for leaves in domains:
            either += [*["&"] * (len(leaves) - 1), *leaves]
        limit = most * len(domains)
        rows = await self._call(model, "search_read", domain=either, fields=fields, limit=limit, order=order)
        if not isinstance(rows, list):
            raise CrmBroken(f"{model}.search_read: no rows")
        return [rows] * len(domains)

    async def _call(self, model: str, method: str, **arguments: Any) -> Any:  # noqa: ANN401  (as above)
        target = f"{self._url}/json/2/{model}/{method}"
        async with self._http.post(target, json=arguments, headers=self._headers, allow_redirects=False) as response:
            try:
                answer = await bounded.json_of(response)
            except bounded.TooMuch as error:
                raise CrmBroken(f"{model}.{method}: HTTP {response.status}: {error}") from None
            except ValueError:
                raise await held(self._pace, nonsense(f"{model}.{method}", response)) from None
            if response.status == 200:  # noqa: PLR2004
                return answer
            raise await held(self._pace, _error(f"{model}.{method}", response, answer))

    async def version(self) -> str:
        """Tell Odoo's version; asks without a key."""
        async with self._http.get(f"{self._url}/web/version") as response:
            try:
                return str((await bounded.json_of(response))["version"])
            except (ValueError, LookupError, TypeError):
                raise CrmBroken(f"web/version: HTTP {response.status} without a version") from None


_FORBIDDEN = 403
_NO_SUCH_PLACE = 404
"""A record that is gone is a ``MissingError``; without it there is no such database, model or method."""
_NOT_THIS_ONE = "odoo.exceptions.AccessError"
"""A rule keeps this record from our user; in a search it keeps the whole model. A bad key is ``AccessDenied``."""
_GONE = "odoo.exceptions.MissingError"


def _error(what: str, response: aiohttp.ClientResponse, answer: object) -> CrmError:
    name = answer.get("name") if isinstance(answer, dict) else None
    if name == _GONE:
        return CrmMissing(f"{what}: {str(answer)[:_TOLD]}")
    if response.status == _NO_SUCH_PLACE:
        cure = "look at `url` and `database`, and whether the modules crm and mail are installed"
        return CrmDenied(f"{what}: HTTP 404: {str(answer)[:_TOLD]}: {cure}")
    if name == _NOT_THIS_ONE and response.status == _FORBIDDEN and ".search" not in what:
        return CrmRefused(f"{what}: {str(answer)[:_TOLD]}")
    return failure(what, response, str(answer.get("message", answer)) if isinstance(answer, dict) else str(answer))
