"""An account that behaves as amoCRM's documentation says, over real HTTP: enough of it for what we ask.

Its pages: see `amocrm_rules`; https://www.kommo.com/developers/content/telephony/call_logging/ tells where a call goes:
contact or company by the last ten digits, its one active lead, else its one customer, else the card itself; a number
that is on no card is not added.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.integration.crm_bridge.crm import amocrm_rules as rules
from tests.integration.crm_bridge.crm.serving import Answered, Json, Line

_CARD = re.compile(r"(contacts|companies|leads)/(\d+)")
_MOST = 250
_CLOSED = frozenset({142, 143})
"""Every pipeline's won and lost."""


@dataclass(slots=True)
class FakeAmo:
    """Keeps what it was told. Set the fields to make it behave badly."""

    line: Line = field(default_factory=Line)
    contacts: dict[int, Json] = field(default_factory=dict)
    companies: dict[int, Json] = field(default_factory=dict)
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
    hidden: set[str] = field(default_factory=set)
    """Cards and tasks (``contacts/101``) that the key's user may not see."""
    forbids_tasks: bool = False
    """The key's user may not touch this card's tasks."""
    refuses_tasks: str = ""
    """The words with which every task is refused."""
    users: set[int] | None = None
    """Who works there; None: whoever is named. A dismissed user is refused: ``NotSupportedChoice``."""
    ids: int = 100
    now: int = 1_795_262_400
    """When notes without a time of their own were made."""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/oauth2/access_token", self._renew),
            web.route("*", "/api/v4/{path:.+}", self._serve),
        ]

    def contact(self, phone: str, *, owner: int = 7, leads: int = 0, name: str = "Олена") -> int:
        number = self._id()
        made = [self._lead({}, number) for _ in range(leads)]
        self.contacts[number] = self._person(number, phone, owner, name, made)
        return number

    def company(self, phone: str, *, owner: int = 7) -> int:
        number = self._id()
        self.companies[number] = self._person(number, phone, owner, "ТОВ", [])
        return number

    @staticmethod
    def _person(number: int, phone: str, owner: int, name: str, leads: Sequence[int]) -> Json:
        return {
            "id": number,
            "name": name,
            "responsible_user_id": owner,
            "updated_at": number,
            "custom_fields_values": [{"field_code": "PHONE", "values": [{"value": phone}]}],
            "_embedded": {"leads": [{"id": lead} for lead in leads]},
        }

    def calls(self) -> list[tuple[str, Json]]:
        return [(card, note) for card, note in self.notes if note["note_type"] in {"call_in", "call_out"}]

    def _id(self) -> int:
        self.ids += 1
        return self.ids

    def _lead(self, told: Json, contact: int) -> int:
        number = self._id()
        inside = {"contacts": [{"id": contact, "is_main": True}]}
        self.leads[number] = {"status_id": 1, **told, "id": number, "_embedded": inside}
        return number

    async def _renew(self, request: web.Request) -> web.Response:
        code, body = self.line.renew(await request.json())
        return web.json_response(body, status=code)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        return await self.line.serve(request, request.match_info["path"], self._work)

    def _work(self, request: web.Request, told: Json) -> Answered:
        path, method = request.match_info["path"], request.method
        if self.hidden and any(path == each or path.startswith(f"{each}/") for each in self.hidden):
            return _FORBIDDEN
        if method == "DELETE":
            return 405, {"title": "Method Not Allowed", "status": 405, "detail": "there is no such method"}
        if method == "POST" and path in rules.FIELDS:
            assert isinstance(told, list), "an array, also of one"
            assert len(told) <= (50 if path == "leads/complex" else _MOST)
            wrong = rules.wrong_with(path, told, self.users)
            return (400, wrong) if wrong else self._made(path, told)
        if "/notes" in path:
            return self._feeds(request, told)
        if path == "tasks" or path.startswith("tasks/"):
            return self._tasks(request, told)
        match method, path:
            case "GET", "account":
                return 200, {"id": 1, "name": "company"}
            case "GET", "contacts" | "companies" | "leads":
                return self._listed(path, request.query)
            case "GET", "leads/unsorted":
                return _list("unsorted", list(reversed(self.unsorted.values())))
            case _:
                return self._card(path)

    def _made(self, path: str, things: Sequence[Json]) -> Answered:
        if path == "calls":
            return self._calls(things)
        if path == "tasks":
            return self._new_tasks(things)
        make = self._complex if path == "leads/complex" else self._incoming
        rows = [make(thing) for thing in things]
        return 200, rows if path == "leads/complex" else {"_embedded": {"unsorted": rows}}

    def delete(self, contact: int) -> None:
        """Delete a contact with its leads, as a person does."""
        gone = self.contacts.pop(contact)
        for lead in gone["_embedded"]["leads"]:
            self.leads.pop(lead["id"], None)

    def _kind(self, kind: str) -> dict[int, Json]:
        return {"contacts": self.contacts, "companies": self.companies, "leads": self.leads}[kind]

    def _has(self, card: str) -> bool:
        kind, _, number = card.partition("/")
        return int(number) in self._kind(kind)

    def _card(self, path: str) -> Answered:
        card = _CARD.match(path)
        if card and int(card[2]) in self._kind(card[1]):
            return 200, self._kind(card[1])[int(card[2])]
        return _not_found()

    def _listed(self, kind: str, query: Mapping[str, str]) -> Answered:
        ids = [value for name, value in query.items() if name.startswith("filter[id]")]
        if ids:
            assert len(ids) <= int(query.get("limit", 50)) <= _MOST, "more than a page"
            return _list(kind, [self._kind(kind)[int(number)] for number in ids if int(number) in self._kind(kind)])
        if kind == "leads":
            return _list(kind, list(self.leads.values()))
        return self._search(kind, query.get("query", ""))

    def _tasks(self, request: web.Request, told: Json) -> Answered:
        path, method = request.match_info["path"], request.method
        if "/" in path:
            return self._one_task(int(path.partition("/")[2]), method, told)
        if method == "PATCH":
            if any(each["id"] not in self.tasks for each in told):
                return _not_found()
            for each in told:
                self.tasks[each["id"]] |= each
            return 200, {"_embedded": {"tasks": [{"id": each["id"], "updated_at": 1} for each in told]}}
        ids = [int(value) for name, value in request.query.items() if name.startswith("filter[id]")]
        if ids:
            return _list("tasks", [self.tasks[number] for number in ids if number in self.tasks])
        on = (request.query.get("filter[entity_type]"), request.query.get("filter[entity_id][0]"))
        return _list("tasks", [row for row in self.tasks.values() if (row["entity_type"], str(row["entity_id"])) == on])

    def _feeds(self, request: web.Request, told: Json) -> Answered:
        path, kinds = request.match_info["path"], {request.query.get(f"filter[note_type][{n}]") for n in (0, 1)}
        card = _CARD.match(path)
        if card:
            return self._notes(f"{card[1]}/{card[2]}", request, told, kinds)
        kind, query = path.partition("/")[0], request.query
        span = [int(query.get(f"filter[updated_at][{bound}]", at)) for bound, at in (("from", 0), ("to", 1 << 40))]
        notes = [note for on, note in self.calls() if on.startswith(kind)]
        return _list("notes", [note for note in notes if span[0] <= note.get("updated_at", self.now) <= span[1]])

    def _search(self, kind: str, query: str) -> Answered:
        return _list(kind, [person for person in self._kind(kind).values() if query in _digits(person)])

    def _calls(self, things: Sequence[Json]) -> Answered:
        added: list[Json] = []
        errors: list[Json] = []
        for place, thing in enumerate(things):
            request_id = str(thing.get("request_id", place))
            card = "" if self.blind else self._place(thing["phone"])
            if not card:
                errors.append({"request_id": request_id, "title": "Entity not found", "status": 263})
                continue
            kind = "call_in" if thing["direction"] == "inbound" else "call_out"
            note = self._note(card, {"note_type": kind, "params": {**thing}, "created_at": thing.get("created_at")})
            entity, _, number = card.partition("/")
            where = {"entity_id": int(number), "entity_type": _SINGULAR[entity]}
            added.append({"id": note["id"], "request_id": request_id, "account_id": 1, **where})
        code = 400 if errors and not added and self.honest else 200
        return code, {"_total_items": len(added), "errors": errors, "_embedded": {"calls": added}}

    def _place(self, phone: str) -> str:
        """Give the card that a call goes to, or empty."""
        end = "".join(filter(str.isdigit, phone))[-10:]
        for kind in ("contacts", "companies"):
            for person in self._kind(kind).values():
                if _digits(person)[-10:] == end:
                    leads = [lead["id"] for lead in person["_embedded"]["leads"] if self._is_active(lead["id"])]
                    return f"leads/{leads[0]}" if len(leads) == 1 else f"{kind}/{person['id']}"
        return ""

    def _is_active(self, lead: int) -> bool:
        return lead in self.leads and self.leads[lead]["status_id"] not in _CLOSED

    def _note(self, card: str, told: Json) -> Json:
        note = {**told, "id": self._id(), "updated_at": told.get("created_at") or self.now}
        self.notes.append((card, note))
        return note

    def _complex(self, told: Json) -> Json:
        person = told["_embedded"]["contacts"][0]
        phone = person["custom_fields_values"][0]["values"][0]["value"]
        owner = person.get("responsible_user_id", 1)
        number = self.contact(phone, owner=owner, name=person["first_name"])
        lead = self._lead({key: value for key, value in told.items() if key != "_embedded"}, number)
        self.contacts[number]["_embedded"]["leads"].append({"id": lead})
        return {"id": lead, "contact_id": number, "company_id": None, "request_id": [told.get("request_id", "0")]}

    def _incoming(self, told: Json) -> Json:
        assert {"from", "phone", "called_at", "duration", "link", "service_code", "uniq"} <= told["metadata"].keys()
        uid = f"uid{self._id()}"
        self.unsorted[uid] = {**told, "uid": uid}
        return {"uid": uid, "account_id": 1, "request_id": told.get("request_id", "0")}

    def _new_tasks(self, things: Sequence[Json]) -> Answered:
        if self.forbids_tasks:
            return _FORBIDDEN
        if self.refuses_tasks:
            return 400, {"title": "Bad Request", "status": 400, "detail": self.refuses_tasks}
        if not all(self._has(f"{thing['entity_type']}/{thing['entity_id']}") for thing in things):
            return _not_found()
        made = []
        for place, thing in enumerate(things):
            number = self._id()
            self.tasks[number] = {**thing, "id": number, "is_completed": False}
            made.append({"id": number, "request_id": thing.get("request_id", str(place))})
        return 200, {"_embedded": {"tasks": made}}

    def _one_task(self, number: int, method: str, told: Json) -> Answered:
        if number not in self.tasks:
            return _not_found()
        if method == "PATCH":
            self.tasks[number] |= told
        return 200, self.tasks[number]

    def _notes(self, card: str, request: web.Request, told: Json, kinds: set[str | None]) -> Answered:
        if not self._has(card):
            return _not_found()
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
            return _not_found()
        if self.immutable_notes and note["note_type"] != "common":
            return 400, {"title": "Bad Request", "status": 400, "detail": "this note type cannot be changed"}
        note["params"] = told["params"]
        return 200, note


_FORBIDDEN: Answered = (403, {"title": "Forbidden", "status": 403, "detail": "no rights"})
_SINGULAR = {"contacts": "contact", "companies": "company", "leads": "lead"}


def _not_found() -> Answered:
    return 404, {"title": "Not Found", "status": 404, "detail": "Cannot be found"}


def _digits(person: Json) -> str:
    return "".join(filter(str.isdigit, person["custom_fields_values"][0]["values"][0]["value"]))


def _list(name: str, rows: list[Any]) -> Answered:
    return (200, {"_embedded": {name: rows}}) if rows else (204, None)
