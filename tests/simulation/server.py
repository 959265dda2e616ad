"""The real PostgreSQL under a simulation: its connections, and the one rule that makes it deterministic.

A statement is done to its end before anything else runs: while it is under way the simulated loop stands, and its
connection is driven by hand (`wire`). A statement that waits for another transaction's lock is *parked*
(PostgreSQL itself says so: `pg_blocking_pids`), the simulation goes on, and each time a transaction ends the parked
ones
are looked at again, in their order. So what happens depends on the rows and locks alone, never on how fast they were.
"""

import asyncio
import re
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg

from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import TELEPHONY, MigrationSource, migrate
from tests.simulation.wire import Exchange, WireLoop, begin

_T = TypeVar("_T")

_BRIDGE = Path(__file__).parents[2] / "crm_bridge" / "sql" / "migrations"
_OPTIONS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",  # it would move rows when it likes
    "deadlock_timeout": "10ms",
    "plan_cache_mode": "force_generic_plan",  # a plan must not depend on how often a seed before ran the statement
    "log_min_messages": "fatal",
    "track_activities": "off",
    "track_counts": "off",
    "update_process_title": "off",
}
_LOOKS: Final = 100_000
_OWN_TIME: Final = "session_timeout"
_TIMED: Final = re.compile(r"(?<=session_timeout', )'\d+s'")
"""What the server would do by its own clock is done by the simulated one: `SimulatedPool.forget_idle_transactions`."""
_TABLES: Final = """
SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') AS tables FROM pg_tables
WHERE schemaname = 'public' AND tablename NOT LIKE '%migrations%'
"""


class Parked:
    """A statement that waits for a lock, ``behind`` these backends: as long as none of them unlocks, it waits on."""

    def __init__(self, answer: Exchange, behind: frozenset[int]) -> None:
        self.connection = answer.connection
        self.answer = answer
        self.behind = behind
        self.done = asyncio.get_running_loop().create_future()


