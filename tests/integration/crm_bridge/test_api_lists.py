"""What a console asks of lists: several values a filter, hours of the week, lengths, targets, the urgent first."""

from datetime import timedelta
from typing import Any

import pytest

from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.test_api_calls import START, call, listed, write
from tests.integration.crm_bridge.things import ask, keep_recording, manager

# START is Saturday, 14:00 in Kyiv.


async def test_several_values_of_a_filter_find_any_and_filters_join_by_and(api: Api, pool: Pool) -> None:
    await write(
        pool, [call(1), call(2, answered=False), call(3, customer="0501112233"), call(4, customer="0931112233")]
    )
    assert await listed(api, "disposition=missed&disposition=answered") == [f"pbx:1763.{n}" for n in (4, 3, 2, 1)]
    assert await listed(api, "number=0501112233&number=%2B380931112233") == ["pbx:1763.4", "pbx:1763.3"]
    assert await listed(api, "number=0671234567&number=0501112233&disposition=missed&disposition=busy") == [
        "pbx:1763.2"
    ]
    assert await listed(api, "kind=callback&kind=click_to_call") == []
    assert await listed(api, "manager=101&manager=102") == [f"pbx:1763.{n}" for n in (4, 3, 1)]
    await manager(pool)
    await pool.execute("UPDATE managers SET mobile = '+380501110101'")
    assert await listed(api, "manager=0501110101&manager=102&disposition=answered") == [
        f"pbx:1763.{n}" for n in (4, 3, 1)
    ]
    assert await listed(api, "kind=callback&kind=ordinary") == [f"pbx:1763.{n}" for n in (4, 3, 2, 1)]


async def test_a_call_with_two_of_the_tags_comes_once(api: Api, pool: Pool) -> None:
    await write(pool, [call(1), call(2)])
    for path in ("pbx:1763.1/tags/vip", "pbx:1763.1/tags/a,b", "pbx:1763.2/tags/vip"):
        assert (await ask(api, "PUT", f"/calls/{path}"))[0] in {200, 201, 204}
    assert await listed(api, "tag=vip&tag=a,b") == ["pbx:1763.2", "pbx:1763.1"]
    assert await listed(api, "tag=a,b") == ["pbx:1763.1"]


async def test_hours_of_the_week_are_the_companys(api: Api, pool: Pool) -> None:
    late = call(11 * 3600)
    await write(pool, [call(1), late])
    assert await listed(api, "weekday=6") == ["pbx:1763.1"]
    assert await listed(api, "weekday=7&hour=1") == [late.call_id], "Sunday, 01:00 in Kyiv"
    assert await listed(api, "weekday=6&weekday=7&hour=14&hour=1") == [late.call_id, "pbx:1763.1"]


async def test_ranges_of_wait_and_talk_are_half_open(api: Api, pool: Pool) -> None:
    await write(pool, [call(1), call(2, answered=False)])  # 5 s of wait and 25 of talk; 30 s of wait
    assert await listed(api, "wait_from=5&wait_to=30") == ["pbx:1763.1"]
    assert await listed(api, "wait_from=30") == ["pbx:1763.2"]
    assert await listed(api, "talk_from=25&talk_to=25.5") == ["pbx:1763.1"]
    assert await listed(api, "talk_to=1") == ["pbx:1763.2"]


async def test_recorded_repaired_and_first_calls(api: Api, pool: Pool) -> None:
    await write(pool, [call(1), call(2), call(3, customer="0501112233")])
    await keep_recording(pool, api.folder, "pbx:1763.2", START)
    await pool.execute("UPDATE calls SET repaired = true WHERE call_id = 'pbx:1763.3'")
    assert await listed(api, "recorded=true") == ["pbx:1763.2"]
    assert await listed(api, "recorded=false") == ["pbx:1763.3", "pbx:1763.1"]
    assert await listed(api, "repaired=true") == ["pbx:1763.3"]
    assert await listed(api, "first_call=true") == ["pbx:1763.3", "pbx:1763.1"]
    assert await listed(api, "first_call=false") == ["pbx:1763.2"]
    await ask(api, "PUT", "/calls/pbx:1763.1/tags/vip")
    assert await listed(api, "first_call=true&tag=vip&recorded=false&repaired=false&wait_to=9") == ["pbx:1763.1"]


@pytest.mark.parametrize(
    "query",
    [
        "weekday=0",
        "weekday=8",
        "hour=24",
        "hour=x",
        "wait_from=-1",
        "wait_from=nan",
        "wait_to=inf",
        "wait_from=1&wait_from=2",
        "since=2026-11-21T12:00:00Z&since=2026-11-21T12:00:00Z",
        "limit=1&limit=2",
        "disposition=missed,busy",
        "disposition=missed&disposition=lost",
        "&".join(["tag=a"] * 21),
        "tag=",
        "tag=%00",
        "recorded=maybe",
    ],
)
async def test_what_is_no_filter_is_refused(api: Api, query: str) -> None:
    code, problem = await ask(api, "GET", f"/calls?{query}")
    assert (code, problem["error_id"]) == (422, "invalid")


# --- callbacks --------------------------------------------------------------------------------------------------------


async def requests(api: Api, query: str) -> list[int]:
    code, page = await ask(api, "GET", f"/callbacks?{query}")
    assert code == 200, page
    return [each["request_id"] for each in page["callbacks"]]


async def made(api: Api, count: int) -> list[int]:
    return [
        (await ask(api, "POST", "/callbacks", {"number": f"+38067000000{n}"}))[1]["request_id"] for n in range(count)
    ]


