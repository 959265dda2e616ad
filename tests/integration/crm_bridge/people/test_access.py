"""What a manager sees is theirs: any ledger, every list, every thing by its id, whatever is asked of it."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm_bridge.api.values.keys import Scope
from crm_bridge.people.access import Access, UserRole
from crm_bridge.queries.visible import NoAccessLine, narrowed
from telephony.directory.model import Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api, now
from tests.integration.crm_bridge.things import keep_recording

MANAGERS = ("ivan", "olena", "petro", "anna")
EXTENSION = {"ivan": "101", "olena": "102", "petro": "103", "anna": "101"}
"""Anna's is Ivan's number on another PBX."""
PBX_OF = {"ivan": "pbx", "olena": "", "petro": "pbx", "anna": "other"}
GROUP = {"ivan": "sales", "olena": "sales", "petro": "service", "anna": ""}


@dataclass(frozen=True)
class Customer:
    owner: str | None


@dataclass(frozen=True)
class OneCall:
    customer: int
    pbx: str
    talked: str | None
    rang: frozenset[str]


@dataclass(frozen=True)
class Asked:
    """A callback request."""

    customer: int
    owner: str | None
    rang: frozenset[str]


@dataclass(frozen=True)
class Ledger:
    customers: tuple[Customer, ...]
    calls: tuple[OneCall, ...]
    requests: tuple[Asked, ...]


def ledgers() -> st.SearchStrategy[Ledger]:
    somebody = st.sampled_from([*MANAGERS, None])
    some = st.frozensets(st.sampled_from(MANAGERS), max_size=2)
    place = st.integers(0, 3)
    return st.builds(
        Ledger,
        st.tuples(*[st.builds(Customer, somebody)] * 4),
        st.lists(st.builds(OneCall, place, st.sampled_from(["pbx", "other"]), somebody, some), max_size=8).map(tuple),
        st.lists(
            st.builds(Asked, place, st.sampled_from([*MANAGERS, None, "gone"]), some),
            max_size=4,
            unique_by=lambda it: it.customer,
        ).map(tuple),
    )


def number_of(customer: int) -> str:
    return f"+38067123450{customer}"


def extension_is(manager: str, who: str, pbx: str) -> bool:
    """Whether the phone of ``who`` on ``pbx`` is, by its number, the manager's."""
    return EXTENSION[who] == EXTENSION[manager] and PBX_OF[manager] in {"", pbx}


def calls_of(ledger: Ledger, manager: str) -> set[str]:
    """The rule in other words than the product's: for each call, why it is theirs."""
    found = set()
    for place, call in enumerate(ledger.calls):
        phones = call.rang | ({call.talked} if call.talked else set())
        if any(extension_is(manager, who, call.pbx) for who in phones):
            found.add(f"{call.pbx}:{place}.1")
        if ledger.customers[call.customer].owner == manager:
            found.add(f"{call.pbx}:{place}.1")
    return found


def requests_of(ledger: Ledger, manager: str) -> set[int]:
    found = set()
    for place, request in enumerate(ledger.requests):
        of_group = request.owner in GROUP and GROUP[manager] != "" and GROUP[request.owner] == GROUP[manager]
        nobodys = request.owner not in GROUP and GROUP[manager] == "sales"
        if request.owner == manager or of_group or nobodys or manager in request.rang:
            found.add(place + 1)
    return found


