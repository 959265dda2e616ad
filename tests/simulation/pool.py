"""A pool of real connections as a process of the simulation has it: `asyncpg`'s words, statement by statement.

Each statement takes a little simulated time on its way and back, so that others come between; and any of them may be
the last thing that its process does, or break its connection, before it took effect or after.
"""

import asyncio
import errno
import re
from collections.abc import Callable, Generator
from typing import Any, Final, Self, cast

import asyncpg

from telephony.postgres.pool import Pool
from tests.simulation.process import Process, brief
from tests.simulation.server import Server

_NOTIFY: Final = re.compile(r"pg_notify\('(\w+)', *('\w*'|\$1)\)")
_REFUSED_SECONDS: Final = 0.01
_ENDS: Final = ("COMMIT", "ROLLBACK", "SELECT pg_advisory_unlock")
Heard = Callable[..., None]


class Notices:
    """LISTEN and NOTIFY: told to whoever listens once the transaction is committed."""

    def __init__(self) -> None:
        self._listening: list[tuple[Connection, str, Heard]] = []

    def add(self, connection: "Connection", channel: str, heard: Heard) -> None:
        self._listening.append((connection, channel, heard))

    def remove(self, connection: "Connection", channel: str | None = None) -> None:
        self._listening = [one for one in self._listening if one[0] is not connection or channel not in {None, one[1]}]

    def tell(self, notices: dict[tuple[str, str], None]) -> None:
        loop = asyncio.get_running_loop()
        for connection, channel, heard in self._listening:
            for told, payload in notices:
                if told == channel:
                    loop.call_later(0.001, self._deliver, connection, channel, heard, payload)

    def _deliver(self, connection: "Connection", channel: str, heard: Heard, payload: str) -> None:
        if connection.process.alive and not connection.is_closed() and (connection, channel, heard) in self._listening:
            heard(connection, 0, channel, payload)


