"""The one place that keeps what somebody may not see out of lists and details.

A statement that shows rows has the line ``-- access KIND ID``: the kind of its rows and the expression of their id. For
an access of everything the line stays a comment; for a narrow one the kind's condition is put there, its parameters
numbered on behind the statement's own. The id must be written with its table's name, for it stands inside of
subqueries. A statement without the line is refused: nobody forgets it and is not told.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import Access
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class ThingKind(StrEnum):
    """What a row is."""

    CALL = "call"
    CALLBACK = "callback"
    RECORDING = "recording"
    MESSAGE = "message"
    REVIEW = "review"
    CASE = "case"


class _Conditions(NamedTuple):
    """The pieces of visible.sql."""

    call: str
    call_since: str
    callback: str
    customer: str
    review: str
    case: str
    nothing: str


_PIECES: Final = load(Path(__file__).with_name("visible.sql"), _Conditions)
_LINE: Final = re.compile(
    r"^[ \t]*-- access (call|callback|customer|review|case|nothing) (\w+\.\w+)[ \t]*$", re.MULTILINE
)
_NAME: Final = re.compile(r"\{(\w+)\}")
_PARAMETER: Final = re.compile(r"\$(\d+)")
_ONE: Final = {
    ThingKind.CALL: "select true from published.calls where call_id = $1\n-- access call calls.call_id",
    ThingKind.CALLBACK: "select true from published.callbacks where request_id = $1\n"
    "-- access callback callbacks.request_id",
    ThingKind.RECORDING: "select true from published.calls where call_id = (\n"
    "select call_id from published.recordings where recording_id = $1)\n-- access call calls.call_id",
    ThingKind.MESSAGE: "select true from published.callbacks where request_id = (\n"
    "select request_id from published.caller_messages where message_id = $1)\n"
    "-- access callback callbacks.request_id",
    ThingKind.REVIEW: "select true from review_items where review_id = $1\n-- access review review_items.review_id",
    ThingKind.CASE: "select true from cases where case_id = $1\n-- access case cases.case_id",
}


LOOKED_AFTER: Final = {
    "call_id": ThingKind.CALL,
    "recording_id": ThingKind.RECORDING,
    "request_id": ThingKind.CALLBACK,
    "message_id": ThingKind.MESSAGE,
    "review_id": ThingKind.REVIEW,
    "case_id": ThingKind.CASE,
}
"""Names of paths' parameters, and what they name: who may not see that is told that it is not there."""


class NoAccessLine(ValueError):
    """A statement shows rows and does not say which of them are whose."""


def narrowed(
    statement: str, access: Access, values: Sequence[object], since: datetime | None = None
) -> tuple[str, list[object]]:
    """Return a statement that shows no more than the access allows, and all its values.

    Args:
        statement: has the line.
        access: whose.
        values: of the statement's own parameters.
        since: the statement shows no call that began before it: those that may be seen are found at once then.

    Raises:
        NoAccessLine: the statement has no line for it.
    """
    if not _LINE.search(statement):
        raise NoAccessLine(f"no line `-- access KIND ID` in: {statement[:200]}")
    if access.everything:
        return statement, list(values)
    text, names = _narrow(statement, bounded=since is not None)
    given: dict[str, object] = {
        "manager_id": access.manager_id,
        "numbers": list(access.numbers),
        "pbx": access.pbx,
        "group": access.group,
        "unowned": access.serves_unowned,
        "since": since,
    }
    return text, [*values, *(given[name] for name in names)]


@lru_cache(maxsize=1024)
def _narrow(statement: str, *, bounded: bool) -> tuple[str, tuple[str, ...]]:
    """Put the conditions in; gives the names of the access's values in the order of their numbers."""
    first = max((int(number) for number in _PARAMETER.findall(statement)), default=0) + 1
    names: list[str] = []

    def numbered(name: str) -> str:
        if name not in names:
            names.append(name)
        return f"${first + names.index(name)}"

    def condition(line: re.Match[str]) -> str:
        piece: str = _PIECES.call_since if bounded and line[1] == ThingKind.CALL else getattr(_PIECES, line[1])
        return _NAME.sub(lambda found: line[2] if found[1] == "of" else numbered(found[1]), piece)

    return _LINE.sub(condition, statement), tuple(names)


async def check(pool: Pool, access: Access, kind: ThingKind, row_id: object) -> None:
    """Refuse a thing that somebody may not see, as if it were not there.

    Raises:
        NoSuchThing: it is another's; for an access of everything nothing is looked up.
    """
    if access.everything:
        return
    statement, values = narrowed(_ONE[kind], access, [row_id])
    if await pool.fetchval(statement, *values) is None:
        raise NoSuchThing(f"there is no {kind.value} {str(row_id)[:200]!r}")
