"""Recordings over HTTP: pieces, conditions, links, and that nobody listens without being written down."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crm_bridge.api.values.keys import Scope
from crm_bridge.api.values.ranges import OutsideFile, piece
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.test_api_calls import START, call, write
from tests.integration.crm_bridge.things import SOUND, keep_recording

CALL = "pbx:1763.1"


async def kept(api: Api, pool: Pool) -> int:
    await write(pool, [call(1)])
    return await keep_recording(pool, api.folder, CALL, START)


async def get(api: Api, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    async with api.http.get(f"/api/v1{path}", headers=headers) as response:
        return response.status, await response.read(), dict(response.headers)


async def listenings(pool: Pool) -> list[tuple[str, str, int]]:
    rows = await pool.fetch("SELECT by_whom, way, from_byte FROM listenings ORDER BY id")
    return [tuple(row) for row in rows]


async def test_a_calls_recordings_come_with_verdict_and_waveform(api: Api, pool: Pool) -> None:
    number = await kept(api, pool)
    async with api.http.get(f"/api/v1/calls/{CALL}/recordings") as response:
        body = await response.json()
    assert body["verdict"]["verdict"] == "good"
    assert [(each["recording_id"], each["seconds"], each["bytes"]) for each in body["recordings"]] == [
        (number, 25, 10240)
    ]
    assert "path" not in body["recordings"][0]
    async with api.http.get(f"/api/v1/recordings/{number}/waveform") as response:
        assert (await response.json())["peaks"] == [[0, 255, 7], [1, 2, 3]]


async def test_the_whole_file_comes_with_its_tag_and_as_a_download_when_asked(api: Api, pool: Pool) -> None:
    number = await kept(api, pool)
    code, body, headers = await get(api, f"/recordings/{number}/audio")
    assert (code, body, headers["Content-Type"]) == (200, SOUND, "audio/mpeg")
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Disposition"].startswith("inline")
    code, _, headers = await get(api, f"/recordings/{number}/audio?download=true")
    assert headers["Content-Disposition"] == f'attachment; filename="recording-{number}.mp3"'


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=10200-", 10200, 10239), ("bytes=-40", 10200, 10239), ("bytes=5-999999", 5, 10239)],
)
async def test_a_range_gives_just_that_piece(api: Api, pool: Pool, asked: str, first: int, last: int) -> None:
    number = await kept(api, pool)
    code, body, headers = await get(api, f"/recordings/{number}/audio", Range=asked)
    assert code == 206
    assert body == SOUND[first : last + 1]
    assert headers["Content-Range"] == f"bytes {first}-{last}/10240"


async def test_a_range_outside_the_file_is_416_and_tells_the_size(api: Api, pool: Pool) -> None:
    number = await kept(api, pool)
    code, body, headers = await get(api, f"/recordings/{number}/audio", Range="bytes=10240-")
    assert (code, headers["Content-Range"]) == (416, "bytes */10240")
    assert b"outside-file" in body
    assert await listenings(pool) == []


@pytest.mark.parametrize(
    "abuse",
    [
        "bytes=" + ",".join(f"{n}-{n + 1}" for n in range(500)),
        "bytes=5-2",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes=0-" + "9" * 400,
        "bytes=0-0,-1",
    ],
)
async def test_range_abuse_costs_what_the_file_costs(api: Api, pool: Pool, abuse: str) -> None:
    number = await kept(api, pool)
    code, body, _ = await get(api, f"/recordings/{number}/audio", Range=abuse)
    assert (code, len(body)) == (200, len(SOUND))


def test_a_suffix_of_nothing_and_an_empty_file_have_no_piece() -> None:
    for header, size in (("bytes=-0", 10), ("bytes=0-", 0)):
        with pytest.raises(OutsideFile):
            piece(header, size)


async def test_a_known_file_is_304_and_a_range_of_another_file_is_the_whole(api: Api, pool: Pool) -> None:
    number = await kept(api, pool)
    async with api.http.head(f"/api/v1/recordings/{number}/audio") as response:
        tag = response.headers["ETag"]
        assert (response.status, response.headers["Content-Length"], await response.read()) == (200, "10240", b"")
    assert (await get(api, f"/recordings/{number}/audio", **{"If-None-Match": f'"other", {tag}'}))[:2] == (304, b"")
    same = await get(api, f"/recordings/{number}/audio", Range="bytes=0-1", **{"If-Range": tag})
    other = await get(api, f"/recordings/{number}/audio", Range="bytes=0-1", **{"If-Range": '"other"'})
    assert (same[0], other[0]) == (206, 200)


async def test_a_listening_is_written_down_once_with_who_and_where_it_began(api: Api, pool: Pool) -> None:
    number = await kept(api, pool)
    async with api.http.head(f"/api/v1/recordings/{number}/audio"):
        assert await listenings(pool) == [], "looking is not listening"
    for asked in ("bytes=1000-1999", "bytes=2000-2999", "bytes=3000-"):
        await get(api, f"/recordings/{number}/audio", Range=asked)
    assert await listenings(pool) == [("all", "key", 1000)]
    other = await api.key(Scope.RECORDINGS_READ)
    await get(api, f"/recordings/{number}/audio", Authorization=f"Bearer {other}")
    assert await listenings(pool) == [("all", "key", 1000), ("test", "key", 0)]
    async with api.http.get(f"/api/v1/recordings/{number}/listenings") as response:
        assert [each["by_whom"] for each in (await response.json())["listenings"]] == ["test", "all"]


async def link(api: Api, number: int, seconds: int = 60) -> dict[str, Any]:
    async with api.http.post(f"/api/v1/recordings/{number}/links", json={"seconds": seconds}) as response:
        assert response.status == 201
        made: dict[str, Any] = await response.json()
        return made


async def test_a_link_opens_without_a_key_for_one_recording_only(api: Api, pool: Pool) -> None:
    number = await kept(api, pool)
    other = await keep_recording(pool, api.folder, CALL, START + timedelta(seconds=1), "other.mp3")
    url = (await link(api, number))["url"]
    assert (await get(api, url.removeprefix("/api/v1"), Authorization="", Range="bytes=0-1"))[:2] == (206, SOUND[:2])
    assert await listenings(pool) == [("all", "link", 0)]
    for wrong in (
        url.replace(f"/{number}/", f"/{other}/"),
        url[:-1] + ("A" if url[-1] != "A" else "B"),
        url.replace("expires=", "expires=9"),
    ):
        code, body, _ = await get(api, wrong.removeprefix("/api/v1"), Authorization="")
        assert (code, b"bad-link" in body) == (403, True)


async def test_a_link_ends_with_its_time_and_with_its_key(api: Api, pool: Pool) -> None:
    number = await kept(api, pool)
    made = await link(api, number, 10)
    assert 0 < (datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)).total_seconds() <= 10
    key_id = parse_qs(urlsplit(made["url"]).query)["key"][0]
    await api.keys.revoke(key_id)
    code, body, _ = await get(api, made["url"].removeprefix("/api/v1"), Authorization="")
    assert (code, b"bad-link" in body) == (403, True)


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "link.mp3", "folder", "gone.mp3"])
async def test_a_row_that_leads_elsewhere_opens_nothing(api: Api, pool: Pool, tmp_path: Path, path: str) -> None:
    number = await kept(api, pool)
    (tmp_path / "secret").write_bytes(SOUND)
    (api.folder / "link.mp3").symlink_to(tmp_path / "secret")
    (api.folder / "folder").mkdir()
    await pool.execute("UPDATE recordings SET path = $2 WHERE id = $1", number, path)
    code, body, _ = await get(api, f"/recordings/{number}/audio")
    assert code in {400, 404, 409}
    assert SOUND[:50] not in body


@pytest.mark.parametrize(
    "tricky", ["..%2f..%2fetc%2fpasswd", "1;drop", "0", "-1", "99999999999999999999", "%00", "1%0d%0a"]
)
async def test_a_tricky_id_is_refused(api: Api, tricky: str) -> None:
    code, body, headers = await get(api, f"/recordings/{tricky}/audio")
    assert code in {404, 422}
    assert headers["Content-Type"].startswith("application/problem+json"), body


async def test_a_deleted_recording_is_gone_and_one_in_work_is_not_ready(api: Api, pool: Pool) -> None:
    number = await kept(api, pool)
    await pool.execute("UPDATE recordings SET deleted_at = now() WHERE id = $1", number)
    assert (await get(api, f"/recordings/{number}/audio"))[0] == 410
    await pool.execute(
        "UPDATE recordings SET deleted_at = NULL, path = NULL, format = NULL, bytes = NULL, sha256 = NULL, "
        "seconds = NULL, sides = NULL, kept_at = NULL WHERE id = $1",
        number,
    )
    assert (await get(api, f"/recordings/{number}/audio"))[0] == 409


async def test_the_recording_of_a_live_call_obeys_in_the_keys_name(api: Api) -> None:
    api.tapes.going_on = CALL
    for order in ("pause", "resume", "stop", "start"):
        async with api.http.post(f"/api/v1/calls/{CALL}/recording", json={"order": order}) as response:
            assert response.status == 204
    assert api.tapes.orders == [("pause", "all"), ("resume", "all"), ("stop", "all"), ("start", "all")]
    async with api.http.post("/api/v1/calls/pbx:9.9/recording", json={"order": "pause"}) as response:
        assert (response.status, (await response.json())["error_id"]) == (409, "not-recording")
    async with api.http.post(f"/api/v1/calls/{CALL}/recording", json={"order": "burn"}) as response:
        assert response.status == 422
