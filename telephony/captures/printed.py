r"""AMI as tools print it that are no programs' logs: packet dumps, mail, tables, literals; made into lines again. Pure.

Each is known by what nothing else looks like, and undone as a whole: dumps in hexadecimal to their bytes, mail's
``=0D``, ``b'...'`` to what it stands for, two cells of a table to a header, a row of a CSV export to its message. What
was undone is told.
"""

import ast
import csv
import html
import io
import quopri
import re
from collections.abc import Callable
from typing import Final

_HEX: Final = re.compile(
    r"^\s*(?:0x)?([0-9A-Fa-f]{4,8}):?\s{1,4}((?:[0-9A-Fa-f]{2}){1,2}(?:\s{1,2}(?:[0-9A-Fa-f]{2}){1,2})*)"
)
_LEAST_HEX: Final = 0.8
_ROW: Final = 16
"""Bytes of a dump's line."""
_IPV4, _TCP_OFFSET, _WORD = 4, 12, 4
_MAIL_LINE: Final = 78
_LITERAL: Final = re.compile(r"""\bb(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""")
_LITERAL_EVENT: Final = re.compile(r"""\bb['"](?:Event|Response): """)
_CELLS: Final = re.compile(r"</t[dh]>\s*<t[dh]\b[^>]*>", re.IGNORECASE)
_EVENT_CELL: Final = re.compile(r"<t[dh]\b[^>]*>\s*Event\s*</t[dh]>", re.IGNORECASE)
_BARS: Final = re.compile(r"^[ \t]*\|[ \t]*([A-Za-z][\w-]*)[ \t]*\|[ \t]*(.*?)[ \t]*\|[ \t]*$", re.MULTILINE)
_EVENT_IN_BARS: Final = re.compile(
    r"^[ \t]*\|[ \t]*Event[ \t]*\|[ \t]*\w+[ \t]*\|[ \t]*$", re.MULTILINE | re.IGNORECASE
)
_DUMPED: Final = re.compile(r"""\["([A-Za-z][\w-]*)"\]\s*=>\s*string\(\d+\) "(.*)"$""", re.MULTILINE)
_JAVA: Final = re.compile(r"(?:\b[a-z]\w*\.)*\b([A-Z]\w+)Event\[(?=\w+=)")
_MAP: Final = re.compile(r"(?mi)^.*?\{\s*(?:[\w-]+ ?=[^{}]*?, )?event ?= ?\w+.*\}")
_IN_MAP: Final = re.compile(r"(?:(?<=\{)|, )\s*(?=[A-Za-z][A-Za-z0-9-]* ?=)")
_ELEMENT: Final = re.compile(r"<([A-Za-z][\w-]*)>([^<]*)</\1>")
_EVENT_ELEMENT: Final = re.compile(r"<Event>\s*\w+\s*</Event>", re.IGNORECASE)
_STOPS: Final = re.compile(r"^(?:Event|Privilege): [^\n]*[^.\n]\.$", re.MULTILINE)
_PLAIN: Final = re.compile(r"^(?:Event|Privilege): [^\n]*[^.\n]$", re.MULTILINE)
_PACKET: Final = re.compile(r"(?m)^.{0,40}\bIP6? \S+ > \S+: .*\n")
_BEFORE_EVENT: Final = re.compile(r"(?m)^[E`].{19,100}?(?=(?:Event|Response|Action): )")
_LOOSE: Final = re.compile(r"(?m)^([ \t]*[A-Za-z][\w-]{0,40})[ \t]+:(?=[ \t]|$)")
_LOOSE_EVENT: Final = re.compile(r"(?mi)^[ \t]*Event[ \t]+: ?\w")
_MARK: Final = r"(?:\*\*|__|`|\*)"
_MARKED: Final = re.compile(rf"(?m)^[ \t>*-]*{_MARK}([A-Za-z][\w-]*)(?:{_MARK}:|:{_MARK})[ \t]*`?(.*?)`?[ \t]*$")
_MARKED_EVENT: Final = re.compile(rf"(?m)^[ \t>*-]*{_MARK}Event(?:{_MARK}:|:{_MARK})[ \t]*`?\w")
_COMMAS: Final = re.compile(r"(?m)^\W*(?:Event|Privilege): [^\n]*,[ \t]*$")
_NO_COMMAS: Final = re.compile(r"(?m)^\W*(?:Event|Privilege): [^\n]*[^,\s][ \t]*$")
_EXPORTED: Final = frozenset({"message", "msg", "log", "line", "text", "_raw", "raw", "_source.message", "body"})
_FEWEST_COLUMNS: Final = 2
_LOOK: Final = 65_536


