"""Lists of calls under a name: kept, opened, shared by a head, taken out; on the page and in the API."""

import re
from html import unescape

import pytest

from crm_bridge.people.access import UserRole
from crm_bridge.web import PREFIX
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.people.conftest import Browser, Console


async def read(browser: Browser, path: str = "/calls") -> str:
    async with browser.get(f"{PREFIX}{path}") as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


async def kept(browser: Browser, code: int = 303, **form: str) -> str:
    async with browser.post(f"{PREFIX}/views", data=form) as answer:
        assert answer.status == code, await answer.text()
        return answer.headers.get("Location", "")


async def test_a_list_is_kept_opened_shared_and_taken_out(console: Console, pool: Pool) -> None:
    await console.user("olha", UserRole.HEAD)
    await console.user("ivan", UserRole.MANAGER, "101")
    async with console.browser() as head, console.browser() as manager:
        await console.sign_in(head)
        await console.sign_in(manager, "ivan")
        query = "period=30d&disposition=missed&disposition=busy&hour=10&evil=1&cursor=x"
        await kept(head, name="Missed <b>at ten</b>", query=query, shared="yes")
        await kept(head, name="Mine", query="tag=vip")
        page = await read(manager)
        (link,) = re.findall(r'href="/console/calls\?([^"]+)"[^>]*><bdi>Missed &lt;b&gt;at ten', page)
        assert unescape(link) == "period=30d&disposition=missed&disposition=busy&hour=10"
        assert "Olha" in page
        assert ">Mine<" not in page
        assert "/views/1/drop" not in page, "another's"
        assert "aria-current" in await read(manager, f"/calls?{unescape(link)}")
        await kept(manager, name="For all", query="kind=callback", shared="yes")
        assert "For all" not in await read(head), "managers share nothing"
        await kept(head, name="Mine", query="tag=late")
        assert await pool.fetchval("SELECT query FROM saved_views WHERE name = 'Mine'") == "tag=late"
        for name, words in (("", "tag=x"), ("x" * 65, "tag=x"), ("x", ""), ("x", "evil=1"), ("x", "tag=" + "y" * 1001)):
            await kept(head, 422, name=name, query=words)
        async with manager.post(f"{PREFIX}/views/1/drop", data={"back": ""}) as answer:
            assert answer.status == 404
        async with head.post(f"{PREFIX}/views/1/drop", data={"back": "https://evil.example"}) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, PREFIX)
        assert "at ten" not in await read(manager)


@pytest.mark.parametrize("role", [UserRole.MANAGER, UserRole.HEAD])
async def test_the_api_keeps_them_too(api: Api, role: UserRole) -> None:
    async with api.signed_in(role, "ivan") as browser:
        body = {"name": "Missed", "query": "disposition=missed", "shared": True}
        async with browser.post("/api/v1/me/views", json=body) as answer:
            assert answer.status == (403 if role is UserRole.MANAGER else 201)
        async with browser.post("/api/v1/me/views", json=body | {"shared": False}) as answer:
            (view,) = (await answer.json())["views"]
        assert (view["query"], view["own"], view["shared"]) == ("disposition=missed", True, False)
        async with browser.delete(f"/api/v1/me/views/{view['view_id']}") as answer:
            assert answer.status == 204
        async with browser.get("/api/v1/me/views") as answer:
            assert (await answer.json())["views"] == []
    async with api.http.get("/api/v1/me/views") as answer:
        assert answer.status == 403
