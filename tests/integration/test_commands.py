"""Commands on a real database, as an operator types them."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from telephony.postgres.embedded import EmbeddedServer

ROOT = Path(__file__).parents[2]


async def ringback(dsn: str, *words: str, folder: Path | None = None) -> tuple[int, str, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RINGBACK_")}
    environ |= {"RINGBACK_DATABASE__DSN": dsn} if dsn else {"RINGBACK_DATABASE__FOLDER": str(folder)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", *words,
        cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complaints = await process.communicate()
    return process.returncode or 0, said.decode(), complaints.decode()


async def test_a_key_is_made_shown_once_listed_and_revoked(database: str) -> None:
    code, key, _ = await ringback(database, "keys", "create", "the CRM", "--scope", "calls:read", "--days", "30")
    assert code == 0
    assert key.startswith("rbk_")
    _, listed, _ = await ringback(database, "keys", "list")
    assert "the CRM" in listed
    assert key.strip()[13:] not in listed
    assert (await ringback(database, "keys", "revoke", key[4:12]))[0] == 0
    assert "revoked" in (await ringback(database, "keys", "list"))[1]
    code, _, complaint = await ringback(database, "keys", "revoke", "nobodys0")
    assert (code, complaint[:9]) == (1, "ringback:")


async def test_managers_are_imported_and_listed_and_a_bad_file_changes_nothing(database: str, tmp_path: Path) -> None:
    file = tmp_path / "managers.csv"
    file.write_text("id,name,endpoint\nivan,Иван Петренко,101\n")
    assert (await ringback(database, "directory", "import", "managers", str(file)))[:2] == (
        0,
        "1 managers: these are all there are now\n",
    )
    file.write_text("id,name\nolena,Olena\n")
    code, _, complaint = await ringback(database, "directory", "import", "managers", str(file))
    assert code == 1
    assert "endpoint" in complaint
    assert "Иван Петренко" in (await ringback(database, "directory", "list"))[1]


async def test_requests_are_listed_and_one_that_is_not_there_is_told(database: str) -> None:
    code, said, _ = await ringback(database, "callbacks", "list")
    assert (code, said.split()[:2]) == (0, ["id", "state"])
    assert await ringback(database, "callbacks", "show", "7") == (1, "", "ringback: there is no callback request 7\n")


@pytest.fixture
def server_folder(postgres: EmbeddedServer) -> Path:
    """Beside the tests' own server: where its user comes through."""
    return postgres.data.parent.parent / "commands"


async def test_without_a_dsn_the_embedded_server_is_started_for_the_moment(server_folder: Path) -> None:
    code, said, complaint = await ringback("", "callbacks", "list", folder=server_folder)
    assert (code, said.split()[:1]) == (0, ["id"]), complaint
    assert not (server_folder / "data" / "postmaster.pid").exists()


async def test_a_database_that_is_away_is_told_in_one_line() -> None:
    code, _, complaint = await ringback("postgresql://x@127.0.0.1:1/x", "callbacks", "list")
    assert code == 1
    assert complaint.startswith("ringback: PostgreSQL cannot be reached")
    assert len(complaint.splitlines()) == 1
