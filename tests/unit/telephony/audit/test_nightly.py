"""When the nightly audit runs, and what it shows."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from telephony.audit.model import AuditReport, Finding, Gap, Part, Span, Subject
from telephony.audit.nightly import NightlyAudit, next_run
from tests.builders import NOON

KYIV = ZoneInfo("Europe/Kyiv")
AT = time(3, 20)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-02T00:00", "2026-03-02T01:20"),
        ("2026-03-02T01:20", "2026-03-03T01:20"),
        (
            "2026-03-28T12:00",
            "2026-03-29T01:00",
        ),  # that night has no 03:20
        ("2026-03-29T12:00", "2026-03-30T00:20"),
    ],
)
def test_it_is_due_at_the_operators_hour(now: str, due: str) -> None:
    found = next_run(datetime.fromisoformat(now).replace(tzinfo=UTC), AT, KYIV).astimezone(UTC)
    wanted = datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert abs((found - wanted).total_seconds()) <= 20 * 60


async def test_findings_are_counted_and_shown_and_are_no_ill_health() -> None:
    seen: list[Span] = []

    async def inspect(span: Span) -> AuditReport:
        seen.append(span)
        missing = Finding(Gap.MISSING, Subject.CALL, ("pbx:1",), NOON, "it is gone")
        unknown = Finding(Gap.UNKNOWN, Subject.CALL, ("pbx",), NOON, "nobody can tell")
        return AuditReport(span, {Subject.CALL: Part(9, (missing, unknown))})

    registry = CollectorRegistry()
    audit = NightlyAudit(inspect, AT, KYIV, lambda: NOON, registry)
    assert audit.part().said == "the first one comes at 03:20"
    await audit.look()
    assert seen[0].until < NOON
    assert registry.get_sample_value("ringback_audit_findings", {"gap": "missing", "about": "call"}) == 1
    assert registry.get_sample_value("ringback_audit_findings", {"gap": "double", "about": "dial"}) == 0
    assert registry.get_sample_value("ringback_audit_checked", {"about": "call"}) == 9
    assert audit.part().healthy
    assert audit.part().said == "2026-03-02: 1 finding; 1 cannot be known, see `ringback audit`"
