"""The schema comes up to date, once, whoever comes first."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from telephony.errors import DatabaseUnavailable
from telephony.postgres.migrations import TELEPHONY, MigrationFailed, MigrationRefused, MigrationSource, migrate
from telephony.postgres.outages import is_outage
from tests.waiting import PATIENCE

SLOW = "CREATE TABLE one (); SELECT pg_sleep(0.3);"


@pytest.fixture
def source(tmp_path: Path) -> MigrationSource:
    (tmp_path / "0001_one.sql").write_text(SLOW)
    (tmp_path / "0100_other_room.sql").write_text("CREATE TABLE other ();")
    return MigrationSource("telephony", tmp_path)


async def test_our_own_migrations_build_the_ledger(empty_database: str) -> None:
    assert (await migrate(empty_database))[0] == "telephony/0001_calls"
    assert await migrate(empty_database, [TELEPHONY]) == []


async def test_two_migrators_at_once_apply_each_file_once(empty_database: str, source: MigrationSource) -> None:
    (source.folder / "0101_index.sql").write_text(
        "-- migrate: no transaction\nCREATE INDEX CONCURRENTLY late ON pg_temp_free (number)"
    )
    (source.folder / "0100_other_room.sql").write_text("CREATE TABLE pg_temp_free (number integer);")
    applied = await asyncio.gather(*(migrate(empty_database, [source]) for _ in range(3)))
    assert sorted(applied, key=len) == [
        [],
        [],
        ["telephony/0001_one", "telephony/0100_other_room", "telephony/0101_index"],
    ]


async def test_an_edited_file_is_refused_and_named(empty_database: str, source: MigrationSource) -> None:
    await migrate(empty_database, [source])
    (source.folder / "0001_one.sql").write_text(SLOW + "\n-- harmless?")
    with pytest.raises(MigrationRefused, match=r"telephony/0001_one was changed"):
        await migrate(empty_database, [source])


async def test_other_line_ends_are_no_edit(empty_database: str, source: MigrationSource) -> None:
    (source.folder / "0001_one.sql").write_bytes(b"CREATE TABLE one ();\nSELECT 1;\n")
    await migrate(empty_database, [source])
    (source.folder / "0001_one.sql").write_bytes(b"CREATE TABLE one ();\r\nSELECT 1;\r\n")
    assert await migrate(empty_database, [source]) == []


async def test_a_newer_database_is_refused_before_anything_is_run(empty_database: str, source: MigrationSource) -> None:
    await migrate(empty_database, [source])
    (source.folder / "0100_other_room.sql").unlink()
    (source.folder / "0002_two.sql").write_text("CREATE TABLE two ();")
    with pytest.raises(MigrationRefused, match=r"newer Ringback.*telephony/0100_other_room"):
        await migrate(empty_database, [source])
    connection = await asyncpg.connect(empty_database)
    assert await connection.fetchval("SELECT to_regclass('two')") is None
    await connection.close()


async def test_a_lower_number_that_comes_later_is_applied(empty_database: str, source: MigrationSource) -> None:
    await migrate(empty_database, [source])
    (source.folder / "0002_two.sql").write_text("CREATE TABLE two ();")
    assert await migrate(empty_database, [source]) == ["telephony/0002_two"]


async def test_a_failing_file_is_rolled_back_whole_and_can_be_mended(
    empty_database: str, source: MigrationSource
) -> None:
    (source.folder / "0002_two.sql").write_text("CREATE TABLE two (); SELECT 1/0;")
    with pytest.raises(MigrationFailed, match=r"telephony/0002_two: division by zero"):
        await migrate(empty_database, [source])
    (source.folder / "0002_two.sql").write_text("CREATE TABLE two ();")
    assert await migrate(empty_database, [source]) == ["telephony/0002_two", "telephony/0100_other_room"]


async def test_namespaces_have_their_own_numbers(empty_database: str, source: MigrationSource, tmp_path: Path) -> None:
    bridge = tmp_path / "bridge"
    bridge.mkdir()
    (bridge / "0001_outbox.sql").write_text("CREATE TABLE outbox ();")
    applied = await migrate(empty_database, [source, MigrationSource("crm_bridge", bridge)])
    assert applied[-1] == "crm_bridge/0001_outbox"
    assert await migrate(empty_database, [source]) == [], "another namespace's rows are no newer version of ours"


async def test_names_and_numbers_are_checked(tmp_path: Path, empty_database: str) -> None:
    (tmp_path / "1_one.sql").write_text("SELECT 1")
    with pytest.raises(MigrationRefused, match="NNNN_words"):
        await migrate(empty_database, [MigrationSource("telephony", tmp_path)])
    (tmp_path / "1_one.sql").unlink()
    (tmp_path / "0001_one.sql").write_text("SELECT 1")
    (tmp_path / "0001_two.sql").write_text("SELECT 1")
    with pytest.raises(MigrationRefused, match="is taken"):
        await migrate(empty_database, [MigrationSource("telephony", tmp_path)])


async def test_patience_with_another_migrator_ends(empty_database: str, source: MigrationSource) -> None:
    (source.folder / "0001_one.sql").write_text("SELECT pg_sleep(600)")
    first = asyncio.create_task(migrate(empty_database, [source]))
    watching = await asyncpg.connect(empty_database)
    async with asyncio.timeout(PATIENCE):
        while not await watching.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"):
            await asyncio.sleep(0.01)
    await watching.close()
    with pytest.raises(DatabaseUnavailable, match="another daemon"):
        await migrate(empty_database, [source], patience_seconds=0.05)
    first.cancel()
    await asyncio.wait([first])


async def test_a_disk_that_is_full_under_a_migration_is_an_outage_and_no_wrong_migration(
    empty_database: str, source: MigrationSource
) -> None:
    (source.folder / "0001_one.sql").write_text("DO $$ BEGIN RAISE 'no room' USING ERRCODE = 'disk_full'; END $$")
    with pytest.raises(Exception) as gone:  # noqa: PT011 - whatever asyncpg makes of it
        await migrate(empty_database, [source])
    assert is_outage(gone.value)