class Server:
    """One embedded server with one database; `close` it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loop = WireLoop()
        self._server = EmbeddedServer(folder / "pg", options=_OPTIONS)
        self._free: list[Any] = []
        self._parked: list[Parked] = []
        self.statements = 0
        self.written = 0
        """Grows whenever a transaction or a statement of its own may have changed rows."""
        self._loop.run_until_complete(self._begin())

    async def _begin(self) -> None:
        await self._server.start()
        await migrate(self._server.dsn, [TELEPHONY, MigrationSource("crm_bridge", _BRIDGE)])
        self._admin = await self._loop.connected(self._server.dsn)
        await self._unlog((await self._admin.fetchval(_TABLES)).split(", "))
        # What the server's own clock would write is the simulation's: no row may depend on the real time.
        await self._admin.execute(
            "CREATE FUNCTION simulated_birth() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN NEW.created_at := NEW.due_at; RETURN NEW; END';"
            "CREATE TRIGGER simulated_birth BEFORE INSERT ON outbox_messages"
            " FOR EACH ROW EXECUTE FUNCTION simulated_birth()"
        )

    async def _unlog(self, tables: list[str]) -> None:
        """Make tables unlogged, those first that no logged one refers to; who refer to each other stay as they are.

        A crash of PostgreSQL itself is not simulated here.
        """
        left = []
        for table in tables:
            try:
                await self._admin.execute(f"ALTER TABLE {table} SET UNLOGGED")
            except asyncpg.InvalidTableDefinitionError:
                left.append(table)
        if len(left) < len(tables):
            await self._unlog(left)

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something with the server while the simulated time stands."""
        outer = asyncio._get_running_loop()  # noqa: SLF001 - the one way to run a loop inside of another
        asyncio._set_running_loop(None)  # noqa: SLF001
        try:
            return self._loop.run_until_complete(work)
        finally:
            asyncio._set_running_loop(outer)  # noqa: SLF001

    def close(self) -> None:
        self.run(self._server.stop())
        self._loop.close()

    # --- connections --------------------------------------------------------------------------------------------------

    def take(self) -> Any:  # noqa: ANN401
        """Give a connection that nobody uses."""
        return self._free.pop() if self._free else self.run(self._loop.connected(self._server.dsn))

    def give_back(self, connection: Any) -> None:  # noqa: ANN401
        self._free.append(connection)

    def abandon(self, connection: Any) -> None:  # noqa: ANN401
        """Whoever had it is gone: what the server does then is roll back and unlock."""
        for one in [it for it in self._parked if it.connection is connection]:
            self._parked.remove(one)
            if not one.done.done():
                one.done.set_exception(asyncpg.ConnectionDoesNotExistError("connection was closed"))
                one.done.exception()  # who waited may be gone
            self._cancel(one)
        finished(connection.execute("ROLLBACK; SELECT pg_advisory_unlock_all()"), connection)
        self.give_back(connection)

    def _cancel(self, parked: Parked) -> None:
        self.ask("SELECT pg_cancel_backend($1)", parked.connection.get_server_pid())
        while not parked.answer.wait():
            """It comes: it was cancelled."""

    # --- statements ---------------------------------------------------------------------------------------------------

    async def do(self, connection: Any, name: str, query: str, values: Iterable[object]) -> Any:  # noqa: ANN401
        """Run one statement; a caller whose statement waits for a lock waits in simulated time."""
        self.statements += 1
        if query == "BEGIN":
            begin(connection)
            return query
        if _OWN_TIME in query:
            query = _TIMED.sub("'0'", query)
        self.written += name == "execute"
        answer = Exchange(connection, getattr(connection, name)(query, *values))
        behind = self._stops(answer, answer.wait())
        if not behind:
            return answer.result()
        parked = Parked(answer, behind)
        self._parked.append(parked)
        try:
            await parked.done
        except asyncio.CancelledError:
            if parked in self._parked:  # who asked has no more time
                self._parked.remove(parked)
                self._cancel(parked)
            raise
        return answer.result()

    def look_at_parked(self, unlocked: Any) -> None:  # noqa: ANN401 - asyncpg's
        """A connection has unlocked something: let those go on whom it had stopped. First come, first served."""
        if not self._parked:
            return
        unlockers = {unlocked.get_server_pid()}
        again = True
        while again and self._parked:
            again = False
            for one in [it for it in self._parked if it.behind & unlockers]:
                one.behind = self._stops(one.answer, one.answer.look())
                if not one.behind:
                    self._parked.remove(one)
                    unlockers.add(one.connection.get_server_pid())
                    again = True
                    if not one.done.done():
                        one.done.set_result(None)

    def _stops(self, answer: Exchange, is_there: bool) -> frozenset[int]:
        """Wait for the answer, or until the server says that it waits for somebody's lock: then give behind whom.

        Where two wait for each other the server ends one of them, in a moment: that is waited for.
        """
        for _ in range(_LOOKS):
            if is_there:
                return frozenset()
            if behind := self._behind(answer.connection.get_server_pid()):
                return behind
            is_there = answer.wait()
        raise TimeoutError("the server does not answer")

    def _behind(self, pid: int) -> frozenset[int]:
        """The backends that a backend waits for, one of which can go on, perhaps behind others who wait; else none."""
        parked = {one.connection.get_server_pid() for one in self._parked} | {pid}
        seen: set[int] = set()
        ahead = {pid}
        goes_on = False
        while ahead:
            seen |= ahead
            rows = self.ask("SELECT p, pg_blocking_pids(p) AS by FROM unnest($1::int[]) AS p ORDER BY p", sorted(ahead))
            goes_on = goes_on or any(not row["by"] and row["p"] != pid for row in rows)
            ahead = {one for row in rows for one in row["by"]} - seen
            goes_on = goes_on or bool(ahead - parked)
        return frozenset(seen - {pid}) if goes_on else frozenset()

    # --- between two seeds --------------------------------------------------------------------------------------------

    def wipe(self) -> None:
        """Empty all tables; numbers begin with 1 again."""
        [row] = self.ask(_TABLES)
        finished(self._admin.execute(f"TRUNCATE {row['tables']} RESTART IDENTITY"), self._admin)

    def ask(self, query: str, *values: object) -> list[Any]:
        """Look at the rows as an outsider."""
        rows: list[Any] = finished(self._admin.fetch(query, *values), self._admin)
        return rows


def finished(work: Coroutine[Any, Any, Any], connection: Any) -> Any:  # noqa: ANN401 - asyncpg's
    """Do something that waits for nobody's lock."""
    answer = Exchange(connection, work)
    while not answer.wait():
        """The server has much to do."""
    return answer.result()
