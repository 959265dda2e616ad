"""Who speaks to our FastAGI server: an Asterisk or worse, and the short conversations that it asks for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

from telephony.voice.agi.call import AgiCall
from telephony.voice.agi.server import AgiServer, Conversation, Limits
from tests.waiting import PATIENCE

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
        return await asyncio.wait_for(self.reader.readline(), PATIENCE)

    async def closed(self) -> bool:
        """Wait until the server closed the connection."""
        try:
            return await asyncio.wait_for(self.reader.read(), PATIENCE) == b""
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
