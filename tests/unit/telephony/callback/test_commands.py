"""What is typed on the command line."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from telephony.callback.operations import CallbackOrderRefused
from telephony.commands.callbacks import moment, table

KYIV = ZoneInfo("Europe/Kyiv")
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # noon in Kyiv


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("now", NOW),
        ("15m", NOW + timedelta(minutes=15)),
        ("+2h", NOW + timedelta(hours=2)),
        ("14:30", NOW + timedelta(hours=2, minutes=30)),
        ("9:00", NOW + timedelta(hours=21)),
        ("2026-03-03T09:00", datetime(2026, 3, 3, 7, 0, tzinfo=UTC)),
        ("2026-03-03T09:00+00:00", datetime(2026, 3, 3, 9, 0, tzinfo=UTC)),
    ],
)
def test_times_are_in_the_companys_zone(typed: str, at: datetime) -> None:
    assert moment(typed, NOW, KYIV) == at


@pytest.mark.parametrize("typed", ["", "soon", "25:00", "2026-03-01", "15", "99999999h"])
def test_what_is_no_time_or_past_is_refused(typed: str) -> None:
    with pytest.raises(CallbackOrderRefused):
        moment(typed, NOW, KYIV)


def test_a_name_cannot_move_the_cursor() -> None:
    assert "\x1b" not in table(("name",), [("\x1b[2JBob\n",)])
