"""A SuiteCRM that behaves as its V8 API does, over real HTTP: records of modules, filters, its words for what is wrong.

Written from https://docs.suitecrm.com/developer/api/developer-setup-guide/json-api/ (addresses, filters, pages) and
https://docs.suitecrm.com/developer/api/developer-setup-guide/configure-authentication/ (client credentials). What its
errors say, that each is HTTP 400, that ids may be the caller's, and that neither users nor parents are looked at is
from https://github.com/salesagility/SuiteCRM: Api/V8 (ModuleService, BeanManager, Filter, Attributes, Fields,
BaseController), lib/Exception; the fields and their lengths from the modules' vardefs.php.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

from aiohttp import web

from crm_bridge.crm.conformance import BadAnswer

Row = dict[str, Any]

_COMMON: Final = {"id", "name", "date_entered", "date_modified", "description", "deleted", "assigned_user_id"}
_PERSON: Final = {"first_name", "last_name", "phone_mobile", "phone_work", "phone_home", "phone_other"}
_ON: Final = {"parent_type", "parent_id", "contact_id"}
_FIELDS: Final[Mapping[str, set[str]]] = {
    "Contacts": _COMMON | _PERSON,
    "Leads": _COMMON | _PERSON | {"status", "lead_source"},
    "Accounts": _COMMON | {"phone_office", "phone_alternate"},
    "Calls": _COMMON | _ON | {"status", "direction", "date_start", "date_end", "duration_hours", "duration_minutes"},
    "Tasks": _COMMON | _ON | {"status", "priority", "date_due", "date_start"},
    "Users": {"id", "user_name", "status", "deleted", "first_name", "last_name"},
}
_OBJECTS: Final = {"Contacts": "Contact", "Leads": "Lead", "Accounts": "Account", "Calls": "Call", "Tasks": "Task"}
_HIDDEN: Final = {("Users", "status")}
"""What the API does not show (vardefs: api-visible); filters may ask for it."""
_LISTS: Final = {
    ("Calls", "status"): {"Planned", "Held", "Not Held"},
    ("Calls", "direction"): {"Inbound", "Outbound"},
    ("Tasks", "status"): {"Not Started", "In Progress", "Completed", "Pending Input", "Deferred"},
    ("Tasks", "priority"): {"High", "Medium", "Low"},
    ("Leads", "status"): {"", "New", "Assigned", "In Process", "Converted", "Recycled", "Dead"},
}
_LONGEST: Final = {("Calls", "name"): 50, ("Tasks", "name"): 50, ("Leads", "last_name"): 100}
_TIMES: Final = {"date_start", "date_end", "date_due", "date_entered", "date_modified"}
_WHEN: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
_ASKED: Final = re.compile(r"(fields|page|filter)\[(\w+)\](?:\[(\w+)\])?")
_MEDIA: Final = "application/vnd.api+json"
_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "eq": lambda had, value: had == value,
    "neq": lambda had, value: had != value,
    "gte": lambda had, value: had >= value,
    "lt": lambda had, value: had < value,
    "like": lambda had, value: bool(re.fullmatch(re.escape(value).replace("%", ".*"), had, re.DOTALL | re.IGNORECASE)),
}


class Refused(Exception):
    """An exception of theirs; its words are the answer's detail."""


