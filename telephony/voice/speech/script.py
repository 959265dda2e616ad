"""The sheet to read aloud: all sentences without values, numbered, as text and as a page to print. Pure.

Callers' sentences come first: whoever has five minutes records those.
"""

import html
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from telephony.voice.words.phrases import Language, Line
from telephony.voice.words.sentences import sentence, sheet_heads

_ALL: Final = tuple(Line)
_FIRST_OF_CALLERS: Final = _ALL.index(Line.GREETING)
CALLERS: Final = _ALL[_FIRST_OF_CALLERS:]
ORDER: Final = (*CALLERS, *_ALL[:_FIRST_OF_CALLERS])


class ScriptLine(NamedTuple):
    """One sentence of the sheet."""

    number: int
    line: Line
    text: str


def script(language: Language) -> list[ScriptLine]:
    """Return the sheet's sentences in their order."""
    return [ScriptLine(number, line, sentence(language, line, "")) for number, line in enumerate(ORDER, 1)]


def chosen(lines: Sequence[ScriptLine], numbers: str) -> list[ScriptLine]:
    """Return the lines of ``1-4,7`` in the sheet's order; empty: all.

    Raises:
        ValueError: that is no such list, or has a number that the sheet has not.
    """
    if not numbers:
        return list(lines)
    wanted = {number for part in numbers.split(",") for number in _range(part.strip())}
    if not wanted <= {line.number for line in lines}:
        raise ValueError(f"the sheet has the lines 1 to {len(lines)}")
    return [line for line in lines if line.number in wanted]


def _range(part: str) -> Iterable[int]:
    first, dash, last = part.partition("-")
    if not (first.isascii() and first.isdecimal() and len(first) < 4):  # noqa: PLR2004 - digits of a number
        raise ValueError(f"{part!r} is no line's number; a list is written 1-4,7")
    if not dash:
        return (int(first),)
    if not (last.isascii() and last.isdecimal() and len(last) < 4):  # noqa: PLR2004
        raise ValueError(f"{part!r} is no range of lines; a list is written 1-4,7")
    return range(int(first), int(last) + 1)


def as_text(language: Language) -> str:
    """Write the sheet for a terminal or a printer."""
    heads = sheet_heads(language)
    rows = [heads.title, "", *(f"* {advice}" for advice in heads.advice)]
    for head, lines in _sections(language):
        rows += ["", head, "", *(f"{line.number:3}. {line.text}" for line in lines)]
    return "\n".join([*rows, "", heads.end, ""])


def as_html(language: Language) -> str:
    """Write the sheet as a page of its own that can be printed."""
    heads = sheet_heads(language)
    advice = "".join(f"<li>{html.escape(each)}</li>" for each in heads.advice)
    parts = "".join(
        f"<h2>{html.escape(head)}</h2>\n<ol start={lines[0].number}>\n"
        + "".join(f"<li>{html.escape(line.text)}</li>\n" for line in lines)
        + "</ol>\n"
        for head, lines in _sections(language)
    )
    return (
        f'<!doctype html>\n<html lang="{language.value}">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{html.escape(heads.title)}</title>\n'
        f"<style>{_STYLE}</style>\n<h1>{html.escape(heads.title)}</h1>\n<ul>{advice}</ul>\n{parts}"
        f"<p>{html.escape(heads.end)}</p>\n</html>\n"
    )


_STYLE: Final = (
    "body{font:1.25rem/1.5 sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "ol li{margin:0 0 .9em;break-inside:avoid}ul,p{font-size:1rem}"
)


def _sections(language: Language) -> list[tuple[str, list[ScriptLine]]]:
    heads, lines = sheet_heads(language), script(language)
    return [(heads.callers, lines[: len(CALLERS)]), (heads.managers, lines[len(CALLERS) :])]
