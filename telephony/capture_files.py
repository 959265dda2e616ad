"""Captures that people send: raw AMI, JSON of AMI headers, CEL's CSV; told apart, opened, and read as channel events.

People send what they have: compressed or not, saved by an editor as UTF-16, cut off at either end, one JSON object a
line or all in a list or a list inside something. What is obvious is accepted; what cannot be read is a `CaptureError`
that names the file, the line and the cure.
"""

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from telephony.ami.messages import MAKERS, Decoder, snapshot
from telephony.ami.parser import UNSAID, Banner, Message, Parsed, Parser, Unreadable
from telephony.cel.decoder import CelDecoder, is_known
from telephony.cel.rows import UnreadableRow, read_rows
from telephony.channel_events import ChannelEvent, PbxSnapshot
from telephony.errors import RingbackError

STDIN: Final = "-"
_LOOK: Final = 65536
_CHUNK: Final = 1 << 20
_AMI_SIGN: Final = re.compile(rb"(?mi)^\s*(?:Event|Response|Action): |^Asterisk Call Manager/")
_CEL_SIGN: Final = re.compile(
    rb"(?mi)\b(?:CHAN_START|CHAN_END|LINKEDID_END|BRIDGE_ENTER|BRIDGE_EXIT|APP_START|HANGUP|eventtype)\b"
)
_NEEDED: Final = frozenset(name.lower() for name in MAKERS)
_WRAPPERS: Final = ("headers", "event", "message", "data")


class CaptureError(RingbackError):
    """A capture cannot be read; the text names the file, the line and the cure."""

    error_id = "capture"


class CaptureFormat(StrEnum):
    """What a capture is made of."""

    AMI = "ami"
    JSON = "json"
    CEL = "cel"


@dataclass(slots=True)
class Tally:
    """What was in a capture, for the reader of a bug report."""

    used: int = 0
    not_needed: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)


def read_events(path: str, capture_format: CaptureFormat | None, tally: Tally) -> Iterator[ChannelEvent | PbxSnapshot]:
    """Read the capture ``path`` (``-``: standard input) as channel events; ``tally`` counts what was there.

    Where the capture's own session asked for all channels (as the daemon does after a login), the answer comes as a
    `PbxSnapshot` at its place among the events.

    Raises:
        CaptureError: it cannot be opened, its format cannot be told, or it holds nothing readable.
    """
    content = _open(path)
    if not content.strip():
        raise CaptureError(f"{path}: the file is empty; send the capture itself.")
    match capture_format or guess_format(path, content):
        case CaptureFormat.AMI:
            yield from _from_messages(_ami(path, content, tally), tally)
        case CaptureFormat.JSON:
            yield from _from_messages(_json(path, content, tally), tally)
        case CaptureFormat.CEL:
            yield from _cel(path, content, tally)


def guess_format(path: str, content: bytes) -> CaptureFormat:
    """Tell the format by the content.

    Raises:
        CaptureError: it looks like none.
    """
    head = content[:_LOOK].lstrip()
    if head.startswith((b"[", b"{")):
        return CaptureFormat.JSON
    if _AMI_SIGN.search(head):
        return CaptureFormat.AMI
    if b"," in head and _CEL_SIGN.search(head):
        return CaptureFormat.CEL
    raise CaptureError(
        f"{path}, line 1: this is neither AMI text, nor JSON, nor CEL's CSV. If it is one of them, say which: "
        "--format ami, json or cel."
    )


def _open(path: str) -> bytes:
    try:
        content = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror or error}. Check the name and the rights.") from error
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError) as error:
            raise CaptureError(f"{path}: the compressed file is damaged ({error}); send it again.") from error
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            return content[2:].decode(encoding, "replace").encode()
    return content.removeprefix(b"\xef\xbb\xbf")


class _Picture:
    """Gathers the answers to CoreShowChannels and BridgeList; whole when the next thing happens."""

    def __init__(self) -> None:
        self._channels: list[Message] = []
        self._bridges: list[Message] = []
        self._complete = False

    def take(self, message: Message) -> bool:
        """Take in a message of these lists; False for any other."""
        match message.name:
            case "CoreShowChannel":
                self._channels.append(message)
            case "BridgeListItem":
                self._bridges.append(message)
            case "CoreShowChannelsComplete":
                self._complete = True
            case "BridgeListComplete" | "BridgeInfoChannel" | "BridgeInfoComplete" | "":
                pass
            case _:
                return False
        return True

    def whole(self, at: datetime) -> PbxSnapshot | None:
        """The picture, once, if it is whole."""
        if not self._complete:
            return None
        taken = snapshot(at, self._channels, self._bridges)
        self.__init__()  # type: ignore[misc]
        return taken