@dataclass(slots=True)
class FakeSuite:
    """Keeps records by module. Set the fields to make it behave badly."""

    secret: str = "good"
    records: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in _FIELDS})
    closed: set[str] = field(default_factory=set)
    """Modules that the client's user has no access to."""
    gone: set[str] = field(default_factory=set)
    """Modules that are not there."""
    locked: set[str] = field(default_factory=set)
    """Records, by id, that the client's user may not touch."""
    renamed: set[tuple[str, str]] = field(default_factory=set)
    """Fields (module, name) that an administrator took away."""
    tokens: set[str] = field(default_factory=set)
    refuses_clients: int = 0
    asked: list[str] = field(default_factory=list)
    loses: bool = False
    troubles: list[BadAnswer] = field(default_factory=list)
    seconds: "count[int]" = field(default_factory=count)

    users = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
    dismissed = "99999999-9999-4999-8999-999999999999"

    def __post_init__(self) -> None:
        for number, status in (*((user, "Active") for user in (*self.users, "1")), (self.dismissed, "Inactive")):
            self.records["Users"][number] = {
                "id": number,
                "user_name": f"u{number[0]}",
                "status": status,
                "deleted": "0",
            }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/Api/access_token", self.sign_in),
            web.route("*", "/Api/V8/module", self.serve),
            web.route("*", "/Api/V8/module/{module}", self.serve),
            web.route("*", "/Api/V8/module/{module}/{id}", self.serve),
        ]

    async def sign_in(self, request: web.Request) -> web.Response:
        told = await request.json()
        assert told["grant_type"] == "client_credentials"
        if told["client_secret"] != self.secret or self.refuses_clients:
            self.refuses_clients = max(0, self.refuses_clients - 1)
            return web.json_response({"error": "invalid_client", "message": "Client authentication failed"}, status=401)
        self.tokens.add(token := f"token-{len(self.tokens) + 1}")
        return web.json_response({"token_type": "Bearer", "expires_in": 3600, "access_token": token})

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path.removeprefix('/Api/V8/')}")
        changes = request.method in {"POST", "PATCH"}
        if self.troubles and (changes or self.troubles[0] is not BadAnswer.REFUSED):
            return self._trouble(self.troubles.pop(0))
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return web.json_response({"error": "access_denied", "message": "The resource owner denied"}, status=401)
        assert request.headers["Accept"] == _MEDIA
        try:
            made = self._done(request, (await request.json())["data"] if changes else {})
        except Refused as refused:
            return _no(str(refused))
        if self.loses and request.method == "POST":
            self.loses = False
            assert request.transport is not None
            request.transport.close()
        return web.json_response(made, status=201 if changes else 200, content_type=_MEDIA)

    def _done(self, request: web.Request, told: Row) -> Row:
        module: str = request.match_info.get("module") or told.get("type", "")
        number: str = request.match_info.get("id") or ""
        if module not in _FIELDS or module in self.gone:
            raise Refused(f"Module with name {module} is not found")
        if module in self.closed:
            raise Refused("[AccessDeniedException] ")
        match request.method, bool(number):
            case "GET", False:
                return {"data": [self._shown(module, row) for row in self._list(module, request.query)]}
            case "POST", _:
                return {"data": self._shown(module, self.create(module, told["attributes"], number=told.get("id", "")))}
            case "PATCH", _:
                self._valid(module, told["attributes"])
                row = self._there(module, told["id"])
                row.update(told["attributes"], date_modified=self._now())
                return {"data": self._shown(module, row)}
            case "GET", True:
                self._fields(module, request.query)
                return {"data": self._shown(module, self._there(module, number))}
            case _:
                self._there(module, number)["deleted"] = "1"
                return {"meta": {"message": f"Record with id {number} is deleted"}}

    def _there(self, module: str, number: str) -> Row:
        row = self.records[module].get(number)
        if row is None or row["deleted"] == "1":
            raise Refused(f"{module} module with id {number} is not found")
        if number in self.locked:
            raise Refused("[AccessDeniedException] ")
        return row

    def _now(self) -> str:
        return f"2026-11-21 12:{next(self.seconds) // 60:02}:00"

    def create(self, module: str, values: Row, *, number: str = "") -> Row:
        if number:
            assert UUID(number).version, "an id is a UUID"
            if number in self.records[module]:  # also a deleted one
                raise Refused(f"Bean {module} with id {number} is already exist")
        self._valid(module, values)
        now = self._now()
        row = {"id": number or str(uuid4()), "deleted": "0", "date_entered": now, "date_modified": now, **values}
        self.records[module][row["id"]] = row
        return row

    def _valid(self, module: str, values: Row) -> None:
        for name, value in values.items():
            if name not in _FIELDS[module] or (module, name) in self.renamed:
                raise Refused(f"Property {name} in {_OBJECTS[module]} module is invalid")
            assert value in _LISTS.get((module, name), {value}), "SuiteCRM would keep what no list has"
            assert len(str(value)) <= _LONGEST.get((module, name), 65_000), "its database would cut it or refuse"
            assert name not in _TIMES or _WHEN.fullmatch(value), "times are written as the database has them"
        assert "id" not in values, "an id stands beside the attributes"

    def _shown(self, module: str, row: Row) -> Row:
        shown = {name: _iso(name, value) for name, value in row.items() if (module, name) not in _HIDDEN}
        return {"type": _OBJECTS.get(module, "User"), "id": shown.pop("id"), "attributes": shown, "relationships": {}}

    def _fields(self, module: str, query: Mapping[str, str]) -> None:
        for name in filter(None, query.get(f"fields[{module}]", "").split(",")):
            if name not in _FIELDS[module]:
                raise Refused(f"The following field in {_OBJECTS[module]} module is not found: {name}")

    def _list(self, module: str, query: Mapping[str, str]) -> list[Row]:
        self._fields(module, query)
        joins, tests = all, []
        for asked, value in query.items():
            match = _ASKED.fullmatch(asked)
            kind, name, operator = match.groups() if match else ("", asked, "")
            if kind != "filter":
                assert kind or asked == "sort", asked
                continue
            if name == "operator":
                joins = any if value == "or" else all
            elif name not in _FIELDS[module]:
                raise Refused(f"Filter field {name} in {_OBJECTS[module]} module is not found")
            elif operator not in _TESTS:
                raise Refused(f"Filter operator {operator} is invalid")
            else:
                tests.append((name, _TESTS[operator], value))
        rows = [
            row
            for row in self.records[module].values()
            if row["deleted"] == "0"
            and (not tests or joins(test(str(row.get(name, "")), value) for name, test, value in tests))
        ]
        by = query["sort"].removeprefix("-")
        rows.sort(key=lambda row: str(row.get(by)), reverse=query["sort"].startswith("-"))
        size, page = int(query["page[size]"]), int(query["page[number]"])
        assert size > 0 < page
        return rows[(page - 1) * size : page * size]

    def _trouble(self, trouble: BadAnswer) -> web.Response:
        match trouble:
            case BadAnswer.THROTTLED:  # SuiteCRM has no limit of its own; the web server before it may
                return web.Response(status=429, headers={"Retry-After": "7"})
            case BadAnswer.LOCKED_OUT:
                self.refuses_clients += 1
                return web.json_response({"error": "access_denied"}, status=401)
            case BadAnswer.REFUSED:
                return _no("Property date_due in Task module is invalid")
            case BadAnswer.BROKEN:  # an Error of PHP is no Exception: nobody catches it
                return web.Response(status=500, text="<html>Slim Application Error</html>", content_type="text/html")
            case BadAnswer.NONSENSE:
                return web.Response(text="<h1>hello</h1>", content_type="text/html")

    # --- what the contract's checks ask of it

    async def add_person(self, number: str, owner: str, name: str = "") -> None:
        values = {"last_name": name or "Olena", "phone_mobile": number, "assigned_user_id": owner}
        self.create("Contacts", values)

    async def remove(self, about: str) -> None:
        module, _, number = about.partition(":")
        self.records[module][number]["deleted"] = "1"

    def alive(self, module: str) -> list[Row]:
        return [row for row in self.records[module].values() if row["deleted"] == "0"]

    def texts(self) -> list[str]:
        return [f"{row['name']}\n{row.get('description')}" for name in ("Calls", "Tasks") for row in self.alive(name)]

    def open_tasks(self) -> int:
        return sum(row["status"] != "Completed" for row in self.alive("Tasks"))

    def lose_the_next_answer(self) -> None:
        self.loses = True

    def meet(self, trouble: BadAnswer, times: int = 1) -> None:
        self.troubles += [trouble] * times


def _no(words: str) -> web.Response:
    answer = {"errors": {"status": 400, "title": None, "detail": words}}
    return web.json_response(answer, status=400, content_type=_MEDIA)


def _iso(name: str, value: object) -> object:
    """Show a moment as the API does."""
    at = datetime.fromisoformat(str(value)).replace(tzinfo=UTC) if name in _TIMES and value else None
    return value if at is None else at.isoformat()
