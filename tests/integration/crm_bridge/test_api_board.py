"""What a board shows besides calls and requests: promises, alarms of recordings, callers' messages, merged calls."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_bridge.api.values.keys import Scope
from crm_bridge.events import publish_presence
from crm_bridge.schemas import PresenceShape
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.test_api_calls import START, call, write
from tests.integration.crm_bridge.things import SOUND, ask, manager


async def request(api: Api, number: int = 0) -> int:
    code, made = await ask(api, "POST", "/callbacks", {"number": f"+38067000000{number}"})
    assert code == 201
    found: int = made["request_id"]
    return found


# --- promises ---------------------------------------------------------------------------------------------------------


async def promise(
    pool: Pool, request_id: int, minutes: int, slot_of: str = "group:sales", verdict: str | None = None
) -> int:
    at = START + timedelta(minutes=minutes)
    found: int = await pool.fetchval(
        "INSERT INTO promises (request_id, slot_of, promised_at, made_at, settled_at, verdict) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING promise_id",
        request_id,
        slot_of,
        at,
        START - timedelta(hours=1),
        at if verdict else None,
        verdict,
    )
    return found


async def test_promises_are_listed_by_their_time_page_by_page_and_by_filter(api: Api, pool: Pool) -> None:
    first, second = await request(api), await request(api, 1)
    kept = await promise(pool, first, 5, verdict="kept")
    broken = await promise(pool, first, 1, "manager:ivan", "broken")
    waits = await promise(pool, first, 9)
    soon = await promise(pool, second, 3)
    seen: list[int] = []
    cursor = ""
    while True:
        _, page = await ask(api, "GET", f"/promises?limit=3{cursor}")
        seen += [each["promise_id"] for each in page["promises"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [broken, soon, kept, waits]
    for query, expected in (
        ("order=latest&limit=2", [waits, kept]),
        ("open=true", [soon, waits]),
        ("verdict=kept&verdict=broken", [broken, kept]),
        ("slot_of=manager:ivan", [broken]),
        (f"request_id={second}", [soon]),
        ("since=2026-11-21T12:03:00Z&until=2026-11-21T12:09:00Z", [soon, kept]),
    ):
        _, page = await ask(api, "GET", f"/promises?{query}")
        assert [each["promise_id"] for each in page["promises"]] == expected, query
    assert page["promises"][0]["customer"] == "+380670000001"
    assert (await ask(api, "GET", "/promises?verdict=perfect"))[0] == 422


# --- alarms -----------------------------------------------------------------------------------------------------------


async def test_alarms_are_listed_and_cleared_once(api: Api, pool: Pool) -> None:
    await pool.executemany(
        "INSERT INTO recording_alarms (call_id, cause, why, raised_at) VALUES ($1, $2, 'x', now())",
        [("pbx:1", "silent"), ("pbx:2", "missing"), (None, "disk_full")],
    )
    code, page = await ask(api, "GET", "/alarms?open=true&limit=2")
    assert (code, [each["cause"] for each in page["alarms"]]) == (200, ["disk_full", "missing"])
    _, rest = await ask(api, "GET", f"/alarms?open=true&cursor={page['next_cursor']}")
    [silent] = rest["alarms"]
    one = f"/alarms/{silent['alarm_id']}/clear"
    code, cleared = await ask(api, "POST", one)
    assert (code, cleared["cleared_by"]) == (200, "all")
    reader = await api.key(Scope.CALLS_READ)
    assert (await ask(api, "POST", one, key=reader))[0] == 403
    assert (await ask(api, "POST", one))[1] == cleared, "who was first stays written"
    _, page = await ask(api, "GET", "/alarms?open=false&cause=silent&cause=missing")
    assert [each["alarm_id"] for each in page["alarms"]] == [silent["alarm_id"]]
    assert (await ask(api, "GET", "/alarms?call_id=pbx:2"))[1]["alarms"][0]["cause"] == "missing"
    assert (await ask(api, "POST", "/alarms/999/clear"))[0] == 404


# --- messages ---------------------------------------------------------------------------------------------------------


async def left(pool: Pool, request_id: int, file: str, call_id: str = "pbx:1") -> int:
    found: int = await pool.fetchval(
        "INSERT INTO caller_messages (request_id, call_id, file, left_at) VALUES ($1, $2, $3, $4) RETURNING message_id",
        request_id,
        call_id,
        file,
        START,
    )
    return found


@pytest.fixture
def monitor(api: Api) -> Path:
    """Where the PBX's folder is here."""
    found = api.folder.parent / "pbx"
    found.mkdir()
    return found


