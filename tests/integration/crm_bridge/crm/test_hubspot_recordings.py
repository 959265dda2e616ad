"""HubSpot asks for a recording: who knows the token gets a link that plays for an hour, nobody else learns anything."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from crm_bridge.api.values.keys import Scope
from crm_bridge.crm.hooks import PREFIX, application
from crm_bridge.crm.hubspot.recordings import HubSpotRecordings
from crm_bridge.crm.player_links import PlayerLinks
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.conftest import Api, now
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.test_api_calls import START, call, write
from tests.integration.crm_bridge.things import SOUND, keep_recording

CALL = "pbx:1763.1"
TOKEN = "t0ken"
ASKED = {"appId": "4711", "externalAccountId": "ringback"}


@dataclass(slots=True)
class Door:
    """Where HubSpot asks, before a real API."""

    http: aiohttp.ClientSession
    key_id: str

    async def ask(self, token: str = TOKEN, call_id: str = CALL, **query: str) -> tuple[int, str]:
        path = f"/crm/hubspot/{token}/recordings/{call_id}"
        async with self.http.get(path, params={**ASKED, **query}) as response:
            told = await response.json() if response.status == 200 else {}
            return response.status, told.get("authenticatedUrl", "")


@pytest_asyncio.fixture
async def door(api: Api, pool: Pool) -> AsyncIterator[Door]:
    key_id = (await api.key(Scope.RECORDINGS_READ))[4:12]
    links = PlayerLinks(pool, now, public_url=api.url, key_id=key_id, days=1 / 24)
    hook = HubSpotRecordings("t0ken", "4711", pool, links)
    mounted = web.Application()
    mounted.add_subapp(PREFIX, application({}, {hook.path: hook.serve}))
    async with serving(mounted) as url, aiohttp.ClientSession(url) as http:
        await write(pool, [call(1), call(2)])
        await keep_recording(pool, api.folder, CALL, START, "short.mp3")
        await pool.execute("UPDATE recordings SET seconds = 3")
        await keep_recording(pool, api.folder, CALL, START, "long.mp3")
        yield Door(http, key_id)


async def test_hubspot_plays_the_longest_recording_also_in_pieces_and_it_is_written_down(
    door: Door, pool: Pool
) -> None:
    code, url = await door.ask()
    assert code == 200
    async with aiohttp.ClientSession() as player, player.get(url, headers={"Range": "bytes=100-199"}) as response:
        assert (response.status, await response.read()) == (206, SOUND[100:200])
    longest = await pool.fetchval("SELECT id FROM recordings WHERE path = 'long.mp3'")
    assert await pool.fetchval("SELECT recording_id FROM listenings") == longest


async def test_the_link_is_over_after_an_hour(door: Door) -> None:
    _, url = await door.ask()
    expires = int(url.partition("expires=")[2].partition("&")[0])
    assert timedelta(minutes=59) < timedelta(seconds=expires - now().timestamp()) <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("token", "query"),
    [("wrong", {}), ("t0ke", {}), ("t0ken", {"appId": "1"}), ("t0ken", {"externalAccountId": "somebody"})],
)
async def test_who_is_not_our_hubspot_learns_nothing(door: Door, token: str, query: dict[str, str]) -> None:
    for call_id in (CALL, "pbx:none"):
        assert await door.ask(token, call_id, **query) == (403, "")


@pytest.mark.parametrize("call_id", ["pbx:1763.2", "pbx:none", "%00", "%FF", "..%2f..%2fetc%2fpasswd", "x" * 4000])
async def test_a_call_without_a_recording_has_none(door: Door, call_id: str) -> None:
    assert await door.ask(call_id=call_id) == (404, "")


async def test_an_erased_recording_is_not_linked(door: Door, pool: Pool) -> None:
    await pool.execute("UPDATE recordings SET deleted_at = now()")
    assert (await door.ask())[0] == 404


async def test_a_key_that_ended_links_nothing(door: Door, api: Api) -> None:
    await api.keys.revoke(door.key_id)
    assert (await door.ask())[0] == 503
