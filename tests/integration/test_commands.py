"""Commands on a real database, as an operator types them."""

import asyncio
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.pool import Pool
from telephony.schedule.rules.assembly import ToldDay
from telephony.schedule.store import CalendarStore

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


async def test_somebody_is_added_by_a_link_listed_and_disabled(database: str) -> None:
    add = ("users", "add", "olha", "--role")
    code, link, told = await ringback(database, *add, "head", "--name", "Ольга\x1b[2J")
    assert (code, link.startswith("http://127.0.0.1:8480/console/invitation/")) == (0, True)
    assert "once" in told
    _, listed, _ = await ringback(database, "users", "list")
    assert ("head" in listed, "never signed in, no password" in listed, "\x1b" in listed) == (True, True, False)
    assert link.strip()[-43:] not in listed
    code, _, complaint = await ringback(database, *add, "admin")
    assert (code, complaint[:9]) == (1, "ringback:")
    assert (await ringback(database, "users", "disable", "olha"))[0] == 0
    assert "disabled" in (await ringback(database, "users", "list"))[1]


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
    code, said, _ = await ringback(database, "directory", "away", "ivan", "--until", "2d", "--reason", "vacation")
    assert (code, said[:18], said[-11:]) == (0, "ivan is away from ", "(vacation)\n")
    assert (await ringback(database, "directory", "away"))[1] == said
    assert (await ringback(database, "directory", "away", "nobody"))[0] == 1
    assert (await ringback(database, "directory", "back", "ivan"))[1] == "ivan is here again\n"
    assert (await ringback(database, "directory", "away"))[1] == "nobody is away\n"


async def test_requests_are_listed_and_one_that_is_not_there_is_told(database: str) -> None:
    code, said, _ = await ringback(database, "callbacks", "list")
    assert (code, said.split()[:2]) == (0, ["id", "state"])
    assert await ringback(database, "callbacks", "show", "7") == (1, "", "ringback: there is no callback request 7\n")


async def test_dead_letters_are_listed_shown_and_asked_for(database: str, pool: Pool) -> None:
    assert (await ringback(database, "ledger", "dead", "list"))[:2] == (
        0,
        "no dead letters: every call event is in the ledger\n",
    )
    letter = await pool.fetchval(
        "INSERT INTO dead_letters (call_id, kind, event, reason, written)"
        " VALUES ('pbx:1', 'CallEnded', '{\"at\": 1}', 'HookFailed: \x1b[2Jx', true) RETURNING id"
    )
    code, said, _ = await ringback(database, "ledger", "dead", "list")
    assert (code, "pbx:1" in said, "\x1b" in said) == (0, True, False)
    code, said, _ = await ringback(database, "ledger", "dead", "show", str(letter))
    assert (code, '"at": 1' in said, "what follows from it failed" in said) == (0, True, True)
    assert await ringback(database, "ledger", "dead", "show", "99") == (1, "", "ringback: there is no dead letter 99\n")
    code, said, _ = await ringback(database, "ledger", "dead", "revive", "--all")
    assert (code, said.startswith("asked for 1")) == (0, True)
    assert await pool.fetchval("SELECT revive_asked_by FROM dead_letters") != ""


async def test_hours_count_days_of_the_api_when_the_database_is_there_and_say_so_when_it_is_not(
    database: str, pool: Pool
) -> None:
    words = ("hours", "--at", "2026-12-23T10:00")
    assert ": open" in (await ringback(database, *words))[1]
    day = ToldDay(date(2026, 12, 23), "", "stocktaking", "the CRM")
    await CalendarStore(pool).put(day, datetime(2026, 11, 21, tzinfo=UTC))
    request = await pool.fetchval(
        "INSERT INTO callback_requests (pbx, customer, heard_number, name, did, trunk, state, waits_for, misses,"
        " first_missed_at, last_missed_at, last_call_id, due_at, round_began_at)"
        " VALUES ('pbx', '+380671234567', '', '', '', '', 'waiting', 'promised', 1, now(), now(), 'x', now(), now())"
        " RETURNING request_id"
    )
    await pool.execute(
        "INSERT INTO promises (request_id, slot_of, promised_at, made_at) VALUES ($1, 'group:sales', $2, $3)",
        request,
        datetime(2026, 12, 23, 7, 5, tzinfo=UTC),
        datetime(2026, 11, 21, tzinfo=UTC),
    )
    code, said, complaint = await ringback(database, *words)
    assert (code, complaint) == (0, "")
    assert said.splitlines() == [
        "Wed 2026-12-23 10:00 (Europe/Kyiv): closed",
        "by      2026 Dec 23 off (stocktaking), told in the API by the CRM",
        "opens   Thu 2026-12-24 09:00",
        "told    1 caller waits for a time on this day, 1 of them when nobody works",
    ]
    code, said, complaint = await ringback("postgresql://x@127.0.0.1:1/x", *words)
    assert (code, ": open" in said) == (0, True)
    assert "the database is away" in complaint


async def test_hours_on_a_database_of_before_are_those_of_the_settings(empty_database: str) -> None:
    code, said, complaint = await ringback(empty_database, "hours", "--at", "2026-12-23T10:00")
    assert (code, ": open" in said, "the database is away" in complaint) == (0, True, True)


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
