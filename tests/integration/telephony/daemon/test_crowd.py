"""Strangers crowd in on our ports: who has something to ask is served, and the PBX's link lives."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from telephony.daemon.health import Health
from telephony.daemon.http_server import HttpServer, application
from telephony.net import descriptors
from telephony.net.doorkeeper import ConnectionBounds
from telephony.settings import HttpSettings
from tests.integration.telephony.ami.fake_pbx import FakePbx
from tests.integration.telephony.daemon.test_port import free_port, get
from tests.integration.telephony.voice.peer import OPENING
from tests.waiting import PATIENCE

CROWD = 2000
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def opened(bounds: ConnectionBounds) -> AsyncIterator[HttpServer]:
    port = HttpServer(HttpSettings(port=free_port()), application(Health(), CollectorRegistry()), bounds)
    await port.open()
    try:
        yield port
    finally:
        await port.close()


async def connect(port: int) -> Peer:
    return await asyncio.open_connection("127.0.0.1", port)


def number_of(port: HttpServer) -> int:
    return int(port.url.rsplit(":", 1)[1])


async def is_closed(peer: Peer, seconds: float = 5) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return not await peer[0].read(1)
    except ConnectionError:
        return True
    finally:
        peer[1].transport.abort()


# --- one connection ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begun", [b"", b"G", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"])
async def test_a_request_that_does_not_come_is_not_waited_for(begun: bytes) -> None:
    async with opened(ConnectionBounds(request_seconds=0.1)) as port:
        peer = await connect(number_of(port))
        peer[1].write(begun)
        assert await is_closed(peer)


async def test_a_slow_loris_gains_no_time_with_each_byte() -> None:
    async with opened(ConnectionBounds(request_seconds=0.2)) as port:
        reader, writer = await connect(number_of(port))
        dripping = asyncio.create_task(drip(writer))
        assert await is_closed((reader, writer), 3)
        dripping.cancel()


async def drip(writer: asyncio.StreamWriter) -> None:
    for letter in b"GET /healthz HTTP/1.1\r\n" + b"x: y\r\n" * 100:
        writer.write(bytes([letter]))
        await asyncio.sleep(0.01)


async def test_who_has_been_served_may_stay_a_while_and_then_goes() -> None:
    async with opened(ConnectionBounds(request_seconds=0.1, idle_seconds=0.3)) as port:
        reader, writer = await connect(number_of(port))
        for _ in range(2):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readline()).endswith(b"200 OK\r\n")
            await reader.readuntil(b"]}")
        assert await is_closed((reader, writer))


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: zz\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /%zz%00 HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nx: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"x: y\r\n" * 500 + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\n\n",
        b"\x00" * 100_000,
    ],
)
async def test_a_malformed_request_is_no_error_of_ours(request_bytes: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(ConnectionBounds(request_seconds=0.2, idle_seconds=0.1)) as port:
        peer = await connect(number_of(port))
        peer[1].write(request_bytes)
        answer = b""
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await peer[0].read(64)
        except ConnectionError:
            pass
        peer[1].transport.abort()
        assert not answer or answer.startswith((b"HTTP/1.0 4", b"HTTP/1.1 4"))
        assert (await get(f"{port.url}/healthz"))[0] == 200
    assert not [record for record in caplog.records if record.name.startswith("aiohttp")]


# --- many -------------------------------------------------------------------------------------------------------------


async def test_who_waited_longest_makes_room_and_who_is_served_stays() -> None:
    async with opened(ConnectionBounds(connections=3)) as port:
        number = number_of(port)
        served = await connect(number)
        served[1].write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        await served[0].readuntil(b"]}")
        silent = [await connect(number) for _ in range(3)]
        assert await is_closed(served)  # an answered one that waits is the oldest
        assert await get(f"{port.url}/healthz")
        assert await is_closed(silent[0])
        assert not silent[2][0].at_eof()
        for peer in silent:
            peer[1].transport.abort()


@dataclass(frozen=True)
class Crowded:
    pbx: FakePbx
    agi: int
    http: int


@pytest_asyncio.fixture
async def crowded() -> AsyncIterator[Crowded]:
    """A process that may have 1,024 descriptors, linked to a PBX that this one plays."""
    if descriptors.raise_limit() < CROWD + 500:
        pytest.skip(f"this machine gives a process fewer than {CROWD + 500} descriptors")
    async with AsyncExitStack() as stack:
        pbx = await stack.enter_async_context(FakePbx().listening())
        words = ["-m", "tests.integration.telephony.daemon.crowded", str(pbx.port), str(free_port())]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(sys.executable, *words, stdin=pipe, stdout=pipe, stderr=pipe)
        assert process.stdout is not None
        assert process.stdin is not None
        ports = json.loads(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
        yield Crowded(pbx, ports["agi"], ports["http"])
        _, said = await asyncio.wait_for(process.communicate(b""), PATIENCE)
    assert process.returncode == 0
    assert said.count(b"\n") < 30, said.decode()


async def well(crowded: Crowded) -> None:
    """Ask as a watcher and an Asterisk would."""
    assert await health(crowded) == 200
    reader, writer = await connect(crowded.agi)
    writer.write(OPENING)
    assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
    writer.close()


async def health(crowded: Crowded) -> int:
    timeout = aiohttp.ClientTimeout(total=20)
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        http.get(f"http://127.0.0.1:{crowded.http}/healthz") as answer,
    ):
        return answer.status


async def cut(crowded: Crowded) -> None:
    """Cut the link: connecting anew wants a descriptor."""
    known = crowded.pbx.connections
    crowded.pbx.drop()
    async with asyncio.timeout(PATIENCE):
        while crowded.pbx.connections == known:
            await crowded.pbx.seen("connection")
        while await health(crowded) != 200:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(("which", "many"), [("http", CROWD), ("agi", 1100)])
async def test_two_thousand_half_open_connections_stop_nothing(crowded: Crowded, which: str, many: int) -> None:
    with ExitStack() as crowd:
        for number in range(1, many + 1):
            stranger = crowd.enter_context(socket.socket())
            stranger.setblocking(False)  # noqa: FBT003 - socket's own way
            await asyncio.get_running_loop().sock_connect(stranger, ("127.0.0.1", getattr(crowded, which)))
            if number % 500 == 0:
                await well(crowded)
        await cut(crowded)
        await well(crowded)
