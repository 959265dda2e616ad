"""What a run came to: each fault, what happened meanwhile, and the table of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

_AFTER: Final = 20.0
"""Seconds after a fault's end in which something is still its doing."""


_HEARING: Final = ("AMI", "Asterisk", "daemon", "PostgreSQL", "spool", "clock")
_LIKELY: Final = {
    "call": _HEARING,
    "callback": _HEARING,
    "dial": _HEARING,
    "promise": _HEARING,
    "recording": (*_HEARING, "recordings"),
    "delivery": ("webhook", "CRM", "daemon", "PostgreSQL", "clock"),
}
"""Which kinds of faults a finding is put to first."""


@dataclass(slots=True)
class Done:
    """One fault that was."""

    kind: str
    began: float
    """`time.monotonic`, like `ended`."""
    at: datetime
    ended: float = 0.0
    what: str = ""
    healed: float | None = None
    """Seconds from its end until all was well."""

    def covers(self, moment: float) -> bool:
        return self.began <= moment <= self.ended + _AFTER

    def covers_time(self, moment: datetime) -> bool:
        lasted = timedelta(seconds=self.ended - self.began + _AFTER)
        return self.at - timedelta(seconds=30) <= moment <= self.at + lasted


@dataclass(slots=True)
class Tally:
    """One line of the table."""

    count: int = 0
    deaths: int = 0
    losses: int = 0
    doubles: int = 0
    healed: list[float] = field(default_factory=list)
    never: int = 0


def tallied(done: Sequence[Done], deaths: Iterable[float], findings: Iterable[Mapping[str, Any]]) -> dict[str, Tally]:
    """Count. A death or a finding is put to the last fault that covers it (several overlap), else to nothing."""
    lines: dict[str, Tally] = {}
    for one in done:
        line = lines.setdefault(one.kind, Tally())
        line.count += 1
        if one.healed is None:
            line.never += 1
        else:
            line.healed.append(one.healed)
    for moment in deaths:
        guilty = max((one for one in done if one.covers(moment)), key=lambda one: one.began, default=None)
        lines.setdefault(guilty.kind if guilty else "(none)", Tally()).deaths += 1
    for finding in findings:
        if finding["gap"] == "unknown":
            continue
        at = datetime.fromisoformat(finding["at"])
        near = [one for one in done if one.covers_time(at)]
        likely = [one for one in near if one.kind.startswith(_LIKELY[finding["about"]])]
        guilty = max(likely or near, key=lambda one: one.began, default=None)
        line = lines.setdefault(guilty.kind if guilty else "(none)", Tally())
        if finding["gap"] == "double":
            line.doubles += 1
        else:
            line.losses += 1
    return lines


def table(lines: Mapping[str, Tally]) -> str:
    """As Markdown, for a terminal and for docs/reliability.md."""
    rows = ["| fault | times | deaths | lost or different | twice | healthy again, s (median, longest) |"]
    rows.append("|---|--:|--:|--:|--:|--:|")
    for kind, line in sorted(lines.items()):
        heal = f"{median(line.healed):.1f}, {max(line.healed):.1f}" if line.healed else "-"
        never = f", {line.never} never" if line.never else ""
        rows.append(f"| {kind} | {line.count} | {line.deaths} | {line.losses} | {line.doubles} | {heal}{never} |")
    whole = [getattr(Tally(), name) for name in ("count", "deaths", "losses", "doubles")]
    for line in lines.values():
        whole = [a + b for a, b in zip(whole, (line.count, line.deaths, line.losses, line.doubles), strict=True)]
    rows.append(f"| **all** | {whole[0]} | {whole[1]} | {whole[2]} | {whole[3]} | |")
    return "\n".join(rows) + "\n"
