"""An account that behaves as HubSpot's documentation says, over real HTTP: enough of it for what we ask.

Written from https://developers.hubspot.com/docs/api-reference/2026-03: crm/objects/contacts (single and batch),
crm/activities/calls, crm/search-the-crm (five groups, ten filters a group, 25 in all, 3,000 letters, 200 a page, 10,000
in all), crm/owners, error-handling (multi-status errors: 207, ``objectWriteTraceId``), crm/associations (type ids).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from tests.integration.crm_bridge.crm.serving import Answered, Json, Line

VERSION = "2026-03"
_COUNTRY = "380"
_PEOPLE = {"firstname", "lastname", "phone", "mobilephone", "hubspot_owner_id", "lifecyclestage", "lastmodifieddate"}
_CALLS = {"title", "body", "direction", "status", "duration", "from_number", "to_number", "source", "external_id"}
_CALLS |= {"disposition", "recording_url", "app_id", "external_account_id"}
_TASKS = {"subject", "body", "status", "priority", "type"}
_PROPERTIES = {
    "contacts": _PEOPLE,
    "companies": {"name", "phone", "hubspot_owner_id", "hs_lastmodifieddate"},
    "calls": {f"hs_call_{name}" for name in _CALLS} | {"hs_timestamp", "hubspot_owner_id"},
    "tasks": {f"hs_task_{name}" for name in _TASKS} | {"hs_timestamp", "hubspot_owner_id"},
}
_STAGES = {"subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "other"}
_ASSOCIATIONS = {("calls", 194): "contacts", ("calls", 182): "companies", ("tasks", 204): "contacts"} | {
    ("tasks", 192): "companies"
}
_LONGEST = 65_536


@dataclass(slots=True)
class FakeHubSpot:
    """Keeps what it was told. Set the fields to make it behave badly."""

    line: Line = field(default_factory=Line)
    objects: dict[str, dict[str, Json]] = field(
        default_factory=lambda: {"contacts": {}, "companies": {}, "calls": {}, "tasks": {}}
    )
    owners: dict[str, str] = field(default_factory=lambda: {"6": "ivan@example.com", "7": "olena@example.com"})
    known_owners: set[str] | None = None
    """Whom records may belong to; None: whoever is named."""
    scopes: set[str] = field(default_factory=lambda: {"contacts", "companies", "owners"})
    page: int = 200
    most_found: int = 10_000
    lagging: bool = False
    """Searches do not find what was made."""
    bin: list[str] = field(default_factory=list)
    """What was deleted: HubSpot keeps it for 90 days."""
    ready: list[int] = field(default_factory=list)
    """Calls whose recordings may be asked for."""
    ids: int = 500

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/oauth/2026-03/token", self._renew), web.route("*", "/{path:crm/.+}", self._serve)]

    def contact(self, phone: str, *, owner: str = "7", field_name: str = "phone") -> str:
        properties = {"firstname": "Олена", "lastname": "Коваль", field_name: phone, "hubspot_owner_id": owner}
        return self._make("contacts", {"properties": properties})

    def company(self, phone: str, *, owner: str = "7") -> str:
        return self._make("companies", {"properties": {"name": "ТОВ", "phone": phone, "hubspot_owner_id": owner}})

    def made(self, kind: str) -> list[Json]:
        return [row["properties"] for row in self.objects[kind].values()]

    def _make(self, kind: str, told: Json) -> str:
        self.ids += 1
        number = str(self.ids)
        self.objects[kind][number] = {"id": number, "associations": [], **told}
        return number

    async def _renew(self, request: web.Request) -> web.Response:
        code, body = self.line.renew(dict(await request.post()))
        return web.json_response(body, status=code)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        return await self.line.serve(request, request.match_info["path"], self._work)

    def _work(self, request: web.Request, told: Json) -> Answered:
        match request.method, *request.match_info["path"].split("/"):
            case "POST", "crm", "extensions", "calling", "2026-03", "recordings", "ready":
                self.ready.append(told["engagementId"])
                return 204, None
            case "GET", "crm", "owners", "2026-03", owner if owner in self.owners:
                return 200, {"id": owner, "email": self.owners[owner]}
            case "GET", "crm", "owners", "2026-03":
                return 200, {"results": []}
            case method, "crm", "objects", "2026-03", kind, *rest if kind in self.objects:
                return self._objects(method, kind, rest, told)
            case _:
                return _missing("resource not found")

    def _objects(self, method: str, kind: str, rest: Sequence[str], told: Json) -> Answered:
        if kind == "companies" and "companies" not in self.scopes:
            return 403, _error("MISSING_SCOPES", "This app hasn't been granted all required scopes")
        match method, *rest:
            case "POST", "search":
                return self._search(kind, told)
            case "POST", "batch", what:
                return self._batch(kind, what, told)
            case ["POST"]:
                refused = self._refuses(kind, told)
                return (400, refused) if refused else (201, {"id": self._make(kind, told)})
            case ["GET"]:
                return 200, {"results": []}
            case "DELETE", number if number in self.objects[kind]:
                del self.objects[kind][number]
                self.bin.append(f"{kind}/{number}")
                return 204, None
            case "PATCH", number if number in self.objects[kind]:
                refused = self._refuses(kind, told)
                if refused:
                    return 400, refused
                self.objects[kind][number]["properties"] |= told["properties"]
                return 200, self.objects[kind][number]
            case "GET", number if number in self.objects[kind]:
                return 200, self.objects[kind][number]
            case _:
                return _missing("resource not found")

    def _batch(self, kind: str, what: str, told: Json) -> Answered:
        inputs = told["inputs"]
        if len(inputs) > 100:
            return 400, _error("VALIDATION_ERROR", "The maximum size of the batch is 100")
        ids = [each["id"] for each in inputs if "id" in each]
        if len(set(ids)) != len(ids):
            return 400, _error("VALIDATION_ERROR", f"Duplicate IDs found in batch input: {ids}")
        traces = [each["objectWriteTraceId"] for each in inputs if "objectWriteTraceId" in each]
        assert len(set(traces)) == len(traces), "trace ids are unique"
        if what == "create" and len(traces) < len(inputs):  # without trace ids one error is everybody's
            refused = next(filter(None, (self._refuses(kind, each) for each in inputs)), None)
            if refused:
                return 400, refused
        if (
            what == "update"
        ):  # multi-status errors are of batches that create: of these only what is not there has its own
            there = [each for each in inputs if each["id"] in self.objects[kind]]
            refused = next(filter(None, (self._refuses(kind, each) for each in there)), None)
            if refused:
                return 400, refused
        results: list[Json] = []
        errors: list[Json] = []
        for each in inputs:
            result = self._one(kind, what, each)
            (errors if result.get("status") == "error" else results).append(result)
        status = {"status": "COMPLETE", "results": list(reversed(results))}
        many = {"numErrors": len(errors), "errors": errors} if errors else {}
        return (207 if errors else 201 if what == "create" else 200), status | many

    def _one(self, kind: str, what: str, told: Json) -> Json:
        trace = {"objectWriteTraceId": told["objectWriteTraceId"]} if "objectWriteTraceId" in told else {}
        if what != "create" and told["id"] not in self.objects[kind]:
            return _error("OBJECT_NOT_FOUND", "Could not get some objects") | {"context": {"ids": [told["id"]]}}
        if what == "read":
            return _shown(self.objects[kind][told["id"]])
        refused = self._refuses(kind, told)
        if refused:
            context = {name: [value] for name, value in trace.items()} or {"ids": [told.get("id")]}
            return refused | {"context": context}
        if what == "create":
            return {"id": self._make(kind, {name: told[name] for name in told if name not in trace}), **trace}
        self.objects[kind][told["id"]]["properties"] |= told["properties"]
        return self.objects[kind][told["id"]]

    def _refuses(self, kind: str, told: Json) -> Json | None:
        """Why properties or associations cannot be so, in HubSpot's words."""
        wrong = [name for name in told["properties"] if name not in _PROPERTIES[kind]]
        if wrong:
            return _error("VALIDATION_ERROR", f'Property "{wrong[0]}" does not exist')
        properties = told["properties"]
        owner = properties.get("hubspot_owner_id")
        if self.known_owners is not None and owner and owner not in self.known_owners:
            return _error("VALIDATION_ERROR", f"Property values were not valid: Owner {owner} does not exist")
        if properties.get("lifecyclestage", "lead") not in _STAGES:
            return _error("VALIDATION_ERROR", "Property values were not valid: lifecyclestage is not an allowed option")
        long = [name for name, value in properties.items() if len(str(value)) > _LONGEST]
        if long:
            return _error("VALIDATION_ERROR", f"Property values were not valid: {long[0]} is too long")
        for each in told.get("associations", ()):
            (kind_of,) = each["types"]
            target = _ASSOCIATIONS.get((kind, kind_of["associationTypeId"]))
            if target is None or each["to"]["id"] not in self.objects[target]:
                return _error("OBJECT_NOT_FOUND", f"No {target} with ID {each['to']['id']} exists")
        return None

    def _search(self, kind: str, told: Json) -> Answered:
        groups = told.get("filterGroups", [])
        filters = [one for group in groups for one in group["filters"]]
        if len(json.dumps(told)) > 3000:
            return 400, _error("VALIDATION_ERROR", "The request body is longer than 3,000 characters")
        if len(groups) > 5 or len(filters) > 25 or any(len(group["filters"]) > 10 for group in groups):
            return 400, _error("VALIDATION_ERROR", "too many filter groups")
        start = int(told.get("after", 0))
        if told.get("limit", 10) > 200 or start >= self.most_found:
            return 400, _error("VALIDATION_ERROR", "There was a problem with the request: paging beyond 10,000")
        rows = [] if self.lagging else [row for row in self.objects[kind].values() if self._is_found(row, told)]
        page = min(self.page, told.get("limit", 10))
        answer: Json = {"total": len(rows), "results": [_shown(row) for row in rows[start : start + page]]}
        if start + page < len(rows):
            answer["paging"] = {"next": {"after": str(start + page)}}
        return 200, answer

    def _is_found(self, row: Json, told: Json) -> bool:
        groups = told.get("filterGroups")
        if groups and not any(all(self._fits(row, one) for one in group["filters"]) for group in groups):
            return False
        return str(told.get("query", "")) in _digits(str(row["properties"].get("phone", "")))

    @staticmethod
    def _fits(row: Json, told: Json) -> bool:
        value = _value(row, told["propertyName"])
        match told["operator"]:
            case "EQ":
                return value == str(told["value"])
            case "IN":
                assert "value" not in told, "IN takes values"
                return value in told["values"]
            case "CONTAINS_TOKEN":
                return value != "" and value.endswith(str(told["value"]).removeprefix("*"))
            case "HAS_PROPERTY":
                return bool(value)
            case "BETWEEN":
                return int(told["value"]) <= int(value) <= int(told["highValue"])
            case other:
                raise AssertionError(other)


