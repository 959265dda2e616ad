"""What people are told: whole in each language, of everything that they can be told of."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm_bridge.cases.lifecycle import CaseWhy
from crm_bridge.notifications.store import NoticeKind
from crm_bridge.notifications.wording import words

NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
WHO = {"name": "Олена", "number": "+380671234567", "misses": 2, "at": NOW}


@pytest.mark.parametrize("language", ["en", "ru", "uk", "??"])
@pytest.mark.parametrize("why", CaseWhy)
def test_a_case_is_told_with_its_reason_and_by_when_and_where_it_is(language: str, why: CaseWhy) -> None:
    for at, shown in ((NOW, "12:00"), (None, "—")):
        facts = {"case_id": 5, "why": why.value, "name": "Олена", "number": "+380671234567", "at": at}
        for kind in (NoticeKind.CASE, NoticeKind.CASE_DUE):
            title, body = words(kind, facts, language, ZoneInfo("Europe/Kyiv"), NOW, "https://calls.company.com")
            assert "Олена" in title
            assert shown in body
            assert body.endswith("\nhttps://calls.company.com/console/cases/5")


@pytest.mark.parametrize("language", ["en", "ru", "uk"])
def test_everything_else_is_told_without_a_gap(language: str) -> None:
    figures = {"day": "2026-11-28", "calls": 5, "missed": 1, "requests": 1, "reached": 1, "owed": 0}
    facts: dict[NoticeKind, dict[str, Any]] = {
        NoticeKind.ALARM: {"cause": "missing", "why": "no file"},
        NoticeKind.DIGEST: figures,
        NoticeKind.REPORT: {"report": "summary", "since": "2026-11-23", "until": "2026-11-29"},
    }
    for kind in set(NoticeKind) - {NoticeKind.CASE, NoticeKind.CASE_DUE}:
        title, body = words(kind, facts.get(kind, WHO), language, ZoneInfo("Europe/Kyiv"), NOW, "")
        assert title
        assert "{" not in title + body
