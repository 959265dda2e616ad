"""SuiteCRM's V8 API: records of modules as JSON:API has them; every error is HTTP 400, and its words tell which."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aiohttp

from crm_bridge.crm.plugin.kit import (
    ClientCredentials,
    CrmBroken,
    CrmDenied,
    CrmError,
    CrmMissing,
    CrmRefused,
    GatewayContext,
    Json,
    JsonApi,
    OAuthApplication,
    Posting,
    Renewal,
    failure,
    pages,
)
from crm_bridge.crm.suitecrm.settings import SuiteSettings

_BAD: Final = 400
_PAGE: Final = 100
_MEDIA: Final = {"Content-Type": "application/vnd.api+json", "Accept": "application/vnd.api+json"}
_NOT_THERE: Final = "is not found"
_OF_A_RECORD: Final = "module with id"
_THERE: Final = "is already exist"
_NO_MODULE: Final = re.compile(r"Module (with name )?\S+ (is not found|does not exist)")
_NO_ACCESS: Final = "[AccessDeniedException]"

Row = dict[str, Any]
Filters = Mapping[str, Mapping[str, str]]
"""By field: operators and what they compare with."""


class AlreadyThere(CrmRefused):
    """A record with this id was made before; it may have been deleted since."""


class SuiteClient:
    """One company's. All raise as `JsonApi.ask`."""

    def __init__(self, given: GatewayContext, answer: SuiteSettings) -> None:
        root = f"{answer.url.rstrip('/')}/{answer.api}"
        application = OAuthApplication(answer.client_id, answer.client_secret.get_secret_value())
        renewal = Renewal(given.http, f"{root}/access_token", application, given.clock, how=Posting.JSON)
        token = ClientCredentials(renewal, given.clock)
        self._api = JsonApi(given.http, f"{root}/V8", token, given.pace(answer.per_second), _error)

    async def read(self, module: str, number: str, fields: Sequence[str]) -> Row:
        """Read some attributes of a record."""
        params = {f"fields[{module}]": ",".join(fields)}
        answer = await self._api.ask("GET", f"module/{module}/{number}", params=params, headers=_MEDIA)
        return _row(_data(answer))

    async def create(self, module: str, values: Row, *, number: str = "") -> str:
        """Make a record and give its id: ``number``, if that is told.

        Raises:
            AlreadyThere: there is or was one with this id.
        """
        chosen = {"id": number} if number else {}
        made = _data(await self._post("POST", {"type": module, **chosen, "attributes": values}))
        if not isinstance(made, dict) or not isinstance(made.get("id"), str):
            raise CrmBroken(f"{module}: made without an id")
        return str(made["id"])

    async def change(self, module: str, number: str, values: Row) -> None:
        """Change some attributes of a record."""
        await self._post("PATCH", {"type": module, "id": number, "attributes": values})

    async def _post(self, method: str, data: Row) -> Json:
        return await self._api.ask(method, "module", body={"data": data}, headers=_MEDIA)

    async def delete(self, module: str, number: str) -> None:
        """Delete a record."""
        await self._api.ask("DELETE", f"module/{module}/{number}", headers=_MEDIA)

    async def find(
        self, module: str, filters: Filters, fields: Sequence[str], *, most: int, every: bool = True, sort: str
    ) -> list[Row]:
        """Return the records that fit every filter (or any), at most ``most``, each with its ``id``."""
        asked: dict[str, str | int] = {f"fields[{module}]": ",".join(fields), "sort": sort}
        asked["filter[operator]"] = "and" if every else "or"
        for name, tests in filters.items():
            asked |= {f"filter[{name}][{operator}]": value for operator, value in tests.items()}
        rows: list[Row] = []
        for page in pages():
            size = min(_PAGE, most)
            paged = {**asked, "page[size]": size, "page[number]": page}
            found = _data(await self._api.ask("GET", f"module/{module}", params=paged, headers=_MEDIA))
            if not isinstance(found, list):
                raise CrmBroken(f"{module}: a list without records")
            rows += [_row(each) for each in found]
            if len(found) < size or len(rows) >= most:
                break
        return rows[:most]


def _data(answer: Json) -> Json:
    data: Json = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict | list):
        raise CrmBroken("an answer without data")
    return data


def _row(data: Json) -> Row:
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(attributes, dict):
        raise CrmBroken("a record without attributes")
    return {**attributes, "id": str(data.get("id") or "")}


def _error(what: str, response: aiohttp.ClientResponse, answer: Json) -> CrmError:
    """Make the error of an answer.

    Access that lacks has the same words for a module and for a record: of a list, or of something that is to be made,
    it is of the client's user, who lacks the module; of one record it is of that record.
    """
    errors = answer.get("errors") if isinstance(answer, dict) else None
    words = str(errors.get("detail") or "") if isinstance(errors, dict) else ""
    if response.status != _BAD or not words:
        return failure(what, response, words or str(answer))
    text = f"{what}: HTTP 400: {words[:300]}"
    if words.startswith(_NO_ACCESS):
        of_all = what.startswith("POST ") or what.count("/") < len(("module", "id"))
        role = "give the client's user a role with access to this module"
        return CrmDenied(f"{text}: {role}") if of_all else CrmRefused(text)
    if _NO_MODULE.match(words):
        return CrmDenied(f"{text}: SuiteCRM has no such module, or it is disabled")
    if _THERE in words:
        return AlreadyThere(text)
    return CrmMissing(text) if _NOT_THERE in words and _OF_A_RECORD in words else CrmRefused(text)
