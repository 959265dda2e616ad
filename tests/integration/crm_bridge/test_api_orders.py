"""What a key may order: callbacks, the directory, a dial, deliveries. What is refused has changed nothing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_bridge.api.values.keys import Scope
from crm_bridge.outbox.store import OutboxStore, TargetRow, enqueue
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.test_api_calls import HOSTILE, START, call, write
from tests.integration.crm_bridge.things import ask, manager

CALL = "pbx:1763.1"
CUSTOMER = "+380671234567"

# --- dead letters -----------------------------------------------------------------------------------------------------


async def test_a_dead_letter_is_seen_and_asked_for(api: Api, pool: Pool) -> None:
    assert await ask(api, "GET", "/dead-letters") == (200, {"dead_letters": [], "next_cursor": None})
    for number in range(3):
        await pool.execute(
            "INSERT INTO dead_letters (call_id, kind, event, reason, written) "
            "VALUES ($1, 'CallEnded', '{}', 'x', false)",
            f"pbx:{number}",
        )
    code, page = await ask(api, "GET", "/dead-letters?limit=2")
    assert (code, [letter["call_id"] for letter in page["dead_letters"]]) == (200, ["pbx:2", "pbx:1"])
    code, rest = await ask(api, "GET", f"/dead-letters?limit=2&cursor={page['next_cursor']}")
    assert (code, [letter["call_id"] for letter in rest["dead_letters"]]) == (200, ["pbx:0"])
    one = f"/dead-letters/{rest['dead_letters'][0]['id']}"
    assert await ask(api, "POST", f"{one}/revive") == (204, None)
    code, whole = await ask(api, "GET", one)
    assert (code, whole["event"], whole["revive_asked_at"] is None) == (200, "{}", False)
    assert (await ask(api, "GET", "/dead-letters/999"))[0] == 404
    assert (await ask(api, "POST", "/dead-letters/999/revive"))[0] == 404


# --- callbacks --------------------------------------------------------------------------------------------------------


async def test_a_request_by_hand_lives_like_any_other(api: Api, pool: Pool) -> None:
    await manager(pool)
    code, made = await ask(api, "POST", "/callbacks", {"number": "067 123-45-67", "name": "Олена"})
    assert (code, made["customer"], made["state"], made["misses"]) == (201, CUSTOMER, "waiting", 0)
    one = f"/callbacks/{made['request_id']}"
    assert datetime.fromisoformat(made["ring_by"]) >= datetime.fromisoformat(made["first_missed_at"]) + timedelta(
        minutes=5
    )

    code, refused = await ask(api, "POST", "/callbacks", {"number": CUSTOMER})
    assert (code, refused["error_id"]) == (409, "callback-order")
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    code, later = await ask(api, "POST", f"{one}/snooze", {"until": until})
    assert (code, later["due_at"] > made["due_at"]) == (200, True)
    code, owned = await ask(api, "POST", f"{one}/reassign", {"manager": "ivan"})
    assert (code, owned["owner"]) == (200, "ivan")
    assert (await ask(api, "POST", f"{one}/reassign", {"manager": "nobody"}))[0] == 409
    code, done = await ask(api, "POST", f"{one}/done")
    assert (code, done["state"], done["closed_by"]) == (200, "done", "all")
    assert (await ask(api, "POST", f"{one}/cancel"))[0] == 409

    code, whole = await ask(api, "GET", one)
    assert code == 200
    assert [(line["verb"], line["by"]) for line in whole["history"]] == [
        ("request", "all"),
        ("snooze", "all"),
        ("snooze", "all"),
        ("done", "all"),
    ]
    assert whole["figures"]["target"] in {"not_needed", "open", "met"}


async def test_requests_are_listed_page_by_page_and_by_filter(api: Api) -> None:
    numbers = [f"+38067000000{n}" for n in range(5)]
    ids = [(await ask(api, "POST", "/callbacks", {"number": number}))[1]["request_id"] for number in numbers]
    await ask(api, "POST", f"/callbacks/{ids[0]}/cancel")
    seen: list[int] = []
    cursor = ""
    while True:
        _, page = await ask(api, "GET", f"/callbacks?limit=2{cursor}")
        seen += [each["request_id"] for each in page["callbacks"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ids[::-1]
    for query, expected in (
        ("open=false", ids[:1]),
        ("state=cancelled", ids[:1]),
        ("number=0670000003", ids[3:4]),
        ("open=true&number=0670000000", []),
    ):
        _, page = await ask(api, "GET", f"/callbacks?{query}")
        assert [each["request_id"] for each in page["callbacks"]] == expected, query


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": "not a number"},
        {"number": "101"},
        {"number": "1\r\n2345678"},
        {"number": 380671234567},
        {"number": "+380671234567", "did": "${EVAL}"},
        {"number": "+380671234567", "name": "a\r\nAction: Logoff"},
        {"number": "+380671234567", "name": "x" * 121},
        {"number": "+380671234567", "typo": 1},
        {"number": "+380671234567", "due_at": "tomorrow"},
        {"number": "+380671234567", "due_at": 1763761234},
        {"number": "\ud800"},
        [],
        None,
    ],
)
async def test_a_bad_request_by_hand_is_refused_and_none_is_made(api: Api, pool: Pool, body: Any) -> None:  # noqa: ANN401
    code, problem = await ask(api, "POST", "/callbacks", body)
    assert 400 <= code < 500
    assert problem["error_id"]
    assert await pool.fetchval("SELECT count(*) FROM callback_requests") == 0


async def test_who_is_not_to_be_called_is_not(api: Api, pool: Pool) -> None:
    assert (await ask(api, "PUT", "/do-not-call/0671234567"))[0] == 204
    assert (await ask(api, "POST", "/callbacks", {"number": CUSTOMER}))[0] == 409
    _, page = await ask(api, "GET", "/do-not-call")
    assert [each["number"] for each in page["customers"]] == [CUSTOMER]
    assert (await ask(api, "DELETE", f"/do-not-call/{CUSTOMER}"))[0] == 204
    assert (await ask(api, "DELETE", f"/do-not-call/{CUSTOMER}"))[0] == 404
    assert await pool.fetchval("SELECT count(*) FROM callback_requests") == 0


# --- the directory ----------------------------------------------------------------------------------------------------


async def test_customers_are_put_found_in_any_spelling_and_taken_out(api: Api, pool: Pool) -> None:
    await manager(pool)
    code, kept = await ask(api, "PUT", "/customers/0671234567", {"name": HOSTILE[:20], "manager_id": "ivan"})
    assert (code, kept["number"], kept["manager_id"]) == (200, CUSTOMER, "ivan")
    assert (await ask(api, "GET", "/customers/+38 (067) 123-45-67"))[1]["number"] == CUSTOMER
    assert (await ask(api, "PUT", "/customers/0671234567", {"manager_id": "nobody"}))[0] == 409
    assert (await ask(api, "PUT", "/customers/0671234567", {"name": "a\r\nb"}))[0] == 422
    assert (await ask(api, "GET", "/managers"))[1]["managers"][0]["endpoint"] == "PJSIP/101"
    for number in ("0501112233", "0631112233"):
        await ask(api, "PUT", f"/customers/{number}", {})
    _, first = await ask(api, "GET", "/customers?limit=2")
    _, rest = await ask(api, "GET", f"/customers?limit=2&cursor={first['next_cursor']}")
    assert [each["number"] for page in (first, rest) for each in page["customers"]] == [
        "+380501112233",
        "+380631112233",
        CUSTOMER,
    ]
    assert len((await ask(api, "GET", "/customers?manager=ivan"))[1]["customers"]) == 1
    assert (await ask(api, "DELETE", "/customers/0671234567"))[0] == 204
    assert (await ask(api, "GET", "/customers/0671234567"))[0] == 404


# --- click-to-call ----------------------------------------------------------------------------------------------------


async def test_a_click_rings_the_manager_and_tells_the_call(api: Api, pool: Pool) -> None:
    await manager(pool)
    await write(pool, [call(1)])  # the customer knows us by 0442000600, on PJSIP/carrier
    code, dialled = await ask(api, "POST", "/dial", {"manager": "101", "number": "067 123 45 67"})
    assert (code, dialled["call_id"]) == (202, "pbx:rb-click-5e1f")
    action, headers = api.pbx.sent[-1]
    assert action == "Originate"
    assert (headers["Channel"], headers["ChannelId"], headers["Context"]) == (
        "PJSIP/101",
        "rb-click-5e1f",
        "ringback-click",
    )
    assert "RINGBACK_DIAL=PJSIP/0671234567@carrier" in headers["Variable"]
    assert "RINGBACK_CALLER_ID=+380442000600" in headers["Variable"]


@pytest.mark.parametrize(
    ("body", "code", "error_id"),
    [
        ({"manager": "nobody", "number": CUSTOMER}, 404, "no-such-manager"),
        ({"manager": "101", "number": "12"}, 409, "click-refused"),
        ({"manager": "101", "number": "${SHELL(id)}"}, 409, "click-refused"),
        ({"manager": "101", "number": "067\r\nAction: x"}, 422, "invalid"),
        ({"manager": "102", "number": CUSTOMER}, 409, "click-refused"),
    ],
)
async def test_a_click_that_cannot_be_is_refused_and_nothing_rings(
    api: Api, pool: Pool, body: dict[str, str], code: int, error_id: str
) -> None:
    await manager(pool)
    await manager(pool, "olena", "PJSIP/102")
    api.pbx.states["PJSIP/102"] = "UNAVAILABLE"
    told, problem = await ask(api, "POST", "/dial", body)
    assert (told, problem["error_id"]) == (code, error_id)
    assert [action for action, _ in api.pbx.sent if action == "Originate"] == []


async def test_a_pbx_that_is_away_is_a_503_with_a_time_to_come_back(api: Api, pool: Pool) -> None:
    await manager(pool)
    api.pbx.away = True
    async with api.http.post("/api/v1/dial", json={"manager": "ivan", "number": CUSTOMER}) as response:
        assert (response.status, (await response.json())["error_id"]) == (503, "pbx-unavailable")
        assert response.headers["Retry-After"]


# --- deliveries -------------------------------------------------------------------------------------------------------


async def test_deliveries_are_listed_replayed_and_paused(api: Api, pool: Pool) -> None:
    await write(pool, [call(1)])
    await OutboxStore(pool).declare([TargetRow("crm"), TargetRow("hook")])
    async with pool.acquire() as connection, connection.transaction():
        for number in range(1, 4):
            key = f"pbx:1763.{number}"
            await enqueue(connection, ["crm", "hook"], key=key, kind="call.ended", body={"n": number}, at=START)
    await pool.execute(
        "UPDATE outbox_messages SET state = 'dead', ended_at = now(), reason = 'HTTP 400' WHERE target = 'crm'"
    )
    _, dead = await ask(api, "GET", "/deliveries?state=dead&target=crm&limit=2")
    assert [each["reason"] for each in dead["deliveries"]] == ["HTTP 400"] * 2
    _, rest = await ask(api, "GET", f"/deliveries?state=dead&target=crm&limit=2&cursor={dead['next_cursor']}")
    assert len(rest["deliveries"]) == 1
    one = rest["deliveries"][0]["id"]
    assert (await ask(api, "POST", f"/deliveries/{one}/replay"))[1] == {"messages": 1}
    assert (await ask(api, "POST", f"/deliveries/{one}/replay"))[0] == 409
    assert (await ask(api, "POST", "/targets/crm/replay"))[1] == {"messages": 2}
    assert (await ask(api, "POST", "/targets/nobody/replay"))[0] == 404
    _, shown = await ask(api, "GET", f"/deliveries/{one}")
    assert (shown["body"], shown["state"], shown["tries"]) == ({"n": 1}, "waiting", [])

    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await ask(api, "PUT", "/targets/crm/pause", {"until": later}))[0] == 204
    _, found = await ask(api, "GET", "/targets")
    assert [(each["target"], each["waiting"], each["paused_until"] is not None) for each in found["targets"]] == [
        ("crm", 3, True),
        ("hook", 3, False),
    ]
    assert (await ask(api, "PUT", "/targets/crm/pause", {"until": None}))[0] == 204
    _, whole = await ask(api, "GET", f"/calls/{CALL}")
    assert sorted(each["target"] for each in whole["deliveries"]) == ["crm", "hook"]
    assert len((await ask(api, "GET", f"/deliveries?call_id={CALL}"))[1]["deliveries"]) == 2


# --- two tenants of keys ----------------------------------------------------------------------------------------------


async def test_each_key_does_what_its_scopes_say_and_no_more(api: Api, pool: Pool) -> None:
    """Two tenants: one that reads and listens, one that only clicks; nothing of the other's is opened by either."""
    await manager(pool)
    await write(pool, [call(1)])
    reader = await api.key(Scope.CALLS_READ, Scope.RECORDINGS_READ, Scope.CALLBACKS_READ, Scope.DIRECTORY_READ)
    clicker = await api.key(Scope.DIAL)
    body = {"manager": "101", "number": CUSTOMER}
    reads = ("/calls", f"/calls/{CALL}", "/callbacks", "/customers", "/managers", f"/calls/{CALL}/recordings")
    for path in reads:
        assert (await ask(api, "GET", path, None, reader))[0] == 200
        assert (await ask(api, "GET", path, None, clicker))[1]["error_id"] == "scope-missing"
    assert (await ask(api, "POST", "/dial", body, clicker))[0] == 202
    writes: list[tuple[str, str, Any]] = [
        ("POST", "/dial", body),
        ("POST", "/callbacks", {"number": CUSTOMER}),
        ("POST", f"/calls/{CALL}/comments", {"text": "x"}),
        ("PUT", "/customers/0671234567", {}),
        ("POST", "/privacy/erase", {"number": CUSTOMER, "reason": "x"}),
        ("GET", "/deliveries", None),
        ("GET", "/privacy/log", None),
    ]
    for method, path, given in writes:
        assert (await ask(api, method, path, given, reader))[1]["error_id"] == "scope-missing", path
    assert await pool.fetchval("SELECT count(*) FROM callback_requests") == 0
    assert await pool.fetchval("SELECT customer FROM calls") == CUSTOMER


