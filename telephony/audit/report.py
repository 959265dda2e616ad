"""An audit's report for a person and for a program. Pure."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from telephony.audit.model import AuditReport, Finding, Gap
from telephony.daemon.terminal_text import plain

_COUNTED = (Gap.MISSING, Gap.DOUBLE, Gap.DIFFERENT, Gap.UNKNOWN)


def as_table(report: AuditReport, zone: ZoneInfo) -> str:
    """Return it in lines: how much was looked at, and each finding with its ids and its reason."""
    span = report.span
    lines = [f"{_time(span.since, zone)} to {_time(span.until, zone)} ({zone.key})", ""]
    lines.append(f"{'':<12}{'checked':>9}" + "".join(f"{gap:>11}" for gap in _COUNTED))
    for subject, part in report.parts.items():
        counts = "".join(f"{sum(one.gap is gap for one in part.findings):>11}" for gap in _COUNTED)
        lines.append(f"{subject + 's':<12}{part.checked:>9}{counts}")
    lines.append("")
    lines += [_line(finding, zone) for finding in report.findings]
    lines.append(summary(report))
    return "".join(f"{plain(line)}\n" for line in lines)


def summary(report: AuditReport) -> str:
    """Return it in one line."""
    unknown = f"; {report.unknown} cannot be known" if report.unknown else ""
    if report.wrong:
        return f"{report.wrong} finding{'s' if report.wrong > 1 else ''}{unknown}"
    return f"clean{unknown}"


def as_json(report: AuditReport) -> str:
    """Return it as one JSON object; times are ISO 8601 in UTC."""
    return json.dumps(
        {
            "since": report.span.since.isoformat(),
            "until": report.span.until.isoformat(),
            "clean": not report.wrong,
            "checked": {subject: part.checked for subject, part in report.parts.items()},
            "findings": [
                {
                    "gap": finding.gap,
                    "about": finding.about,
                    "ids": finding.ids,
                    "at": finding.at.isoformat(),
                    "why": finding.why,
                }
                for finding in report.findings
            ],
        },
        ensure_ascii=False,
    )


def _line(finding: Finding, zone: ZoneInfo) -> str:
    return f"{finding.gap:<10}{finding.about:<10}{_time(finding.at, zone)}  {' '.join(finding.ids)}: {finding.why}"


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
