"""Our own PostgreSQL: whole, private, and never left behind."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from telephony.errors import DatabaseUnavailable, SettingsError
from telephony.postgres.binaries import find
from telephony.postgres.embedded import EmbeddedServer
from tests.folders import server_folder
from tests.waiting import PATIENCE

OPTIONS = {"fsync": "off", "shared_buffers": "16MB"}
ROOT = Path(__file__).parents[4]


@pytest.fixture
def folder() -> Iterator[Path]:
    made = server_folder("rb-test-")
    yield made
    shutil.rmtree(made)


async def gone(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    async with asyncio.timeout(PATIENCE):
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.01)


async def test_it_starts_twice_on_the_same_folder_and_keeps_what_was_written(folder: Path) -> None:
    server = EmbeddedServer(folder / "pg", options=OPTIONS)
    await server.start()
    connection = await asyncpg.connect(server.dsn)
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert await connection.fetchval("SELECT datcollate FROM pg_database WHERE datname = 'ringback'") == "C"
    assert await connection.fetchval("SELECT datlocale FROM pg_database WHERE datname = 'ringback'") == "C.UTF-8"
    await connection.close()
    await server.stop()
    assert server.pid == 0
    await server.start()
    connection = await asyncpg.connect(server.dsn)
    assert await connection.fetchval("SELECT number FROM kept") == 7
    await connection.close()
    await server.stop()


async def test_it_listens_on_no_network_and_lets_no_other_user_in(folder: Path) -> None:
    server = EmbeddedServer(folder / "pg", options=OPTIONS)
    await server.start()
    connection = await asyncpg.connect(server.dsn)
    assert await connection.fetchval("SHOW listen_addresses") == ""
    await connection.close()
    await server.stop()
    for inside in (folder / "pg", folder / "pg" / "run", server.data):
        assert inside.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o777 == 0o755, "folders above ours are not touched"


async def test_as_root_it_runs_as_somebody_else(folder: Path) -> None:
    server = EmbeddedServer(folder / "pg", options=OPTIONS)
    await server.start()
    owner = Path(f"/proc/{server.pid}").stat().st_uid
    await server.stop()
    assert owner == server.data.stat().st_uid
    assert (owner == os.geteuid()) is (os.geteuid() != 0)


async def test_a_daemon_killed_by_force_leaves_no_server_and_the_next_one_starts(folder: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from telephony.postgres.embedded import EmbeddedServer\n"
        "async def main():\n"
        "    server = EmbeddedServer(Path(sys.argv[1])); await server.start()\n"
        "    print('pid', server.pid, flush=True); await asyncio.sleep(600)\n"
        "asyncio.run(main())"
    )
    daemon = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(folder / "pg")), stdout=subprocess.PIPE, cwd=ROOT
    )
    assert daemon.stdout
    pid = 0
    while not pid:
        line = (await asyncio.wait_for(daemon.stdout.readline(), PATIENCE)).decode()
        assert line
        pid = int(line.split()[1]) if line.startswith("pid ") else 0
    daemon.kill()
    await daemon.wait()
    again = EmbeddedServer(folder / "pg", options=OPTIONS)
    await again.start()
    await gone(pid)
    await again.stop()


async def test_a_killed_server_is_started_again(folder: Path) -> None:
    server = EmbeddedServer(folder / "pg", options=OPTIONS)
    await server.start()
    keeper = asyncio.create_task(server.keep_running(), name="keeper")
    await asyncio.sleep(0)
    first = server.pid
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while not await answers(server):
            await asyncio.sleep(0.02)
    assert server.pid != first
    keeper.cancel()
    await server.stop()


async def test_a_restart_that_fails_is_tried_again(folder: Path) -> None:
    server = EmbeddedServer(folder / "pg", options=OPTIONS)
    await server.start()
    keeper = asyncio.create_task(server.keep_running(), name="keeper")
    await asyncio.sleep(0)
    first = server.pid
    (server.data / "global").rename(server.data / "away")
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while (
            "does not exist" not in (folder / "pg" / "server.log").read_text()
            and "could not" not in (folder / "pg" / "server.log").read_text()
        ):
            await asyncio.sleep(0.01)
        (server.data / "away").rename(server.data / "global")
        while not await answers(server):
            await asyncio.sleep(0.02)
    await server.stop()
    await asyncio.wait_for(keeper, PATIENCE)  # a server that was stopped is not started again


async def answers(server: EmbeddedServer) -> bool:
    try:
        connection = await asyncpg.connect(server.dsn)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    await connection.close()
    return True


async def test_a_folder_in_use_is_refused_by_name(folder: Path) -> None:
    server = EmbeddedServer(folder / "pg", options=OPTIONS)
    await server.start()
    with pytest.raises(DatabaseUnavailable, match="in use by another daemon"):
        await EmbeddedServer(folder / "pg", options=OPTIONS, patience_seconds=0.2).start()
    await server.stop()


async def test_an_unfinished_cluster_is_made_again(folder: Path) -> None:
    half = folder / "pg" / "data.unfinished"
    server = EmbeddedServer(folder / "pg", options=OPTIONS)
    await server.start()
    await server.stop()
    server.data.rename(half)
    (half / "PG_VERSION").unlink()
    await server.start()
    await server.stop()
    assert not half.exists()


async def test_a_long_path_gets_a_short_socket(folder: Path) -> None:
    server = EmbeddedServer(folder / ("x" * 120), options=OPTIONS)
    await server.start()
    connection = await asyncpg.connect(server.dsn)
    await connection.close()
    await server.stop()
    leftover = server.dsn.split("host=")[1].split("&")[0].replace("%2F", "/")
    assert not Path(leftover).exists()


async def test_data_of_another_version_is_refused_with_the_cure(folder: Path) -> None:
    server = EmbeddedServer(folder / "pg", options=OPTIONS)
    await server.start()
    await server.stop()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(SettingsError, match="PG_BINDIR"):
        await server.start()


async def test_programs_that_are_not_there_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BINDIR", "/nowhere")
    with pytest.raises(SettingsError, match=r"/nowhere/postgres.*PG_BINDIR"):
        await EmbeddedServer(folder / "pg").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
async def test_a_folder_that_the_servers_user_cannot_enter_is_named(folder: Path) -> None:
    folder.chmod(0o700)
    with pytest.raises(SettingsError, match=r"cannot enter.*/var/lib/ringback"):
        await EmbeddedServer(folder / "pg").start()
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
async def test_programs_in_a_closed_place_are_copied_beside_the_data(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = find({}).parents[1]
    closed = folder / "closed"
    for part in (bundled / "pginstall", bundled.with_name(f"{bundled.name}.libs")):
        shutil.copytree(part, closed / part.relative_to(bundled.parent))
    closed.chmod(0o700)
    monkeypatch.setenv("PG_BINDIR", str(closed / bundled.name / "pginstall" / "bin"))
    server = EmbeddedServer(folder / "pg", options=OPTIONS)
    await server.start()
    await server.stop()
    assert list((folder / "pg").glob("programs-*/*/pginstall/bin/postgres"))
    assert closed.stat().st_mode & 0o777 == 0o700


async def test_a_stranger_folder_is_not_taken(folder: Path) -> None:
    (folder / "mine.txt").write_text("not a database")
    if os.geteuid() != 0:
        server = EmbeddedServer(folder)
        await server.start()  # our own folder with a file of ours in it
        await server.stop()
        return
    with pytest.raises(SettingsError, match="only for the database"):
        await EmbeddedServer(folder).start()