def _from_messages(messages: Iterator[Message], tally: Tally) -> Iterator[ChannelEvent | PbxSnapshot]:
    decoder = Decoder()
    picture = _Picture()
    for message in messages:
        before = decoder.now
        event = decoder.decode(message)
        if picture.take(message):
            continue
        whole = picture.whole(before)
        if whole:
            yield whole
        if event is not None:
            tally.used += 1
            yield event
        elif message.name and message.name.lower() not in _NEEDED:
            tally.not_needed[message.name] += 1


def _ami(path: str, content: bytes, tally: Tally) -> Iterator[Message]:
    parser = Parser()
    seen = False
    for start in range(0, len(content), _CHUNK):
        for found in _messages(path, parser.feed(content[start : start + _CHUNK]), tally):
            seen = True
            yield found
    for found in _messages(path, parser.close(), tally):
        seen = True
        yield found
    if not seen:
        raise CaptureError(f"{path}, line 1: no AMI message is in it. Save what the PBX sent, unchanged.")


def _messages(path: str, parsed: list[Parsed], tally: Tally) -> Iterator[Message]:
    for item in parsed:
        match item:
            case Message():
                yield item
            case Unreadable(defect, head):
                tally.remarks.append(f"{path}: a message was left out ({defect}): {head[:60]!r}")
            case Banner():
                pass


def _json(path: str, content: bytes, tally: Tally) -> Iterator[Message]:
    text = content.decode("utf-8", "replace")
    for number, item in enumerate(_json_items(path, text, tally), 1):
        message = _message_of(item)
        if message is None:
            raise CaptureError(f"{path}, object {number}: it is no object of AMI headers. Each needs its Event.")
        yield message


def _json_items(path: str, text: str, tally: Tally) -> Iterator[object]:
    try:
        yield from _unwrapped(json.loads(text))
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("["):
            yield from _cut_off_list(path, text, tally)
        else:
            yield from _json_lines(path, text, tally, error)


def _unwrapped(read: object) -> list[object]:
    """The list itself, the list inside an object, or the one object."""
    if isinstance(read, list):
        return read
    if isinstance(read, dict):
        lists = [value for value in read.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        if lists and not any(key.lower() == "event" and isinstance(read[key], str) for key in read):
            return max(lists, key=len)
    return [read]


def _json_lines(path: str, text: str, tally: Tally, error: json.JSONDecodeError) -> Iterator[object]:
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
                raise CaptureError(f"{path}, line {where}: this is no JSON: {cut.msg}. {_JSON_CURE}") from error
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
                raise CaptureError(f"{where}: this is no JSON: {error.msg}. {_JSON_CURE}") from error
            tally.remarks.append(f"{where}: the list was cut off here")
            return
        count += 1
        yield item


_JSON_CURE: Final = "Send a JSON list of header objects, or one object a line."


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n,":
        position += 1
    return position


def _message_of(item: object) -> Message | None:
    if not isinstance(item, dict):
        return None
    headers = _headers_of(item)
    for key in _WRAPPERS:
        inner = item.get(key)
        if isinstance(inner, dict) and not isinstance(headers.get("event"), str):
            headers = {**_headers_of(inner), **{k: v for k, v in headers.items() if k not in _WRAPPERS}}
    name = headers.get("event", "")
    if not name and not {"response", "action", "actionid"} & headers.keys():
        return None
    return Message(name, headers)


def _headers_of(item: Mapping[str, Any]) -> dict[str, str]:
    """Header names in lower case; repeated values joined, as the AMI parser does; null and nested objects left out."""
    return {
        key.lower(): "\n".join(map(str, value)) if isinstance(value, list) else _said(str(value))
        for key, value in item.items()
        if value is not None and not isinstance(value, dict)
    }


def _said(value: str) -> str:
    return "" if value in UNSAID else value


def _cel(path: str, content: bytes, tally: Tally) -> Iterator[ChannelEvent]:
    decoder = CelDecoder()
    seen = False
    for row in read_rows(content.decode("utf-8", "replace").splitlines(keepends=True)):
        if isinstance(row, UnreadableRow):
            tally.remarks.append(f"{path}, line {row.line}: the row was left out ({row.why})")
            continue
        seen = True
        if not is_known(row.event_type):
            tally.not_needed[row.event_type] += 1
        tally.used += 1
        yield from decoder.decode(row)
    if not seen:
        raise CaptureError(
            f"{path}, line 1: no CEL row is in it. The columns must be those of deploy/cel_custom.conf, or named by a "
            "heading line."
        )
