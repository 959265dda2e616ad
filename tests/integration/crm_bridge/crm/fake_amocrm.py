"""An account that behaves as amoCRM's documentation says, over real HTTP: enough of it for what we ask."""

import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.integration.crm_bridge.crm.serving import Answered, Json, Line

_CARD = re.compile(r"(contacts|leads)/(\d+)")


@dataclass(slots=True)
class FakeAmo:
    """Keeps what it was told. Set the fields to make it behave badly."""

    line: Line = field(default_factory=Line)
    contacts: dict[int, Json] = field(default_factory=dict)
    leads: dict[int, Json] = field(default_factory=dict)
    unsorted: dict[str, Json] = field(default_factory=dict)
    notes: list[tuple[str, Json]] = field(default_factory=list)
    """The card and the note."""
    tasks: dict[int, Json] = field(default_factory=dict)
    blind: bool = False
    """Finds no card for a call, though there is one (written in a way that it cannot read)."""
    honest: bool = True
    """Tells so with HTTP 400; else with 200 and a list of errors."""
    immutable_notes: bool = False
    forbids_tasks: bool = False
    """The key's user may not touch this card's tasks."""
    refuses_tasks: str = ""
    """The words with which every task is refused."""
    users: set[int] | None = None
    """Who works there; None: whoever is named. A dismissed user is refused: ``NotSupportedChoice``."""
    ids: int = 100

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/oauth2/access_token", self._renew),
            web.route("*", "/api/v4/{path:.+}", self._serve),
        ]

    def contact(self, phone: str, *, owner: int = 7, leads: int = 0, name: str = "Олена") -> int:
        number = self._id()
        self.contacts[number] = {
            "id": number,
            "name": name,
            "responsible_user_id": owner,
            "updated_at": number,
            "custom_fields_values": [{"field_code": "PHONE", "values": [{"value": phone}]}],
            "_embedded": {"leads": [{"id": self._lead({})} for _ in range(leads)]},
        }
        return number

    def calls(self) -> list[tuple[str, Json]]:
        return [(card, note) for card, note in self.notes if note["note_type"] in {"call_in", "call_out"}]

    def _id(self) -> int:
        self.ids += 1
        return self.ids

    def _lead(self, told: Json) -> int:
        number = self._id()
        self.leads[number] = {**told, "id": number}
        return number

    async def _renew(self, request: web.Request) -> web.Response:
        code, body = self.line.renew(await request.json())
        return web.json_response(body, status=code)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        return await self.line.serve(request, request.match_info["path"], self._checked)

    def _checked(self, request: web.Request, told: Json) -> Answered:
        stranger = self._stranger(told)
        return (400, stranger) if stranger else self._work(request, told)

    def _work(self, request: web.Request, told: Json) -> Answered:
        path, method = request.match_info["path"], request.method
        if path == "tasks" or path.startswith("tasks/"):
            return self._tasks(request, told)
        if method == "DELETE":
            return 405, {"title": "Method Not Allowed", "status": 405, "detail": "there is no such method"}
        if "/notes" in path:
            return self._feeds(request, told)
        match method, path:
            case "GET", "account":
                return 200, {"id": 1, "name": "company"}
            case "GET", "contacts":
                return self._search(request.query.get("query", ""))
            case "POST", "calls":
                return self._call(told[0])
            case "POST", "leads/complex":
                return self._complex(told[0])
            case "POST", "leads/unsorted/sip":
                return self._incoming(told[0])
            case "GET", "leads/unsorted":
                return _list("unsorted", list(self.unsorted.values()))
            case _:
                return self._card(path)

    def _stranger(self, told: Json) -> Json:
        """What is said of a responsible who does not work there (any more), or None."""
        first = told[0] if isinstance(told, list) and told else told
        named = first.get("responsible_user_id") if isinstance(first, dict) else None
        if self.users is None or named is None or int(named) in self.users:
            return None
        detail = "The value you selected is not a valid choice."
        error = {"code": "NotSupportedChoice", "path": "responsible_user_id", "detail": detail}
        return {
            "validation-errors": [{"request_id": "0", "errors": [error]}],
            "title": "Bad Request",
            "status": 400,
            "detail": "Request validation failed",
        }

    def delete(self, contact: int) -> None:
        """Delete a contact with its leads, as a person does."""
        gone = self.contacts.pop(contact)
        for lead in gone["_embedded"]["leads"]:
            self.leads.pop(lead["id"], None)

    def _has(self, card: str) -> bool:
        kind, _, number = card.partition("/")
        return int(number) in (self.contacts if kind == "contacts" else self.leads)

    def _card(self, path: str) -> Answered:
        card = _CARD.match(path)
        if card and card[1] == "contacts" and int(card[2]) in self.contacts:
            return 200, self.contacts[int(card[2])]
        return 404, {"title": "Not Found", "status": 404, "detail": "Cannot be found"}

    def _tasks(self, request: web.Request, told: Json) -> Answered:
        path, method = request.match_info["path"], request.method
        if "/" in path:
            return self._one_task(int(path.partition("/")[2]), method, told)
        if method == "POST":
            return self._task(told[0])
        on = (request.query.get("filter[entity_type]"), request.query.get("filter[entity_id][0]"))
        return _list("tasks", [row for row in self.tasks.values() if (row["entity_type"], str(row["entity_id"])) == on])

    def _feeds(self, request: web.Request, told: Json) -> Answered:
        path, kinds = request.match_info["path"], {request.query.get(f"filter[note_type][{n}]") for n in (0, 1)}
        card = _CARD.match(path)
        if card:
            return self._notes(f"{card[1]}/{card[2]}", request, told, kinds)
        return _list("notes", [note for on, note in self.calls() if on.startswith(path.partition("/")[0])])

    def _search(self, query: str) -> Answered:
        def digits(contact: Json) -> str:
            return "".join(filter(str.isdigit, contact["custom_fields_values"][0]["values"][0]["value"]))

        return _list("contacts", [contact for contact in self.contacts.values() if query in digits(contact)])

    def _call(self, told: Json) -> Answered:
        found = self._search(told["phone"][-9:])[1]
        if self.blind or not found:
            error = {"request_id": told["request_id"], "title": "Entity not found", "status": 263}
            return (400 if self.honest else 200), {"_total_items": 0, "errors": [error], "_embedded": {"calls": []}}
        contact = found["_embedded"]["contacts"][0]
        leads = contact["_embedded"]["leads"]
        card = f"leads/{leads[0]['id']}" if len(leads) == 1 else f"contacts/{contact['id']}"
        kind = "call_in" if told["direction"] == "inbound" else "call_out"
        note = self._note(card, {"note_type": kind, "params": {**told}, "created_at": told["created_at"]})
        return 200, {"_total_items": 1, "errors": [], "_embedded": {"calls": [{"id": note["id"], "request_id": "0"}]}}

    def _note(self, card: str, told: Json) -> Json:
        note = {**told, "id": self._id()}
        self.notes.append((card, note))
        return note

    def _complex(self, told: Json) -> Answered:
        person = told["_embedded"]["contacts"][0]
        phone = person["custom_fields_values"][0]["values"][0]["value"]
        owner = person.get("responsible_user_id", 1)
        number = self.contact(phone, owner=owner, name=person["first_name"])
        lead = self._lead({key: value for key, value in told.items() if key != "_embedded"})
        self.contacts[number]["_embedded"]["leads"].append({"id": lead})
        return 200, [{"id": lead, "contact_id": number, "company_id": None, "request_id": [told["request_id"]]}]

    def _incoming(self, told: Json) -> Answered:
        uid = f"uid{self._id()}"
        self.unsorted[uid] = {**told, "uid": uid}
        return 200, {"_total_items": 1, "_embedded": {"unsorted": [{"uid": uid}]}}

    def _task(self, told: Json) -> Answered:
        if not str(told.get("responsible_user_id", 1)).isdigit():
            return 400, {}
        if self.forbids_tasks:
            return 403, {"title": "Forbidden", "status": 403, "detail": "no rights"}
        if self.refuses_tasks:
            return 400, {"title": "Bad Request", "status": 400, "detail": self.refuses_tasks}
        if not self._has(f"{told['entity_type']}/{told['entity_id']}"):
            return 404, {"title": "Not Found", "status": 404, "detail": "Cannot be found"}
        number = self._id()
        self.tasks[number] = {**told, "id": number, "is_completed": False}
        return 200, {"_embedded": {"tasks": [{"id": number, "request_id": told["request_id"]}]}}

    def _one_task(self, number: int, method: str, told: Json) -> Answered:
        if number not in self.tasks:
            return 404, {"title": "Not Found", "status": 404}
        if method == "PATCH":
            self.tasks[number] |= told
        return 200, self.tasks[number]

    def _notes(self, card: str, request: web.Request, told: Json, kinds: set[str | None]) -> Answered:
        if not self._has(card):
            return 404, {"title": "Not Found", "status": 404, "detail": "Cannot be found"}
        match request.method:
            case "GET":
                return _list("notes", [note for on, note in self.notes if on == card and note["note_type"] in kinds])
            case "POST":
                return 200, {"_embedded": {"notes": [self._note(card, told[0])]}}
            case _:
                return self._change(card, int(request.match_info["path"].rpartition("/")[2]), told)

    def _change(self, card: str, number: int, told: Json) -> Answered:
        note = next((note for on, note in self.notes if on == card and note["id"] == number), None)
        if note is None:
            return 404, {"title": "Not Found", "status": 404, "detail": "Cannot be found"}
        if self.immutable_notes and note["note_type"] != "common":
            return 400, {"title": "Bad Request", "status": 400, "detail": "this note type cannot be changed"}
        note["params"] = told["params"]
        return 200, note


def _list(name: str, rows: list[Any]) -> Answered:
    return (200, {"_embedded": {name: rows}}) if rows else (204, None)
