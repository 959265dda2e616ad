"""What each CRM's bad answers mean: wait, try again, or a dead letter; a proxy's page is no CRM's word."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.errors import CrmBroken, CrmDenied, CrmError, CrmMissing, CrmRefused, CrmThrottled
from crm_bridge.crm.espocrm.client import EspoClient
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.pace import Unpaced
from tests.integration.crm_bridge.crm.test_answers_without_end import Hostile, hostile, http

__all__ = ["hostile", "http"]

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PAGE = "<html><body>Sorry, we are at work here</body></html>"
Ask = Callable[[], Awaitable[object]]
CRMS = ("amocrm", "bitrix24", "espocrm", "hubspot", "odoo")


def writing(crm: str, http: aiohttp.ClientSession, url: str) -> Ask:
    """Change or make one thing."""
    token, pace = FixedToken("good", "make one"), Unpaced()
    return {
        "amocrm": lambda: AmoClient(http, url, token, pace).patch("contacts/1/notes/2", {"note_type": "common"}),
        "bitrix24": lambda: BitrixClient(http, url, None, lambda: NOW, pace).call("crm.activity.get", id=5),
        "espocrm": lambda: EspoClient(http, url, "key", pace).change("Task", "17", {"status": "Completed"}),
        "hubspot": lambda: HubSpotClient(http, token, pace, pace, url=url).create("tasks", {"properties": {}}),
        "odoo": lambda: OdooClient(http, url, "key", pace).create("mail.activity", {"summary": "x"}),
    }[crm]


async def what_comes(crm: str, http: aiohttp.ClientSession, hostile: Hostile) -> CrmError:
    with pytest.raises(CrmError) as caught:
        await writing(crm, http, hostile.url)()
    return caught.value


@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize(
    ("code", "headers", "expected"),
    [
        (200, {}, {CrmBroken}),
        (302, {"Location": "https://crm.example/login"}, {CrmBroken}),
        (400, {}, {CrmBroken}),
        (404, {}, {CrmBroken}),
        (408, {}, {CrmBroken}),
        (413, {}, {CrmBroken}),
        (403, {}, {CrmDenied, CrmThrottled}),  # amoCRM blocks an address so
        (429, {}, {CrmThrottled}),
        (429, {"Retry-After": "7"}, {CrmThrottled}),
        (500, {}, {CrmBroken}),
        (503, {}, {CrmBroken}),
        (503, {"Retry-After": "7"}, {CrmThrottled}),
        (522, {}, {CrmBroken}),
    ],
)
async def test_a_page_instead_of_an_answer_is_no_dead_letter(
    crm: str,
    code: int,
    headers: dict[str, str],
    expected: set[type[CrmError]],
    hostile: Hostile,
    http: aiohttp.ClientSession,
) -> None:
    hostile.says(PAGE.encode(), code=code, headers={"Content-Type": "text/html", **headers})
    error = await what_comes(crm, http, hostile)
    assert type(error) in expected
    if headers.get("Retry-After"):
        assert isinstance(error, CrmThrottled)
        assert error.after == timedelta(seconds=7)


@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize(
    ("wish", "date", "seconds"),
    [
        ("Sat, 28 Nov 2026 12:02:00 GMT", "Sat, 28 Nov 2026 12:00:00 GMT", 120),
        ("Sat, 28 Nov 2026 12:02:00 GMT", "Sat, 28 Nov 2026 12:03:00 GMT", 0),
        ("Sat, 28 Nov 2026 14:02:00 +0200", "Sat, 28 Nov 2026 12:00:00 GMT", 120),
        ("Sun, 28 Nov 2027 12:02:00 GMT", "Sat, 28 Nov 2026 12:00:00 GMT", 24 * 3600),
    ],
)
async def test_a_wish_may_be_a_date_by_the_crms_own_clock(
    crm: str, wish: str, date: str, seconds: int, hostile: Hostile, http: aiohttp.ClientSession
) -> None:
    hostile.says(PAGE.encode(), code=429, headers={"Retry-After": wish, "Date": date})
    error = await what_comes(crm, http, hostile)
    assert isinstance(error, CrmThrottled)
    assert error.after == timedelta(seconds=seconds)


NOT_FOUND = ("Activity is not found.", "Not found", "Дело не найдено", "Справу не знайдено", "Aktivität nicht gefunden")
NO_USER = ("User is not found or is not active", "Пользователь не найден или не активен")


@pytest.mark.parametrize(
    ("code", "body", "expected"),
    [
        *((400, {"error": "", "error_description": words}, CrmMissing) for words in NOT_FOUND),
        *((400, {"error": "ERROR_CORE", "error_description": words}, CrmRefused) for words in NO_USER),
        (403, {"error": "ACCESS_DENIED", "error_description": "Access denied"}, CrmRefused),
        (401, {"error": "ACCESS_DENIED", "error_description": "REST API is available only"}, CrmDenied),
        (403, {"error": "ACCESS_DENIED", "error_description": "only on commercial plans"}, CrmDenied),
        (503, {"error": "OVERLOAD_LIMIT", "error_description": "REST API is blocked"}, CrmDenied),
        (500, {"error": "PORTAL_DELETED", "error_description": "Portal was deleted"}, CrmDenied),
        (404, {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}, CrmDenied),
        (200, {"error": "ERROR_UNEXPECTED_ANSWER"}, CrmBroken),
        (429, {"message": "no error and no result"}, CrmThrottled),
    ],
)
async def test_bitrix24s_errors_mean_what_its_page_on_errors_says(
    code: int, body: Mapping[str, str], expected: type[CrmError], hostile: Hostile, http: aiohttp.ClientSession
) -> None:
    hostile.answers(body, code)
    assert type(await what_comes("bitrix24", http, hostile)) is expected


@pytest.mark.parametrize("crm", ["amocrm", "espocrm", "hubspot", "odoo"])
async def test_what_the_crm_itself_says_stays_a_refusal(
    crm: str, hostile: Hostile, http: aiohttp.ClientSession
) -> None:
    hostile.answers({"message": "no", "title": "no", "name": "odoo.exceptions.ValidationError"}, 400)
    assert type(await what_comes(crm, http, hostile)) is CrmRefused
    if crm != "hubspot":  # what is made there names no object in its address
        hostile.answers({"message": "no", "title": "no", "name": "odoo.exceptions.MissingError"}, 404)
        assert type(await what_comes(crm, http, hostile)) is CrmMissing


def making(crm: str, http: aiohttp.ClientSession, url: str) -> Ask:
    """Make one thing, at an address that names none."""
    token, pace = FixedToken("good", "make one"), Unpaced()
    return {
        "espocrm": lambda: EspoClient(http, url, "key", pace).create("Call", {"name": "x"}),
        "hubspot": lambda: HubSpotClient(http, token, pace, pace, url=url).create("calls", {"properties": {}}),
        "odoo": lambda: OdooClient(http, url, "key", pace).create("crm.lead", {"name": "x"}),
    }[crm]


@pytest.mark.parametrize("crm", ["espocrm", "hubspot", "odoo"])
async def test_a_place_that_is_gone_is_a_lock_out_and_no_card_that_is_gone(
    crm: str, hostile: Hostile, http: aiohttp.ClientSession
) -> None:
    hostile.answers({"message": "no such place", "name": "werkzeug.exceptions.NotFound"}, 404)
    with pytest.raises(CrmDenied, match="404"):
        await making(crm, http, hostile.url)()
