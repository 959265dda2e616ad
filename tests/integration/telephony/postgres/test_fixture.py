"""The fixtures that everybody's tests stand on."""

import asyncpg

from telephony.postgres.pool import Pool


async def test_a_test_gets_a_fresh_migrated_database(pool: Pool) -> None:
    assert await pool.fetchval("SELECT count(*) FROM calls") == 0
    await pool.execute("CREATE TABLE mine ()")


async def test_the_next_test_does_not_see_what_the_last_one_did(database: str) -> None:
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT to_regclass('mine')") is None
    await connection.close()