async def write(pool: Pool, ledger: Ledger) -> None:
    await pool.execute(
        "TRUNCATE calls, call_tags, customers, callback_requests, recordings, recorded_calls, users, outbox_messages"
        " RESTART IDENTITY CASCADE"
    )
    for place, customer in enumerate(ledger.customers):
        await pool.execute(
            "INSERT INTO customers (number, name, manager_id, do_not_call) VALUES ($1, $2, $3, true)",
            number_of(place), f"customer {place}", customer.owner,
        )  # fmt: skip
    for place, call in enumerate(ledger.calls):
        call_id, at = f"{call.pbx}:{place}.1", now() - timedelta(minutes=place + 1)
        await pool.execute(
            "INSERT INTO calls (call_id, pbx, linkedid, direction, kind, caller_number, caller_name, dialed, trunk,"
            " queue, customer, did, manager, started_at, ended_at, disposition, talk, repaired, changed_at) VALUES"
            " ($1, $2, $3, 'outbound', 'ordinary', '', '', '', '', '', $4, '', $5, $6, $6, 'no_answer', '0', false,"
            " $6)",
            call_id, call.pbx, f"{place}.1", number_of(call.customer), EXTENSION.get(call.talked or "", ""), at,
        )  # fmt: skip
        for who in sorted(call.rang):
            await pool.execute(
                "INSERT INTO legs (call_id, uniqueid, channel, number, name, started_at, rang_at)"
                " VALUES ($1, $2, 'PJSIP/x', $3, '', $4, $4)",
                call_id, who, EXTENSION[who], at,
            )  # fmt: skip
        await pool.execute(
            "INSERT INTO legs (call_id, uniqueid, channel, number, name, started_at) "
            "SELECT $1, 'not rung ' || number, 'PJSIP/x', number, '', $2 "
            "FROM unnest('{101,102,103}'::text[]) AS number",
            call_id, at,
        )  # fmt: skip
        await pool.execute(
            "INSERT INTO call_tags (call_id, tag, started_at, at, author) VALUES ($1, 'vip', $2, $2, 'x')", call_id, at
        )
    for place, request in enumerate(ledger.requests):
        await pool.execute(
            "INSERT INTO callback_requests (pbx, customer, heard_number, name, did, trunk, state, waits_for, misses,"
            " first_missed_at, last_missed_at, last_call_id, due_at, round_began_at, owner) VALUES"
            " ('pbx', $1, $1, '', '', '', 'held', 'nobody_free', 1, $2, $2, 'pbx:x', $2, $2, $3)",
            number_of(request.customer), now() - timedelta(minutes=place), request.owner,
        )  # fmt: skip
        for who in sorted(request.rang):
            await pool.execute(
                "INSERT INTO callback_attempts (request_id, manager, channel_id, pbx, dialstring, step, round, daemon,"
                " written_at, look_at, ended_at, outcome) VALUES"
                " ($1, $2, $3, 'pbx', '', 'group', 1, 1, now(), now(), now(), 'no_answer')",
                place + 1, who, f"rb-cb-{place}-{who}",
            )  # fmt: skip


async def get(browser: aiohttp.ClientSession, path: str) -> tuple[int, Any]:
    async with browser.get(f"/api/v1{path}") as answer:
        text = (await answer.read()).decode(errors="replace")
        return answer.status, json.loads(text) if "json" in answer.content_type else text


async def all_pages(browser: aiohttp.ClientSession, path: str, what: str) -> list[dict[str, Any]]:
    """Every row of a list, two a page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        joint = "&" if "?" in path else "?"
        code, body = await get(browser, f"{path}{joint}limit=2{cursor}")
        assert code == 200, body
        found += body[what]
        if body["next_cursor"] is None:
            return found
        cursor = f"&cursor={body['next_cursor']}"


@pytest.fixture
async def directory(pool: Pool) -> None:
    entries = [
        ManagerEntry(
            ManagerId(who), who.title(), Endpoint(f"PJSIP/{EXTENSION[who]}"), group=GROUP[who], pbx=PBX_OF[who]
        )
        for who in MANAGERS
    ]
    await DirectoryStore(pool).replace_managers(entries)


@given(ledger=ledgers(), manager=st.sampled_from(MANAGERS))
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.usefixtures("directory")
async def test_a_manager_sees_theirs_all_of_it_and_nothing_else(
    api: Api, pool: Pool, ledger: Ledger, manager: str
) -> None:
    await write(pool, ledger)
    calls, requests = calls_of(ledger, manager), requests_of(ledger, manager)
    customers = {number_of(place) for place, each in enumerate(ledger.customers) if each.owner == manager}
    async with api.signed_in(UserRole.MANAGER, manager) as browser:
        for path in (
            "/calls",
            "/calls?since=2020-01-01T00:00:00Z",
            "/calls?tag=vip",
            "/calls?kind=ordinary&direction=outbound",
        ):
            assert {call["call_id"] for call in await all_pages(browser, path, "calls")} == calls
        assert {each["request_id"] for each in await all_pages(browser, "/callbacks", "callbacks")} == requests
        for path in ("/customers", "/do-not-call"):
            assert {each["number"] for each in await all_pages(browser, path, "customers")} == customers
        _, text = await get(browser, "/calls/export")
        assert {line.split(",")[0].lstrip("\ufeff") for line in text.splitlines()[1:]} == calls
        for place, call in enumerate(ledger.calls):
            call_id = f"{call.pbx}:{place}.1"
            assert (await get(browser, f"/calls/{call_id}"))[0] == (200 if call_id in calls else 404)
        for place in range(len(ledger.requests)):
            assert (await get(browser, f"/callbacks/{place + 1}"))[0] == (200 if place + 1 in requests else 404)
        for place in range(len(ledger.customers)):
            number = number_of(place)
            assert (await get(browser, f"/customers/{number}"))[0] == (200 if number in customers else 404)


THEIRS = Ledger(
    (Customer("olena"),) * 4, (OneCall(0, "pbx", "olena", frozenset({"olena"})),), (Asked(0, "olena", frozenset()),)
)


@pytest.mark.usefixtures("directory")
async def test_whatever_is_asked_of_anothers_things_is_not_there(api: Api, pool: Pool) -> None:
    """Every operation of the API, with the ids of others' things: nothing is told, changed, or even there."""
    await write(pool, THEIRS)
    await pool.execute("UPDATE calls SET caller_name = 'SECRET'")
    await pool.execute("UPDATE callback_requests SET name = 'SECRET'")
    await pool.execute("UPDATE customers SET name = 'SECRET'")
    recording = await keep_recording(pool, api.folder, "pbx:0.1", now())
    ids = {
        "call_id": "pbx:0.1", "recording_id": str(recording), "request_id": "1", "number": number_of(0), "tag": "vip",
        "comment_id": "1", "day": "2026-12-01", "target": "x", "delivery": "1", "letter": "1", "message_id": "1",
    }  # fmt: skip
    bodies: dict[str, Any] = {
        "dial": {"manager": "102", "number": "0671234567"},
        "createComment": {"text": "x"}, "putResult": {"code": "x"}, "orderRecording": {"order": "stop"},
        "snoozeCallback": {"until": now().isoformat()}, "reassignCallback": {"manager": "petro"}, "createLink": {},
    }  # fmt: skip
    before = await pool.fetch("SELECT * FROM callback_requests")
    told = {}
    async with api.signed_in(UserRole.MANAGER, "petro") as browser:
        for each in api.described:
            if each.scope is None or each.operation == "createCallback":
                continue
            path = each.path.format(**{name: ids.get(name, "1") for name in each.path_names})
            body = bodies.get(each.operation, {}) if each.body else None
            async with browser.request(each.method, f"/api/v1{path}", json=body) as answer:
                text = await answer.text() if each.method != "HEAD" else ""
                told[each.operation] = answer.status
                assert "SECRET" not in text, each.operation
                if each.path_names & {"call_id", "recording_id", "request_id"}:
                    assert answer.status in {403, 404}, (each.operation, text)
    assert await pool.fetch("SELECT * FROM callback_requests") == before
    assert not await pool.fetch("SELECT 1 FROM listenings")
    assert not await pool.fetch("SELECT 1 FROM call_comments")
    assert not api.pbx.sent
    for refused in ("listDeliveries", "listEvents", "eraseNumber", "dial"):
        assert told.get(refused, 403) == 403, refused