async def test_a_huge_body_is_413_and_what_is_no_json_is_400(api: Api) -> None:
    huge = json.dumps({"number": CUSTOMER, "name": "x" * 100_000})
    for text, kind, code in (
        (huge, "application/json", 413),
        ('{"number": NaN}', "application/json", 400),
        ('{"number": "1", "number": "2"}', "application/json", 400),
        ("[" * 50_000, "application/json", 400),
        ('{"number": "+38067\\u0000", "name": "x"}', "application/json", 422),
        ('{"number": "+380671234567", "name": "half \\ud83d"}', "application/json", 422),
        ("number=1", "application/x-www-form-urlencoded", 415),
    ):
        async with api.http.post("/api/v1/callbacks", data=text, headers={"Content-Type": kind}) as response:
            assert response.status == code, (text[:30], await response.text())


@pytest.mark.parametrize("number", ["+37063333555", "+88216123456", "+380900312345", "01167571234567"])
async def test_a_number_that_we_do_not_call_is_refused_with_the_cure(api: Api, pool: Pool, number: str) -> None:
    await manager(pool, "ivan", endpoint="PJSIP/101")
    for path, body in (("/dial", {"manager": "ivan", "number": number}), ("/callbacks", {"number": number})):
        code, problem = await ask(api, "POST", path, body)
        assert (code, problem["error_id"]) == (409, "toll-refused")
        assert "toll." in problem["detail"]
    assert [action for action, _ in api.pbx.sent if action == "Originate"] == []
    assert await pool.fetchval("SELECT count(*) FROM callback_requests") == 0
    assert await pool.fetchval("SELECT count(*) FROM toll_dials") == 0
