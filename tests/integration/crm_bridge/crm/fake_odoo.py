"""A database that answers as Odoo's JSON-2 API does: enough of it to be told calls. The tests have a real one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web

Json = dict[str, Any]


@dataclass(slots=True)
class FakeOdoo:
    """Keeps what it was told."""

    leads: dict[int, Json] = field(default_factory=dict)
    people: dict[str, Json] = field(default_factory=dict)
    """By the national digits of their number, as searches ask for it."""
    notes: dict[tuple[str, int], list[Json]] = field(default_factory=dict)
    activities: dict[int, Json] = field(default_factory=dict)
    ids: "count[int]" = field(default_factory=lambda: count(100))

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/json/2/{model}/{method}", self._serve)]

    def contact(self, phone: str, *, owner: int = 7) -> int:
        number = next(self.ids)
        row = {"id": number, "name": "Олена", "phone": phone, "phone_sanitized": phone, "user_id": [owner, "Owner"]}
        self.people[phone[4:]] = {**row, "model": "res.partner"}
        return number

    async def _serve(self, request: web.Request) -> web.Response:
        told = await request.json()
        model, method = request.match_info["model"], request.match_info["method"]
        answer = self._methods()[method]
        return web.json_response(answer(model, told))

    def _methods(self) -> dict[str, Callable[[str, Json], Any]]:
        return {
            "search_read": self._people,
            "search": self._search,
            "read": lambda _, told: [self.leads[number] for number in told["ids"]],
            "create": self._create,
            "message_post": self._post,
            "activity_schedule": self._plan,
            "action_feedback": self._done,
        }

    def _people(self, model: str, told: Json) -> list[Json]:
        found = self.people.get(str(told["domain"][0][2]))
        return [found] if found and found["model"] == model else []

    def _search(self, model: str, told: Json) -> list[int]:
        where = {name: value for name, _, value in told["domain"]}
        if model == "mail.message":
            return [note["id"] for note in self._notes_on(where) if where["body"] in note["body"]]
        if "id" in where:
            return [where["id"]] if self.activities[where["id"]]["active"] else []
        on = (where["res_model"], where["res_id"])
        return [n for n, each in self.activities.items() if each["on"] == on and where["note"] in each["note"]]

    def _notes_on(self, where: Json) -> list[Json]:
        return self.notes.get((where["model"], where["res_id"]), [])

    def _create(self, model: str, told: Json) -> list[int]:
        (values,) = told["vals_list"]
        number, phone = next(self.ids), values["phone"]
        user = [values.get("user_id", 1), "Owner"]
        names = {"contact_name": False, "partner_name": False, "write_date": "2026-11-21 12:00:00"}
        self.leads[number] = {**names, **values, "id": number, "user_id": user, "phone_sanitized": phone}
        self.people[phone[4:]] = {**self.leads[number], "model": model}
        return [number]

    def _post(self, model: str, told: Json) -> int:
        number = next(self.ids)
        self.notes.setdefault((model, told["ids"][0]), []).append({"id": number, "body": told["body"]})
        return number

    def _plan(self, model: str, told: Json) -> int:
        number = next(self.ids)
        self.activities[number] = {"on": (model, told["ids"][0]), "note": told["note"], "active": True}
        return number

    def _done(self, _: str, told: Json) -> bool:
        for number in told["ids"]:
            self.activities[number]["active"] = False
        return True
