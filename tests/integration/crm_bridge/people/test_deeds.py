"""Who opened, exported, ordered is written down with their name; on the pages as in the API."""

from aiohttp import web

from crm_bridge.people.access import UserRole
from crm_bridge.people.deeds import DONE
from crm_bridge.web import PREFIX
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.people.conftest import Console
from tests.integration.crm_bridge.people.test_access import THEIRS, number_of, write

DEEDS = "SELECT by_whom, what, about FROM deeds ORDER BY id"


async def deeds(pool: Pool) -> list[tuple[str, ...]]:
    return [tuple(row) for row in await pool.fetch(DEEDS)]


async def test_cards_and_exports_of_people_are_written_down_once_for_a_look(api: Api, pool: Pool) -> None:
    await write(pool, THEIRS)
    number = number_of(0)
    async with api.signed_in(UserRole.MANAGER, "olena") as browser, api.signed_in(UserRole.MANAGER, "petro") as other:
        for path in ("/calls/pbx:0.1", "/calls/pbx:0.1", "/customers/067 123 45 00", f"/customers/{number}"):
            async with browser.get(f"/api/v1{path}") as answer:
                assert answer.status == 200, path
        async with browser.get(f"/api/v1/calls/export?format=csv&number={number}") as answer:
            assert answer.status == 200
        for path in ("/calls/pbx:0.1", f"/customers/{number}"):
            async with other.get(f"/api/v1{path}") as answer:
                assert answer.status == 404, "who may not see it has not seen it"
    async with api.http.get("/api/v1/calls/pbx:0.1") as answer:
        assert answer.status == 200, "a key is no person"
    assert await deeds(pool) == [
        ("Somebody", "call.opened", "pbx:0.1"),
        ("Somebody", "customer.opened", number),
        ("Somebody", "calls.exported", "format=csv number=*"),
    ]


async def test_what_was_done_is_written_what_was_refused_is_not(api: Api, pool: Pool) -> None:
    await write(pool, THEIRS)
    number = number_of(0)
    async with api.http.put(f"/api/v1/do-not-call/{number}") as answer:
        assert answer.status == 204
    async with api.http.post("/api/v1/users", json={"user_id": "olha", "role": "head"}) as answer:
        assert answer.status == 201
    async with api.http.post("/api/v1/users", json={"user_id": "olha", "role": "head"}) as answer:
        assert answer.status == 409
    found = await deeds(pool)
    assert ("all", "customer.never_call", number) in found
    assert [deed for deed in found if deed[1] == "user.added"] == [("all", "user.added", "olha")]


async def test_an_erased_number_is_no_more_in_the_journal(api: Api, pool: Pool) -> None:
    await write(pool, THEIRS)
    await pool.execute("DELETE FROM callback_requests")
    async with api.signed_in(UserRole.HEAD) as browser, browser.get(f"/api/v1/customers/{number_of(0)}") as answer:
        assert answer.status == 200
    async with api.http.post("/api/v1/privacy/export", json={"number": number_of(0)}) as answer:
        assert "customer.opened" in await answer.text()
    async with api.http.post("/api/v1/privacy/erase", json={"number": number_of(0), "reason": "asked"}) as answer:
        assert answer.status == 200, await answer.text()
    assert ("Somebody", "customer.opened", "") in await deeds(pool)


async def test_pages_that_are_opened_and_forms_that_are_sent_are_written_down(console: Console, pool: Pool) -> None:
    await write(pool, THEIRS)
    await console.user("olha", UserRole.ADMIN)
    async with console.browser() as browser:
        await console.sign_in(browser)
        for path in (
            "/calls/pbx:0.1",
            "/calls/pbx:0.1?part=notes",
            f"/customers/{number_of(0)}",
            "/customers/+4999999",
        ):
            async with browser.get(f"{PREFIX}{path}") as answer:
                assert answer.status == (404 if "99999" in path else 200), await answer.text()
        async with browser.get(f"{PREFIX}/calls/export?format=xlsx&period=today") as answer:
            assert answer.status == 200
        form = {"user_id": "petro", "role": "head"}
        for code in (200, 422):
            async with browser.post(f"{PREFIX}/users", data=form) as answer:
                assert answer.status == code
        async with browser.post(f"{PREFIX}/calls/pbx:0.1/tag", data={"tag": "vip"}) as answer:
            assert answer.status == 303
        async with browser.get(f"{PREFIX}/audit") as answer:
            page = await answer.text()
    assert await deeds(pool) == [
        ("Olha", "call.opened", "pbx:0.1"),
        ("Olha", "customer.opened", number_of(0)),
        ("Olha", "calls.exported", "format=xlsx period=today"),
        ("Olha", "user.added", "petro"),
        ("Olha", "call.tagged", "pbx:0.1"),
    ]
    assert "відкрив картку клієнта" in page
    assert "вивантажив дзвінки" in page


async def test_every_form_of_the_pages_is_in_the_table(console: Console) -> None:
    routes = {
        route.resource.canonical
        for route in console.routes
        if isinstance(route, web.ResourceRoute) and route.method == "POST" and route.resource
    }
    assert routes == {path for path in DONE if path.startswith("/")}
