from datetime import date, timedelta
from typing import NamedTuple

from crm_bridge.web.views.months import by_month


class Day(NamedTuple):
    day: date


def test_days_stand_under_their_weekdays_and_months_begin_anew() -> None:
    days = [Day(date(2026, 11, 28) + timedelta(days=number)) for number in range(5)]
    november, december = by_month(days)
    assert november.first == date(2026, 11, 1)
    assert november.weeks == ((None,) * 5 + (days[0], days[1]), (days[2],) + (None,) * 6)
    assert december.weeks == ((None, days[3], days[4]) + (None,) * 4,)
