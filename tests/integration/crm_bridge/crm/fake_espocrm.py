"""An EspoCRM that behaves as its documentation says, over real HTTP: records, search, access, reasons.

Written from https://docs.espocrm.com: development/api (X-Api-Key, what each error code means, times in UTC), api/crud
(methods, X-Skip-Duplicate-Check), api-search-params (searchParams in JSON, where items) and the OpenAPI specification
(docs/api/spec.json: which fields are required, their patterns and lists). What a 403 says, and that the digits of each
number can be searched (phoneNumberNumeric), is from EspoCRM's source: Core/Record/Service.php, LinkCheck.php,
FieldConverters/Phone.php.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from aiohttp import web

from crm_bridge.crm.conformance import BadAnswer

Row = dict[str, Any]

_REQUIRED: Final = {
    "Call": ("name", "dateStart", "dateEnd", "assignedUserId"),
    "Task": ("name", "assignedUserId"),
    "Lead": ("lastName",),
    "Contact": ("lastName",),
    "Account": ("name",),
}
_LISTS: Final = {
    ("Call", "status"): {"Planned", "Held", "Not Held"},
    ("Call", "direction"): {"Outbound", "Inbound"},
    ("Call", "parentType"): {"Account", "Lead", "Contact", "Opportunity", "Case"},
    ("Lead", "status"): {"New", "Assigned", "In Process", "Converted", "Recycled", "Dead"},
    ("Lead", "source"): {
        "Call", "Email", "Existing Customer", "Partner", "Public Relations", "Web Site", "Campaign", "Other",
    },
    ("Task", "status"): {"Not Started", "Started", "Completed", "Canceled", "Deferred"},
    ("Task", "priority"): {"Low", "Normal", "High", "Urgent"},
    ("Task", "parentType"): {"Account", "Contact", "Lead", "Opportunity", "Case"},
}  # fmt: skip
_LONGEST: Final = {"name": 255, "lastName": 100, "firstName": 100, "phoneNumber": 36}
_WHEN: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
_MOST: Final = 200


class Said(Exception):
    """An answer that is none of the good ones."""

    def __init__(self, code: int, reason: str = "", body: object = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.body = body


@dataclass(slots=True)
class FakeEspo:
    """Keeps records by entity type. Set the fields to make it behave badly."""

    key: str = "good"
    records: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in _REQUIRED})
    people: set[str] = field(default_factory=lambda: {"6", "7", "1"})
    """The users that are there."""
    scopes: set[str] = field(default_factory=lambda: set(_REQUIRED))
    """What the API user's role has access to."""
    locked: set[str] = field(default_factory=set)
    """Records, by id, that the API user may read and not edit."""
    lists_numbers: bool = True
    """Whether a list gives phoneNumberData, or the first number only."""
    asked: list[str] = field(default_factory=list)
    loses: bool = False
    troubles: list[BadAnswer] = field(default_factory=list)
    ids: Any = field(default_factory=lambda: count(1))

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/api/v1/{entity}", self.serve),
            web.route("*", "/api/v1/{entity}/{id}", self.serve),
        ]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path.removeprefix('/api/v1/')}")
        if self.troubles:
            return _trouble(self.troubles.pop(0))
        if request.headers.get("X-Api-Key") != self.key:
            return web.Response(status=401)
        try:
            made = await self._done(request)
        except Said as said:
            headers = {"X-Status-Reason": said.reason} if said.reason else {}
            return web.json_response(said.body, status=said.code, headers=headers)
        if self.loses and request.method == "POST":
            self.loses = False
            assert request.transport is not None
            request.transport.close()
        return web.json_response(made)

    async def _done(self, request: web.Request) -> object:
        entity, number = request.match_info["entity"], request.match_info.get("id", "")
        if entity not in self.records:
            raise Said(404)
        if entity not in self.scopes:
            raise Said(403)
        body: Row = await request.json() if request.can_read_body else {}
        match request.method, bool(number):
            case "GET", False:
                return self._list(entity, json.loads(request.query.get("searchParams", "{}")))
            case "POST", False:
                assert request.content_type == "application/json"
                return self.create(entity, body, checks=request.headers.get("X-Skip-Duplicate-Check") != "true")
            case "GET", True:
                return self._there(entity, number)
            case (("PUT" | "PATCH"), True):
                return self._update(entity, number, body)
            case "DELETE", True:
                self._there(entity, number)
                self._editable(number, "delete")
                del self.records[entity][number]
                return True
            case _:
                raise Said(404)

    def _there(self, entity: str, number: str) -> Row:
        if number not in self.records[entity]:
            raise Said(404, f"Record {number} not found.")
        return self.records[entity][number]

    def _editable(self, number: str, verb: str) -> None:
        if number in self.locked:
            raise Said(403, f"No {verb} access.")

    def create(self, entity: str, values: Row, *, checks: bool) -> Row:
        for name in _REQUIRED[entity]:
            if values.get(name) in (None, ""):
                raise Said(400, f"Field validation failure; field: {name}, type: required.")
        self._valid(entity, values)
        self._linked(entity, values)
        if checks and entity in {"Lead", "Contact"}:
            alike = [row for row in self.records[entity].values() if row["lastName"] == values["lastName"]]
            if alike:
                raise Said(409, "Duplicate", alike)
        row = {"id": f"{next(self.ids):017x}", "modifiedAt": "2026-11-21 12:00:00", **values}
        if entity in {"Lead", "Contact", "Account"}:
            row["name"] = values.get("name") or " ".join(filter(None, (values.get("firstName"), values["lastName"])))
            given = [{"phoneNumber": values["phoneNumber"], "primary": True}] if values.get("phoneNumber") else []
            row["phoneNumberData"] = values.get("phoneNumberData") or given
            row["phoneNumber"] = next((each["phoneNumber"] for each in row["phoneNumberData"]), None)
        self.records[entity][row["id"]] = row
        return row

    def _update(self, entity: str, number: str, values: Row) -> Row:
        row = self._there(entity, number)
        self._editable(number, "edit")
        self._valid(entity, values)
        self._linked(entity, values)
        row.update(values)
        return row

    def _valid(self, entity: str, values: Row) -> None:
        for name, value in values.items():
            allowed = _LISTS.get((entity, name))
            if allowed is not None and value not in allowed:
                raise Said(400, f"Field validation failure; field: {name}, type: valid.")
            if name.startswith("date") and value is not None and not _WHEN.fullmatch(str(value)):
                raise Said(400, f"Field validation failure; field: {name}, type: valid.")
            if name in _LONGEST and len(str(value)) > _LONGEST[name]:
                raise Said(400, f"Field validation failure; field: {name}, type: maxLength.")
        if values.get("dateEnd") and values.get("dateStart") and values["dateEnd"] < values["dateStart"]:
            raise Said(400, "Field validation failure; field: dateEnd, type: after.")

    def _linked(self, entity: str, values: Row) -> None:
        """What a record is linked with must be there."""
        linked: list[tuple[str, str | None, Any]] = [("assignedUser", None, values.get("assignedUserId"))]
        linked += [("parent", values.get("parentType"), values.get("parentId"))]
        linked += [("contacts", "Contact", number) for number in values.get("contactsIds", ())]
        linked += [("users", None, number) for number in values.get("usersIds", ())]
        for link, of, number in linked:
            there = self.people if of is None else self.records.get(str(of), {})
            if number and number not in there:
                raise Said(403, f"Can't relate with non-existing record. entity type: {entity}, link: {link}.")

    def _list(self, entity: str, asked: Row) -> Row:
        size = int(asked.get("maxSize", 20))
        if size > _MOST:
            raise Said(403, f"Max size should not exceed {_MOST}. Use offset and limit.")
        rows = [
            row for row in self.records[entity].values() if all(_fits(row, item) for item in asked.get("where", ()))
        ]
        rows.sort(key=lambda row: str(row.get(asked.get("orderBy", "id"))), reverse=asked.get("order") == "desc")
        page = rows[asked.get("offset", 0) :][:size]
        names = {"id", *asked["select"]} - (set() if self.lists_numbers else {"phoneNumberData"})
        return {"total": len(rows), "list": [{name: row.get(name) for name in names if name in row} for row in page]}

    # --- what the contract's checks ask of it

    users = ("6", "7")
    dismissed = "99"

    async def add_person(self, number: str, owner: str, name: str = "") -> None:
        values = {"lastName": name or "Olena", "phoneNumber": number, "assignedUserId": owner}
        self.create("Contact", values, checks=False)

    async def remove(self, about: str) -> None:
        entity, _, number = about.partition(":")
        del self.records[entity][number]

    def texts(self) -> list[str]:
        rows = [*self.records["Call"].values(), *self.records["Task"].values()]
        return [f"{row['name']}\n{row.get('description')}" for row in rows]

    def open_tasks(self) -> int:
        return sum(row["status"] != "Completed" for row in self.records["Task"].values())

    def lose_the_next_answer(self) -> None:
        self.loses = True

    def meet(self, trouble: BadAnswer, times: int = 1) -> None:
        self.troubles += [trouble] * times


