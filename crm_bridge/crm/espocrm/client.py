"""EspoCRM's REST API: records of entity types, an API key in a header of its own, reasons in a header, too."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aiohttp

from crm_bridge.crm.plugin.kit import (
    CrmBroken,
    CrmDenied,
    CrmError,
    CrmMissing,
    CrmRefused,
    FixedToken,
    Json,
    JsonApi,
    Pace,
    failure,
    pages,
)

_FORBIDDEN: Final = 403
_NO_SUCH_PLACE: Final = 404
"""Of an address that names no record."""
_PAGE: Final = 200
"""The most records that a list gives."""
_NOT_THERE: Final = "non-existing record"
_OF_A_USER: Final = "link: assignedUser"
_NO_CHECK: Final = {"X-Skip-Duplicate-Check": "true"}

Row = dict[str, Any]


class EspoClient:
    """One company's. All raise as `JsonApi.ask`."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str, pace: Pace) -> None:
        token = FixedToken(key, "look at the API user's key in EspoCRM, and whether that user is active")
        root = f"{url.rstrip('/')}/api/v1"
        self._api = JsonApi(http, root, token, pace, _error, header="X-Api-Key", scheme="")

    async def read(self, entity: str, number: str) -> Row:
        """Read a record."""
        return _row(await self._api.ask("GET", f"{entity}/{number}"))

    async def create(self, entity: str, values: Mapping[str, object]) -> str:
        """Make a record and give its id. Whether it is a duplicate was looked at before: a name alike is none."""
        made = _row(await self._api.ask("POST", entity, body=dict(values), headers=_NO_CHECK))
        if not isinstance(made.get("id"), str):
            raise CrmBroken(f"{entity}: made without an id")
        return str(made["id"])

    async def change(self, entity: str, number: str, values: Mapping[str, object]) -> None:
        """Change some fields of a record."""
        await self._api.ask("PUT", f"{entity}/{number}", body=dict(values))

    async def delete(self, entity: str, number: str) -> None:
        """Delete a record."""
        await self._api.ask("DELETE", f"{entity}/{number}")

    async def find(
        self, entity: str, where: Sequence[Row], select: Sequence[str], *, most: int = _PAGE, order: str = "modifiedAt"
    ) -> list[Row]:
        """Return the records that fit all of these, at most ``most``, by ``order`` the newest first."""
        rows: list[Row] = []
        for page in pages():
            size = min(most - len(rows), _PAGE)
            asked = {
                "where": list(where),
                "select": list(select),
                "maxSize": size,
                "offset": (page - 1) * _PAGE,
                "orderBy": order,
                "order": "desc",
            }
            answer = _row(await self._api.ask("GET", entity, params={"searchParams": json.dumps(asked)}))
            more = answer.get("list")
            if not isinstance(more, list):
                raise CrmBroken(f"{entity}: a list without records")
            rows += more
            if len(more) < size or len(rows) >= most:
                break
        return rows


def _row(answer: Json) -> Row:
    if not isinstance(answer, dict):
        raise CrmBroken("a record that is no object")
    return answer


def _error(what: str, response: aiohttp.ClientResponse, answer: Json) -> CrmError:
    """Make the error of an answer; its reason stands in a header.

    A 403 without a reason is of the role: it lacks the whole entity type. With one it is of the single record: no
    access, a user who may not be assigned, a card that is not there (any more).
    """
    reason = response.headers.get("X-Status-Reason", "").strip()
    words = reason or (json.dumps(answer)[:200] if answer else "no reason")
    if response.status == _NO_SUCH_PLACE and "/" not in what and answer is not None:
        return CrmDenied(f"{what}: HTTP 404: {words}: EspoCRM has no such entity type, or it is disabled")
    if response.status != _FORBIDDEN:
        return failure(what, response, words)
    text = f"{what}: HTTP 403: {words}"
    if not reason:
        return CrmDenied(f"{text}: give the API user's role access to this entity type")
    return CrmMissing(text) if _NOT_THERE in reason and _OF_A_USER not in reason else CrmRefused(text)