@pytest.mark.usefixtures("directory")
async def test_a_head_sees_all_and_an_admin_hears_only_by_right(api: Api, pool: Pool) -> None:
    await write(pool, THEIRS)
    recording = await keep_recording(pool, api.folder, "pbx:0.1", now())
    for role, may_listen, code in (
        (UserRole.HEAD, True, 200), (UserRole.ADMIN, False, 403), (UserRole.ADMIN, True, 200),
        (UserRole.MANAGER, True, 404),
    ):  # fmt: skip
        async with api.signed_in(role, "petro", may_listen=may_listen) as browser:
            assert (await get(browser, f"/recordings/{recording}/audio"))[0] == code
            assert (await get(browser, f"/recordings/{recording}/waveform"))[0] == code
            assert len((await get(browser, "/calls"))[1]["calls"]) == (0 if role is UserRole.MANAGER else 1)
    heard = await pool.fetch("SELECT by_whom, key_id, way FROM listenings")
    assert {(row["by_whom"], row["key_id"][:5], row["way"]) for row in heard} == {("Somebody", "user:", "session")}
    assert len(heard) == 2


@pytest.mark.usefixtures("directory")
async def test_a_manager_takes_a_request_of_their_group_and_gives_it_to_nobody(api: Api, pool: Pool) -> None:
    await write(pool, THEIRS)
    async with api.signed_in(UserRole.MANAGER, "ivan") as browser:
        for body, code in (({"manager": "petro"}, 403), ({"manager": "ivan"}, 200)):
            async with browser.post("/api/v1/callbacks/1/reassign", json=body) as answer:
                assert answer.status == code, await answer.text()
        async with browser.post("/api/v1/callbacks/1/cancel") as answer:
            assert answer.status == 403
    async with api.signed_in(UserRole.HEAD) as browser, browser.post("/api/v1/callbacks/1/cancel") as answer:
        assert answer.status == 200


async def test_a_session_is_no_key_for_other_pages(api: Api) -> None:
    async with api.signed_in(UserRole.HEAD) as browser:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            async with browser.post("/api/v1/callbacks", json={"number": "0671234567"}, headers=headers) as answer:
                assert (answer.status, (await answer.json())["error_id"]) == (403, "from-elsewhere")
        key = await api.key(Scope.CALLS_READ)
        bearer = {"Authorization": f"Bearer {key}", "Sec-Fetch-Site": "cross-site"}
        async with browser.get("/api/v1/calls", headers=bearer) as answer:
            assert answer.status == 200
        async with browser.get("/api/v1/callbacks", headers=bearer) as answer:
            assert answer.status == 403, "a key is no more than it is because a session is there, too"


def test_a_statement_that_does_not_say_whose_its_rows_are_is_refused() -> None:
    with pytest.raises(NoAccessLine):
        narrowed("select 1 from calls", Access.ALL, [])
