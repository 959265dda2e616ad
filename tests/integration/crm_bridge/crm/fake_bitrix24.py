"""A portal that behaves as Bitrix24's documentation says, over real HTTP: enough of it for what we ask.

Written from the vendor's reference, https://github.com/bitrix-tools/b24-rest-docs (folder api-reference). Its page on
telephony.externalCall.register: a call is found again by number, type, user, line and external id. On finish: a call
is finished once, and users must be active. On crm.activity.todo: a completed to-do is not changed, its owner must be
there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from tests.integration.crm_bridge.crm import bitrix_batch as batch

Json = dict[str, Any]


@dataclass(slots=True)
class FakePortal:
    """Keeps what it was told. Set the fields to make it behave badly."""

    people: dict[str, Json] = field(default_factory=dict)
    """Number to an entity, as searchCrmEntities gives it."""
    calls: dict[str, Json] = field(default_factory=dict)
    todos: list[Json] = field(default_factory=list)
    comments: dict[int, Json] = field(default_factory=dict)
    deleted: list[int] = field(default_factory=list)
    """Activities that are not there any more."""
    shown: list[tuple[str, list[int]]] = field(default_factory=list)
    hidden: list[tuple[str, list[int]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Requests: a ``batch`` is one."""
    called: list[str] = field(default_factory=list)
    """Methods, also those within a ``batch``."""
    refusals: dict[str, Json] = field(default_factory=dict)
    """What a method is answered with."""
    access: str = ""
    """The only access token that is good; empty for a webhook's portal."""
    refresh: str = "refresh-1"
    renewed: int = 0
    failures: list[tuple[int, Json | str]] = field(default_factory=list)
    """Answers to give instead of the next ones."""
    drop_after: str = ""
    """A method that is carried out, and whose answer is then lost once."""
    leads: int = 100
    users: set[int] | None = None
    """The active users; None: whoever is named."""
    gone: set[tuple[int, int]] = field(default_factory=set)
    """Entities (type, id) that were deleted."""
    forbidden: set[int] = field(default_factory=set)
    """Entities that our key may not touch."""
    no_lead: str = ""
    """Why a lead cannot be made."""
    registered: dict[tuple[object, ...], str] = field(default_factory=dict)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/rest/{method}", self.serve)
        app.router.add_post("/rest/{user}/{code}/{method}", self.serve)
        app.router.add_get("/oauth/token/", self.renew)
        return app

    async def renew(self, request: web.Request) -> web.Response:
        form = request.query  # settings/oauth/auto-renewal.md: GET
        if form["refresh_token"] != self.refresh or form["client_secret"] != "client-secret":
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.renewed += 1
        self.refresh, self.access = f"refresh-{self.renewed + 1}", f"access-{self.renewed}"
        return web.json_response({"access_token": self.access, "refresh_token": self.refresh, "expires_in": 3600})

    async def serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].removesuffix(".json")
        told: Json = await request.json()
        self.asked.append(method)
        if self.failures:
            code, body = self.failures.pop(0)
            return (
                web.Response(status=code, text=body) if isinstance(body, str) else web.json_response(body, status=code)
            )
        if self.access and told.get("auth") != self.access:
            return web.json_response({"error": "expired_token", "error_description": "expired"}, status=401)
        answer = batch.run(told, self._call) if method == "batch" else self._call(method, told)
        if self.drop_after == method:
            self.drop_after = ""
            assert request.transport is not None
            request.transport.close()
        return web.json_response(answer, status=400 if "error" in answer else 200)

    def _call(self, method: str, told: Json) -> Json:
        self.called.append(method)
        if method in self.refusals:
            return self.refusals[method]
        return self._methods().get(method, self._no_method)(told)

    def _methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "telephony.externalCall.register": self._register,
            "telephony.externalCall.finish": self._finish,
            "telephony.externalCall.show": lambda told: self._card(told, self.shown),
            "telephony.externalCall.hide": lambda told: self._card(told, self.hidden),
            "telephony.externalCall.searchCrmEntities": self._search,
            "telephony.externalCall.attachRecord": self._attach,
            "crm.activity.todo.add": self._todo,
            "crm.activity.delete": self._delete,
            "crm.timeline.comment.add": self._comment,
            "crm.timeline.comment.list": self._comments,
            "crm.timeline.comment.update": self._change_comment,
            "crm.timeline.comment.delete": self._delete_comment,
            "crm.activity.list": self._activities,
            "crm.activity.get": self._activity,
            "crm.activity.update": self._update,
            "crm.activity.todo.updateDescription": self._describe,
            "voximplant.statistic.get": self._statistics,
            "profile": lambda _: {"result": {"ID": "1"}},
            "telephony.externalLine.get": lambda _: {"result": [], "total": 0},
            "crm.lead.fields": lambda _: {"result": {"ID": {"type": "integer", "isReadOnly": True}}},
        }

    def _statistics(self, told: Json) -> Json:
        """Finished calls, 50 a page; those that a click opened have no EXTERNAL_CALL_ID."""
        rows = [
            {
                "ID": str(place),
                "CALL_ID": crm_id,
                "EXTERNAL_CALL_ID": call.get("EXTERNAL_CALL_ID", ""),
                "CALL_START_DATE": call.get("CALL_START_DATE", "2026-11-21T14:00:00+02:00"),
            }
            for place, (crm_id, call) in enumerate(self.calls.items(), 1)
            if "finish" in call
        ]
        rows = [row for row in rows if _is_within(row["CALL_START_DATE"], told.get("FILTER", {}))]
        if "SORT" not in told:  # in no order: a page may have what another has had
            rows.sort(key=lambda row: hash(row["CALL_ID"]))
        return {"result": rows[told["start"] : told["start"] + 50]}

    @staticmethod
    def _no_method(_: Json) -> Json:
        return {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}

    def _register(self, told: Json) -> Json:
        if self._inactive(told["USER_ID"]):
            return _NO_USER
        same = tuple(told[name] for name in ("PHONE_NUMBER", "TYPE", "USER_ID", "LINE_NUMBER", "EXTERNAL_CALL_ID"))
        again = sum(key[-1] == told["EXTERNAL_CALL_ID"] for key in self.registered)
        new = f"externalCall.{told['EXTERNAL_CALL_ID']}" + (f".{again + 1}" if again else "")
        crm_id = self.registered.setdefault(same, new)  # the same again within 30 minutes
        known = self.people.get(told["PHONE_NUMBER"])
        call = self.calls.setdefault(crm_id, {**told, "registered": 0})
        call["registered"] += 1
        result: Json = {"CALL_ID": crm_id, "CRM_CREATED_ENTITIES": []}
        if known:
            result |= {"CRM_ENTITY_TYPE": known["CRM_ENTITY_TYPE"], "CRM_ENTITY_ID": known["CRM_ENTITY_ID"]}
        elif told["CRM_CREATE"] and self.no_lead:
            result["LEAD_CREATION_ERROR"] = self.no_lead
        elif told["CRM_CREATE"] and call["registered"] == 1:
            self.leads += 1
            call["made"] = True
            result["CRM_CREATED_ENTITIES"] = [{"ENTITY_TYPE": "LEAD", "ENTITY_ID": self.leads}]
            self.people[told["PHONE_NUMBER"]] = {
                "CRM_ENTITY_TYPE": "LEAD",
                "CRM_ENTITY_ID": self.leads,
                "ASSIGNED_BY_ID": told["USER_ID"],
                "NAME": "",
            }
        return {"result": result}

    def _finish(self, told: Json) -> Json:
        if self._inactive(told["USER_ID"]):
            return _NO_USER
        if "finish" in self.calls.get(told["CALL_ID"], {"finish": "never registered"}):
            words = "Call is not found (call should be registered prior to finishing)"
            return {"error": "ERROR_CORE", "error_description": words}
        call = self.calls[told["CALL_ID"]]
        call["finish"] = told
        if call.get("made"):  # the responsible changes of automatically made entities alone
            self.people[call["PHONE_NUMBER"]]["ASSIGNED_BY_ID"] = told["USER_ID"]
        return {"result": {"ID": 1, "CRM_ACTIVITY_ID": 555}}

    @staticmethod
    def _card(told: Json, kept: list[tuple[str, list[int]]]) -> Json:
        kept.append((told["CALL_ID"], told["USER_ID"]))
        return {"result": True}

    def _search(self, told: Json) -> Json:
        known = self.people.get(told["PHONE_NUMBER"])
        return {"result": [known] if known else []}

    def _attach(self, told: Json) -> Json:
        if "finish" not in self.calls.get(told["CALL_ID"], {}):
            return {"error": "ERROR_NOT_FOUND", "error_description": "Call is not found"}
        self.calls[told["CALL_ID"]]["record"] = told.get("RECORD_URL") or told["FILE_CONTENT"]
        return {"result": {"FILE_ID": 1}}

    def _delete(self, told: Json) -> Json:
        there = told["id"] == 555 or 1 <= told["id"] <= len(self.todos)
        if not there or told["id"] in self.deleted:
            return {"error": "", "error_description": "Activity is not found."}
        self.deleted.append(told["id"])
        return {"result": True}

    def _comment(self, told: Json) -> Json:
        if not told["fields"]["COMMENT"]:
            return {"error": "INVALID_ARG_VALUE", "error_description": "Empty comment"}
        number = 700 + len(self.comments)
        self.comments[number] = told["fields"]
        return {"result": number}

    def _comments(self, told: Json) -> Json:
        on = (told["filter"]["ENTITY_TYPE"], told["filter"]["ENTITY_ID"])
        rows = [
            {"ID": str(number), "COMMENT": row["COMMENT"]}
            for number, row in self.comments.items()
            if (row["ENTITY_TYPE"], row["ENTITY_ID"]) == on
        ]
        return {"result": rows}

    def _change_comment(self, told: Json) -> Json:
        if told["id"] not in self.comments:
            return {"error": "NOT_FOUND", "error_description": "Not found."}
        self.comments[told["id"]] |= told["fields"]
        return {"result": told["id"]}

    def _delete_comment(self, told: Json) -> Json:
        if self.comments.pop(told["id"], None) is None:
            return {"error": "NOT_FOUND", "error_description": "Not found."}
        return {"result": None}

    def _inactive(self, user: int) -> bool:
        return self.users is not None and user not in self.users

    def _todo(self, told: Json) -> Json:
        if (told["ownerTypeId"], told["ownerId"]) in self.gone:
            return {"error": "OWNER_NOT_FOUND", "error_description": "Owner was not found"}
        if self._inactive(told["responsibleId"]) or told["ownerId"] in self.forbidden:
            return {"error": "ACCESS_DENIED", "error_description": "Access denied"}
        self.todos.append(told)
        return {"result": {"id": len(self.todos)}}

    def _activities(self, told: Json) -> Json:
        on = (told["filter"]["OWNER_TYPE_ID"], told["filter"]["OWNER_ID"])
        rows = [
            {"ID": str(number), "DESCRIPTION": todo["description"]}
            for number, todo in enumerate(self.todos, 1)
            if (todo["ownerTypeId"], todo["ownerId"]) == on
        ]
        return {"result": rows}

    def _activity(self, told: Json) -> Json:
        if not 1 <= told["id"] <= len(self.todos) or told["id"] in self.deleted:
            return {"error": "NOT_FOUND", "error_description": "Activity is not found"}
        return {"result": {"ID": told["id"], "DESCRIPTION": self.todos[told["id"] - 1]["description"]}}

    def _update(self, told: Json) -> Json:
        self.todos[told["id"] - 1] |= told["fields"]
        return {"result": True}

    def _describe(self, told: Json) -> Json:
        if self.todos[told["id"] - 1].get("COMPLETED") == "Y":
            words = "Can not update completed todo"
            return {"error": "CAN_NOT_UPDATE_COMPLETED_TODO", "error_description": words}
        self.todos[told["id"] - 1]["description"] = told["value"]
        return {"result": {"id": told["id"]}}


def _is_within(at: str, bounds: Json) -> bool:
    """Filters are fields with a comparison before them (``>=CALL_START_DATE``), as the methods' common page tells."""
    when = datetime.fromisoformat(at)
    least, beyond = bounds.get(">=CALL_START_DATE"), bounds.get("<CALL_START_DATE")
    return (not least or when >= datetime.fromisoformat(least)) and (
        not beyond or when < datetime.fromisoformat(beyond)
    )


_NO_USER: Json = {"error": "ERROR_CORE", "error_description": "User is not found or is not active"}
