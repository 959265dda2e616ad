"""Notes on calls over HTTP: comments, tags, results; found again by them, and refused where they are hostile."""

from crm_bridge.api.values.keys import Scope
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.test_api_calls import call, write
from tests.integration.crm_bridge.things import ask

CALL = "pbx:1763.1"


async def test_notes_stand_on_the_call_with_their_author(api: Api, pool: Pool) -> None:
    await write(pool, [call(1), call(2)])
    crm = await api.keys.create(
        "crm", [Scope.CALLS_WRITE], expires_at=None, per_minute=100, random_text=lambda size: "k" * (size * 4 // 3 + 1)
    )
    code, comment = await ask(api, "POST", f"/calls/{CALL}/comments", {"text": f"Передзвонити\n{'<b>'}"}, crm)
    assert (code, comment["author"]) == (201, "crm")
    assert (await ask(api, "PUT", f"/calls/{CALL}/tags/VIP клієнт", None, crm))[0] == 204
    assert (await ask(api, "PUT", f"/calls/{CALL}/tags/VIP клієнт", None, crm))[0] == 204
    assert (await ask(api, "PUT", f"/calls/{CALL}/result", {"code": "sold"}, crm))[0] == 204
    _, whole = await ask(api, "GET", f"/calls/{CALL}")
    assert [each["text"] for each in whole["comments"]] == ["Передзвонити\n<b>"]
    assert [(each["tag"], each["author"]) for each in whole["tags"]] == [("VIP клієнт", "crm")]
    assert whole["result"]["code"] == "sold"
    _, page = await ask(api, "GET", "/calls?tag=VIP клієнт")
    assert [each["call_id"] for each in page["calls"]] == [CALL]

    assert (await ask(api, "DELETE", f"/calls/{CALL}/comments/{comment['comment_id']}"))[0] == 204
    assert (await ask(api, "DELETE", f"/calls/{CALL}/tags/VIP клієнт"))[0] == 204
    assert (await ask(api, "DELETE", f"/calls/{CALL}/tags/VIP клієнт"))[0] == 404
    assert (await ask(api, "GET", "/calls?tag=VIP клієнт"))[1]["calls"] == []


async def test_a_list_by_tag_has_pages_and_joins_other_filters(api: Api, pool: Pool) -> None:
    await write(pool, [call(n, answered=n % 2 == 0) for n in range(1, 8)])
    for number in range(1, 8):
        await ask(api, "PUT", f"/calls/pbx:1763.{number}/tags/vip")
    _, first = await ask(api, "GET", "/calls?tag=vip&limit=4")
    _, rest = await ask(api, "GET", f"/calls?tag=vip&limit=4&cursor={first['next_cursor']}")
    seen = [each["call_id"] for page in (first, rest) for each in page["calls"]]
    assert seen == [f"pbx:1763.{n}" for n in range(7, 0, -1)]
    _, missed = await ask(api, "GET", "/calls?tag=vip&disposition=missed&number=0671234567")
    assert [each["call_id"] for each in missed["calls"]] == [f"pbx:1763.{n}" for n in (7, 5, 3, 1)]


async def test_notes_on_no_call_and_hostile_notes_are_refused(api: Api, pool: Pool) -> None:
    await write(pool, [call(1)])
    assert (await ask(api, "POST", "/calls/pbx:9.9/comments", {"text": "x"}))[0] == 404
    assert (await ask(api, "PUT", "/calls/pbx:9.9/tags/x"))[0] == 404
    for path, body in (
        (f"/calls/{CALL}/comments", {"text": ""}),
        (f"/calls/{CALL}/comments", {"text": "x" * 4001}),
        (f"/calls/{CALL}/comments", {"text": "\0"}),
    ):
        assert (await ask(api, "POST", path, body))[0] == 422
    assert (await ask(api, "PUT", f"/calls/{CALL}/tags/{'x' * 65}"))[0] == 422
    assert (await ask(api, "PUT", f"/calls/{CALL}/tags/a%0d%0ab"))[0] == 422
    assert (await ask(api, "PUT", f"/calls/{CALL}/result", {"code": "=cmd()"}))[0] == 422
    assert await pool.fetchval("SELECT count(*) FROM call_comments") == 0