class Connection:
    """One connection, or a pool's that was taken for it."""

    def __init__(self, pool: "SimulatedPool") -> None:
        self.process = pool.process
        self._pool = pool
        self._raw = pool.server.take()
        self._open = True
        self._depth = 0
        self._under_way = False
        self._notices: dict[tuple[str, str], None] = {}
        self._ended: list[Callable[[Any], None]] = []

    async def fetch(self, query: str, *values: object, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        if timeout is None:
            return await self._do("fetch", query, values)
        async with asyncio.timeout(timeout):
            return await self._do("fetch", query, values)

    async def fetchrow(self, query: str, *values: object, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        if timeout is None:
            return await self._do("fetchrow", query, values)
        async with asyncio.timeout(timeout):
            return await self._do("fetchrow", query, values)

    async def fetchval(self, query: str, *values: object, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        if timeout is None:
            return await self._do("fetchval", query, values)
        async with asyncio.timeout(timeout):
            return await self._do("fetchval", query, values)

    async def execute(self, query: str, *values: object, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        if timeout is None:
            return await self._do("execute", query, values)
        async with asyncio.timeout(timeout):
            return await self._do("execute", query, values)

    async def executemany(self, query: str, rows: Any) -> Any:  # noqa: ANN401
        return await self._do("executemany", query, (rows,))

    def transaction(self) -> "Transaction":
        return Transaction(self)

    @property
    def in_transaction(self) -> bool:
        return self._depth > 0

    def is_closed(self) -> bool:
        return not self._open

    async def add_listener(self, channel: str, heard: Heard) -> None:
        self._pool.notices.add(self, channel, heard)

    async def remove_listener(self, channel: str, _heard: Heard) -> None:
        self._pool.notices.remove(self, channel)

    def add_termination_listener(self, told: Callable[[Any], None]) -> None:
        self._ended.append(told)

    def remove_termination_listener(self, told: Callable[[Any], None]) -> None:
        if told in self._ended:
            self._ended.remove(told)

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _do(self, name: str, query: str, values: tuple[object, ...]) -> Any:  # noqa: ANN401
        process, server = self.process, self._pool.server
        breaks = await process.before(query)
        if not self._open:
            raise asyncpg.InterfaceError(f"cannot call Connection.{name}(): connection is closed")
        if breaks and process.rng.random() < 0.5:
            self._cut(f"before {brief(query)}")
        self._under_way = True
        try:
            answer = await server.do(self._raw, name, query, values)
        except asyncpg.PostgresError:
            if not self._depth and self._open:  # a statement of its own: what it had locked is free
                server.look_at_parked(self._raw)
            raise
        self._under_way = False
        self._note(query, values)
        if breaks:
            self._cut(f"after {brief(query)}")
        await process.afterwards(query)
        if not self._open:
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return answer

    @property
    def is_whole(self) -> bool:
        """Whether nothing is under way on it."""
        return self._open and not self._depth and not self._under_way

    def terminate(self) -> None:
        """Cut it off: what is under way on it fails."""
        self.let_go()

    def _note(self, query: str, values: tuple[object, ...]) -> None:
        found = _NOTIFY.search(query)
        if found:
            self._notices[found[1], str(values[0]) if found[2] == "$1" else found[2].strip("'")] = None
        self._depth += query == "BEGIN"
        self._depth -= query in {"COMMIT", "ROLLBACK"}
        if query == "ROLLBACK":
            self._notices = {}
        if not self._depth and self._notices:
            told, self._notices = self._notices, {}
            self._pool.notices.tell(told)
        if not self._depth or query.startswith(_ENDS):
            self._pool.server.look_at_parked(self._raw)

    def _cut(self, when: str) -> None:
        """The network between the daemon and PostgreSQL drops this connection."""
        self.process.story.tell(self.process.name, f"loses a connection to PostgreSQL {when}")
        self.process.story.count("fault: connection cut")
        self.drop()
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    def drop(self) -> None:
        """It breaks, and whoever listens on it is told."""
        told = self._ended
        self.let_go()
        for one in told:
            asyncio.get_running_loop().call_soon(one, self)

    def let_go(self) -> None:
        """It is gone: the server rolls back what was begun on it."""
        if self._open:
            self._open = False
            self._pool.notices.remove(self)
            self._pool.server.abandon(self._raw)
            self._pool.server.look_at_parked(self._raw)

    def return_whole(self) -> None:
        """Give the real one back to whoever comes next."""
        if self._open:
            self._open = False
            self._pool.notices.remove(self)
            self._pool.server.give_back(self._raw)


class Transaction:
    """BEGIN to COMMIT, or a savepoint inside of one, as `asyncpg` writes them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._savepoint = ""

    async def start(self) -> None:
        connection = self._connection
        if connection.in_transaction:
            self._savepoint = "inside"
            await connection.execute(f"SAVEPOINT {self._savepoint}")
        else:
            await connection.execute("BEGIN")

    async def commit(self) -> None:
        await self._connection.execute(f"RELEASE SAVEPOINT {self._savepoint}" if self._savepoint else "COMMIT")

    async def rollback(self) -> None:
        await self._connection.execute(f"ROLLBACK TO {self._savepoint}" if self._savepoint else "ROLLBACK")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is None:
            await self.commit()
        elif not self._connection.is_closed():
            await self.rollback()


class Taking:
    """A connection that is about to be taken: waited for, or entered."""

    def __init__(self, pool: "SimulatedPool", seconds: float | None) -> None:
        self._pool = pool
        self._seconds = seconds
        self._connection: Connection | None = None

    def __await__(self) -> Generator[Any, None, Connection]:
        return self._pool.take(self._seconds).__await__()

    async def __aenter__(self) -> Connection:
        self._connection = await self._pool.take(self._seconds)
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        if self._connection is not None:
            self._pool.give_back(self._connection)


class SimulatedPool:
    """A process's pool."""

    def __init__(self, server: Server, notices: Notices, process: Process, size: int = 10) -> None:
        self.server = server
        self.notices = notices
        self.process = process
        self._room = asyncio.Semaphore(size)
        self._taken: dict[Connection, None] = {}
        process.on_death.append(self._died)

    def acquire(self, *, timeout: float | None = None) -> "Taking":
        return Taking(self, timeout)

    async def take(self, seconds: float | None) -> Connection:
        await self.process.thawed()
        if self.process.database_away:
            await asyncio.sleep(_REFUSED_SECONDS)
            raise ConnectionRefusedError(errno.ECONNREFUSED, "the database is away")
        async with asyncio.timeout(seconds):
            await self._room.acquire()
        connection = Connection(self)
        self._taken[connection] = None
        return connection

    async def release(self, connection: Connection) -> None:
        self.give_back(connection)

    def give_back(self, connection: Connection) -> None:
        """What was left in the middle of a transaction is rolled back: asyncpg resets what comes back to its pool."""
        if connection not in self._taken:
            return
        del self._taken[connection]
        self._room.release()
        if self.process.alive and connection.is_whole:
            connection.return_whole()
        else:
            connection.let_go()

    async def fetch(self, query: str, *values: object) -> Any:  # noqa: ANN401
        async with self.acquire() as connection:
            return await connection.fetch(query, *values)

    async def fetchrow(self, query: str, *values: object) -> Any:  # noqa: ANN401
        async with self.acquire() as connection:
            return await connection.fetchrow(query, *values)

    async def fetchval(self, query: str, *values: object) -> Any:  # noqa: ANN401
        async with self.acquire() as connection:
            return await connection.fetchval(query, *values)

    async def execute(self, query: str, *values: object) -> Any:  # noqa: ANN401
        async with self.acquire() as connection:
            return await connection.execute(query, *values)

    @property
    def as_pool(self) -> Pool:
        """Ourselves, under the type of what we stand in for."""
        return cast("Pool", self)

    def cut_all(self) -> None:
        """PostgreSQL is gone: all that was under way on it has failed."""
        for connection in list(self._taken):
            connection.drop()

    def forget_idle_transactions(self) -> None:
        """PostgreSQL ends sessions that stand in the midst of a transaction; whoever had them learns it later."""
        for connection in list(self._taken):
            if connection.in_transaction:
                connection.let_go()

    def _died(self) -> None:
        for connection in list(self._taken):
            connection.let_go()
        self._taken.clear()
