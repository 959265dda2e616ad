"""What the audit finds, and what it does not complain of."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from crm_bridge.crm.audit import CrmGap, ToldCall, compare, span
from crm_bridge.crm.policy.types import KeptCall

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def ours(call_id: str, told: str | None = "told", state: str | None = "delivered", reason: str = "") -> ToldCall:
    return ToldCall(call_id, NOW, "inbound", "missed", "+380671234567", told, state, reason)


def theirs(call_id: str, crm_id: str) -> KeptCall:
    return KeptCall(call_id, crm_id, NOW)


def test_a_call_that_is_there_once_is_well_even_if_it_was_listed_twice() -> None:
    assert compare([ours("a")], [theirs("a", "1"), theirs("a", "1"), theirs("strange", "2")]) == []


def test_a_call_that_is_there_twice_is_told_with_both_ids() -> None:
    (found,) = compare([ours("a")], [theirs("a", "1"), theirs("a", "2")])
    assert (found.gap, found.why) == (CrmGap.DOUBLE, "1, 2")


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (ours("a"), "not there (any more)"),
        (ours("a", None, "waiting", "crm-throttled"), "still to be told: crm-throttled"),
        (ours("a", None, "dead", "Invalid user"), "a dead letter: Invalid user"),
        (ours("a", None, None), "before this CRM was set up"),
    ],
)
def test_a_call_that_is_not_there_is_told_with_the_reason(call: ToldCall, why: str) -> None:
    (found,) = compare([call], [])
    assert found.gap is CrmGap.MISSING
    assert why in found.why


def test_a_caller_for_whom_no_rule_makes_a_lead_is_not_missed() -> None:
    assert compare([ours("a", "nothing")], []) == []


def test_a_day_is_the_operators_also_when_the_clock_is_changed() -> None:
    begin, end = span(date(2026, 10, 25), ZoneInfo("Europe/Kyiv"))
    assert begin == datetime(2026, 10, 24, 21, tzinfo=UTC)
    assert (end - begin).total_seconds() == 25 * 3600
