"""The API's door: keys, scopes, rates, and a clear refusal for whatever is sent."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_bridge.api import key_store
from crm_bridge.api.resources import live
from crm_bridge.api.values.keys import Scope
from tests.integration.crm_bridge.conftest import Api, now
from tests.waiting import PATIENCE


async def get(api: Api, path: str, key: str | None = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
    sent = headers if key is None else headers | {"Authorization": f"Bearer {key}"}
    async with api.http.get(path, headers=sent) as response:
        return response.status, await response.json(content_type=None), dict(response.headers)


async def test_without_a_valid_key_nothing_is_told(api: Api) -> None:
    good = await api.key(Scope.CALLS_READ)
    wrong_secret = good[:-3] + ("abc" if good[-3:] != "abc" else "abd")
    for key in ("", "nonsense", wrong_secret, "rbk_00000000_" + "a" * 43):
        code, body, headers = await get(api, "/api/v1/calls", key)
        assert (code, body["error_id"]) == (401, "not-authenticated")
        assert headers["WWW-Authenticate"] == "Bearer"


async def test_who_tries_keys_is_slowed_down_and_who_has_one_is_not(api: Api) -> None:
    good = await api.key(Scope.CALLS_READ)
    assert (await get(api, "/api/v1/calls", good))[0] == 200
    refused: list[tuple[str, str]] = []
    for wave in range(0, 1600, 400):  # on a busy machine one wave comes so slowly that it is no flood
        wrong = (f"rbk_{number:08}_" + "a" * 43 for number in range(wave, wave + 400))
        answers = await asyncio.gather(*(get(api, "/api/v1/calls", key) for key in wrong))
        refused += [(body["error_id"], headers["Retry-After"]) for code, body, headers in answers if code == 429]
        if refused:
            break
    assert ("too-many-wrong-keys", "1") in refused
    assert (await get(api, "/api/v1/calls", good))[0] == 200


async def test_an_expired_and_a_revoked_key_do_not_open(api: Api) -> None:
    over_at = datetime.now(UTC) + timedelta(seconds=3)
    gone = await api.key(Scope.CALLS_READ, expires_at=over_at)
    assert (await get(api, "/api/v1/calls", gone))[0] == 200
    await asyncio.sleep((over_at - datetime.now(UTC)).total_seconds())  # the expiry itself is what is waited for
    assert (await get(api, "/api/v1/calls", gone))[0] == 401

    revoked = await api.key(Scope.CALLS_READ)
    await api.keys.revoke(revoked.split("_")[1])
    assert (await get(api, "/api/v1/calls", revoked))[0] == 401


async def test_a_key_does_only_what_its_scopes_say(api: Api) -> None:
    other = await api.key(Scope.DIAL)
    code, body, _ = await get(api, "/api/v1/calls", other)
    assert (code, body["error_id"]) == (403, "scope-missing")
    assert "calls:read" in body["detail"]


async def test_a_key_that_asks_too_often_is_told_when_to_come_back(api: Api) -> None:
    key = await api.key(Scope.CALLS_READ, per_minute=3)
    codes = [(await get(api, "/api/v1/calls", key))[0] for _ in range(3)]
    code, body, headers = await get(api, "/api/v1/calls", key)
    assert codes == [200, 200, 200]
    assert (code, body["error_id"]) == (429, "too-many-requests")
    assert 1 <= int(headers["Retry-After"]) <= 20


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=many",
        "limit=1&limit=2",
        "since=2026-01-01T00:00:00",
        "since=0",
        "since=tomorrow",
        "direction=sideways",
        "cursor=nonsense",
        "cursor=MTpub25lOg",
        "cursor=" + "A" * 5000,
        "number=" + "1" * 41,
        "typo=1",
        "disposition=%00",
    ],
)
async def test_a_bad_parameter_is_refused_by_name(api: Api, query: str) -> None:
    code, body, headers = await get(api, f"/api/v1/calls?{query}")
    assert code == 422
    assert headers["Content-Type"].startswith("application/problem+json")
    assert query.split("=", maxsplit=1)[0] in body["detail"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/calls/%2e%2e%2f%2e%2e/etc/passwd", "/api/v1/calls/%00"])
async def test_what_is_not_there_is_a_problem_too(api: Api, path: str) -> None:
    code, body, _ = await get(api, path)
    assert code in {404, 422}
    assert body["error_id"]


async def test_a_call_that_is_not_there_is_not_found(api: Api) -> None:
    code, body, _ = await get(api, "/api/v1/calls/pbx:1.1")
    assert (code, body["error_id"]) == (404, "not-found")


async def test_a_listener_that_comes_back_gets_what_it_missed(api: Api) -> None:
    for number in range(1, 4):
        api.feed.tell("call.started", {"number": number})

    async with api.http.get("/api/v1/events", headers={"Last-Event-ID": "life-1"}) as response:
        assert response.content_type == "text/event-stream"
        missed = [await response.content.readuntil(b"\n\n") for _ in range(2)]
        api.feed.tell("call.ended", {"name": "line\nbreak"})
        live = await response.content.readuntil(b"\n\n")

    assert [frame.split(b"\n")[0] for frame in missed] == [b"id: life-2", b"id: life-3"]
    assert live == b'id: life-4\nevent: call.ended\ndata: {"name":"line\\nbreak"}\n\n'


@pytest.mark.parametrize("end", ["revoked", "expired"])
async def test_a_key_that_ends_ends_its_streams_within_seconds(
    api: Api, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "KEY_SECONDS", 0.05)
    monkeypatch.setattr(key_store, "REMEMBERED", timedelta(seconds=0.05))
    until = now() + timedelta(seconds=3) if end == "expired" else None
    key = await api.key(Scope.CALLS_READ, expires_at=until)
    async with api.http.get("/api/v1/events", headers={"Authorization": f"Bearer {key}"}) as response:
        assert response.status == 200
        if end == "revoked":
            await api.keys.revoke(key.split("_")[1])
        async with asyncio.timeout(PATIENCE):
            assert await response.content.read() == b""


async def test_a_listener_from_another_life_is_told_to_read_anew(api: Api) -> None:
    api.feed.tell("call.started", {})
    async with api.http.get("/api/v1/events", headers={"Last-Event-ID": "before-7"}) as response:
        assert await response.content.readuntil(b"\n\n") == b"event: reset\ndata: {}\n\n"


async def test_the_description_is_openapi_3_1_and_names_every_operation(api: Api) -> None:
    code, body, _ = await get(api, "/api/v1/openapi.json")
    assert code == 200
    assert body["openapi"] == "3.1.0"
    assert {"/calls", "/calls/{call_id}", "/events"} <= set(body["paths"])
    async with api.http.get("/api/v1/docs") as page:
        text = await page.text()
    assert "listCalls" in text
    assert "<script" not in text
