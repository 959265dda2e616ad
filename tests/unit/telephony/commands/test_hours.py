"""``ringback hours`` says whether we are open, by which rule, and when that changes."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telephony.commands.hours import run_hours
from telephony.settings import DatabaseSettings, DaySettings, HoursSettings, OwnHours, TelephonySettings

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
SETTINGS = TelephonySettings(
    database=DatabaseSettings(folder=Path("/nowhere/at/all")),
    hours=HoursSettings(
        days=(DaySettings(days="12-25", note="Christmas"),),
        dids=(OwnHours(names=("+38044*",), schedule="24/7"),),
    ),
)


def asked(at: str = "", did: str = "", group: str = "") -> argparse.Namespace:
    return argparse.Namespace(at=at, did=did, group=group)


async def test_closed_by_the_week_tells_the_next_opening(capsys: pytest.CaptureFixture[str]) -> None:
    await run_hours(asked(), SETTINGS, NOW)
    assert capsys.readouterr().out.splitlines() == [
        "Sun 2026-11-22 00:00 (Europe/Kyiv): closed",
        "by      Mo-Fr 09:00-18:00, told in hours.schedule",
        "opens   Mon 2026-11-23 09:00",
    ]


async def test_a_holiday_is_named_and_a_number_of_its_own_has_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    await run_hours(asked("2025-12-25T10:00"), SETTINGS, NOW)
    assert "Dec 25 off (Christmas), told in hours.days" in capsys.readouterr().out
    await run_hours(asked("2026-11-22T03:00", did="044 200-06-00"), SETTINGS, NOW)
    out = capsys.readouterr().out
    assert ": open" in out
    assert "24/7, told in hours.dids[0].schedule" in out
