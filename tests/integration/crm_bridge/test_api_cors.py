"""Pages of other origins: those that the operator named may ask the API with a key, no others, and never with cookies.

What browsers ask and want is from the Fetch standard (https://fetch.spec.whatwg.org/#http-cors-protocol).
"""

import aiohttp
import pytest
from aiohttp import web
from pydantic import ValidationError

from crm_bridge.api.cors import CrossOrigin
from telephony.settings import HttpSettings
from tests.integration.crm_bridge.conftest import WIDGET, Api
from tests.integration.crm_bridge.crm.serving import serving

ASKS = {"Origin": WIDGET, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


async def preflight(api: Api, path: str, **more: str) -> tuple[int, dict[str, str]]:
    async with aiohttp.ClientSession(api.url) as page:  # a browser's preflight bears no key
        headers = {key: value for key, value in {**ASKS, **more}.items() if value}
        async with page.options(path, headers=headers) as response:
            return response.status, dict(response.headers)


async def test_a_preflight_tells_a_named_origin_what_it_may_do(api: Api) -> None:
    code, told = await preflight(api, "/api/v1/dial")
    assert (code, told["Access-Control-Allow-Origin"], told["Access-Control-Allow-Methods"]) == (204, WIDGET, "POST")
    allowed = {each.strip().lower() for each in told["Access-Control-Allow-Headers"].split(",")}
    assert {"authorization", "content-type", "idempotency-key"} <= allowed
    assert told["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in told


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://crm.company.com.evil.example", "http://crm.company.com", "https://crm.company.com:8443",
     "null", "https://CRM.company.com", "https://sub.crm.company.com"],
)  # fmt: skip
async def test_another_origin_is_told_nothing(api: Api, origin: str) -> None:
    code, told = await preflight(api, "/api/v1/dial", Origin=origin)
    assert code == 403
    assert not [name for name in told if name.startswith("Access-Control-")]
    assert told["Vary"] == "Origin"
    async with api.http.get("/api/v1/calls", headers={"Origin": origin}) as response:
        assert response.status == 200
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_answers_and_refusals_can_be_read_by_a_named_origin(api: Api) -> None:
    async with api.http.get("/api/v1/calls", headers={"Origin": WIDGET}) as response:
        assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (200, WIDGET)
        assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]
        assert "Origin" in response.headers["Vary"]
    async with (
        aiohttp.ClientSession(api.url) as page,
        page.get("/api/v1/calls", headers={"Origin": WIDGET}) as refused,
    ):
        assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (401, WIDGET)


async def test_streams_can_be_read_too(api: Api) -> None:
    async with api.http.get("/api/v1/events", headers={"Origin": WIDGET}) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert response.headers["Access-Control-Allow-Origin"] == WIDGET


async def test_what_is_no_preflight_or_no_path_of_the_api_is_as_ever(api: Api) -> None:
    assert (await preflight(api, "/api/v1/dial", **{"Access-Control-Request-Method": ""}))[0] == 405
    code, told = await preflight(api, "/api/v1/nothing")
    assert (code, "Access-Control-Allow-Methods" in told) == (404, False)
    code, told = await preflight(api, "/metrics")
    assert not [name for name in told if name.startswith("Access-Control-")]


async def test_without_named_origins_nothing_is_said() -> None:
    async def dial(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/dial", dial)
    CrossOrigin([]).install(app)
    async with serving(app) as url, aiohttp.ClientSession(url) as page, page.options("/dial", headers=ASKS) as response:
        assert response.status == 405
        assert not {"Vary", "Access-Control-Allow-Origin"} & set(response.headers)


@pytest.mark.parametrize(
    "wrong",
    ["*", "https://*.company.com", "null", "https://crm.company.com/", "https://crm.company.com/page",
     "crm.company.com", "https://CRM.company.com", "https://crm.company.com:443", "https://crm.company.com:", "https://user@crm.company.com",
     "ftp://crm.company.com", "https://crm.company.com:99999", "https://компанія.ua"],
)  # fmt: skip
def test_an_origin_is_written_as_a_browser_writes_it(wrong: str) -> None:
    with pytest.raises(ValidationError, match="write an origin as a browser does"):
        HttpSettings(cors_origins=(wrong,))
    assert HttpSettings(cors_origins=(WIDGET, "http://localhost:3000")).cors_origins[0] == WIDGET