def _trouble(trouble: BadAnswer) -> web.Response:
    match trouble:
        case BadAnswer.THROTTLED:  # EspoCRM has no limit of its own; the web server before it may
            return web.Response(status=429, headers={"Retry-After": "7"})
        case BadAnswer.LOCKED_OUT:
            return web.Response(status=401)
        case BadAnswer.REFUSED:
            return web.Response(status=403, headers={"X-Status-Reason": "No edit access."})
        case BadAnswer.BROKEN:
            return web.Response(status=503, text="maintenance")
        case BadAnswer.NONSENSE:
            return web.Response(text="<h1>hello</h1>")


def _digits(text: object) -> str:
    return "".join(letter for letter in str(text) if letter.isdigit())


def _fits(row: Row, item: Mapping[str, Any]) -> bool:
    name, value = item["attribute"], item["value"]
    if name == "phoneNumberNumeric":
        held = [_digits(each["phoneNumber"]) for each in row.get("phoneNumberData") or ()]
        return item["type"] == "endsWith" and any(each.endswith(value) for each in held)
    had = row.get(name)
    tests: dict[str, Callable[[], bool]] = {
        "equals": lambda: had == value,
        "contains": lambda: str(value).lower() in str(had or "").lower(),
        "notIn": lambda: had not in value,
        "greaterThanOrEquals": lambda: str(had) >= value,
        "lessThan": lambda: str(had) < value,
    }
    if item["type"] not in tests:
        raise Said(400, f"Unknown where item type '{item['type']}'.")
    return tests[item["type"]]()
