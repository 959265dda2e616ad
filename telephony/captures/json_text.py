"""JSON of AMI headers, as other programs log it, read as AMI messages; what was cut off at the end is left out."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from telephony.ami.protocol.lines import UNSAID
from telephony.ami.protocol.parser import AmiMessage
from telephony.captures.model import CaptureError, Tally

_WRAPPERS: Final = ("headers", "event", "message", "data")
_CURE: Final = "Send a JSON list of header objects, or one object a line."


def json_messages(path: str, content: bytes, tally: Tally) -> Iterator[AmiMessage]:
    """Read JSON of AMI headers as AMI messages: a list, a list inside an object, or one object after the other.

    Raises:
        CaptureError: it is no JSON, or an object in it is no AMI message.
    """
    text = _bare(content.decode("utf-8", "replace"))
    for number, item in enumerate(_items(path, text, tally), 1):
        message = _message_of(item)
        if message is None:
            raise CaptureError(f"{path}, object {number}: it is no object of AMI headers. Each needs its Event.")
        yield message


def _bare(text: str) -> str:
    """The objects of a log that has one a line, behind a time or a level; also as Python programs print them.

    Text that begins as JSON does is left as it is.
    """
    if not re.match(r"[\[\s]*\{\s*'|[^\[{]", text.lstrip()) and not re.match(r"\s*\[[^\[{\s\]]", text):
        return text
    found = (_object_in(line) for line in text.splitlines())
    return "\n".join(filter(None, found)) or text


def _object_in(line: str) -> str:
    first, last = line.find("{"), line.rfind("}")
    if first < 0 or last < first:
        return ""
    written = line[first : last + 1]
    try:
        json.loads(written)
    except ValueError:
        try:
            return json.dumps(ast.literal_eval(written))
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return ""
    return written


def _items(path: str, text: str, tally: Tally) -> Iterator[object]:
    try:
        yield from _unwrapped(json.loads(text))
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("["):
            yield from _cut_off_list(path, text, tally)
        else:
            yield from _one_by_one(path, text, tally, error)


def _unwrapped(read: object) -> list[object]:
    """The list itself, the list inside an object, or the one object."""
    if isinstance(read, list):
        return read
    if isinstance(read, dict):
        lists = [value for value in read.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        if lists and not any(key.lower() == "event" and isinstance(read[key], str) for key in read):
            return max(lists, key=len)
    return [read]


def _one_by_one(path: str, text: str, tally: Tally, error: json.JSONDecodeError) -> Iterator[object]:
    """One object a line; a last line that was cut off is left out. Objects over several lines are read one by one."""
    rest, line = text, 1
    decoder = json.JSONDecoder()
    first = True
    while rest.strip(" \t\r\n,"):
        stripped = rest.lstrip(" \t\r\n,")
        line += rest[: len(rest) - len(stripped)].count("\n")
        try:
            item, end = decoder.raw_decode(stripped)
        except json.JSONDecodeError as cut:
            if first or "\n" in stripped.strip():
                where = line + (cut.lineno - 1)
                raise CaptureError(f"{path}, line {where}: this is no JSON: {cut.msg}. {_CURE}") from error
            tally.remarks.append(f"{path}, line {line}: the last object was cut off and is left out")
            return
        yield from _unwrapped(item)
        first = False
        line += stripped[:end].count("\n")
        rest = stripped[end:]


def _cut_off_list(path: str, text: str, tally: Tally) -> Iterator[object]:
    """A list that was cut off: its whole objects."""
    decoder = json.JSONDecoder()
    position = text.index("[") + 1
    count = 0
    while True:
        position = _skip(text, position)
        try:
            item, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            where = f"{path}, line {error.lineno}"
            if count == 0 or "{" in text[position + 1 :]:  # more objects follow: damage, not the end
                raise CaptureError(f"{where}: this is no JSON: {error.msg}. {_CURE}") from error
            tally.remarks.append(f"{where}: the list was cut off here")
            return
        count += 1
        yield item


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n,":
        position += 1
    return position


def _message_of(item: object) -> AmiMessage | None:
    if not isinstance(item, dict):
        return None
    headers = _headers_of(item)
    inside = [value for value in item.values() if isinstance(value, dict)]
    if "event" not in headers and len(inside) == 1 and "event" in (whole := _headers_of(inside[0])):
        return AmiMessage(whole["event"], whole)  # under whatever name a logger gave it
    for key in _WRAPPERS:
        inner = item.get(key)
        if isinstance(inner, dict) and not isinstance(headers.get("event"), str):
            headers = {**_headers_of(inner), **{k: v for k, v in headers.items() if k not in _WRAPPERS}}
        elif isinstance(inner, dict) and "uniqueid" in (within := _headers_of(inner)) and "uniqueid" not in headers:
            headers = {**headers, **within}  # a program's own name of the event, and the PBX's own headers
    name = headers.get("event", "")
    if not name and not {"response", "action", "actionid"} & headers.keys():
        return None
    return AmiMessage(name, headers)


def _headers_of(item: Mapping[str, Any]) -> dict[str, str]:
    """Header names in lower case; repeated values joined, as the AMI parser does; null and nested objects left out."""
    return {
        key.lower(): "\n".join(map(str, value)) if isinstance(value, list) else _said(str(value))
        for key, value in item.items()
        if value is not None and not isinstance(value, dict)
    }


def _said(value: str) -> str:
    return "" if value in UNSAID else value
