"""The FastAGI server among strangers: whatever a peer does, it costs that peer's connection and nothing else."""

import asyncio
from collections.abc import Callable
from ipaddress import ip_network

import pytest

from telephony.errors import NotReady
from telephony.voice.agi.call import AgiCall
from telephony.voice.agi.server import AgiServer
from tests.integration.telephony.voice.peer import LOOPBACK, QUICK, Peer, answers, ask_twice, polite, serving, watched


async def test_a_conversation_is_served_and_its_connection_closed() -> None:
    async with serving(polite) as server:
        assert await answers(server)
        assert server.connections == 0


async def test_a_port_scan_does_not_stop_the_loop() -> None:
    """panoramisk as shipped spins for ever here."""
    async with serving(polite) as server:
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.close()
            await writer.wait_closed()
        assert await answers(server)


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\n\n",
        b"\xff\xfe\n\n",
        b"\n\n",
        b"agi_network_script: nowhere\n\n",
        b"x" * 2000,
        b"x: y\n" * 50,
        b"agi_network_script: talk\n" * 15 + b"\xd0",
    ],
)
async def test_garbage_is_closed_and_others_are_served(garbage: bytes) -> None:
    async with serving(polite) as server:
        peer = await Peer.connect(server, garbage)
        if garbage.endswith(b"\xd0"):
            peer.writer.write_eof()
        assert await peer.closed()
        assert await answers(server)


async def test_a_half_open_connection_is_closed_in_time() -> None:
    async with serving(polite) as server:
        peer = await Peer.connect(server, b"")
        assert await peer.closed()


async def test_a_slow_loris_gains_no_time_with_each_byte() -> None:
    async with serving(polite) as server:
        peer = await Peer.connect(server, b"")

        async def drip() -> None:
            while True:
                await peer.send(b"a")
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        began = asyncio.get_running_loop().time()
        assert await peer.closed()
        assert asyncio.get_running_loop().time() - began < 30
        dripping.cancel()
        await asyncio.wait([dripping])


async def test_more_connections_than_allowed_are_turned_away_until_one_ends() -> None:
    async with serving(polite) as server:
        peers = [await Peer.connect(server) for _ in range(5)]
        for peer in peers:
            await peer.asked()
        assert await (await Peer.connect(server)).closed()
        await peers[0].send(b"200 result=1\n")
        assert await peers[0].closed()
        assert await answers(server)
        for peer in peers[1:]:
            peer.writer.close()


async def test_an_address_that_is_not_expected_is_turned_away() -> None:
    server = AgiServer(limits=QUICK, allowed=(ip_network("192.0.2.0/24"),))
    await server.start("127.0.0.1", 0)
    assert await (await Peer.connect(server)).closed()
    await server.stop()


async def test_a_bug_in_a_conversation_ends_only_that_conversation() -> None:
    calls = iter([True, False])

    async def sometimes(call: AgiCall) -> None:
        if next(calls):
            raise ZeroDivisionError
        await polite(call)

    async with serving(sometimes) as server:
        assert await (await Peer.connect(server)).closed()
        assert await answers(server)


async def test_stopping_ends_conversations_in_progress() -> None:
    talk, outcome = watched(ask_twice)
    async with serving(talk) as server:
        peer = await Peer.connect(server)
        await peer.asked()
        await server.stop()
        assert server.connections == 0
        assert await peer.closed()
        assert not outcome.ended.done()


async def test_a_port_in_use_is_told_with_its_number() -> None:
    async with serving(polite) as server:
        second = AgiServer(limits=QUICK, allowed=LOOPBACK)
        with pytest.raises(NotReady, match=str(server.port)):
            await second.start("127.0.0.1", server.port)
        await second.stop()


@pytest.mark.parametrize("endpoint", [print, lambda _: None])
async def test_a_route_must_be_a_coroutine_function(endpoint: Callable[[AgiCall], None]) -> None:
    server = AgiServer(limits=QUICK, allowed=LOOPBACK)
    with pytest.raises(TypeError):
        server.add_route("x", endpoint)  # type: ignore[arg-type]
