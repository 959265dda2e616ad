"""A request that is sent twice under one name is done once, and answered twice alike."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from crm_bridge.api.values.keys import Scope
from telephony.errors import ActionTimedOut, AnswerLost, RingbackError
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.test_api_calls import call, write
from tests.integration.crm_bridge.things import manager

CUSTOMER = "+380671234567"
DIAL = {"manager": "101", "number": CUSTOMER}


async def post(api: Api, path: str, body: object, name: str, key: str = "") -> tuple[int, Any, bool]:
    """Post; the code, the answer, and whether it is an old one."""
    headers = {"Idempotency-Key": name} | ({"Authorization": f"Bearer {key}"} if key else {})
    async with api.http.post(f"/api/v1{path}", json=body, headers=headers) as response:
        return response.status, await response.json(), "Idempotent-Replayed" in response.headers


def rung(api: Api) -> int:
    """How many phones were rung."""
    return sum(action == "Originate" for action, _ in api.pbx.sent)


async def test_a_dial_is_done_once_however_often_it_is_posted(api: Api, pool: Pool) -> None:
    await manager(pool)
    answers = await asyncio.gather(*(post(api, "/dial", DIAL, "one") for _ in range(4)))
    assert [code for code, _, _ in answers] == [202] * 4
    assert sorted(old for _, _, old in answers) == [False, True, True, True]
    assert rung(api) == 1
    assert (await post(api, "/dial", DIAL, "another"))[::2] == (202, False)
    assert rung(api) == 2


async def test_a_callback_is_answered_alike_and_another_body_is_refused(api: Api) -> None:
    code, made, _ = await post(api, "/callbacks", {"number": CUSTOMER}, "x")
    assert code == 201
    assert await post(api, "/callbacks", {"number": CUSTOMER}, "x") == (201, made, True)
    code, refused, _ = await post(api, "/callbacks", {"number": "+380671234568"}, "x")
    assert (code, refused["error_id"]) == (422, "idempotency-key-reused")
    code, refused, _ = await post(api, "/callbacks", {"number": CUSTOMER}, "\u00e9")
    assert (code, refused["error_id"]) == (422, "invalid")


async def test_each_key_of_the_api_has_names_of_its_own(api: Api, pool: Pool) -> None:
    await manager(pool)
    other = await api.key(Scope.DIAL)
    assert (await post(api, "/dial", DIAL, "one"))[::2] == (202, False)
    assert (await post(api, "/dial", DIAL, "one", other))[::2] == (202, False)


async def test_a_refused_request_leaves_its_name_free(api: Api, pool: Pool) -> None:
    await manager(pool)
    api.pbx.states["PJSIP/101"] = "UNAVAILABLE"
    assert (await post(api, "/dial", DIAL, "one"))[0] == 409
    api.pbx.states.clear()
    assert (await post(api, "/dial", DIAL, "one"))[::2] == (202, False)


@pytest.mark.parametrize("lost", [ActionTimedOut("no answer in time"), AnswerLost("no answer will come")])
async def test_what_may_have_been_done_is_not_done_again(
    api: Api, pool: Pool, monkeypatch: pytest.MonkeyPatch, lost: RingbackError
) -> None:
    await manager(pool)

    async def slow(*_: object, **__: object) -> dict[str, str]:
        raise lost

    with monkeypatch.context() as patch:
        patch.setattr(type(api.pbx), "__call__", slow)
        assert (await post(api, "/dial", DIAL, "one"))[0] == 503
    code, refused, _ = await post(api, "/dial", DIAL, "one")
    assert (code, refused["error_id"], rung(api)) == (409, "idempotency-unfinished", 0)


async def test_answers_are_kept_for_a_day_and_not_beyond_an_erasure(api: Api, pool: Pool) -> None:
    await post(api, "/callbacks", {"number": CUSTOMER}, "old")
    await pool.execute("UPDATE api_answers SET begun_at = begun_at - $1::interval", timedelta(hours=25))
    await post(api, "/callbacks", {"number": "+380671234568"}, "new")
    assert [row["name"] for row in await pool.fetch("SELECT name FROM api_answers")] == ["new"]
    body = {"number": "+380671234568", "reason": "asked"}
    async with api.http.post("/api/v1/privacy/erase", json=body) as response:
        assert response.status == 200
    assert await pool.fetchval("SELECT count(*) FROM api_answers") == 0


async def test_a_comment_is_written_once_and_its_answer_goes_with_its_call(api: Api, pool: Pool) -> None:
    await write(pool, [call(1)])
    path = "/calls/pbx:1763.1/comments"
    code, made, _ = await post(api, path, {"text": "asks for a discount"}, "one")
    assert code == 201
    assert await post(api, path, {"text": "asks for a discount"}, "one") == (201, made, True)
    assert await pool.fetchval("SELECT count(*) FROM call_comments") == 1
    async with api.http.post("/api/v1/privacy/erase", json={"number": CUSTOMER, "reason": "asked"}) as response:
        assert response.status == 200
    assert await pool.fetchval("SELECT count(*) FROM api_answers") == 0


async def test_a_hold_and_an_erasure_are_done_once_and_nothing_that_they_say_is_kept(api: Api, pool: Pool) -> None:
    asked = {"number": CUSTOMER, "reason": "asked"}
    for old in (False, True):
        headers = {"Idempotency-Key": "hold"}
        async with api.http.post("/api/v1/privacy/holds", json=asked, headers=headers) as response:
            assert (response.status, "Idempotent-Replayed" in response.headers) == (204, old)
    async with api.http.delete(f"/api/v1/privacy/holds/{CUSTOMER}") as response:
        assert response.status == 204
    assert (await post(api, "/privacy/erase", asked, "erase"))[0] == 200
    code, refused, _ = await post(api, "/privacy/erase", asked, "erase")
    assert (code, refused["error_id"]) == (409, "idempotency-done")
    assert await pool.fetchval("SELECT count(*) FROM privacy_log WHERE action = 'erase'") == 1
    assert {bytes(row["answer"]) for row in await pool.fetch("SELECT answer FROM api_answers")} == {b""}
    assert (await post(api, "/privacy/export", {"number": CUSTOMER}, "export"))[0] == 200
    assert (await post(api, "/privacy/export", {"number": CUSTOMER}, "export"))[::2] == (200, False)


async def test_every_post_of_the_api_takes_a_name_but_those_that_make_nothing(api: Api) -> None:
    async with api.http.get("/api/v1/openapi.json") as response:
        paths = (await response.json())["paths"]
    posts = {path: methods["post"] for path, methods in paths.items() if "post" in methods}
    named = {
        path for path, post in posts.items() if "Idempotency-Key" in {each.get("name") for each in post["parameters"]}
    }
    assert len(posts) > 20
    assert set(posts) - named == {"/privacy/export"}
