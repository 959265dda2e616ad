"""When an ordered report is due, and of which days it is."""

from datetime import date, datetime, time

import pytest

from crm_bridge.figures.spans import DaySpan
from crm_bridge.notifications.scheduling import Every, days_of, last_due

AT = time(8, 30)


@pytest.mark.parametrize(
    ("every", "now", "due"),
    [
        (Every.DAY, "2026-11-28 08:30", date(2026, 11, 28)),
        (Every.DAY, "2026-11-28 08:29", date(2026, 11, 27)),
        (Every.WEEK, "2026-11-30 08:30", date(2026, 11, 30)),
        (Every.WEEK, "2026-11-30 08:29", date(2026, 11, 23)),
        (Every.WEEK, "2026-11-29 23:00", date(2026, 11, 23)),
        (Every.MONTH, "2026-12-01 08:30", date(2026, 12, 1)),
        (Every.MONTH, "2026-12-01 08:29", date(2026, 11, 1)),
        (Every.MONTH, "2027-01-01 00:00", date(2026, 12, 1)),
    ],
)
def test_the_last_due_day_has_its_time_behind_it(every: Every, now: str, due: date) -> None:
    assert last_due(every, AT, datetime.fromisoformat(now)) == due


def test_a_report_is_of_whole_days_that_are_over() -> None:
    assert days_of(Every.DAY, date(2026, 3, 1)) == DaySpan(date(2026, 2, 28), date(2026, 2, 28))
    assert days_of(Every.WEEK, date(2026, 11, 30)) == DaySpan(date(2026, 11, 23), date(2026, 11, 29))
    assert days_of(Every.MONTH, date(2026, 3, 1)) == DaySpan(date(2026, 2, 1), date(2026, 2, 28))
    assert days_of(Every.MONTH, date(2027, 1, 1)) == DaySpan(date(2026, 12, 1), date(2026, 12, 31))
