"""CEL as people export it, made into the CSV that `telephony.cel.rows` reads. Pure.

A database's tools write other separators (``;``, tabs, ``|``), boxes of dashes around tables, ``NULL`` for nothing, and
the newest row first or the rows of one channel after another. All that is told apart by the text itself.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from telephony.ami.protocol.times import moment_of
from telephony.cel.records import as_rows
from telephony.cel.rows import CelRow

_RULE: Final = re.compile(r"^[\s+|*=\u2500-\u257f-]*$")
_FOOTER: Final = re.compile(r"^\s*\(?\d+ rows?\b.*$", re.IGNORECASE)
_SEPARATORS: Final = (",", ";", "\t", "|")
_NOTHING: Final = frozenset({"NULL", "\\N", "(null)", "[NULL]", "<null>", "None"})
_BEFORE_A_ROW: Final = re.compile(r"""^[^",;\t|]{4,120}:\s+(?="[A-Z]+_?[A-Z]+",)""")
"""A journal's time and name before a row that begins with its type."""
_LOOKED_AT: Final = 50
_FEWEST: Final = 5
_RANKS: Final = {"CHAN_START": 0, "HANGUP": 2, "CHAN_END": 3, "LINKEDID_END": 4}
_FROM_THE_START: Final = datetime(1, 1, 1, tzinfo=UTC)


def as_csv(text: str) -> tuple[Sequence[str], str]:
    """Return the rows as lines of CSV, and what was found: empty for CSV as Asterisk writes it."""
    records, form = as_rows(text)
    if records:
        return _written([_said(cell) for cell in cells] for cells in records), form
    lines = [_BEFORE_A_ROW.sub("", line) for line in text.splitlines(keepends=True)]
    boxed = _boxed(lines)
    if boxed:
        return boxed, "a table drawn with lines"
    separator = _separator(lines)
    if separator == "," and not any(f",{nothing}," in text for nothing in _NOTHING):
        return lines, ""
    rows = csv.reader(lines, delimiter=separator)
    name = {"\t": "tabs", ",": "commas"}.get(separator, f'"{separator}"')
    return _written([_said(cell) for cell in cells] for cells in rows), f"CSV separated by {name}"


def _boxed(lines: Sequence[str]) -> list[str]:
    """The table that a database's command line draws: ``| a | b |`` or `` a | b `` with rules of dashes."""
    drawn = [line for line in lines if line.count("|") >= _FEWEST or line.count("\u2502") >= _FEWEST]
    ruled = any((_RULE.match(line) and "-" * 3 in line) or "\u2500" in line for line in lines[:_LOOKED_AT])
    if not drawn or not ruled:
        return []
    kept = [line for line in lines if not _RULE.match(line) and not _FOOTER.match(line)]
    cells = ([_said(cell.strip()) for cell in _inside(line)] for line in kept)
    return _written(row for row in cells if len(row) >= _FEWEST)


def _inside(line: str) -> list[str]:
    bare = line.strip().replace("\u2502", "|")
    cells = bare.removeprefix("|").removesuffix("|") if bare.startswith("|") else line.rstrip("\r\n")
    return cells.split("|")


def _written(rows: Iterable[Sequence[str]]) -> list[str]:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().splitlines(keepends=True)


def _separator(lines: Sequence[str]) -> str:
    counts: Counter[str] = Counter()
    for line in lines[:_LOOKED_AT]:
        bare = re.sub(r'"(?:[^"]|"")*"', "", line)
        counts.update({separator: bare.count(separator) for separator in _SEPARATORS})
    most = max(_SEPARATORS, key=lambda separator: counts[separator])
    return most if counts[most] else ","


def _said(cell: str) -> str:
    return "" if cell in _NOTHING else cell


def in_order(rows: Sequence[CelRow]) -> tuple[Sequence[CelRow], str]:
    """Return the rows oldest first, and what was done for it; rows that are in order stay as they are."""
    if rows and all(row.serial.isascii() and row.serial.isdigit() for row in rows):
        numbered = sorted(rows, key=lambda row: int(row.serial[:18]))
        return numbered, "" if numbered == list(rows) else "newest row first or in no order"
    if _begins_with_ends(rows):
        if _ascend([_clock(row) for row in reversed(rows)]):
            return rows[::-1], "newest row first"
    elif _ascend([_clock(row) for row in rows]):
        return rows, ""
    return sorted(rows, key=lambda row: (_clock(row), _RANKS.get(row.event_type, 1))), "rows in no order"


def _begins_with_ends(rows: Sequence[CelRow]) -> bool:
    """Return whether more channels end above their start than below it."""
    started: set[str] = set()
    ended: set[str] = set()
    above = 0
    for row in rows:
        if row.event_type == "CHAN_START":
            started.add(row.uniqueid)
            above += 1 if row.uniqueid in ended else -1
        elif row.event_type == "CHAN_END":
            ended.add(row.uniqueid)
    if above == 0 and rows:
        return _clock(rows[0]) > _clock(rows[-1])
    return above > 0


def _ascend(clocks: Sequence[datetime]) -> bool:
    return all(one <= other for one, other in pairwise(clocks))


def _clock(row: CelRow) -> datetime:
    found = moment_of(row.event_time)
    if found is not None:
        return found
    try:
        clock = datetime.fromisoformat(row.event_time)
    except ValueError:
        return _FROM_THE_START
    return clock if clock.tzinfo else clock.replace(tzinfo=UTC)
