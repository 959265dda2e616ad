"""A click in a CRM: one phone rings, one call comes of it, and nobody without the token is heard."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from crm_bridge.api.ports import Dialler
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.hooks import PREFIX, BitrixHook, Handler, OdooHook, application
from crm_bridge.crm.links import Links
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.outbox.lifecycle import Delivered
from crm_bridge.outbox.pace import Unpaced
from telephony.errors import PbxUnavailable, Refused
from telephony.model import CallId, CallKind, Direction, Party
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.crm.stories import CUSTOMER, Teller
from tests.integration.crm_bridge.test_api_calls import call

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOKEN = "51856fefc120afa4b628cc82d3935cce"
CLICK = {
    "event": "ONEXTERNALCALLSTART",
    "data[PHONE_NUMBER]": "067 123-45-67",
    "data[PHONE_NUMBER_INTERNATIONAL]": CUSTOMER,
    "data[USER_ID]": "6",
    "data[CALL_ID]": "externalCall.opened",
    "auth[application_token]": TOKEN,
}


@dataclass(slots=True)
class Phones(Dialler):
    """Remembers who was to be rung."""

    dialled: list[tuple[str, str, str]] = field(default_factory=list)
    failure: Exception | None = None

    async def dial(self, manager: str, number: str, by: str) -> CallId:
        if self.failure is not None:
            raise self.failure
        self.dialled.append((manager, number, by))
        return CallId(f"pbx:rb-click-{len(self.dialled)}")


@dataclass(slots=True)
class Requests:
    """Remembers who is to be called back."""

    created: list[tuple[str, str, str]] = field(default_factory=list)

    async def create(self, number: str, by: str, *, due_at: datetime, did: str = "") -> None:
        assert due_at == NOW
        self.created.append((number, by, did))


@dataclass(slots=True)
class Door:
    """Where CRMs knock."""

    http: aiohttp.ClientSession
    portal: FakePortal
    sync: CrmSync
    phones: Phones
    requests: Requests

    async def bitrix(self, **more: str) -> int:
        form = {
            **CLICK,
            **{name.replace("__", "[") + "]" if "__" in name else name: told for name, told in more.items()},
        }
        async with self.http.post("/crm/bitrix24", data=form) as response:
            return response.status

    async def odoo(self, token: str, body: object) -> tuple[int, str]:
        text = body if isinstance(body, str) else json.dumps(body)
        async with self.http.post(f"/crm/odoo/{token}", data=text) as response:
            return response.status, await response.text()


@pytest_asyncio.fixture
async def door(pool: Pool) -> AsyncIterator[Door]:
    portal, phones, requests = FakePortal(), Phones(), Requests()
    staff, mounted = Users({"101": "6", "102": "7"}), web.Application()
    policy = Policy("UA", ZoneInfo("Europe/Kyiv"), staff=staff, default_user="1")
    async with serving(portal.app()) as url, aiohttp.ClientSession() as crm:
        client = BitrixClient(crm, f"{url}/rest/1/code", None, lambda: NOW, Unpaced())
        links = Links(pool, "bitrix24", lambda: NOW)
        gateway = BitrixGateway(client, links, policy)
        hooks: dict[str, Handler] = {
            BitrixHook.path: BitrixHook(TOKEN, gateway, phones, requests, lambda: NOW).serve,
            OdooHook.path: OdooHook("odoo-token", staff, phones).serve,
        }
        mounted.add_subapp(PREFIX, application(hooks))
        async with serving(mounted) as ours, aiohttp.ClientSession(ours) as http:
            yield Door(http, portal, CrmSync(gateway, links, policy), phones, requests)


async def test_a_click_rings_its_users_phone_once_however_often_it_is_posted(door: Door) -> None:
    assert [await door.bitrix(), await door.bitrix()] == [200, 200]
    assert door.phones.dialled == [("101", CUSTOMER, "Bitrix24")]


async def test_a_click_posted_three_times_at_the_same_moment_is_one_call(door: Door) -> None:
    assert set(await asyncio.gather(door.bitrix(), door.bitrix(), door.bitrix())) == {200}
    assert door.phones.dialled == [("101", CUSTOMER, "Bitrix24")]


@pytest.mark.parametrize("by_id", [True, False])
async def test_two_users_who_click_on_one_customer_have_a_call_each(door: Door, by_id: bool) -> None:
    clicks = {"6": ("101", "externalCall.first"), "7": ("102", "externalCall.second")}
    for user, (_, crm_id) in clicks.items():
        door.portal.calls[crm_id] = {}
        assert await door.bitrix(data__USER_ID=user, data__CALL_ID=crm_id) == 200
    for number, (user, (extension, crm_id)) in enumerate(reversed(clicks.items()), 1):
        clicked = replace(
            call(number),
            call_id=CallId(f"pbx:rb-click-{int(user) - 5}") if by_id else CallId(f"pbx:9.{number}"),
            direction=Direction.OUTBOUND,
            kind=CallKind.CLICK_TO_CALL,
            dialed=CUSTOMER,
            caller=Party(extension, ""),
        )
        assert isinstance(await Teller(door.sync).ended(clicked), Delivered)
        assert door.portal.calls[crm_id]["finish"]["USER_ID"] == int(user)
    assert "telephony.externalCall.register" not in door.portal.asked


async def test_the_call_of_a_click_is_finished_and_not_registered_again(door: Door) -> None:
    door.portal.calls["externalCall.opened"] = {}
    await door.bitrix()
    clicked = replace(
        call(1), direction=Direction.OUTBOUND, kind=CallKind.CLICK_TO_CALL, dialed=CUSTOMER, caller=Party("101", "")
    )
    assert isinstance(await Teller(door.sync).ended(clicked), Delivered)
    assert list(door.portal.calls) == ["externalCall.opened"]
    assert door.portal.calls["externalCall.opened"]["finish"]["STATUS_CODE"] == "200"
    assert "telephony.externalCall.register" not in door.portal.asked


@pytest.mark.parametrize(
    ("failure", "user", "reason"),
    [
        (PbxUnavailable("the PBX is away"), "6", "the PBX is away"),
        (Refused("no number that can be dialled"), "6", "no number"),
        (None, "99", "no extension of user 99"),
    ],
)
async def test_a_click_that_comes_to_nothing_ends_the_call_with_the_reason(
    door: Door, failure: Exception | None, user: str, reason: str
) -> None:
    door.portal.calls["externalCall.opened"] = {}
    door.phones.failure = failure
    assert await door.bitrix(data__USER_ID=user) == 200
    finish = door.portal.calls["externalCall.opened"]["finish"]
    assert finish["STATUS_CODE"] == "503"
    assert reason in finish["FAILED_REASON"]


async def test_a_wish_to_be_called_back_becomes_a_callback_request(door: Door) -> None:
    assert await door.bitrix(event="ONEXTERNALCALLBACKSTART", data__LINE_NUMBER="0442000600") == 200
    assert door.requests.created == [(CUSTOMER, "Bitrix24", "0442000600")]
    assert door.phones.dialled == []


@pytest.mark.parametrize("token", ["", "wrong", "\u0451" * 10, TOKEN[:-1], TOKEN + "\x00x"])
async def test_who_does_not_know_the_token_is_not_heard(door: Door, token: str) -> None:
    assert await door.bitrix(auth__application_token=token) == 403
    assert (await door.odoo(token.replace("\x00", "") or "x", {"phone": CUSTOMER, "user_id": 6}))[0] == 403
    assert (door.phones.dialled, door.requests.created) == ([], [])


async def test_what_is_not_meant_for_us_or_hostile_changes_nothing(door: Door) -> None:
    assert await door.bitrix(event="ONCRMLEADADD") == 200
    assert await door.bitrix(data__CALL_ID="") == 200
    assert await door.bitrix(data__LINE_NUMBER="x" * 70_000) == 413
    async with door.http.post("/crm/bitrix24", data=b"\xff\xfe") as response:
        assert response.status in {400, 403}
    assert door.phones.dialled == []


async def test_odoos_action_rings_the_records_salesperson(door: Door) -> None:
    body = {"_model": "crm.lead", "_id": 5, "phone": "067 123-45-67", "user_id": 7}
    code, told = await door.odoo("odoo-token", body)
    assert (code, json.loads(told)) == (202, {"call_id": "pbx:rb-click-1"})
    assert (await door.odoo("odoo-token", {**body, "user_id": [6, "Ivan"]}))[0] == 202
    assert door.phones.dialled == [("102", "067 123-45-67", "Odoo"), ("101", "067 123-45-67", "Odoo")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", 400),
        ("[]", 400),
        ("{}", 400),
        ("[" * 60_000, 400),
        ({"phone": "1", "user_id": False}, 409),
        ({"phone": "1", "user_id": True}, 409),
        ({"phone": "1", "user_id": 99}, 409),
        ({"phone": "x" * 70_000, "user_id": 6}, 413),
    ],
)
async def test_odoos_nonsense_is_refused(door: Door, body: object, code: int) -> None:
    assert (await door.odoo("odoo-token", body))[0] == code
    assert door.phones.dialled == []
