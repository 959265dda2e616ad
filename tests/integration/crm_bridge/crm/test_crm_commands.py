"""``ringback crm`` as an operator types it, against an amoCRM that behaves as its documents say."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.company import Company, opened
from tests.integration.crm_bridge.crm.serving import Failure
from tests.integration.crm_bridge.test_api_calls import call, write

ROOT = Path(__file__).parents[4]
DAY = "2026-11-21"
CALL_NOTE: dict[str, Any] = {"note_type": "call_in", "created_at": 1}


@pytest_asyncio.fixture
async def company(database: str, pool: Pool) -> AsyncIterator[Company]:
    async with opened(database, pool) as company:
        yield company


async def crm(company: Company, *words: str, **more: str) -> tuple[int, str, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RINGBACK_")}
    told = {"DATABASE__DSN": company.dsn, "NUMBERS__REGION": "UA", "CRM__AMOCRM__URL": company.url}
    told |= {"CRM__AMOCRM__TOKEN": "good", "CRM__AMOCRM__USERS": '{"102": "7"}'}
    environ |= {f"RINGBACK_{name}": value for name, value in (told | more).items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "crm", *words,
        cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complaints = await process.communicate()
    return process.returncode or 0, said.decode(), complaints.decode()


async def test_what_does_not_work_is_told_with_its_cure_and_the_token_is_never_shown(company: Company) -> None:
    code, said, complaint = await crm(company, "test", CRM__AMOCRM__TOKEN="wrong-token")
    assert (code, complaint) == (1, "")
    assert "fail  amocrm     address and token" in said
    assert "make a new one at the CRM" in said
    assert "wrong-token" not in said

    company.account.line.failures = [Failure(200, {"name": "\x1b]0;hostile"}), *[Failure(200, {})] * 3]
    code, said, _ = await crm(company, "test")
    assert code == 0, said
    assert [line[:4] for line in said.splitlines()] == ["ok  "] * 5
    assert "\x1b" not in said


async def test_a_link_key_that_may_not_listen_is_told(company: Company) -> None:
    company.account.line.failures = [Failure(200, {})] * 4
    more = {"CRM__PUBLIC_URL": "https://calls.example", "CRM__LINK_KEY": "nobodys0"}
    code, said, _ = await crm(company, "test", **more)
    assert code == 1
    assert "ringback keys create" in said


async def test_who_has_a_number_is_told_in_any_spelling(company: Company) -> None:
    person = company.account.contact("067 123-45-67")
    code, said, _ = await crm(company, "find", "0671234567")
    assert (code, said) == (0, f"amocrm: +380671234567 is Олена (contacts:{person}), owner 7, extension 102\n")
    assert (await crm(company, "find", "0671234568"))[:2] == (0, "amocrm: nobody has +380671234568\n")


async def test_the_audit_tells_what_the_crm_lacks(company: Company) -> None:
    await write(company.pool, [call(1), call(2, answered=False)])
    params = {"uniq": "pbx:1763.1", "source": "ringback"}
    for _ in range(2):
        company.account.notes.append(
            ("contacts/5", {"id": company.account.ids, "note_type": "call_in", "created_at": 1, "params": params})
        )
        company.account.ids += 1
    code, said, _ = await crm(company, "audit", "--day", DAY)
    assert code == 1
    first, double, missing = said.splitlines()
    assert first == "amocrm  2026-11-21: 2 calls, 2 missing or double"
    assert double.startswith("  double  14:00:01  pbx:1763.1  +380671234567  answered: note:")
    assert missing.startswith("  missing 14:00:02  pbx:1763.2  +380671234567  missed: was never to be told")

    company.account.notes.pop()
    params = {**params, "uniq": "pbx:1763.2"}
    company.account.notes.append(("contacts/5", {**CALL_NOTE, "id": 9, "params": params}))
    assert (await crm(company, "audit", "--day", DAY))[:2] == (0, "amocrm  2026-11-21: 2 calls, 0 missing or double\n")


async def test_a_crm_that_is_away_or_not_told_of_is_said_in_one_line(company: Company) -> None:
    company.account.line.failures = [Failure(502, "<html>")]
    code, said, _ = await crm(company, "audit", "--day", DAY)
    assert (code, len(said.splitlines())) == (1, 1)
    assert "could not be asked" in said
    code, _, complaint = await crm(company, "find", "101", "--crm", "hubspot")
    assert (code, len(complaint.splitlines())) == (1, 1)
    assert "they name: amocrm" in complaint
    code, _, complaint = await crm(company, "audit", "--day", "yesterday")
    assert code == 2
    assert "no day like 2026-11-21" in complaint
