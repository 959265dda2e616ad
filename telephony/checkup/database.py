"""Does PostgreSQL take us, and does its schema fit?"""

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg

from telephony.checkup.findings import CheckFinding, fail, ok, warn
from telephony.checkup.ledger import check_ledger
from telephony.commands.ledger import of_running_daemon
from telephony.errors import DatabaseUnavailable, RingbackError, SettingsError
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import TELEPHONY, MigrationSource, read
from telephony.settings import DatabaseSettings, PbxSettings

_SUBJECT = "database"
_OLDEST = 140000  # 14: what PostgreSQL itself still supports
_UP_TO_DATE = "schema up to date"
_CURE_DSN = "correct `dsn` under [database], e.g. postgresql://ringback:SECRET@host/ringback"


async def check_database(
    settings: DatabaseSettings, sources: Sequence[MigrationSource] = (TELEPHONY,), pbxs: Sequence[PbxSettings] = ()
) -> AsyncIterator[CheckFinding]:
    """Connect to the server that the DSN names, or start the embedded one for a moment; compare calls with ``pbxs``."""
    dsn = settings.dsn.get_secret_value()
    if dsn:
        for finding in await _look(dsn, "", sources, pbxs):
            yield finding
        return
    running = await of_running_daemon(settings)
    if running:
        where = f"embedded, in {settings.folder}, in use by a running daemon"
        for finding in await _look(running, where, sources, pbxs):
            yield finding
        return
    with contextlib.ExitStack() as stack:
        folder = settings.folder
        if os.geteuid() == 0 and not (folder / "data").exists():
            # Root tries it elsewhere: the daemon's user is to make its own folder, and finds none that root made.
            folder = _elsewhere(stack)
        async for finding in _embedded(settings, folder, sources, pbxs):
            yield finding


def _elsewhere(stack: contextlib.ExitStack) -> Path:
    place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rb-check-", ignore_cleanup_errors=True)))
    place.chmod(0o755)
    return place / "pg"


async def _embedded(
    settings: DatabaseSettings, folder: Path, sources: Sequence[MigrationSource], pbxs: Sequence[PbxSettings]
) -> AsyncIterator[CheckFinding]:
    server = EmbeddedServer(folder, run_as=settings.run_as, patience_seconds=5)
    try:
        await server.start()
    except SettingsError as error:
        cure = "run this as the daemon's user, or name another `folder` (or a `dsn`) under [database]"
        yield fail(_SUBJECT, str(error), cure)
    except (RingbackError, OSError) as error:
        yield fail(
            _SUBJECT, f"the embedded server does not start: {error}", f"see {settings.folder}/server.log, or use `dsn`"
        )
    else:
        try:
            for finding in await _look(server.dsn, f"embedded, in {settings.folder}", sources, pbxs):
                yield finding
        finally:
            await server.stop()


async def _look(
    dsn: str, where: str, sources: Sequence[MigrationSource], pbxs: Sequence[PbxSettings]
) -> list[CheckFinding]:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, TimeoutError) as error:
        finding = f"PostgreSQL cannot be reached: {error or type(error).__name__}"
        return [fail(_SUBJECT, finding, f"start it, or {_CURE_DSN}; the daemon itself would wait for it")]
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, DatabaseUnavailable) as error:
        return [fail(_SUBJECT, str(error), _CURE_DSN)]
    try:
        judged = await _judge(connection, where, sources)
        whole = _UP_TO_DATE in judged.said
        return [judged, *(await check_ledger(connection, pbxs) if whole else [])]
    finally:
        await connection.close()


async def _judge(
    connection: "asyncpg.Connection[asyncpg.Record]", where: str, sources: Sequence[MigrationSource]
) -> CheckFinding:
    version = connection.get_server_version()
    server = f"PostgreSQL {version.major}.{version.micro}{f' ({where})' if where else ''}"
    if version.major * 10_000 < _OLDEST:
        return fail(_SUBJECT, f"{server} is too old", "PostgreSQL 14 or newer, or no `dsn`: Ringback brings its own")
    if not await connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')"):
        return fail(_SUBJECT, f"{server}: we may not make tables", "GRANT CREATE, USAGE ON SCHEMA public TO ringback;")
    wanted = {(one.namespace, one.number): str(one) for source in sources for one in read(source)}
    there = await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL")
    rows = await connection.fetch("SELECT namespace, number FROM schema_migrations") if there else []
    applied = {(row["namespace"], row["number"]) for row in rows}
    ours = {namespace for namespace, _ in wanted}
    if newer := [key for key in applied - set(wanted) if key[0] in ours]:
        finding = f"{server} was used by a newer Ringback ({len(newer)} unknown migrations)"
        return fail(_SUBJECT, finding, "install that version, or a later one")
    missing = len(set(wanted) - applied)
    if missing and applied:
        return ok(_SUBJECT, f"{server}; the next start applies {missing} migrations")
    if missing:
        return ok(_SUBJECT, f"{server}; empty, the first start makes the tables")
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        return warn(_SUBJECT, f"{server} is a standby", "name the primary in `dsn`")
    return ok(_SUBJECT, f"{server}; {_UP_TO_DATE}")
