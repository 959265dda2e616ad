"""A peer that speaks just enough AMI, over real TCP: what it says, and when it is silent, is the test's to choose."""

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.waiting import PATIENCE

Action = dict[str, str]
BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def block(**headers: str) -> bytes:
    """One AMI message."""
    return ("".join(f"{key}: {value}\r\n" for key, value in headers.items()) + "\r\n").encode()


def channel_event(uniqueid: str, name: str = "Newchannel", caller: str = "") -> bytes:
    """An event about one channel."""
    return block(
        Event=name,
        Timestamp="1795298174.206214",
        Channel=f"PJSIP/{uniqueid}",
        ChannelState="4",
        CallerIDName=caller,
        Uniqueid=uniqueid,
        Linkedid=uniqueid,
    )


async def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for something that tells nobody when it happens."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)


class FakePbx:
    """Listens on a free port; answers logins, pings and lists."""

    def __init__(self) -> None:
        self.port = 0
        self.secret = "right"
        self.banner = BANNER
        self.silent = False
        """Read and say nothing more, as a PBX behind a dead router."""
        self.mute: set[str] = set()
        """Actions that get no answer."""
        self.channels: list[str] = []
        """Uniqueids that live."""
        self.rows: dict[str, dict[str, str]] = {}
        """What the list tells of them besides."""
        self.answers: dict[str, Callable[[Action], bytes]] = {}
        """How other actions are answered."""
        self.actions: list[Action] = []
        self.raw = b""
        """All that was received."""
        self.connections = 0
        self.clock: Callable[[], float] = time.time
        self._seen: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(0))
        self._writers: list[asyncio.StreamWriter] = []

    def say(self, data: bytes) -> None:
        """Send to the newest connection."""
        self._writers[-1].write(data)

    def drop(self) -> None:
        """Cut the newest connection."""
        self._writers[-1].transport.abort()

    async def seen(self, action: str) -> None:
        """Wait for the next ``action`` that nobody waited for yet (``connection`` is one, too)."""
        async with asyncio.timeout(PATIENCE):
            await self._seen[action].acquire()

    def count(self, action: str) -> int:
        """How often an action came."""
        return sum(each["Action"] == action for each in self.actions)

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["FakePbx"]:
        """Listen while inside; the same port each time."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for writer in self._writers:
                writer.transport.abort()
            await server.wait_closed()
            self._writers.clear()
            await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        if not self.silent:
            writer.write(self.banner)
        self._seen["connection"].release()
        try:
            while True:
                whole = await reader.readuntil(b"\r\n\r\n")
                self.raw += whole
                action = dict(line.split(": ", 1) for line in whole.decode().split("\r\n") if ": " in line)
                self.actions.append(action)
                if not self.silent and action["Action"] not in self.mute:
                    writer.write(self._answer(action))
                self._seen[action["Action"]].release()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.transport.abort()

    def _answer(self, action: Action) -> bytes:
        name, action_id = action["Action"], action.get("ActionID", "")
        if name in self.answers:
            return self.answers[name](action)
        match name:
            case "Login" if action["Secret"] != self.secret:
                return block(Response="Error", ActionID=action_id, Message="Authentication failed")
            case "Login":
                return block(Response="Success", ActionID=action_id, Message="Authentication accepted") + block(
                    Event="FullyBooted", Uptime="25"
                )
            case "Ping":
                return block(Response="Success", ActionID=action_id, Ping="Pong", Timestamp=f"{self.clock():.6f}")
            case "CoreShowChannels":
                return self.channel_list(action_id)
            case "BridgeList":
                return block(Response="Success", ActionID=action_id, EventList="start") + block(
                    Event="BridgeListComplete", ActionID=action_id, EventList="Complete"
                )
            case "Logoff":
                return block(Response="Goodbye", ActionID=action_id, Message="Thanks for all the fish.")
            case _:
                return block(Response="Success", ActionID=action_id, Message="ok")

    def channel_list(self, action_id: str) -> bytes:
        """The answer to ``CoreShowChannels``."""
        rows = (
            block(
                Event="CoreShowChannel",
                ActionID=action_id,
                Channel=f"PJSIP/{each}",
                Uniqueid=each,
                Linkedid=each,
                **self.rows.get(each, {}),
            )
            for each in self.channels
        )
        return (
            block(Response="Success", ActionID=action_id, EventList="start")
            + b"".join(rows)
            + block(Event="CoreShowChannelsComplete", ActionID=action_id, EventList="Complete")
        )
