"""A webhook over a real HTTP port: signed, guarded, and each answer of a target understood."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from aiohttp import web

from crm_bridge.errors import TargetRefused
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry
from crm_bridge.outbox.store import Message
from crm_bridge.webhooks import signing
from crm_bridge.webhooks.target import WebhookTarget, answer_of, open_http

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = b"s" * 32
MESSAGE = Message(7, "hook", "pbx:1.1", "call.ended", '{"call": {"caller": {"name": "Олена"}}}', 0, NOW)


class Sink:
    """A webhook receiver that keeps what it got and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.code = 200
        self.headers: dict[str, str] = {}
        self.port = 0

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=self.code, headers=self.headers, text="told you")


@pytest_asyncio.fixture
async def sink() -> AsyncIterator[Sink]:
    receiver = Sink()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.port = runner.addresses[0][1]
    yield receiver
    await runner.cleanup()


async def send(url: str, *, private_allowed: bool = True) -> Answer:
    async with open_http(private_allowed=private_allowed) as http:
        return await WebhookTarget(url, [SECRET], private_allowed, http).send(MESSAGE, NOW)


async def test_the_receiver_can_verify_what_it_got(sink: Sink) -> None:
    answer = await send(f"http://127.0.0.1:{sink.port}/hook")

    assert answer == Delivered("HTTP 200")
    ((headers, body),) = sink.got
    expected = signing.headers("msg_7", NOW, body, [SECRET])
    assert {name: headers[name] for name in expected} == expected
    frame = json.loads(body)
    assert (frame["type"], frame["version"], frame["data"]["call"]["caller"]["name"]) == ("call.ended", "1", "Олена")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "１２７.0.0.1", "127.0.0.1."],
)
async def test_no_spelling_of_our_own_machine_is_reached_unless_allowed(sink: Sink, host: str) -> None:
    answer = await send(f"http://{host}:{sink.port}/hook", private_allowed=False)

    assert isinstance(answer, Discard | Retry)
    assert not sink.got, "nothing may arrive"


async def test_a_name_that_points_elsewhere_a_moment_later_gains_nothing(sink: Sink) -> None:
    """The socket's own address is what counts: aiohttp asks no resolver about a host that is an address."""
    async with open_http(private_allowed=False) as http:
        with pytest.raises(TargetRefused):
            await http.post(f"http://127.0.0.1:{sink.port}/hook")
    assert not sink.got


async def test_a_redirect_is_not_followed(sink: Sink) -> None:
    sink.code, sink.headers = 302, {"Location": f"http://127.0.0.1:{sink.port}/hook?again"}

    answer = await send(f"http://127.0.0.1:{sink.port}/hook")

    assert isinstance(answer, Retry)
    assert len(sink.got) == 1


async def test_a_closed_port_is_a_retry_with_its_reason() -> None:
    answer = await send("http://127.0.0.1:1/hook")
    assert isinstance(answer, Retry)
    assert "Connect" in answer.reason


@pytest.mark.parametrize(
    ("code", "header", "expected"),
    [
        (204, None, Delivered("HTTP 204")),
        (410, None, Discard("HTTP 410: words")),
        (429, "30", Retry("HTTP 429: words", timedelta(seconds=30))),
        (503, "Sat, 21 Nov 2026 12:01:00 GMT", Retry("HTTP 503: words", timedelta(minutes=1))),
        (503, "nonsense", Retry("HTTP 503: words", None)),
        (503, "99999999999", Retry("HTTP 503: words", timedelta(hours=6))),
        (400, None, Retry("HTTP 400: words", None)),
    ],
)
def test_each_http_answer_is_understood(code: int, header: str | None, expected: Answer) -> None:
    told = "" if code == 204 else "words"
    assert answer_of(code, header, told, NOW) == expected
