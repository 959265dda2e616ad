"""All texts by their keys, and the one way to say them."""

from collections.abc import Mapping
from typing import Final

from crm_bridge.web.words import (
    admin,
    board,
    call,
    calls,
    common,
    deliveries,
    journal,
    means,
    people,
    reports,
    reviews,
    today,
    walls,
)
from crm_bridge.web.words.customers import care, cases
from crm_bridge.web.words.quality import surveys
from crm_bridge.web.words.text import Counted, Text, Texts, UiLanguage

_PIECES: Final[tuple[Texts, ...]] = (
    common.TEXTS,
    calls.TEXTS,
    care.TEXTS,
    cases.TEXTS,
    call.TEXTS,
    board.TEXTS,
    today.TEXTS,
    people.TEXTS,
    admin.TEXTS,
    deliveries.TEXTS,
    journal.TEXTS,
    reports.TEXTS,
    surveys.TEXTS,
    reviews.TEXTS,
    walls.TEXTS,
    means.TEXTS,
)


def united(pieces: tuple[Texts, ...]) -> Mapping[str, Text | Counted]:
    """Put the pieces together.

    Raises:
        ValueError: two pieces have a text of the same key.
    """
    found: dict[str, Text | Counted] = {}
    for piece in pieces:
        if doubled := found.keys() & piece.keys():
            raise ValueError(f"said twice: {', '.join(sorted(doubled))}")
        found.update(piece)
    return found


CATALOGUE: Final = united(_PIECES)


class PageWords:
    """Says texts in one language; what it gives is plain text, never HTML."""

    def __init__(self, tongue: UiLanguage) -> None:
        self.tongue = tongue

    def say(self, key: str, /, **places: object) -> str:
        """Return a text.

        Raises:
            KeyError: there is no such text, or a place of it is not given.
        """
        text = CATALOGUE[key]
        assert isinstance(text, Text)  # noqa: S101 - a test calls every text as templates do
        return text.of(self.tongue).format(**places)

    def count(self, key: str, count: float, shown: str, /, **places: object) -> str:
        """Return a text beside a count; ``shown`` is the count as the language writes it."""
        text = CATALOGUE[key]
        assert isinstance(text, Counted)  # noqa: S101 - as above
        return text.of(self.tongue, count).format(n=shown, **places)

    def knows(self, key: str) -> bool:
        """Return whether there is such a text."""
        return key in CATALOGUE
