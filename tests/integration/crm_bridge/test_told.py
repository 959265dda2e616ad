"""What webhooks, CRMs and live listeners hear of callbacks and recordings: committed, in order, once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest_asyncio
from aiohttp import web
from prometheus_client import CollectorRegistry

from crm_bridge.api.endpoint import PREFIX
from crm_bridge.api.resources import live
from crm_bridge.assembly import Bridge, open_bridge
from crm_bridge.context import BridgeContext
from crm_bridge.notes import Notes
from crm_bridge.settings import BridgeSettings, WebhookSettings
from telephony.callback.assembly import Callbacks
from telephony.calls.store import LedgerWriter
from telephony.events import CallEnded, CallMerged
from telephony.model import CallId
from telephony.postgres.pool import Pool
from telephony.recording.alarms import Alarms, RecordingMetrics
from telephony.settings import TelephonySettings
from tests.integration.crm_bridge.conftest import Api, now, rooms
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.test_api_calls import START, call, write
from tests.integration.crm_bridge.things import ask, keep_recording
from tests.waiting import PATIENCE

CUSTOMER = "+380671234567"
CALL = "pbx:1763.1"


@pytest_asyncio.fixture
async def bridge(pool: Pool) -> AsyncIterator[Bridge]:
    given = BridgeContext(pool, now, "UA", ZoneInfo("Europe/Kyiv"), "1")
    hook = WebhookSettings(name="hook", url="http://127.0.0.1:1/x", secret="whsec_" + "c2VjcmV0" * 6, private=True)
    async with AsyncExitStack() as stack:
        bridge = await open_bridge(BridgeSettings(webhooks=(hook,)), given, stack)
        await bridge.declare(pool)
        yield bridge


async def told(pool: Pool) -> list[tuple[str, str]]:
    return [tuple(row) for row in await pool.fetch("SELECT kind, key FROM outbox_messages ORDER BY id")]


async def test_each_change_of_a_request_is_told_in_order(bridge: Bridge, pool: Pool) -> None:
    callbacks = Callbacks(pool, TelephonySettings(), now, hooks=[bridge.callback_hook])
    missed = call(1, answered=False)
    async with pool.acquire() as connection, connection.transaction():
        await LedgerWriter("UA").write(connection, [CallEnded(missed, START + timedelta(seconds=10))])
        await callbacks.ledger_hook(connection, CallEnded(missed, START + timedelta(seconds=10)))
    request = await pool.fetchval("SELECT request_id FROM callback_requests")
    await callbacks.operations.snooze(request, START, "crm")
    await callbacks.operations.done(request, "crm")
    assert await told(pool) == [(f"callback.{kind}", f"request:{request}") for kind in ("requested", "snoozed", "done")]
    body = json.loads(await pool.fetchval("SELECT body::text FROM outbox_messages ORDER BY id DESC LIMIT 1"))
    assert (body["callback"]["customer"], body["callback"]["by"], body["callback"]["state"]) == (
        CUSTOMER,
        "crm",
        "done",
    )


async def test_a_change_that_is_rolled_back_is_told_to_nobody(bridge: Bridge, pool: Pool) -> None:
    feed = live.LiveFeed("life", "UA")
    relay = asyncio.create_task(live.relay(pool, feed, lambda: None), name="relay")
    callbacks = Callbacks(pool, TelephonySettings(), now, hooks=[bridge.callback_hook])
    with feed.listener() as listener:
        while not await pool.fetchval("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%ringback_live%'"):
            await asyncio.sleep(0.01)
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await bridge.alarm_hook(connection, _Alarm())
            await transaction.rollback()
        made = await callbacks.operations.create(CUSTOMER, "crm", due_at=START)
        async with asyncio.timeout(PATIENCE):
            frame = await listener.queue.get()
    relay.cancel()
    await asyncio.wait([relay])
    assert frame is not None
    assert b"event: callback.requested" in frame
    assert f'"request_id":{made.request_id}'.encode() in frame
    assert await told(pool) == [("callback.requested", f"request:{made.request_id}")]


async def test_receivers_of_webhooks_learn_of_an_erasure_by_ids_only(bridge: Bridge, pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await bridge.erasure_hook(connection, CUSTOMER, _Erased())
    [row] = await pool.fetch("SELECT kind, key, target, body::text, due_at > $1 AS later FROM outbox_messages", now())
    assert (row["kind"], row["key"], row["later"]) == ("call.erased", "erasure:4", True)
    body = json.loads(row["body"])
    assert (body["erasure"], body["calls"], body["callbacks"]) == (4, [CALL], [17])
    assert CUSTOMER not in row["body"]


class _Erased:
    erasure, calls, requests = 4, (CallId(CALL),), (17,)


class _Alarm:
    id, call_id, cause, why, raised_at = 1, CALL, "missing", "no file", START


async def test_recordings_that_are_ready_and_alarms_are_told_after_their_call(
    bridge: Bridge, api: Api, pool: Pool
) -> None:
    ended = CallEnded(call(1), START)
    number = await keep_recording(pool, api.folder, CALL, START)
    async with pool.acquire() as connection, connection.transaction():
        await LedgerWriter("UA").write(connection, [ended])
        await bridge.ledger_hook(connection, ended)
        await bridge.ready_hook(connection, CALL)
        alarms = Alarms(RecordingMetrics(CollectorRegistry()), bridge.alarm_hook)
        await alarms.raise_(connection, None, "disk_full", "10 MB free", START)
    assert await told(pool) == [("call.ended", CALL), ("recording.ready", CALL), ("recording.alarm", "recording")]
    body = json.loads(await pool.fetchval("SELECT body::text FROM outbox_messages WHERE kind = 'recording.ready'"))
    assert [(each["recording_id"], each["format"], each["bytes"]) for each in body["recordings"]] == [
        (number, "mp3", 10240)
    ]


async def test_notes_follow_a_call_that_another_one_takes_in(bridge: Bridge, api: Api, pool: Pool) -> None:
    await write(pool, [call(1), call(2)])
    await ask(api, "POST", "/calls/pbx:1763.2/comments", {"text": "з цього почалося"})
    await ask(api, "PUT", "/calls/pbx:1763.2/tags/vip")
    await ask(api, "PUT", "/calls/pbx:1763.2/result", {"code": "sold"})
    async with pool.acquire() as connection, connection.transaction():
        await bridge.ledger_hook(connection, CallMerged(call(1), START, call(2).call_id))
    _, whole = await ask(api, "GET", f"/calls/{CALL}")
    assert ([each["text"] for each in whole["comments"]], whole["result"]["code"]) == (["з цього почалося"], "sold")
    assert [each["call_id"] for each in (await ask(api, "GET", "/calls?tag=vip"))[1]["calls"]] == [CALL]


async def test_what_is_written_through_the_api_is_told_to_webhooks_at_once(
    bridge: Bridge, api: Api, pool: Pool
) -> None:
    await write(pool, [call(1)])
    whole = web.Application()
    whole.add_subapp(PREFIX, bridge.application(rooms(pool, api.folder, api.pbx, api.tapes)))
    async with serving(whole) as url, aiohttp.ClientSession(url, headers=api.http.headers) as http:
        path = f"{PREFIX}/calls/{CALL}"
        async with http.post(f"{path}/comments", json={"text": "просить знижку"}) as response:
            assert response.status == 201
            number = (await response.json())["comment_id"]
        async with http.put(f"{path}/result", json={"code": "sold"}) as response:
            assert response.status == 204
        async with http.delete(f"{path}/comments/{number}") as response:
            assert response.status == 204
        async with http.delete(f"{path}/comments/{number}") as response:
            assert response.status == 404
    bodies = [row["body"]["notes"] for row in await pool.fetch("SELECT body FROM outbox_messages ORDER BY id")]
    assert await told(pool) == [("call.noted", CALL)] * 3
    assert [body["verb"] for body in bodies] == ["comment", "result", "uncomment"]
    assert [[each["text"] for each in body["comments"]] for body in bodies] == [["просить знижку"]] * 2 + [[]]
    assert [body["result"] and body["result"]["code"] for body in bodies] == [None, "sold", "sold"]


async def test_many_comments_are_told_by_their_last_ones(bridge: Bridge, pool: Pool) -> None:
    await write(pool, [call(1)])
    notes = Notes(pool, bridge.note_hook)
    for number in range(23):
        await notes.comment(CALL, str(number), "Olena", START)
    body = await pool.fetchval("SELECT body FROM outbox_messages ORDER BY id DESC LIMIT 1")
    assert ([each["text"] for each in body["notes"]["comments"]][:2], body["notes"]["earlier"]) == (["3", "4"], 3)
