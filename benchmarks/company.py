"""A big ledger that ends now, with people, customers and callback requests: what the console's pages read.

    python -m benchmarks.company --calls 10000000 --copies 10 --dsn postgresql://...

A tenth (one of ``--copies``) is made as `benchmarks.generate` does; the rest are copies of it within the server, a few
seconds later each.
"""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg

from benchmarks import generate
from telephony.postgres.queries import load

_LONG = 7200


class CompanySql(NamedTuple):
    """The queries of company.sql."""

    copy_calls: str
    copy_legs: str
    managers: str
    customers: str
    requests: str
    misses: str
    attempts: str
    facts: str


SQL = load(Path(__file__).with_name("company.sql"), CompanySql)


async def fill(dsn: str, count: int, *, copies: int = 1, zone: str = "Europe/Kyiv") -> None:
    """Fill a migrated database of both sides."""
    span = timedelta(days=365 * generate.YEARS)
    await generate.fill(dsn, count // copies, first=datetime.now(UTC) - span, progress=False)
    connection = await asyncpg.connect(dsn)
    await connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; SET work_mem = '128MB'")
    managers = list(generate.MANAGERS)
    try:
        for copy in range(1, copies):
            later = -span / count * copy  # a step of the whole ledger: backwards, so that nothing lies in the future
            # A copy's keys are as good as the first's: they need not be looked up again.
            await connection.execute("SET session_replication_role = replica")
            for statement in (SQL.copy_calls, SQL.copy_legs):
                await _told(connection, f"copy {copy}", statement, later, f"-{copy}")
        await connection.execute("RESET session_replication_role")
        await _told(connection, "managers", SQL.managers, managers)
        await _told(connection, "customers", SQL.customers, managers)
        await _told(connection, "requests", SQL.requests, managers)
        for name, statement in (("misses", SQL.misses), ("attempts", SQL.attempts)):
            await _told(connection, name, statement)
        await _told(connection, "facts", SQL.facts, zone)
        await _told(connection, "vacuum", "VACUUM ANALYZE")
    finally:
        await connection.close()


async def _told(connection: asyncpg.Connection, name: str, statement: str, *values: object) -> None:
    began = time.monotonic()
    await connection.execute(statement, *values, timeout=_LONG)
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def main() -> None:
    """Read the command line and fill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", required=True, help="a migrated database")
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--copies", type=int, default=1, help="make a part, and copy it")
    arguments = parser.parse_args()
    asyncio.run(fill(arguments.dsn, arguments.calls, copies=arguments.copies))


if __name__ == "__main__":
    main()
