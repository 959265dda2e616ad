"""Would partitions by month pay? The ledger's calls as they are, against the same rows in 36 monthly partitions.

    python -m benchmarks.partitions [CALLS]

What is compared is what the daemon does: pages by time and by a seldom caller, one call by its id, the pump's upsert,
and throwing away the oldest month. The decision is docs/decisions/0006-one-table-of-calls.md.
"""

import asyncio
import statistics
import sys
import time
from datetime import UTC, datetime
from random import Random
from typing import Any

import asyncpg

from benchmarks import generate
from benchmarks.ledger import server

_INDEXES = (
    "(started_at)",
    "(customer, started_at) WHERE customer <> ''",
    "(manager, started_at) WHERE manager <> ''",
    "(disposition, started_at)",
    "(did, started_at) WHERE did <> ''",
    "(direction, started_at)",
    "(pbx) WHERE ended_at IS NULL",
)
_PAGE = (
    "SELECT * FROM {table} WHERE {where} (started_at, call_id) < ($1, '') "
    "ORDER BY started_at DESC, call_id DESC LIMIT 50"
)
_TOUCH = (
    "INSERT INTO {table} SELECT * FROM calls WHERE call_id = ANY($1) "
    "ON CONFLICT ({key}) DO UPDATE SET changed_at = excluded.changed_at, talk = excluded.talk"
)


async def _partition(connection: Any) -> None:  # noqa: ANN401 - asyncpg's
    await connection.execute("CREATE TABLE monthly (LIKE calls INCLUDING DEFAULTS) PARTITION BY RANGE (started_at)")
    for month in range(12 * generate.YEARS):
        begin = f"timestamptz '{generate.FIRST.isoformat()}' + interval '{month} months'"
        bounds = await connection.fetchrow(
            f"SELECT ({begin})::text AS first, ({begin} + interval '1 month')::text AS last"
        )
        await connection.execute(
            f"CREATE TABLE monthly_{month} PARTITION OF monthly "
            f"FOR VALUES FROM ('{bounds['first']}') TO ('{bounds['last']}')"
        )
    await connection.execute("ALTER TABLE monthly ADD PRIMARY KEY (call_id, started_at)")
    for index in _INDEXES:
        await connection.execute(f"CREATE INDEX ON monthly {index}")
    await connection.execute("INSERT INTO monthly SELECT * FROM calls", timeout=3600)
    await connection.execute("VACUUM ANALYZE monthly", timeout=3600)


async def _median_ms(connection: Any, query: str, choices: list[tuple[Any, ...]]) -> float:  # noqa: ANN401 - asyncpg's
    took = []
    for values in choices:
        started = time.perf_counter()
        await connection.fetch(query, *values)
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000


async def _compare(connection: Any, calls: int) -> dict[str, tuple[float, float]]:  # noqa: ANN401 - asyncpg's
    random = Random(3)  # noqa: S311 - a benchmark's
    ids = [row["call_id"] for row in await connection.fetch("SELECT call_id FROM calls TABLESAMPLE BERNOULLI (1)")]
    seldom = [f"+38067{random.randrange(200, calls // 8):07}" for _ in range(200)]
    last, found = datetime(2026, 1, 1, tzinfo=UTC), {}
    for what, query, choices in (
        ("newest page by time", _PAGE.replace("{where}", ""), [(last,)] * 200),
        ("page of a seldom caller", _PAGE.replace("{where}", "customer = $2 AND"), [(last, who) for who in seldom]),
        ("one call by its id", "SELECT * FROM {table} WHERE call_id = $1", [(one,) for one in random.sample(ids, 200)]),
        ("upsert of 200 calls", _TOUCH, [(random.sample(ids, 200),) for _ in range(20)]),
    ):
        one_table = query.format(table="calls", key="call_id")
        monthly = query.format(table="monthly", key="call_id, started_at")
        found[what] = (
            await _median_ms(connection, one_table, choices),
            await _median_ms(connection, monthly, choices),
        )
    started = time.perf_counter()
    await connection.execute("DELETE FROM calls WHERE started_at < $1", datetime(2023, 2, 1, tzinfo=UTC), timeout=3600)
    deleted = time.perf_counter()
    await connection.execute("DROP TABLE monthly_0")
    found["throwing away the oldest month"] = ((deleted - started) * 1000, (time.perf_counter() - deleted) * 1000)
    return found


async def main(calls: int) -> None:
    """Print the comparison: milliseconds, medians."""
    async with server() as running:
        await generate.fill(running.dsn, calls)
        connection = await asyncpg.connect(running.dsn)
        await _partition(connection)
        for what, (one, monthly) in (await _compare(connection, calls)).items():
            print(f"{what:32} {one:10.2f} ms  {monthly:10.2f} ms in partitions")
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
