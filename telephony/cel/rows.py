"""CEL's CSV cut into rows.

The columns are those of our ``cel_custom.conf`` (13), of Asterisk's sample (20), or named by a heading line, in any
order, under the names that Asterisk's own back ends use. A row that was cut off, by rotation or by a crash, has another
number of columns: it is told as unreadable, and the next one is read.
"""

import csv
import re
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
    serial: str = ""
    """A database's own number of the row, where an export has it."""


class UnreadableRow(NamedTuple):
    """A row that has no meaning: its line in the file (from 1) and why."""

    line: int
    why: str


OURS: Final = CelRow._fields[:-1]
"""The mapping of deploy/cel_custom.conf."""

_SAMPLE: Final = (
    "event_type", "event_time", "caller_name", "number", "ani", "rdnis", "dnid", "exten", "context", "channel", "app",
    "app_args", "amaflags", "accountcode", "uniqueid", "linkedid", "peer", "userfield", "userdeftype", "extra",
)  # fmt: skip
_SYNONYMS: Final = {
    "id": "serial",
    "eventtype": "event_type",
    "eventname": "event_type",
    "eventtime": "event_time",
    "time": "event_time",
    "calldate": "event_time",
    "type": "event_type",
    "calleridname": "caller_name",
    "calleridnum": "number",
    "callerid": "number",
    "extension": "exten",
    "channelname": "channel",
    "application": "app",
    "applicationdata": "app_args",
    "linkeduniqueid": "linkedid",
    "eventdata": "extra",
    "cidname": "caller_name",
    "callerid(name)": "caller_name",
    "cidnum": "number",
    "callerid(num)": "number",
    "calleridnumber": "number",
    "callernumber": "number",
    "callername": "caller_name",
    "applicationname": "app",
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


_NAME_MARKS: Final = re.compile(r"[\s_`'\"\[\]-]")
_ID_LIKE: Final = re.compile(r"\S*\d+\.\d+")
_IDS: Final = re.compile(r"(?:[\w.-]+-)?\d{9,11}\.\d+")
_CHANNEL: Final = re.compile(r"[A-Za-z][\w.]*/\S+")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d|\d{9,11}\.\d{6}$")
_EVENTS: Final = frozenset(
    (
        *(
            "CHAN_START",
            "CHAN_END",
            "HANGUP",
            "ANSWER",
            "APP_START",
            "APP_END",
            "PARK_START",
            "PARK_END",
            "BRIDGE_START",
        ),
        *(
            "BRIDGE_END",
            "BRIDGE_ENTER",
            "BRIDGE_EXIT",
            "BRIDGE_UPDATE",
            "CONF_START",
            "CONF_END",
            "BLINDTRANSFER",
            "ATTENDEDTRANSFER",
            "TRANSFER",
        ),
        *(
            "PICKUP",
            "FORWARD",
            "USER_DEFINED",
            "LINKEDID_END",
            "LOCAL_OPTIMIZE",
            "LOCAL_OPTIMIZE_BEGIN",
            "STREAM_BEGIN",
            "STREAM_END",
            "DTMF",
        ),
    )
)
_DEFAULTS: Final = frozenset({"(none)"})
_BEFORE_CHANNEL: Final = 2


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
    """The mapping of rows that no heading explains: ours, the sample's, else what the cells look like."""
    for known in (OURS, _SAMPLE):
        if len(cells) == len(known) and _ID_LIKE.fullmatch(cells[known.index("uniqueid")]):
            return known
    return _recognised(cells) or (_SAMPLE if len(cells) == len(_SAMPLE) else OURS)


def _recognised(cells: list[str]) -> tuple[str, ...]:
    """Return the columns by their shapes: in every schema the channel stands behind its context and before its app."""
    kinds = [index for index, cell in enumerate(cells) if cell in _EVENTS]
    channels = [index for index, cell in enumerate(cells) if _CHANNEL.fullmatch(cell)]
    ids = [index for index, cell in enumerate(cells) if _IDS.fullmatch(cell)]
    times = [index for index, cell in enumerate(cells) if _TIME.match(cell) and index not in ids]
    if not kinds or not channels or not ids or not times or channels[0] < _BEFORE_CHANNEL:
        return ()
    channel, names = channels[0], [f"_{index}" for index in range(len(cells))]
    places = {kinds[0]: "event_type", times[-1]: "event_time", ids[0]: "uniqueid", channel: "channel"}
    around = {channel - 2: "exten", channel - 1: "context", channel + 1: "app", channel + 2: "app_args"}
    # ISO times and plain seconds look like no number of a telephone only by where they stand
    after = next((index for index in range(times[-1] + 1, channel - 2) if cells[index] not in _DEFAULTS), channel)
    callers = {after: "caller_name", after + 1: "number"} if after + 1 < channel - 2 else {}
    linked = {ids[1]: "linkedid"} if len(ids) > 1 else {}
    peers = {index: "peer" for index in channels[1:] if index > ids[-1]}
    extras = {index: "extra" for index, cell in enumerate(cells) if cell.startswith("{") and index > channel}
    for index, name in {**callers, **around, **peers, **extras, **linked, **places}.items():
        if index < len(names):
            names[index] = name
    return tuple(names)


def _row(cells: list[str], columns: tuple[str, ...], line: int) -> CelRow | UnreadableRow:
    if len(cells) != len(columns):
        return UnreadableRow(line, f"{len(cells)} columns where {len(columns)} are expected")
    named = {name: cell for name, cell in zip(columns, cells, strict=True) if name in CelRow._fields}
    kind = named.get("event_type", "").strip()
    if not kind.replace("_", "").isalnum() or kind.isdigit():
        return UnreadableRow(line, "no event type in its column")
    named["event_type"] = kind.upper()
    return CelRow(**named)


def _heading(cells: list[str]) -> tuple[str, ...]:
    """The columns that a heading line names; empty if this is no heading."""
    columns = tuple(map(column_of, cells))
    return columns if {"event_type", "uniqueid"} <= set(columns) else ()


def column_of(name: str) -> str:
    """Return the field that a column's name means, in any spelling (``cel.UniqueID``, ``Unique ID``); else itself."""
    bare = _NAME_MARKS.sub("", name.strip().lower()).removeprefix("${").removesuffix("}").rpartition(".")[2]
    return _SYNONYMS.get(bare, bare)
