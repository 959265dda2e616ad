"""What was found and what would be written, in words (pure). Secrets are never shown."""

import difflib
import re
from collections.abc import Iterator

from deploy.attach.facts import Survey
from deploy.attach.plan import AttachPlan, FileChange

_SECRET = re.compile(r"^([+\- ]?\s*(?:secret|password|dsn|key|token)\w*\s*=>?\s*).*$", re.IGNORECASE)
_MOST_NAMED = 12
_LONG_DIFF, _HEAD_OF_DIFF = 60, 14
"""Lines: a diff longer than the one is cut to the other where somebody waits for an answer."""


def found(survey: Survey) -> Iterator[str]:
    """Yield what was found, a line each."""
    ends = survey.endpoints
    name = " ".join(filter(None, (survey.distribution.value, survey.release)))
    runs = f"Asterisk {survey.version} runs" if survey.version else "Asterisk does not run, or is not asked"
    yield f"{name}; {runs} as {survey.user}:{survey.group}"
    yield f"configuration {survey.folders.etc}, recordings {survey.folders.monitor}, logs {survey.folders.log}"
    yield from (f"trunk {trunk.endpoint}: {trunk.why}" for trunk in ends.trunks)
    if not ends.trunks:
        yield "no trunk: which calls come from outside is guessed until `trunks` under [[pbx]] says it"
    yield _named("extensions", (f"{phone.number} {phone.name}".rstrip() for phone in ends.phones))
    yield _named("queues", survey.queues)
    yield _named("time conditions", survey.time_conditions)
    yield _named("our numbers", survey.dids)
    if ends.unsure:
        yield _named("neither trunk nor extension by any sign", ends.unsure)
    yield from survey.problems


def _named(what: str, names: "Iterator[str] | tuple[str, ...] | list[str]") -> str:
    every = list(names)
    more = f" and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    return f"{len(every)} {what}{': ' if every else ''}{', '.join(every[:_MOST_NAMED])}{more}"


def planned(plan: AttachPlan, *, whole: bool) -> Iterator[str]:
    """Yield the plan as a diff, and in words what no diff shows; ``whole``: long new files to their end."""
    for change in plan.files:
        lines = list(_diff(change))
        shown = len(lines) if whole or len(lines) <= _LONG_DIFF else _HEAD_OF_DIFF
        yield from lines[:shown]
        if shown < len(lines):
            yield f"... and {len(lines) - shown} more lines (--dry-run shows all of them)"
    for folder in plan.folders:
        yield f"folder {folder.path}: {folder.user}:{folder.group}, mode {folder.mode:04o}"
    for user, group in plan.groups:
        yield f"user {user} is to be in the group {group}: it reads recordings and CEL by it"


def _diff(change: FileChange) -> Iterator[str]:
    before = [] if change.before is None else change.before.splitlines()
    name = change.path if change.before is not None else "/dev/null"
    for line in difflib.unified_diff(before, change.after.splitlines(), name, change.path, n=2, lineterm=""):
        yield hidden(line)


def hidden(line: str) -> str:
    """Put dots in the place of a secret."""
    return _SECRET.sub(r"\1••••••", line)
