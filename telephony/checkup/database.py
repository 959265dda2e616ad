"""Does PostgreSQL take us, and does its schema fit?"""

from collections.abc import AsyncIterator, Sequence

import asyncpg

from telephony.checkup.findings import CheckFinding, fail, ok, warn
from telephony.commands.ledger import of_running_daemon
from telephony.errors import DatabaseUnavailable, RingbackError, SettingsError
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import TELEPHONY, MigrationSource, read
from telephony.settings import DatabaseSettings

_SUBJECT = "database"
_OLDEST = 140000  # 14: what PostgreSQL itself still supports
_CURE_DSN = "correct `dsn` under [database], e.g. postgresql://ringback:SECRET@host/ringback"


async def check_database(
    settings: DatabaseSettings, sources: Sequence[MigrationSource] = (TELEPHONY,)
) -> AsyncIterator[CheckFinding]:
    """Connect to the server that the DSN names, or start the embedded one for a moment."""
    dsn = settings.dsn.get_secret_value()
    if dsn:
        yield await _look(dsn, "", sources)
        return
    running = await of_running_daemon(settings)
    if running:
        yield await _look(running, f"embedded, in {settings.folder}, in use by a running daemon", sources)
        return
    server = EmbeddedServer(settings.folder, run_as=settings.run_as, patience_seconds=5)
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
            yield await _look(server.dsn, f"embedded, in {settings.folder}", sources)
        finally:
            await server.stop()


async def _look(dsn: str, where: str, sources: Sequence[MigrationSource]) -> CheckFinding:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, TimeoutError) as error:
        finding = f"PostgreSQL cannot be reached: {error or type(error).__name__}"
        return fail(_SUBJECT, finding, f"start it, or {_CURE_DSN}; the daemon itself would wait for it")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, DatabaseUnavailable) as error:
        return fail(_SUBJECT, str(error), _CURE_DSN)
    try:
        return await _judge(connection, where, sources)
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
    return ok(_SUBJECT, f"{server}; schema up to date")
