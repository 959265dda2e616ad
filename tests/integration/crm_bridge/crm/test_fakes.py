"""The fake CRMs are as strict as their vendors' references say: what those refuse, in their words, the fakes refuse."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.integration.crm_bridge.crm.fake_amocrm import FakeAmo
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal
from tests.integration.crm_bridge.crm.fake_espocrm import FakeEspo
from tests.integration.crm_bridge.crm.fake_hubspot import FakeHubSpot
from tests.integration.crm_bridge.crm.fake_odoo import FakeOdoo
from tests.integration.crm_bridge.crm.fake_suitecrm import FakeSuite
from tests.integration.crm_bridge.crm.serving import serving

Json = Any
_GOOD: Mapping[str, str] = {"Authorization": "Bearer good"}


class Asking:
    """Speaks to a fake as anybody would."""

    def __init__(self, http: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> None:
        self._http = http
        self._url = url
        self._headers = headers

    async def __call__(self, method: str, path: str, body: Json = None, **query: str) -> tuple[int, Json]:
        async with self._http.request(
            method, f"{self._url}/{path}", json=body, params=query, headers=self._headers
        ) as response:
            return response.status, await response.json() if response.content_length else None


@asynccontextmanager
async def asking(
    served: Sequence[web.RouteDef] | web.Application, headers: Mapping[str, str] = _GOOD
) -> AsyncIterator[Asking]:
    async with serving(served) as url, aiohttp.ClientSession() as http:
        yield Asking(http, url, headers)


# --- amoCRM -----------------------------------------------------------------------------------------------------------

_CALL: Mapping[str, Json] = {"direction": "inbound", "duration": 3, "source": "ringback", "phone": "+380671234567"}
_TASK: Mapping[str, Json] = {"text": "x", "complete_till": 1, "entity_type": "contacts", "entity_id": 1}


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("calls", {**_CALL, "mood": 1}, "mood"),
        ("calls", {**_CALL, "duration": "3"}, "duration"),
        ("calls", {name: value for name, value in _CALL.items() if name != "source"}, "source"),
        ("tasks", {**_TASK, "responsible_user_id": 99}, "responsible_user_id"),
    ],
)
async def test_amocrm_refuses_the_whole_request_for_one_thing_that_is_not_valid(
    path: str, body: Json, words: str
) -> None:
    account = FakeAmo(users={6})
    account.contact("+380671234567")
    good = _CALL if path == "calls" else {**_TASK, "entity_id": 101}
    async with asking(account.routes()) as ask:
        code, told = await ask("POST", f"api/v4/{path}", [good, {**body, "request_id": "b"}])
    assert (code, told["title"]) == (400, "Bad Request")
    ((place, errors),) = [(each["request_id"], each["errors"]) for each in told["validation-errors"]]
    assert (place, errors[0]["path"]) == ("b", words)
    assert (account.notes, account.tasks) == ([], {})


async def test_amocrm_adds_calls_where_it_finds_a_card_and_says_of_which_it_did_not() -> None:
    account = FakeAmo()
    person = account.contact("067 123-45-67", leads=1)
    lead = account.contacts[person]["_embedded"]["leads"][0]["id"]
    company = account.company("+38 050 999 88 77")
    async with asking(account.routes()) as ask:
        calls = [{**_CALL, "request_id": "a"}, {**_CALL, "phone": "380509998877"}, {**_CALL, "phone": "+111"}]
        code, told = await ask("POST", "api/v4/calls", calls)
        assert (code, [error["status"] for error in told["errors"]]) == (200, [263])
        where = [(row["entity_type"], row["entity_id"]) for row in told["_embedded"]["calls"]]
        assert where == [("lead", lead), ("company", company)]
        account.leads[lead]["status_id"] = 143
        _, told = await ask("POST", "api/v4/calls", [_CALL])
        assert told["_embedded"]["calls"][0]["entity_type"] == "contact", "a closed lead has no calls"
        assert (await ask("POST", "api/v4/tasks", [{**_TASK, "entity_id": 999}]))[0] == 404
        assert (await ask("GET", "api/v4/contacts", None, query="999"))[0] == 204


# --- HubSpot ----------------------------------------------------------------------------------------------------------

_OBJECTS = "crm/objects/2026-03"


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("contacts", {"properties": {"shoe_size": "9"}}, "shoe_size"),
        ("contacts", {"properties": {"lifecyclestage": "asleep"}}, "lifecyclestage"),
        ("contacts", {"properties": {"hubspot_owner_id": "99"}}, "Owner 99"),
        ("calls", {"properties": {"hs_call_body": "x" * 65_537}}, "too long"),
        ("contacts/search", {"filterGroups": [{"filters": []}] * 6}, "filter groups"),
        ("contacts/search", {"query": "x" * 3_000}, "3,000"),
        ("contacts/search", {"after": "10000"}, "10,000"),
        ("contacts/batch/read", {"properties": [], "inputs": [{"id": "1"}] * 2}, "Duplicate"),
        ("contacts/batch/read", {"properties": [], "inputs": [{"id": str(n)} for n in range(101)]}, "100"),
    ],
)
async def test_hubspot_refuses_in_its_own_words(path: str, body: Json, words: str) -> None:
    account = FakeHubSpot(known_owners={"6"})
    async with asking(account.routes()) as ask:
        code, told = await ask("POST", f"{_OBJECTS}/{path}", body)
    assert (code, told["category"]) == (400, "VALIDATION_ERROR")
    assert words in told["message"]


async def test_hubspots_batches_answer_each_by_its_trace() -> None:
    account = FakeHubSpot()
    wrong: Json = {"properties": {"shoe_size": "9"}}
    right: Json = {"properties": {}}
    inputs = [{**each, "objectWriteTraceId": str(n)} for n, each in enumerate((right, wrong))]
    async with asking(account.routes()) as ask:
        code, told = await ask("POST", f"{_OBJECTS}/contacts/batch/create", {"inputs": inputs})
        assert (code, told["numErrors"], told["errors"][0]["context"]) == (207, 1, {"objectWriteTraceId": ["1"]})
        assert [row["objectWriteTraceId"] for row in told["results"]] == ["0"]
        assert (await ask("POST", f"{_OBJECTS}/contacts/batch/create", {"inputs": [right, wrong]}))[0] == 400
        account.scopes.clear()
        code, told = await ask("POST", f"{_OBJECTS}/companies/search", {})
        assert (code, told["category"]) == (403, "MISSING_SCOPES")
    assert len(account.objects["contacts"]) == 1
    async with asking(account.routes(), {"Authorization": "Bearer old"}) as ask:
        assert (await ask("GET", f"{_OBJECTS}/contacts"))[0] == 401


# --- Bitrix24 ---------------------------------------------------------------------------------------------------------

_NEW_CALL = {"PHONE_NUMBER": "+380671234567", "TYPE": 2, "LINE_NUMBER": "", "CRM_CREATE": 0}
_REGISTER: Mapping[str, Json] = {"USER_ID": 6, **_NEW_CALL}


async def test_bitrix24_finishes_once_knows_who_works_there_and_finds_a_call_by_five_keys() -> None:
    portal = FakePortal(users={6, 7})
    async with asking(portal.app()) as ask:

        async def call(method: str, **arguments: object) -> Json:
            return (await ask("POST", f"rest/1/code/telephony.externalCall.{method}.json", arguments))[1]

        ids = [
            (await call("register", **_REGISTER, EXTERNAL_CALL_ID=external))["result"]["CALL_ID"]
            for external in ("a", "a", "b")
        ]
        assert (ids[0], len(set(ids))) == (ids[1], 2)
        other = await call("register", **{**_REGISTER, "USER_ID": 7}, EXTERNAL_CALL_ID="a")
        assert other["result"]["CALL_ID"] not in ids
        assert (
            "not active"
            in (await call("register", **{**_REGISTER, "USER_ID": 9}, EXTERNAL_CALL_ID="c"))["error_description"]
        )
        assert "result" in await call("finish", CALL_ID=ids[0], USER_ID=6)
        assert "Call is not found" in (await call("finish", CALL_ID=ids[0], USER_ID=6))["error_description"]


async def test_bitrix24s_batch_takes_fifty_and_no_batch_within() -> None:
    portal = FakePortal()
    cmd = {f"c{n}": "profile" for n in range(51)} | {"d": "batch?cmd[0]=profile"}
    async with asking(portal.app()) as ask:
        _, told = await ask("POST", "rest/1/code/batch", {"halt": 0, "cmd": cmd})
        assert len(told["result"]["result"]) == 50
        assert told["result"]["result_error"]["c50"]["error"] == "ERROR_BATCH_LENGTH_EXCEEDED"
        cmd = {"a": "batch?cmd[0]=profile", "b": "profile", "c": "no.such?x=$result[b][ID]"}
        _, told = await ask("POST", "rest/1/code/batch", {"halt": 0, "cmd": cmd})
    errors = {name: error["error"] for name, error in told["result"]["result_error"].items()}
    assert errors == {"a": "ERROR_BATCH_METHOD_NOT_ALLOWED", "c": "ERROR_METHOD_NOT_FOUND"}


# --- Odoo -------------------------------------------------------------------------------------------------------------


async def test_odoo_reads_domains_forbids_records_and_knows_its_fields() -> None:
    database = FakeOdoo()
    ids = [database.contact(f"+3806712345{n}") for n in (10, 11, 12)]
    database.forbidden = {ids[2]}
    ends = [["phone_mobile_search", "ilike", f"6712345{n}"] for n in (10, 12)]
    read = {"fields": ["name"], "limit": 9, "order": "id"}
    async with asking(database.routes(), {"Authorization": "bearer key"}) as ask:
        _, told = await ask("POST", "json/2/res.partner/search_read", {"domain": ["|", *ends], **read})
        assert [row["id"] for row in told] == ids[:1]
        note = {"model": "res.partner", "res_id": ids[2], "body": "x"}
        code, told = await ask("POST", "json/2/mail.message/create", {"vals_list": [note]})
        assert (code, told["name"]) == (403, "odoo.exceptions.AccessError")
        code, told = await ask("POST", "json/2/res.partner/create", {"vals_list": [{"shoe_size": 9}]})
        assert (code, "shoe_size" in told["message"]) == (422, True)
    async with asking(database.routes(), {}) as ask:
        assert (await ask("POST", "json/2/res.partner/search_read", {"domain": [], **read}))[0] == 401


# --- EspoCRM ----------------------------------------------------------------------------------------------------------

_ESPO_CALL: Mapping[str, Json] = {
    "name": "x",
    "dateStart": "2026-11-21 12:00:00",
    "dateEnd": "2026-11-21 12:00:25",
    "assignedUserId": "6",
}


@pytest.mark.parametrize(
    ("entity", "body", "code"),
    [
        ("Call", {**_ESPO_CALL, "status": "Held"}, 200),
        ("Call", {name: value for name, value in _ESPO_CALL.items() if name != "assignedUserId"}, 400),
        ("Call", {**_ESPO_CALL, "status": "Answered"}, 400),
        ("Call", {**_ESPO_CALL, "dateStart": "2026-11-21T12:00:00Z"}, 400),
        ("Call", {**_ESPO_CALL, "dateEnd": "2026-11-21 11:00:00"}, 400),
        ("Call", {**_ESPO_CALL, "parentType": "Lead", "parentId": "gone"}, 403),
        ("Task", {"name": "x", "assignedUserId": "99"}, 403),
        ("Lead", {"lastName": "Olena"}, 409),
        ("Boat", {"name": "x"}, 404),
    ],
)
async def test_espocrm_takes_what_its_specification_says(entity: str, body: Json, code: int) -> None:
    espo = FakeEspo()
    espo.create("Lead", {"lastName": "Olena"}, checks=False)
    async with asking(espo.routes(), {"X-Api-Key": "good"}) as ask:
        assert (await ask("POST", f"api/v1/{entity}", body))[0] == code


async def test_espocrm_lets_nobody_in_without_its_key_and_says_of_one_record_why() -> None:
    espo = FakeEspo()
    row = espo.create("Task", {"name": "x", "assignedUserId": "6"}, checks=False)
    espo.locked = {row["id"]}
    async with asking(espo.routes(), {"X-Api-Key": "other"}) as ask:
        assert (await ask("GET", "api/v1/Task"))[0] == 401
    async with serving(espo.routes()) as url, aiohttp.ClientSession(headers={"X-Api-Key": "good"}) as http:
        async with http.put(f"{url}/api/v1/Task/{row['id']}", json={"status": "Completed"}) as response:
            assert (response.status, response.headers["X-Status-Reason"]) == (403, "No edit access.")
        espo.scopes.discard("Task")
        async with http.get(f"{url}/api/v1/Task/{row['id']}") as response:
            assert (response.status, "X-Status-Reason" in response.headers) == (403, False)


# --- SuiteCRM ---------------------------------------------------------------------------------------------------------

_SUITE_ID = "5b0c2f0e-8f63-5d0e-9d5f-0a6f4be0c1a7"


@pytest.mark.parametrize(
    ("method", "path", "data", "words"),
    [
        ("POST", "module", {"type": "Leads", "id": _SUITE_ID, "attributes": {}}, "is already exist"),
        (
            "POST",
            "module",
            {"type": "Tasks", "attributes": {"colour": "red"}},
            "Property colour in Task module is invalid",
        ),
        ("POST", "module", {"type": "Boats", "attributes": {}}, "Module with name Boats is not found"),
        ("PATCH", "module", {"type": "Tasks", "id": _SUITE_ID, "attributes": {}}, "Tasks module with id"),
        ("GET", "module/Leads?filter[colour][eq]=red", None, "Filter field colour in Lead module is not found"),
        ("GET", "module/Leads?filter[status][is]=New", None, "Filter operator is is invalid"),
        ("GET", "module/Leads?fields[Leads]=colour", None, "The following field in Lead module is not found"),
        ("GET", f"module/Leads/{_SUITE_ID}", None, "Leads module with id"),
    ],
)
async def test_suitecrm_refuses_all_with_one_code_and_words_of_its_own(
    method: str, path: str, data: Json, words: str
) -> None:
    suite = FakeSuite(tokens={"good"})
    suite.create("Leads", {"last_name": "Olena"}, number=_SUITE_ID)
    await suite.remove(f"Leads:{_SUITE_ID}")
    headers = {**_GOOD, "Accept": "application/vnd.api+json"}
    async with asking(suite.routes(), headers) as ask:
        code, answer = await ask(method, f"Api/V8/{path}", None if data is None else {"data": data})
    assert (code, words in answer["errors"]["detail"]) == (400, True)


async def test_suitecrm_shows_no_users_status_and_lets_nobody_in_without_a_token() -> None:
    suite = FakeSuite(tokens={"good"})
    headers = {**_GOOD, "Accept": "application/vnd.api+json"}
    query = {"filter[status][eq]": "Active", "filter[operator]": "and", "sort": "id", "page[size]": "9"}
    async with asking(suite.routes(), headers) as ask:
        code, answer = await ask("GET", "Api/V8/module/Users", None, **query, **{"page[number]": "1"})
        assert (code, len(answer["data"])) == (200, 3)
        assert not [row for row in answer["data"] if "status" in row["attributes"]]
        wrong = {"grant_type": "client_credentials", "client_secret": "bad"}
        assert (await ask("POST", "Api/access_token", wrong))[0] == 401
        suite.tokens.clear()
        assert (await ask("GET", "Api/V8/module/Users", None, **query))[0] == 401