def printed(content: bytes) -> tuple[bytes, str]:
    """Return what was printed, and by what, in words; unchanged and empty if it is none of these."""
    if b"\r\r\n" in content[:_LOOK]:
        content = content.replace(b"\r\r\n", b"\r\n")
    text = content.decode("utf-8", "replace")
    for what, undo in _WAYS.items():
        found = undo(text)
        if found:
            return found if isinstance(found, bytes) else found.encode(), what
    return content, ""


def _from_hex(text: str) -> bytes:
    """Bytes of ``hexdump -C``, ``xxd``, ``tcpdump -X``; of packets only what TCP carried."""
    first = [line for line in text[:_LOOK].splitlines() if line.strip()]
    if sum(1 for line in first if _HEX.match(line)) < max(2, len(first) * _LEAST_HEX):
        return b""
    rows = [match for match in map(_HEX.match, text.splitlines()) if match]
    packets: list[bytearray] = []
    for row in rows:
        if not packets or int(row[1], 16) == 0:
            packets.append(bytearray())
        packets[-1] += bytes.fromhex("".join(row[2].split()))[:_ROW]
    payload = b"".join(map(_carried, packets))
    return payload if b"vent: " in payload else b""


def _carried(packet: bytearray) -> bytes:
    words = (packet[0] & 0xF) * _WORD if packet and packet[0] >> 4 == _IPV4 and packet[:1] != b"E" * 2 else 0
    if not words or len(packet) <= words + _TCP_OFFSET or packet.startswith(b"Event"):
        return bytes(packet)
    return bytes(packet[words + (packet[words + _TCP_OFFSET] >> 4) * _WORD :])


def _from_mail(text: str) -> bytes:
    """Quoted-printable: lines of at most 76 letters, the longer ones broken with ``=``."""
    lines = text[:_LOOK].splitlines()
    if not re.search(r"=(?:3D|20|0D|[CD][0-9A-F]=)", text) or max(map(len, lines), default=0) > _MAIL_LINE:
        return b""
    if not re.search(r"(?m)^Event: ", text) or not re.search(r"(?m)=$|=3D|=0D", text):
        return b""
    return quopri.decodestring(text.encode())


def _from_literals(text: str) -> bytes:
    if not _LITERAL_EVENT.search(text):
        return b""
    found = []
    for literal in _LITERAL.findall(text):
        try:
            found.append(ast.literal_eval(literal))
        except (ValueError, SyntaxError):
            continue
    return b"".join(found)


def _from_cells(text: str) -> str:
    return _CELLS.sub(": ", text) if _EVENT_CELL.search(text) else ""


def _from_bars(text: str) -> str:
    return _BARS.sub(r"\1: \2", text) if _EVENT_IN_BARS.search(text) else ""


def _from_export(text: str) -> str:
    """A log's CSV export, one column of which is the message, line ends in it."""
    columns = [name.strip(' "') for name in text[:_LOOK].lstrip().partition("\n")[0].strip().lower().split(",")]
    wanted = next((index for index, name in enumerate(columns) if name in _EXPORTED), None)
    if len(columns) < _FEWEST_COLUMNS or wanted is None or "Event: " not in text:
        return ""
    try:
        rows = list(csv.reader(io.StringIO(text.lstrip())))[1:]
    except csv.Error:
        return ""
    return "".join(f"{row[wanted].rstrip()}\n\n" for row in rows if len(row) == len(columns))