async def test_a_message_is_played_whole_and_in_pieces_and_that_is_written_down(
    api: Api, pool: Pool, monitor: Path
) -> None:
    (monitor / "left.wav").write_bytes(SOUND)
    message = await left(pool, await request(api), "/pbx/left.wav")
    code, page = await ask(api, "GET", "/messages?call_id=pbx:1")
    assert (code, page["messages"][0]["message_id"], page["messages"][0]["customer"]) == (200, message, "+380670000000")
    path = f"/api/v1/messages/{message}/audio"
    async with api.http.get(path) as response:
        assert (response.status, response.content_type) == (200, "audio/wav")
        assert await response.read() == SOUND
        tag = response.headers["ETag"]
        assert response.headers["Content-Disposition"] == f'inline; filename="message-{message}.wav"'
    async with api.http.get(path, headers={"Range": "bytes=10-19"}) as response:
        assert (response.status, await response.read()) == (206, SOUND[10:20])
    async with api.http.get(path, headers={"If-None-Match": tag}) as response:
        assert response.status == 304
    async with api.http.head(f"{path}?download=true") as response:
        assert response.headers["Content-Length"] == str(len(SOUND))
    _, heard = await ask(api, "GET", f"/messages/{message}/listenings")
    assert [each["by_whom"] for each in heard["listenings"]] == ["all"], "one listening, however many pieces"


@pytest.mark.parametrize("file", ["/etc/passwd", "/pbx/../../etc/passwd", "/pbx/link.wav", "/pbx/gone.wav", "/pbx"])
async def test_no_other_file_is_ever_played(api: Api, pool: Pool, monitor: Path, file: str) -> None:
    (monitor / "link.wav").symlink_to("/etc/passwd")
    message = await left(pool, await request(api), file)
    code, problem = await ask(api, "GET", f"/messages/{message}/audio")
    assert 400 <= code < 500, problem
    assert (await ask(api, "GET", f"/messages/{message}/listenings"))[1] == {"listenings": []}
    assert (await ask(api, "GET", "/messages/999/audio"))[0] == 404


# --- merges -----------------------------------------------------------------------------------------------------------


async def test_a_call_that_was_merged_gives_the_one_that_took_it_in(api: Api, pool: Pool) -> None:
    await write(pool, [call(1)])
    await pool.execute("INSERT INTO call_merges (absorbed, call_id, at) VALUES ('pbx:1763.8', 'pbx:1763.1', $1)", START)
    code, found = await ask(api, "GET", "/calls/pbx:1763.8")
    merged: list[dict[str, Any]] = found["merged"]
    assert (code, found["call_id"], [each["call_id"] for each in merged]) == (200, "pbx:1763.1", ["pbx:1763.8"])
    assert (await ask(api, "GET", "/calls/pbx:1763.7"))[0] == 404


# --- the daemon itself ------------------------------------------------------------------------------------------------


async def test_settings_and_parts_are_for_administrators(api: Api) -> None:
    code, found = await ask(api, "GET", "/settings")
    named = {each["name"]: each for each in found["settings"]}
    assert code == 200
    assert named["voice.trunk"] == {
        "name": "voice.trunk",
        "value": '"PJSIP/carrier"',
        "origin": "file",
        "secret": False,
    }
    assert (named["database.dsn"]["value"], named["database.dsn"]["secret"]) == ("", True)
    assert await ask(api, "GET", "/health/parts") == (200, {"healthy": True, "parts": []})
    reader = await api.key(*(scope for scope in Scope if scope is not Scope.ADMIN))
    assert (await ask(api, "GET", "/settings", key=reader))[0] == 403
    assert (await ask(api, "GET", "/health/parts", key=reader))[0] == 403


# --- who is there -----------------------------------------------------------------------------------------------------


async def test_an_absence_is_announced_listed_and_ended(api: Api, pool: Pool) -> None:
    await manager(pool)
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    code, made = await ask(api, "POST", "/absences", {"manager": "ivan", "until": until, "reason": "vacation"})
    assert (code, made["manager_id"], made["by"]) == (201, "ivan", "all")
    assert (await ask(api, "GET", "/absences"))[1] == {"absences": [made]}
    for body in (
        {"manager": "nobody"},
        {"manager": "ivan", "until": "2020-01-01T00:00:00Z"},
        {"manager": "ivan", "since": until, "until": until},
    ):
        assert (await ask(api, "POST", "/absences", body))[0] == 409, body
    for body in (
        {},
        {"manager": ""},
        {"manager": "ivan", "until": "tomorrow"},
        {"manager": "ivan", "reason": "a\r\nb"},
    ):
        assert (await ask(api, "POST", "/absences", body))[0] == 422, body
    reader = await api.key(Scope.DIRECTORY_READ)
    one = f"/absences/{made['absence_id']}"
    assert (await ask(api, "DELETE", one, key=reader))[0] == 403
    assert (await ask(api, "DELETE", one))[0] == 200
    assert (await ask(api, "DELETE", one))[0] == 404
    assert (await ask(api, "GET", "/absences"))[1] == {"absences": []}


async def test_phones_are_listed_and_their_changes_are_live(api: Api) -> None:
    assert await ask(api, "GET", "/presence") == (200, {"phones": []})
    kind, body = publish_presence(
        PresenceShape(
            manager_id="ivan",
            name="<b>",
            group="",
            endpoint="PJSIP/101",
            state="free",
            since=START,
            until=None,
            reason="",
            call_id=None,
        ),
        START,
    )
    async with api.http.get("/api/v1/events") as stream:
        api.feed.tell(kind, body)
        told = b"".join([await stream.content.readline() for _ in range(3)]).decode()
    assert "event: phone.changed" in told
    assert '"state":"free"' in told
