"""Many things in one request, as amoCRM's addresses take arrays, and the answer to each.

Each thing carries a ``request_id`` of our own that comes back with what was made. A request in which one thing is not
valid makes none of them; it says which (``validation-errors``), and the rest is sent again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crm_bridge.crm.errors import CrmBroken, CrmError, CrmRefused
from telephony.net.bounded import Json

MOST: Final = 50
"""Things in one request: amoCRM takes 250 of most and advises 50; ``leads/complex`` takes 50."""
_UNKNOWN_ENTITY: Final = 263
_TOLD: Final = 300

Row = dict[str, Any]


class NoCard(CrmRefused):
    """amoCRM found no card with this number, and did not add the call."""


class NotValid(CrmRefused):
    """Nothing was made: some of the things are not valid. ``wrong`` tells the words by ``request_id``."""

    def __init__(self, answer: str, wrong: Mapping[str, str]) -> None:
        super().__init__(answer)
        self.wrong = wrong


class PartlyAdded(CrmRefused):
    """Some calls have no card. ``told`` is the whole answer: others may have been added."""

    def __init__(self, words: str, answer: Json) -> None:
        super().__init__(words)
        self.told = answer


def with_ids(things: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return each thing its ``request_id``: its place."""
    return [{**each, "request_id": str(place)} for place, each in enumerate(things)]


def rows_of(answer: Json, name: str) -> list[Row]:
    """Return what an answer has inside; ``leads/complex`` answers with a bare list."""
    rows = answer
    if isinstance(answer, dict):
        inside = answer.get("_embedded")
        rows = inside.get(name) if isinstance(inside, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def made(answer: Json, name: str, count: int) -> list[Row | CrmError]:
    """Return what was made of each thing, or why it was not."""
    by_id: dict[str, Row | CrmError] = {}
    rows = rows_of(answer, name)
    for row in rows:
        by_id.update(dict.fromkeys(["0"] if count == len(rows) == 1 else _ids(row), row))
    for error in _errors(answer):
        words = str(error.get("detail") or error.get("title") or error)[:_TOLD]
        kind = NoCard if error.get("status") == _UNKNOWN_ENTITY else CrmRefused
        by_id.update(dict.fromkeys(_ids(error), kind(words)))
    return [
        by_id.get(str(place)) or CrmBroken(f"{name}: no answer of {place + 1} of {count}") for place in range(count)
    ]


def found(answer: Json, name: str, ids: Sequence[str]) -> dict[str, Row]:
    """Return those of some things that an answer has, by id."""
    rows = {str(row.get("id")): row for row in rows_of(answer, name)}
    return {number: rows[number] for number in ids if number in rows}


def has_no_card(answer: Json) -> bool:
    """Return whether an answer, of whatever code, says that no card has a call's number."""
    return any(error.get("status") == _UNKNOWN_ENTITY for error in _errors(answer))


def wrong_of(answer: Json) -> dict[str, str]:
    """Return what is not valid, by ``request_id``, each with amoCRM's words."""
    return {number: words for each, words in _not_valid(answer) for number in _ids(each)}


def words_of(answer: Mapping[str, Any]) -> str:
    """Return the error's own words, those of the field that is wrong first."""
    wrong = [words for _, words in _not_valid(answer)]
    return "; ".join([*wrong, str(answer.get("detail") or answer.get("title") or answer)])


def _not_valid(answer: Json) -> list[tuple[Row, str]]:
    listed = answer.get("validation-errors") if isinstance(answer, dict) else None
    found: list[tuple[Row, str]] = []
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            errors = [error for error in each.get("errors") or () if isinstance(error, dict)]
            found.append((each, "; ".join(f"{error.get('path')}: {error.get('detail')}" for error in errors)))
    return found


def _errors(answer: Json) -> list[Row]:
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []


def _ids(row: Mapping[str, Any]) -> list[str]:
    """Return a row's ``request_id``; ``leads/complex`` tells it as a list."""
    answer = row.get("request_id")
    return [str(each) for each in answer] if isinstance(answer, list) else [] if answer is None else [str(answer)]
