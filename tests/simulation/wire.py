"""Connections to PostgreSQL that are driven by hand: `asyncpg` as it is, without an event loop's turns around it.

A simulated statement is done to its end while the simulated time stands, so nothing has to be waited for but its own
socket. Its coroutine is taken one step, its bytes are sent, the answer's bytes are read and given to it, and so on: a
statement costs a write and a read, and no timers, no readers, no tasks.
"""

import asyncio
import collections
import json
import socket
import struct
from collections.abc import Callable, Coroutine, Iterable
from contextvars import Context
from typing import Any, Final, TypeVarTuple, Unpack

import asyncpg

_Ts = TypeVarTuple("_Ts")
_LOOK_SECONDS: Final = 0.005
"""So long an answer is waited for at a time; then its asker may see whether the server waits for a lock."""
_BEGIN: Final = b"Q\0\0\0\x0aBEGIN\0"
_BEGUN_BYTES: Final = 17
"""CommandComplete ``BEGIN`` and ReadyForQuery."""
_MOST_BYTES: Final = 1 << 18
_MICROSECONDS: Final = 1_000_000


class _Transport(asyncio.Transport):
    """A socket to the server. It blocks, for `_LOOK_SECONDS` at a time."""

    def __init__(self, loop: "WireLoop", path: str, protocol: Any) -> None:  # noqa: ANN401 - asyncpg's
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._begun = False
        self._strip = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        patience = struct.pack("ll", 0, int(_LOOK_SECONDS * _MICROSECONDS))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
        loop.add_reader(self._socket, self.receive)  # for the times when a loop runs: to connect, to stop
        protocol.connection_made(self)

    def receive(self, how: int = 0) -> bool:
        """Take what the server sent; False if it said nothing in time, or, if it is looked at only, nothing yet."""
        try:
            data = self._socket.recv(_MOST_BYTES, how)
        except BlockingIOError:
            return False
        if self._strip and data:
            data, self._strip = data[self._strip :], max(0, self._strip - len(data))
            if not data:
                return True
        if not data:
            self.close()
            self._protocol.connection_lost(ConnectionResetError("the server has gone"))
            return True
        self._protocol.data_received(data)
        return True

    def begin(self) -> None:
        """Begin a transaction with the next statement: until then it has no effect that anybody could see."""
        self._begun = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._begun:
            data, self._begun = b"".join((_BEGIN, data)), False
            self._strip += _BEGUN_BYTES  # its answer is nobody's
        self._socket.sendall(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401
        return self._socket if name == "socket" else default

    def is_closing(self) -> bool:
        return self._socket.fileno() < 0

    def close(self) -> None:
        if not self.is_closing():
            self._loop.remove_reader(self._socket)
            self._socket.close()

    abort = close


class WireLoop(asyncio.SelectorEventLoop):
    """The loop that connections belong to. It runs to connect; statements are driven by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.by_hand = False
        self.soon: collections.deque[asyncio.Handle] = collections.deque()

    async def create_unix_connection(
        self,
        protocol_factory: Callable[[], Any],
        path: Any = None,  # noqa: ANN401
        **_: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        protocol = protocol_factory()
        return _Transport(self, path, protocol), protocol

    def call_soon(
        self, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        if not self.by_hand:
            return super().call_soon(callback, *args, context=context)
        handle = asyncio.Handle(callback, args, self, context)
        self.soon.append(handle)
        return handle

    async def connected(self, dsn: str) -> Any:  # noqa: ANN401
        """Connect: no statement of it is ever forgotten, and none has a time of its own."""
        connection = await asyncpg.connect(
            dsn, loop=self, statement_cache_size=500, max_cached_statement_lifetime=0, max_cacheable_statement_size=0
        )
        await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        return connection


def begin(connection: Any) -> None:  # noqa: ANN401 - asyncpg's
    """Begin a transaction with the connection's next statement."""
    transport: _Transport = connection._transport  # noqa: SLF001 - it has no other name
    transport.begin()


class Exchange:
    """One statement under way on a connection."""

    def __init__(self, connection: Any, work: Coroutine[Any, Any, Any]) -> None:  # noqa: ANN401 - asyncpg's
        self.connection = connection
        self.done = False
        self._work = work
        self._loop: WireLoop = connection._loop  # noqa: SLF001 - it has no other name
        self._transport: _Transport = connection._transport  # noqa: SLF001
        self._value: Any = None
        self._error: BaseException | None = None
        self._step()

    def result(self) -> Any:  # noqa: ANN401
        if self._error is not None:
            raise self._error
        return self._value

    def look(self) -> bool:
        """Whether its answer is there, without waiting."""
        return self.wait(socket.MSG_DONTWAIT)

    def wait(self, how: int = 0) -> bool:
        """Wait for its answer for a moment; whether it is there."""
        while not self.done:
            loop, waited = self._loop, self._waited
            loop.by_hand = True
            try:
                while not waited.done():
                    if not self._transport.receive(how):
                        return False
                while loop.soon:
                    loop.soon.popleft()._run()  # noqa: SLF001 - as asyncio's own loop does
            finally:
                loop.by_hand = False
            self._step()
        return True

    def _step(self) -> None:
        """Let `asyncpg` go on until it waits for the server, or is done."""
        self._loop.by_hand = True
        try:
            self._waited = self._work.send(None)
            self._waited._asyncio_future_blocking = False  # noqa: SLF001 - what a task does with the future that it was given
        except StopIteration as end:
            self.done, self._value = True, end.value
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            self.done, self._error = True, error
        finally:
            self._loop.by_hand = False
