"""Whether we work, for whoever is not of telephony: by the calendar of the number that was called, in any spelling."""

from datetime import UTC, datetime
from pathlib import Path

from telephony.configuration.load import load
from telephony.daemon.application import Application
from telephony.settings import TelephonySettings

MONDAY_NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_each_number_has_its_hours(tmp_path: Path) -> None:
    file = tmp_path / "ringback.toml"
    file.write_text(
        """
        [numbers]
        region = "UA"
        [hours]
        timezone = "Europe/Kyiv"
        schedule = "Mo-Fr 09:00-18:00"
        [[hours.dids]]
        names = ["+380800*"]
        schedule = "Mo-Su 20:00-24:00"
        """
    )
    application = Application(load(TelephonySettings, file, {}))
    assert application.is_open("0442000600", MONDAY_NOON)
    assert not application.is_open("0800500123", MONDAY_NOON)
    assert application.is_open("0800500123", MONDAY_NOON.replace(hour=19))