async def test_the_most_urgent_come_first_page_by_page(api: Api, pool: Pool) -> None:
    ids = await made(api, 7)
    for place, seconds in enumerate((50, 10, 40, 40, None, 30, None)):
        at = None if seconds is None else START + timedelta(seconds=seconds)
        await pool.execute("UPDATE callback_requests SET ring_by = $2 WHERE request_id = $1", ids[place], at)
    seen: list[int] = []
    cursor = ""
    while True:
        _, page = await ask(api, "GET", f"/callbacks?order=ring_by&open=true&limit=2{cursor}")
        seen += [each["request_id"] for each in page["callbacks"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [ids[place] for place in (1, 5, 2, 3, 0, 4, 6)]


async def test_requests_by_target_fate_and_reason(api: Api, pool: Pool) -> None:
    late, soon, done, gone = await made(api, 4)
    await pool.execute("UPDATE callback_requests SET ring_by = now() - interval '1 s' WHERE request_id = $1", late)
    await pool.execute("UPDATE callback_requests SET ring_by = now() + interval '1 h' WHERE request_id <> $1", late)
    await ask(api, "POST", f"/callbacks/{done}/done")
    await ask(api, "POST", f"/callbacks/{gone}/cancel")
    for query, expected in (
        ("target=missed", [late]),
        ("target=open", [soon]),
        ("target=not_needed", [gone, done]),
        ("target=missed&target=open", [soon, late]),
        ("target=met", []),
        ("fate=owed", [soon, late]),
        ("fate=answered_later", [done]),
        ("fate=lost&fate=answered_later", [gone, done]),
        ("closed_for=by_hand", [gone]),
        ("closed_for=by_hand&closed_for=dealt&state=done", [done]),
        ("state=waiting&state=cancelled", [gone, soon, late]),
    ):
        assert await requests(api, query) == expected, query
    _, page = await ask(api, "GET", f"/callbacks/{gone}")
    assert (page["request"]["fate"], page["request"]["target"], page["figures"]["target"]) == (
        "lost",
        "not_needed",
        "not_needed",
    )


async def test_requests_by_owner_their_group_and_who_was_rung(api: Api, pool: Pool) -> None:
    await manager(pool, "ivan")
    await manager(pool, "olena", "PJSIP/102")
    await pool.execute("UPDATE managers SET team = 'sales, east' WHERE manager_id = 'ivan'")
    ivans, olenas, nobodys = await made(api, 3)
    await ask(api, "POST", f"/callbacks/{ivans}/reassign", {"manager": "ivan"})
    await ask(api, "POST", f"/callbacks/{olenas}/reassign", {"manager": "olena"})
    await pool.execute(
        "INSERT INTO callback_attempts (request_id, manager, channel_id, pbx, dialstring, step, round, daemon, "
        "written_at, look_at) VALUES ($1, 'ivan', 'rb-cb-1', 'pbx', 'PJSIP/101', 'owner', 1, 1, now(), now())",
        olenas,
    )
    assert await requests(api, "owner=ivan") == [ivans]
    assert await requests(api, "owner=ivan&owner=olena") == [olenas, ivans]
    assert await requests(api, "group=sales,%20east") == [ivans]
    assert await requests(api, "manager=ivan") == [olenas]
    assert await requests(api, "manager=ivan&manager=olena&fate=owed&order=ring_by") == [olenas]
    assert nobodys not in await requests(api, "group=sales,%20east&group=other")


@pytest.mark.parametrize(
    "query", ["order=oldest", "target=broken", "fate=owed,lost", "owner=", "order=newest&order=ring_by"]
)
async def test_what_is_no_filter_of_requests_is_refused(api: Api, query: str) -> None:
    code, problem = await ask(api, "GET", f"/callbacks?{query}")
    assert (code, problem["error_id"]) == (422, "invalid")


async def test_a_cursor_of_another_order_finds_a_page_or_is_refused(api: Api) -> None:
    await made(api, 3)
    _, page = await ask(api, "GET", "/callbacks?limit=1&order=ring_by")
    code, other = await ask(api, "GET", f"/callbacks?limit=1&cursor={page['next_cursor']}")
    assert (code, len(other["callbacks"]) <= 1) == (200, True)


async def test_the_other_lists_take_several_values_too(api: Api, pool: Pool) -> None:
    await manager(pool, "ivan")
    await manager(pool, "olena", "PJSIP/102")
    for number, who in (("0671234567", "ivan"), ("0671234568", "olena"), ("0671234569", None)):
        await ask(api, "PUT", f"/customers/{number}", {"manager_id": who})
    found: tuple[int, Any] = await ask(api, "GET", "/customers?manager=ivan&manager=olena")
    assert [each["manager_id"] for each in found[1]["customers"]] == ["ivan", "olena"]
    assert (await ask(api, "GET", "/deliveries?state=dead&state=waiting&target=a&target=b"))[0] == 200
    assert (await ask(api, "GET", "/deliveries?state=dead&state=delivered&request_id=1&request_id=2"))[0] == 200


async def test_a_priority_is_given_and_shown(api: Api) -> None:
    [request] = await made(api, 1)
    code, ranked = await ask(api, "POST", f"/callbacks/{request}/priority", {"priority": 30})
    assert (code, ranked["priority"], ranked["state"]) == (200, 30, "waiting")
    for body in ({"priority": 101}, {"priority": -1}, {"priority": "5"}, {}, {"priority": 1.5}):
        assert (await ask(api, "POST", f"/callbacks/{request}/priority", body))[0] == 422
    assert (await ask(api, "POST", "/callbacks/999/priority", {"priority": 1}))[0] == 404
