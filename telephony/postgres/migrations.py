"""Bringing a database's schema up to date, once, whoever comes first.

A *source* is a namespace and a folder of files ``NNNN_what_it_does.sql``. Each room has its own range of numbers, so a
number that was never applied is applied even if a higher one was; within a namespace the order is that of the numbers.
Each file runs in a transaction of its own together with the row that remembers it. A file whose first line is
``-- migrate: no transaction`` holds exactly one statement (``CREATE INDEX CONCURRENTLY ...``) and must bear being run
again.

Several daemons may start at once: one holds an advisory lock, the others look again every 50 ms. They do not wait
*in* the lock: a blocked ``pg_advisory_lock`` holds a snapshot, and ``CREATE INDEX CONCURRENTLY`` waits for old
snapshots, so the two would wait for each other for ever.

Refused, before anything is run: a file that was edited after it was applied, and a database that knows migrations
which we do not (it was used by a newer Ringback).
"""

import asyncio
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import structlog

from telephony.errors import DatabaseUnavailable, RingbackError
from telephony.ports import Transaction
from telephony.postgres.outages import is_outage

_log = structlog.get_logger(__name__)

_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_NO_TRANSACTION = "-- migrate: no transaction"
_LOCK = 7_242_225_527  # any constant of our own: "ringback" on a telephone's keys is 74642225
_REMEMBER = "INSERT INTO schema_migrations (namespace, number, name, checksum) VALUES ($1, $2, $3, $4)"
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    namespace  text NOT NULL,
    number     integer NOT NULL,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (namespace, number)
)
"""


class MigrationRefused(RingbackError):
    """The schema and the program do not belong together; nothing was changed."""

    error_id = "migration-refused"


class MigrationFailed(RingbackError):
    """A migration's SQL was refused by PostgreSQL; that file was rolled back, those before it stay."""

    error_id = "migration-failed"


@dataclass(frozen=True, slots=True)
class MigrationSource:
    """A namespace and the folder of its files."""

    namespace: str
    folder: Path


TELEPHONY: Final = MigrationSource("telephony", Path(__file__).parents[1] / "sql" / "migrations")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    namespace: str
    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text; the kind of line ends does not count."""
        return hashlib.sha256(self.text.replace("\r\n", "\n").encode()).hexdigest()

    @property
    def in_transaction(self) -> bool:
        """Whether the file runs in a transaction."""
        return not self.text.startswith(_NO_TRANSACTION)

    def __str__(self) -> str:
        """As in messages: ``telephony/0001_calls``."""
        return f"{self.namespace}/{self.number:04}_{self.name}"


def read(source: MigrationSource) -> list[Migration]:
    """Read a source's files in order.

    Raises:
        MigrationRefused: a file's name is not of the form, or two have one number.
    """
    found: dict[int, Migration] = {}
    for path in sorted(source.folder.glob("*.sql")):
        parts = _FILE.match(path.name)
        if parts is None:
            raise MigrationRefused(f"{path}: a migration's name is NNNN_words.sql")
        number = int(parts[1])
        if number in found:
            raise MigrationRefused(f"{path}: number {number:04} is taken by {found[number]}")
        found[number] = Migration(source.namespace, number, parts[2], path.read_text(encoding="utf-8"))
    return list(found.values())


async def migrate(
    dsn: str, sources: Sequence[MigrationSource] = (TELEPHONY,), *, patience_seconds: float = 600
) -> list[str]:
    """Apply what is missing, in the order of ``sources``; return the names of what was applied.

    Raises:
        MigrationRefused: an edited file or a newer database.
        MigrationFailed: PostgreSQL refused a file's SQL.
        DatabaseUnavailable: another migrator held the lock for longer than ``patience_seconds``.
    """
    wanted = [migration for source in sources for migration in read(source)]
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await _take_lock(connection, patience_seconds)
        await connection.execute(_TABLE)
        missing = _missing(wanted, await _applied(connection, sources))
        for migration in missing:
            await _apply(connection, migration)
            _log.info("schema.migrated", migration=str(migration))
        return [str(migration) for migration in missing]
    finally:
        await connection.close()  # the lock goes with the connection


async def _take_lock(connection: Transaction, patience_seconds: float) -> None:
    pause = 0.05
    for turn in range(int(patience_seconds / pause) + 1):
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            return
        if turn == 0:
            _log.info("schema.waiting", reason="another daemon migrates this database")
        await asyncio.sleep(pause)
    raise DatabaseUnavailable("another daemon has been migrating this database for too long")


async def _applied(
    connection: Transaction, sources: Iterable[MigrationSource]
) -> dict[tuple[str, int], tuple[str, str]]:
    rows = await connection.fetch(
        "SELECT namespace, number, name, checksum FROM schema_migrations WHERE namespace = ANY($1)",
        [source.namespace for source in sources],
    )
    return {(row["namespace"], row["number"]): (row["name"], row["checksum"]) for row in rows}


def _missing(wanted: list[Migration], applied: dict[tuple[str, int], tuple[str, str]]) -> list[Migration]:
    known = {(migration.namespace, migration.number): migration for migration in wanted}
    if newer := sorted(set(applied) - set(known)):
        names = ", ".join(f"{namespace}/{number:04}_{applied[namespace, number][0]}" for namespace, number in newer)
        raise MigrationRefused(
            f"the database was used by a newer Ringback ({names}): install that version or a later one"
        )
    for key, (name, checksum) in applied.items():
        if known[key].checksum != checksum:
            raise MigrationRefused(
                f"migration {known[key]} was changed after it was applied (as {name}): restore the file, and write "
                "the change as a new migration"
            )
    return [migration for migration in wanted if (migration.namespace, migration.number) not in applied]


async def _apply(connection: Transaction, migration: Migration) -> None:
    values = (migration.namespace, migration.number, migration.name, migration.checksum)
    try:
        if not migration.in_transaction:
            await connection.execute(migration.text)
            await connection.execute(_REMEMBER, *values)
            return
        async with connection.transaction():
            await connection.execute(migration.text)
            await connection.execute(_REMEMBER, *values)
    except asyncpg.PostgresError as error:
        if is_outage(error):
            raise  # it is tried again: nothing is wrong with the migration
        raise MigrationFailed(f"{migration}: {error}") from error
