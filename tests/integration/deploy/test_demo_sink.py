"""The demo's webhook receiver on a real port, told by the daemon's own sender, reading an API that may be away."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import aiohttp
import pytest_asyncio
from aiohttp import web

from crm_bridge.events import publish, publish_ready
from crm_bridge.outbox.lifecycle import Answer, Delivered, Retry
from crm_bridge.outbox.store import Message
from crm_bridge.webhooks.target import WebhookTarget, open_http
from deploy.demo.api_reader import ApiReader
from deploy.demo.sink import Sink
from telephony.events import CallEnded
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.test_api_calls import call

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = b"s" * 32
MISSED = call(1, answered=False, customer="0672000001", name="<script>alert(1)</script>")
RECORDING = {"recording_id": 9, "started_at": NOW, "seconds": 25.0, "sides": 2, "format": "mp3", "bytes": 9}


@dataclass(slots=True)
class Api:
    """The three operations that the receiver uses, as docs/api.md has them."""

    code: int = 200
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path, request.headers["Authorization"]))
        if self.code != 200:
            return web.Response(status=self.code)
        answers = {
            "/api/v1/customers/+380672000001": {"number": "+380672000001", "manager_id": "101"},
            "/api/v1/managers": {"managers": [{"manager_id": "101", "name": "Іван"}]},
            "/api/v1/recordings/9/links": {"url": "/api/v1/recordings/9/listen?key=a"},
        }
        found = answers.get(request.path)
        return web.json_response(found) if found else web.Response(status=404)


@dataclass(slots=True)
class Receiver:
    """The receiver, who tells it, and what it reads."""

    sink: Sink
    api: Api
    http: aiohttp.ClientSession
    record: io.StringIO

    async def told(self, number: int, kind: str, body: object, key: bytes = KEY) -> Answer:
        async with open_http(private_allowed=True) as http:
            target = WebhookTarget(self.sink.target_url, [key], private_allowed=True, http=http)
            return await target.send(Message(number, "demo", "k", kind, json.dumps(body), 0, NOW), NOW)

    async def page(self) -> str:
        async with self.http.get(self.sink.page_url) as response:
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            return await response.text()


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    api, record = Api(), io.StringIO()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.serve)
    sink = Sink(KEY, lambda: NOW, ZoneInfo("Europe/Kyiv"), record)
    await sink.open()
    async with serving(app) as url, aiohttp.ClientSession() as http:
        sink.reader = ApiReader(http, url, "rbk_a_b")
        yield Receiver(sink, api, http, record)
    await sink.close()


async def test_a_call_is_shown_with_owner_outcome_and_recording(receiver: Receiver) -> None:
    assert await receiver.told(1, *publish(CallEnded(MISSED, NOW), "UA")) == Delivered("HTTP 204")
    assert await receiver.told(2, *publish_ready(MISSED.call_id, [RECORDING], NOW)) == Delivered("HTTP 204")

    async with receiver.http.get(f"{receiver.sink.page_url}calls.json") as response:
        (row,) = (await response.json())["calls"]
    assert (row["call_id"], row["owner"], row["customer"]) == (
        MISSED.call_id, "Іван", "<script>alert(1)</script> +380672000001",
    )  # fmt: skip
    assert row["outcome"].startswith("missed")
    assert row["recording"].endswith("/api/v1/recordings/9/listen?key=a")
    text = await receiver.page()
    assert f'href="{row["recording"]}"' in text
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert {key for _, _, key in receiver.api.asked} == {"Bearer rbk_a_b"}


async def test_what_is_sent_again_is_answered_well_and_shown_once(receiver: Receiver) -> None:
    for _ in range(3):
        assert await receiver.told(1, *publish(CallEnded(MISSED, NOW), "UA")) == Delivered("HTTP 204")
    assert "; 2 came twice" in await receiver.page()
    (kept,) = [json.loads(line) for line in receiver.record.getvalue().splitlines()]
    assert (kept["webhook-id"], kept["type"]) == ("msg_1", "call.missed")


async def test_while_the_api_is_away_a_delivery_is_put_off_and_taken_later(receiver: Receiver) -> None:
    receiver.api.code = 500
    assert isinstance(await receiver.told(1, *publish(CallEnded(MISSED, NOW), "UA")), Retry)
    assert receiver.record.getvalue() == ""
    receiver.api.code = 200
    assert isinstance(await receiver.told(1, *publish(CallEnded(MISSED, NOW), "UA")), Delivered)


async def test_who_does_not_know_the_secret_is_refused(receiver: Receiver) -> None:
    answer = await receiver.told(1, *publish(CallEnded(MISSED, NOW), "UA"), key=b"o" * 32)
    assert answer == Retry("HTTP 401: the signature does not fit")
    async with receiver.http.post(receiver.sink.target_url, data=io.BytesIO(b"x" * 2_000_000)) as response:
        assert response.status == 413
    assert receiver.record.getvalue() == ""


async def test_two_receivers_find_a_port_each(receiver: Receiver) -> None:
    other = Sink(KEY, lambda: NOW, ZoneInfo("UTC"), io.StringIO())
    await other.open()
    try:
        assert other.page_url != receiver.sink.page_url
    finally:
        await other.close()
