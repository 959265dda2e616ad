r"""CEL that a tool wrote as records instead of rows, made into rows: keys beside values, JSON, SQL, XML, HTML. Pure.

``\G`` of MySQL, ``\x`` of PostgreSQL and SQLite's ``.mode line`` write a column a line; AMI's own ``CEL`` events do the
same; web tools export JSON, XML and HTML tables; dumps are ``INSERT``. Each gives the names of the columns
first, then rows, for `telephony.cel.rows` to read.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from telephony.cel.rows import column_of

Rows = list[list[str]]
_KEY_LINE: Final = re.compile(r"^\s*([A-Za-z][\w ().]{0,30}?)\s*(?::(?:\s|$)|\||\u2502|=(?:\s|$))\s?(.*?)\s*$")
_XML_FIELD: Final = re.compile(r"""<field\s+name="([^"]+)"[^>]*>(.*?)</field>|<(\w+)>([^<]*)</\3>""", re.DOTALL)
_HTML_ROW: Final = re.compile(r"<tr\b[^>]*>(.*?)</tr>", re.IGNORECASE | re.DOTALL)
_HTML_CELL: Final = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.IGNORECASE | re.DOTALL)
_INSERT: Final = re.compile(r"\bINSERT\s+(?:IGNORE\s+)?INTO\s+[^\s(]+\s*(?:\(([^)]*)\))?\s*VALUES\s*", re.IGNORECASE)
_VALUE: Final = r"'(?:[^'\\]|\\.|'')*'|[^\s,()']+"
_TUPLE: Final = re.compile(rf"\(\s*((?:{_VALUE})(?:\s*,\s*(?:{_VALUE}))*)\s*\)")
_ESCAPED: Final = re.compile(r"\\(.)|''", re.DOTALL)
_MOST_KEYS: Final = 40
_FEWEST: Final = 5


def as_rows(text: str) -> tuple[Rows, str]:
    """Return heading and rows, and what form it was; empty for any other text."""
    for form, read in (
        ("JSON", _json),
        ("SQL", _sql),
        ("XML", _xml),
        ("an HTML table", _html),
        ("a column a line", _lines),
    ):
        rows = read(text)
        if len(rows) > 1 and _is_heading(rows[0]):
            return rows, form
    return [], ""


def _is_heading(names: Iterable[str]) -> bool:
    return {"event_type", "uniqueid"} <= set(map(column_of, names))


def _of_records(records: Sequence[dict[str, str]]) -> Rows:
    names = list(dict.fromkeys(name for record in records for name in record))[:_MOST_KEYS]
    return [names, *([record.get(name, "") for name in names] for record in records)] if records else []


def _json(text: str) -> Rows:
    if not text.lstrip().startswith(("{", "[")):
        return []
    try:
        read: Any = json.loads(text)
    except ValueError:
        read = []
        for line in filter(str.strip, text.splitlines()):
            try:
                read.append(json.loads(line.strip().rstrip(",")))
            except ValueError:
                continue
    found = max(_lists(read), key=len, default=[])
    return _of_records([{str(name): _json_text(value) for name, value in each.items()} for each in found])


def _lists(read: object) -> Iterator[list[dict[str, object]]]:
    """All lists of objects that tell an event's type, however deep."""
    if isinstance(read, list):
        rows = [each for each in read if isinstance(each, dict) and _is_heading(map(str, each))]
        if rows:
            yield rows
        for each in read:
            yield from _lists(each)
    elif isinstance(read, dict):
        for each in read.values():
            yield from _lists(each)


def _json_text(value: object) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _lines(text: str) -> Rows:
    records: list[dict[str, str]] = [{}]
    first = ""
    words = 0
    for line in text.splitlines():
        found = _KEY_LINE.match(line)
        name = found[1] if found else ""
        if not found or re.sub(r"[\s_]", "", name.lower()) in {"record", "expandeddisplay"}:
            continue
        words += 1
        first = first or name
        if name == first and records[-1]:
            records.append({})
        records[-1][name] = found[2]
    return _of_records(records) if words >= _FEWEST else []


def _sql(text: str) -> Rows:
    rows: Rows = []
    for insert in _INSERT.finditer(text):
        if insert[1] and not rows:
            rows.append([name.strip().strip('`"[]') for name in insert[1].split(",")])
        end = insert.end()
        while found := _TUPLE.match(text, end):
            rows.append([_sql_text(value) for value in re.findall(_VALUE, found[1])])
            separator = re.compile(r"\s*,\s*").match(text, found.end())
            if separator is None:
                break
            end = separator.end()
    if rows and not _is_heading(rows[0]):
        rows.insert(0, list(_TABLE)) if len(rows[0]) == len(_TABLE) else rows.clear()
    return rows


_TABLE: Final = (
    *("id", "eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten", "context"),
    *(
        "channame",
        "appname",
        "appdata",
        "amaflags",
        "accountcode",
        "uniqueid",
        "linkedid",
        "peer",
        "userdeftype",
        "extra",
    ),
)
"""FreePBX's table, whose dumps may name no columns."""


def _sql_text(value: str) -> str:
    if not value.startswith("'"):
        return "" if value.upper() == "NULL" else value
    return _ESCAPED.sub(lambda found: found[1] or "'", value[1:-1])


def _xml(text: str) -> Rows:
    records: list[dict[str, str]] = [{}]
    for found in _XML_FIELD.finditer(text):
        name, value = (found[1], found[2]) if found[1] else (found[3], found[4])
        if name in records[-1]:
            records.append({})
        records[-1][name] = html.unescape(value)
    return _of_records(records) if records[0] else []


def _html(text: str) -> Rows:
    rows = (
        [html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in _HTML_CELL.findall(row)]
        for row in _HTML_ROW.findall(text)
    )
    return [row for row in rows if row]
