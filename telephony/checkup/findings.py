"""The words of the check list."""

from collections.abc import AsyncIterator, Awaitable, Callable
from enum import StrEnum
from typing import NamedTuple

from telephony.daemon.terminal_text import plain


class CheckVerdict(StrEnum):
    """How one thing is."""

    OK = "ok"
    WARN = "warn"
    """Ringback runs, and something will be missing."""
    FAIL = "fail"
    """Ringback cannot do its main work."""


Fix = Callable[[], Awaitable[None]]
"""Mends one thing, where that harms nothing and needs nobody's word; `ringback check --fix` does it."""


class CheckFinding(NamedTuple):
    """One line of the list."""

    verdict: CheckVerdict
    subject: str
    """What was looked at: ``ami office``, ``database``."""
    said: str
    cure: str = ""
    """What to do about it; empty if all is well."""
    fix: Fix | None = None
    """Does it, if that is safe."""


Check = Callable[[], AsyncIterator[CheckFinding]]
"""Looks at one thing; gives its findings as they come."""

_COLORS = {CheckVerdict.OK: "32", CheckVerdict.WARN: "33", CheckVerdict.FAIL: "31"}


def line(finding: CheckFinding, *, colors: bool = False) -> str:
    """Write a finding as one line."""
    verdict = f"{finding.verdict:<4}"
    if colors:
        verdict = f"\x1b[{_COLORS[finding.verdict]}m{verdict}\x1b[0m"
    cure = f"  Cure: {finding.cure}" if finding.cure else ""
    return f"{verdict}  {plain(finding.subject):<16}  {plain(finding.said)}{plain(cure)}"


def ok(subject: str, finding: str) -> CheckFinding:
    """All is well."""
    return CheckFinding(CheckVerdict.OK, subject, finding)


def warn(subject: str, finding: str, cure: str, fix: Fix | None = None) -> CheckFinding:
    """Something will be missing."""
    return CheckFinding(CheckVerdict.WARN, subject, finding, cure, fix)


def fail(subject: str, finding: str, cure: str) -> CheckFinding:
    """It cannot work like this."""
    return CheckFinding(CheckVerdict.FAIL, subject, finding, cure)
