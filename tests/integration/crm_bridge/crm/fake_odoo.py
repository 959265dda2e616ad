"""A database that answers as Odoo's JSON-2 API does: enough of it to be told calls. The tests have a real one, too.

Written from https://www.odoo.com/documentation/19.0/developer/reference/external_api.html (addresses, bodies, errors)
and .../backend/orm.html#search-domains (domains), and from what a real Odoo 19 answered in `tests/odoo`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web

from telephony.numbers import every_number
from tests.integration.crm_bridge.crm.odoo_table import Table
from tests.integration.crm_bridge.crm.serving import Failure

Json = dict[str, Any]
_NAMED = {"mt_note": 2, "mail_activity_data_call": 5, "mail_activity_data_todo": 4}
_FIELDS = {
    "res.partner": {"name", "phone", "phone_sanitized", "user_id"},
    "crm.lead": {
        "name",
        "phone",
        "phone_sanitized",
        "description",
        "contact_name",
        "partner_name",
        "user_id",
        "team_id",
    }
    | {"write_date", "stage_id.is_won"},
    "mail.message": {"model", "res_id", "body", "message_type", "subtype_id", "create_uid", "date"},
    "mail.activity": {"res_model", "res_model_id", "res_id", "activity_type_id", "date_deadline", "summary", "note"}
    | {"user_id", "active"},
    "ir.model.data": {"module", "name", "res_id"},
    "ir.model": {"model"},
    "res.users": {"login", "active"},
}


@dataclass(slots=True)
class FakeOdoo:
    """Keeps what it was told. Set the fields to make it behave badly."""

    tables: dict[str, Table] = field(default_factory=lambda: {model: Table() for model in _FIELDS})
    forbidden: set[int] = field(default_factory=set)
    """Records that a rule keeps from our user."""
    asked: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    """Answers to give instead of the next ones; a 403 instead of the next that makes something."""
    drop_after: str = ""
    """``mail.message/create``: it is carried out, and its answer is then lost once."""
    now: str = "2026-11-21 12:00:05"
    """When messages are written."""
    ids: "count[int]" = field(default_factory=lambda: count(100))

    def __post_init__(self) -> None:
        for name, number in _NAMED.items():
            self.tables["ir.model.data"][number] = {"id": number, "module": "mail", "name": name, "res_id": number}
        for number in (1, 6, 7):
            self.tables["res.users"][number] = {"id": number, "login": f"user{number}", "active": True}
        for number, model in enumerate(("res.partner", "crm.lead"), 1):
            self.tables["ir.model"][number] = {"id": number, "model": model}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/json/2/{model}/{method}", self._serve), web.get("/web/version", self._version)]

    @property
    def notes(self) -> list[Json]:
        return list(self.tables["mail.message"].values())

    @property
    def activities(self) -> list[Json]:
        return list(self.tables["mail.activity"].values())

    def contact(self, phone: str, *, owner: int = 7) -> int:
        number = next(self.ids)
        sanitized = next(iter(every_number(phone, "UA")), False)
        row = {"name": "Олена", "phone": phone, "phone_sanitized": sanitized, "user_id": [owner, "Owner"]}
        self.tables["res.partner"][number] = {**row, "id": number}
        return number

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        told = await request.json()
        model, method = request.match_info["model"], request.match_info["method"]
        self.asked.append(f"{model}/{method}")
        if self.failures and (method == "create" or self.failures[0].code != 403):  # rules let searches find nothing
            return _instead(self.failures.pop(0))
        if not request.headers.get("Authorization", "").startswith("bearer "):
            return _error(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey")
        if self._is_forbidden(told):
            return _error(403, "odoo.exceptions.AccessError", "Sorry, you are not allowed to access this record")
        unknown = self._unknown(model, told)
        if unknown:
            return _error(422, "builtins.ValueError", f"Invalid field {unknown!r} on model {model!r}")
        answer = self._methods()[method](model, told)
        if self.drop_after == f"{model}/{method}":
            self.drop_after = ""
            assert request.transport is not None
            request.transport.close()
        return web.json_response(answer)

    def _is_forbidden(self, told: Json) -> bool:
        named = [*told.get("ids", ()), *(values.get("res_id", 0) for values in told.get("vals_list", ()))]
        return bool(self.forbidden & set(named))

    @staticmethod
    def _unknown(model: str, told: Json) -> str:
        named = [name for values in told.get("vals_list", ()) for name in values] + told.get("fields", [])
        return next((name for name in named if name not in _FIELDS[model] | {"display_name"}), "")

    def _methods(self) -> dict[str, Callable[[str, Json], Any]]:
        return {
            "search_read": self._search_read,
            "read": lambda model, told: [self.tables[model][number] for number in told["ids"]],
            "create": lambda model, told: [self._create(model, values) for values in told["vals_list"]],
            "message_post": self._post,
            "activity_schedule": self._plan,
            "action_feedback": self._done,
            "search": lambda model, told: [row["id"] for row in self._search_read(model, {**told, "fields": []})],
            "search_count": lambda model, told: len(self._search_read(model, {**told, "fields": []})),
            "write": self._write,
            "unlink": self._unlink,
            "context_get": lambda _, __: {"lang": "en_US", "tz": "Europe/Kyiv", "uid": 1},
        }

    async def _version(self, _: web.Request) -> web.StreamResponse:
        if self.failures:
            return _instead(self.failures.pop(0))
        return web.json_response({"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"})

    def _write(self, model: str, told: Json) -> bool:
        for number in told["ids"]:
            self.tables[model][number] |= told["vals"]
        return True

    def _unlink(self, model: str, told: Json) -> bool:
        for number in told["ids"]:
            del self.tables[model][number]
        return True

    def _search_read(self, model: str, told: Json) -> list[Json]:
        domain = told["domain"]
        tested = any(leaf[0] == "active" for leaf in domain if not isinstance(leaf, str))
        rows = [
            row
            for row in self.tables[model].perhaps(domain)
            if (tested or row.get("active", True)) and row["id"] not in self.forbidden
            if _holds(domain, row)
        ]
        newest = told.get("order", "id").endswith("desc")
        rows = sorted(rows, key=lambda row: row["id"], reverse=newest)
        first = told.get("offset", 0)
        rows = rows[first : first + told.get("limit", len(rows))]
        return [{name: row.get(name, False) for name in ("id", *told["fields"])} for row in rows]

    def _create(self, model: str, values: Json) -> int:
        number, user = next(self.ids), values.get("user_id", 1)
        row = {**values, "id": number, "user_id": [user, "Owner"], "write_date": "2026-11-21 12:00:00"}
        if model == "crm.lead":
            row |= {"phone_sanitized": values["phone"], "stage_id.is_won": False}
        if model == "mail.message":
            row |= {"create_uid": [1, "Ringback"], "date": self.now}
        if model == "mail.activity":
            assert values["activity_type_id"] in _NAMED.values()
            row |= {"res_model": self.tables["ir.model"][values["res_model_id"]]["model"], "active": True}
        self.tables[model][number] = row
        return number

    def _post(self, model: str, told: Json) -> int:
        return self._create("mail.message", {"model": model, "res_id": told["ids"][0], "body": told["body"]})

    def _plan(self, model: str, told: Json) -> int:
        (kind,) = (number for number, row in self.tables["ir.model"].items() if row["model"] == model)
        named: Json = {name: told[name] for name in ("summary", "note", "date_deadline", "user_id") if name in told}
        type_id = _NAMED[told["act_type_xmlid"].removeprefix("mail.")]
        return self._create(
            "mail.activity", {**named, "res_model_id": kind, "res_id": told["ids"][0], "activity_type_id": type_id}
        )

    def _done(self, _: str, told: Json) -> bool:
        for number in told["ids"]:
            self.tables["mail.activity"][number]["active"] = False
        return True


def _instead(failure: Failure) -> web.Response:
    if isinstance(failure.body, str):
        return web.Response(status=failure.code, text=failure.body)
    return web.json_response(failure.body, status=failure.code)


def _error(code: int, name: str, message: str) -> web.Response:
    return web.json_response({"name": name, "message": message, "arguments": [message], "debug": ""}, status=code)


def _holds(domain: list[Any], row: Json) -> bool:
    """Read a domain in Polish notation; what is left over is joined by *and*."""
    rest = iter(domain)
    return all(_term(token, rest, row) for token in rest)


def _term(token: Any, rest: Iterator[Any], row: Json) -> bool:  # noqa: ANN401 - an operator or a leaf
    if token == "|":
        sides = [_term(next(rest), rest, row), _term(next(rest), rest, row)]
        return any(sides)
    if token == "&":
        sides = [_term(next(rest), rest, row), _term(next(rest), rest, row)]
        return all(sides)
    name, operator, value = token
    if name == "phone_mobile_search":
        return value in re.sub(r"\D", "", str(row.get("phone", "")))
    known = row.get(name, False)
    match operator:
        case "=":
            return bool(known == value)
        case "in":
            return bool(known in value)
        case ">=":
            return str(known) >= str(value)
        case "<":
            return str(known) < str(value)
        case "ilike":
            return str(value).lower() in str(known).lower()
        case other:
            raise AssertionError(other)
