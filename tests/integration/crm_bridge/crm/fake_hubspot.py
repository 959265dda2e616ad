"""An account that behaves as HubSpot's documentation says, over real HTTP: enough of it for what we ask."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from tests.integration.crm_bridge.crm.serving import Answered, Json, Line

_COUNTRY = "380"


@dataclass(slots=True)
class FakeHubSpot:
    """Keeps what it was told. Set the fields to make it behave badly."""

    line: Line = field(default_factory=Line)
    objects: dict[str, dict[str, Json]] = field(default_factory=lambda: {"contacts": {}, "calls": {}, "tasks": {}})
    owners: dict[str, str] = field(default_factory=lambda: {"6": "ivan@example.com", "7": "olena@example.com"})
    page: int = 100
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
            case "POST", "crm", "v3", "extensions", "calling", "recordings", "ready":
                self.ready.append(told["engagementId"])
                return 204, None
            case "GET", "crm", "v3", "owners", owner if owner in self.owners:
                return 200, {"id": owner, "email": self.owners[owner]}
            case "GET", "crm", "v3", "owners":
                return 200, {"results": []}
            case "POST", "crm", "v3", "objects", kind, "search":
                return self._search(kind, told)
            case "POST", "crm", "v3", "objects", kind:
                return 201, {"id": self._make(kind, told)}
            case "GET", "crm", "v3", "objects", kind if kind in self.objects:
                return 200, {"results": []}
            case method, "crm", "v3", "objects", kind, number if number in self.objects[kind]:
                if method == "DELETE":
                    del self.objects[kind][number]
                    self.bin.append(f"{kind}/{number}")
                    return 204, None
                if method == "PATCH":
                    self.objects[kind][number]["properties"] |= told["properties"]
                return 200, self.objects[kind][number]
            case _:
                return 404, {"status": "error", "message": "resource not found"}

    def _search(self, kind: str, told: Json) -> Answered:
        groups = told["filterGroups"]
        if len(groups) > 5:
            return 400, {"status": "error", "message": "too many filter groups", "category": "VALIDATION_ERROR"}
        rows = [
            row
            for row in self.objects[kind].values()
            if not self.lagging
            if any(all(self._fits(row, one) for one in group["filters"]) for group in groups)
        ]
        start = int(told.get("after", 0))
        answer: Json = {"total": len(rows), "results": [_shown(row) for row in rows[start : start + self.page]]}
        if start + self.page < len(rows):
            answer["paging"] = {"next": {"after": str(start + self.page)}}
        return 200, answer

    @staticmethod
    def _fits(row: Json, told: Json) -> bool:
        value = _value(row, told["propertyName"])
        match told["operator"]:
            case "EQ":
                return value == str(told["value"])
            case "CONTAINS_TOKEN":
                return value != "" and value.endswith(str(told["value"]).removeprefix("*"))
            case "HAS_PROPERTY":
                return bool(value)
            case "BETWEEN":
                return int(told["value"]) <= int(value) <= int(told["highValue"])
            case other:
                raise AssertionError(other)


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
        case "associations.contact":
            return str(next((each["to"]["id"] for each in row["associations"]), ""))
        case _:
            return str(properties.get(name) or "")


def _searchable(phone: str) -> str:
    digits = "".join(filter(str.isdigit, phone))
    return digits.removeprefix(_COUNTRY) if phone.startswith("+") else digits