def _missing(words: str) -> Answered:
    return 404, _error("OBJECT_NOT_FOUND", words)


def _error(category: str, message: str) -> Json:
    return {"status": "error", "category": category, "message": message, "correlationId": "a-b-c"}


def _shown(row: Json) -> Json:
    """Show times as HubSpot does, whatever way they were told."""
    properties = dict(row["properties"])
    if "hs_timestamp" in properties:
        properties["hs_timestamp"] = datetime.fromtimestamp(int(properties["hs_timestamp"]) / 1000, UTC).isoformat()
    return {**row, "properties": properties}


def _value(row: Json, name: str) -> str:
    """Give a property, also those that HubSpot makes itself."""
    properties = row["properties"]
    match name:
        case "hs_searchable_calculated_phone_number":
            return _searchable(properties.get("phone", ""))
        case "hs_searchable_calculated_mobile_number":
            return _searchable(properties.get("mobilephone", ""))
        case "associations.contact" | "associations.company":
            kinds = {types["associationTypeId"] for each in row["associations"] for types in each["types"]}
            wanted = {194, 204} if name.endswith("contact") else {182, 192}
            return str(next((each["to"]["id"] for each in row["associations"] if kinds & wanted), ""))
        case _:
            return str(properties.get(name) or "")


def _digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))


def _searchable(phone: str) -> str:
    digits = _digits(phone)
    return digits.removeprefix(_COUNTRY) if phone.startswith("+") else digits
