"""CEL's CSV cut into rows.

The columns are those of our ``cel_custom.conf`` (13), of Asterisk's sample (20), or named by a heading line, in any
order, under the names that Asterisk's own back ends use. A row that was cut off, by rotation or by a crash, has another
number of columns: it is told as unreadable, and the next one is read.
"""

import csv
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple


class CelRow(NamedTuple):
    """One CEL event as it was written; all text."""

    event_type: str
    event_time: str
    caller_name: str = ""
    number: str = ""
    exten: str = ""
    context: str = ""
    channel: str = ""
    app: str = ""
    app_args: str = ""
    uniqueid: str = ""
    linkedid: str = ""
    peer: str = ""
    extra: str = ""


class UnreadableRow(NamedTuple):
    """A row that has no meaning: its line in the file (from 1) and why."""

    line: int
    why: str


OURS: Final = CelRow._fields
"""The mapping of deploy/cel_custom.conf."""

_SAMPLE: Final = (
    "event_type", "event_time", "caller_name", "number", "ani", "rdnis", "dnid", "exten", "context", "channel", "app",
    "app_args", "amaflags", "accountcode", "uniqueid", "linkedid", "peer", "userfield", "userdeftype", "extra",
)  # fmt: skip
_SYNONYMS: Final = {
    "eventtype": "event_type",
    "eventname": "event_type",
    "eventtime": "event_time",
    "cidname": "caller_name",
    "callerid(name)": "caller_name",
    "cidnum": "number",
    "callerid(num)": "number",
    "exten": "exten",
    "channel(exten)": "exten",
    "context": "context",
    "channel(context)": "context",
    "channame": "channel",
    "channel(channame)": "channel",
    "appname": "app",
    "channel(appname)": "app",
    "appdata": "app_args",
    "channel(appdata)": "app_args",
    "uniqueid": "uniqueid",
    "channel(uniqueid)": "uniqueid",
    "linkedid": "linkedid",
    "channel(linkedid)": "linkedid",
    "peer": "peer",
    "bridgepeer": "peer",
    "extra": "extra",
    "eventextra": "extra",
}


def read_rows(lines: Iterable[str]) -> Iterator[CelRow | UnreadableRow]:
    """Read CSV text, line by line (with line ends); names in quotes may hold line ends, commas and quotes."""
    reader = csv.reader(line.replace("\0", "\ufffd") for line in lines)
    columns: tuple[str, ...] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield UnreadableRow(reader.line_num, str(error))
            continue
        if not cells or not any(cells):
            continue
        heading = _heading(cells)
        if heading:
            columns = heading
            continue
        yield _row(cells, columns or _columns_of(cells), reader.line_num)


def _columns_of(cells: list[str]) -> tuple[str, ...]:
    return _SAMPLE if len(cells) == len(_SAMPLE) else OURS


def _row(cells: list[str], columns: tuple[str, ...], line: int) -> CelRow | UnreadableRow:
    if len(cells) != len(columns):
        return UnreadableRow(line, f"{len(cells)} columns where {len(columns)} are expected")
    named = {name: cell for name, cell in zip(columns, cells, strict=True) if name in OURS}
    if not named.get("event_type", "").replace("_", "").isalpha():
        return UnreadableRow(line, "no event type in its column")
    return CelRow(**named)


def _heading(cells: list[str]) -> tuple[str, ...]:
    """The columns that a heading line names; empty if this is no heading."""
    names = [cell.strip().lower().replace("_", "").removeprefix("${").removesuffix("}") for cell in cells]
    columns = tuple(_SYNONYMS.get(name, name) for name in names)
    return columns if {"event_type", "uniqueid"} <= set(columns) else ()