def _from_dump(text: str) -> str:
    return _DUMPED.sub(r"\1: \2", text) if "Event" in text and _DUMPED.search(text) else ""


def _from_java(text: str) -> str:
    """Asterisk-Java's events: the class's name is the event's, its properties are the headers."""
    return _JAVA.sub(r"event='\1', ", text) if "server=" in text or "dateReceived=" in text else ""


def _from_map(text: str) -> str:
    """A Java map, or a record of C#: ``{Event=Hangup, Privilege=call,all, Channel=...}``."""
    if not _MAP.search(text[:_LOOK]) or "='" in text[:_LOOK] or '="' in text[:_LOOK]:
        return ""
    return "".join(f"{_as_headers(line)}\n\n" for line in text.splitlines() if _MAP.match(line))


def _as_headers(line: str) -> str:
    pairs = _IN_MAP.split(line[line.index("{") + 1 : line.rindex("}")])
    return "\n".join(
        f"{key.strip()}: {value.strip()}"
        for key, _, value in sorted((pair.partition("=") for pair in pairs), key=lambda parts: not _is_event(parts[0]))
        if key.strip()
    )


def _is_event(key: str) -> bool:
    return key.strip().lower() == "event"


def _from_elements(text: str) -> str:
    """XML with an element a header: ``<Event>Hangup</Event>``."""
    if not _EVENT_ELEMENT.search(text[:_LOOK]):
        return ""
    lines = [f"{key}: {html.unescape(value.strip())}" for key, value in _ELEMENT.findall(text)]
    return "\n".join(f"\n{line}" if _is_event(line.partition(":")[0]) else line for line in lines) + "\n\n"


def _without_stops(text: str) -> str:
    """``ngrep`` writes a carriage return as a full stop at each line's end."""
    if len(_STOPS.findall(text[:_LOOK])) <= len(_PLAIN.findall(text[:_LOOK])):
        return ""
    return re.sub(r"(?m)\.$", "", text)


def _without_marks(text: str) -> str:
    """Keys that a forum shows bold, or as code: ``**Event:** Hangup``."""
    return _MARKED.sub(r"\1: \2", text) if _MARKED_EVENT.search(text[:_LOOK]) else ""


def _without_commas(text: str) -> str:
    """A program's list of lines: each ends with a comma, brackets stand around a message."""
    if len(_COMMAS.findall(text[:_LOOK])) <= len(_NO_COMMAS.findall(text[:_LOOK])):
        return ""
    bare = re.sub(r"(?m)^[ \t]*[\[{(]\s*(?=Event:)", "", text)
    return re.sub(r"(?m)[ \t]*,[ \t]*$" if bare == text else r"(?m)[ \t]*[,\])}][ \t]*$", "", bare)


def _without_packets(text: str) -> str:
    """``tcpdump -A``: a line about each packet, and the packet's own head as letters before what it carried."""
    return _BEFORE_EVENT.sub("", _PACKET.sub("\n", text)) if _PACKET.search(text[:_LOOK]) else ""


def _closed_up(text: str) -> str:
    return _LOOSE.sub(r"\1:", text) if _LOOSE_EVENT.search(text[:_LOOK]) else ""


_WAYS: Final[dict[str, Callable[[str], str | bytes]]] = {
    "a dump in hexadecimal": _from_hex,
    "quoted-printable mail": _from_mail,
    "Python's bytes": _from_literals,
    "a table's cells": _from_cells,
    "a table drawn with bars": _from_bars,
    "a log's export": _from_export,
    "PHP's var_dump": _from_dump,
    "Asterisk-Java's events": _from_java,
    "a Java map": _from_map,
    "XML's elements": _from_elements,
    "packets": _without_packets,
    "ngrep's lines": _without_stops,
    "bold keys": _without_marks,
    "a list with commas": _without_commas,
    "lines with blanks before the colon": _closed_up,
}
