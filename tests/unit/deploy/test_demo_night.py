"""The demo's night: closed from now, open after a minute or two, whatever the clock shows."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deploy.demo.company import night
from telephony.schedule.rules.hours import weekly

KYIV = ZoneInfo("Europe/Kyiv")


@pytest.mark.parametrize("time", ["09:00:00", "14:03:59", "23:57:30", "23:58:10", "23:59:59", "00:00:00"])
def test_it_is_closed_now_and_opens_soon_also_around_midnight(time: str) -> None:
    now = datetime.fromisoformat(f"2026-03-11T{time}").replace(tzinfo=KYIV)
    fell = night(now)
    hours = weekly(fell.schedule, "Europe/Kyiv")
    assert not hours.open_at(now)
    assert hours.next_opening(now) == fell.opening
    assert timedelta(minutes=1) < fell.opening - now <= timedelta(minutes=2)
    assert hours.open_at(fell.opening + timedelta(hours=23))
