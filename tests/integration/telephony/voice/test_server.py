"""The FastAGI server among strangers: whatever a peer does, it costs that peer's connection and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest

from telephony.errors import NotReady
from telephony.voice.call import AgiCall
from telephony.voice.errors import AgiRefused, AgiSilent, CallerGone
from telephony.voice.server import AgiServer, Conversation, Limits

LOOPBACK = (ip_network("127.0.0.0/8"),)
OPENING = b"agi_network: yes\nagi_network_script: talk\nagi_channel: PJSIP/101-1\nagi_arg_1: 7\n\n"
QUICK = Limits(connections=5, line_bytes=512, opening_lines=20, opening_seconds=0.3, conversation_seconds=5)


@asynccontextmanager
async def serving(talk: Conversation, limits: Limits = QUICK) -> AsyncIterator[AgiServer]:
    before = asyncio.all_tasks()
    server = AgiServer(limits=limits, allowed=LOOPBACK)
    server.add_route("talk", talk)
    await server.start("127.0.0.1", 0)
    try:
        yield server
    finally:
        await server.stop()
    assert asyncio.all_tasks() == before, "a task was left behind"


class Peer:
    """What connects: an Asterisk, or worse."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, server: AgiServer, opening: bytes = OPENING) -> "Peer":
        peer = cls(*await asyncio.open_connection("127.0.0.1", server.port))
        await peer.send(opening)
        return peer

    async def send(self, text: bytes) -> None:
        self.writer.write(text)
        await self.writer.drain()

    async def asked(self) -> bytes:
        return await asyncio.wait_for(self.reader.readline(), 5)

    async def closed(self) -> bool:
        """Wait until the server closed the connection."""
        try:
            return await asyncio.wait_for(self.reader.read(), 5) == b""
        except ConnectionError:
            return True
        finally:
            self.writer.close()


async def answers(server: AgiServer) -> bool:
    """Tell whether an honest Asterisk is still served."""
    peer = await Peer.connect(server)
    asked = await peer.asked()
    await peer.send(b"200 result=1\n")
    return asked == b'SET VARIABLE "A" "b"\n' and await peer.closed()


async def polite(call: AgiCall) -> None:
    await call.set_variable("A", "b")


async def ask_twice(call: AgiCall) -> None:
    await call.set_variable("A", "b")
    await call.set_variable("C", "d")


class Outcome:
    """How a conversation's request ended."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self.ended: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    async def __call__(self, call: AgiCall) -> None:
        try:
            await self._talk(call)
        except Exception as error:
            self.ended.set_result(error)
            raise
        self.ended.set_result(None)


def watched(talk: Conversation) -> tuple[Conversation, Outcome]:
    outcome = Outcome(talk)

    async def run(call: AgiCall) -> None:
        await outcome(call)

    return run, outcome


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
        assert asyncio.get_running_loop().time() - began < 1
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


async def test_hangup_before_an_answer_does_not_shift_the_answers() -> None:
    """HANGUP is taken aside: the answer belongs to the command; the next command is not sent to a dead channel."""
    talk, outcome = watched(ask_twice)
    async with serving(talk) as server:
        peer = await Peer.connect(server)
        assert await peer.asked() == b'SET VARIABLE "A" "b"\n'
        await peer.send(b"HANGUP\n200 result=1\n")
        assert await peer.closed()
        assert isinstance(await outcome.ended, CallerGone)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (b"", CallerGone),
        (b"200 res", CallerGone),
        (b"HANGUP\n", CallerGone),
        (b"511 Command Not Permitted on a dead channel\n", CallerGone),
        (b"510 Invalid or unknown command\n", AgiRefused),
        (b"520 Invalid command syntax.  Proper usage not available.\n", AgiRefused),
    ],
)
async def test_each_sad_answer_is_its_own_error(told: bytes, error: type[Exception]) -> None:
    talk, outcome = watched(ask_twice)
    async with serving(talk) as server:
        peer = await Peer.connect(server)
        await peer.asked()
        await peer.send(told)
        peer.writer.write_eof()
        assert await peer.closed()
        assert isinstance(await outcome.ended, error)


async def test_a_usage_of_many_lines_is_read_to_its_end() -> None:
    told: list[str] = []

    async def talk(call: AgiCall) -> None:
        with pytest.raises(AgiRefused) as refused:
            await call.request("STREAM FILE")
        told.append(str(refused.value))
        await call.set_variable("A", "b")

    async with serving(talk) as server:
        peer = await Peer.connect(server)
        await peer.asked()
        await peer.send(
            b"520-Invalid command syntax.  Proper usage follows:\nUsage: STREAM FILE\n200 result=0 is a lie\n"
        )
        await peer.send(b"520 End of proper usage.\n")
        assert await peer.asked() == b'SET VARIABLE "A" "b"\n'
        await peer.send(b"200 result=1\n")
        assert await peer.closed()
    assert told[0].startswith("520-Invalid")
    assert told[0].endswith("End of proper usage.")


@pytest.mark.parametrize(
    "endless", [b"x" * 4096, b"HANGUP\n" * 1000, b"520-usage\n" + b"more\n" * 1000, b"200 result=1 (" + b"x" * 4096]
)
async def test_an_endless_answer_ends_the_connection(endless: bytes) -> None:
    talk, outcome = watched(ask_twice)
    async with serving(talk) as server:
        peer = await Peer.connect(server)
        await peer.asked()
        await peer.send(endless)
        assert await peer.closed()
        assert await outcome.ended is not None


async def test_a_peer_that_never_answers_is_given_up() -> None:
    async def impatient(call: AgiCall) -> None:
        await call.request("NOOP", seconds=0.1)

    talk, outcome = watched(impatient)
    async with serving(talk) as server:
        peer = await Peer.connect(server)
        assert await peer.closed() is False  # the command came, and then the end
        assert isinstance(await outcome.ended, AgiSilent)


async def test_a_caller_who_types_forever_is_let_go() -> None:
    async def endless(call: AgiCall) -> None:
        while True:
            await call.wait_for_key(1)

    limits = Limits(connections=5, conversation_seconds=0.3)
    async with serving(endless, limits) as server:
        peer = await Peer.connect(server)

        async def typing() -> None:
            while await peer.reader.readline():
                await peer.send(b"200 result=55\n")

        with contextlib.suppress(ConnectionError):  # the end comes as an end of file or as a reset
            await asyncio.wait_for(typing(), 3)
        peer.writer.close()


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
