"""Captures as people send them, told apart, opened, and read as channel events."""

import gzip
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from telephony.ami.protocol.messages import MAKERS, Decoder, snapshot
from telephony.ami.protocol.parser import AmiMessage, Parsed, Parser, UnreadableMessage
from telephony.captures.json_text import json_messages
from telephony.captures.model import CaptureError, CaptureFormat, Tally
from telephony.captures.others import named
from telephony.captures.pasted import cleaned, is_unusual, with_one_line_end
from telephony.captures.printed import printed
from telephony.captures.wrapped import unwrapped
from telephony.cel.decoder import CelDecoder, is_known
from telephony.cel.exports import as_csv, in_order
from telephony.cel.rows import CelRow, UnreadableRow, read_rows
from telephony.cel.written_times import with_iso_times
from telephony.channel_events import ChannelEvent, PbxSnapshot

STDIN: Final = "-"
_LOOK: Final = 65536
_CHUNK: Final = 1 << 20
_AMI_SIGN: Final = re.compile(
    rb"(?mi)^[^\r\n{]{0,160}?(?<![\w-])(?:Event|Response|Action):[ \t]*\w|Asterisk Call Manager/"
)
_PLAIN_EVENT: Final = re.compile(rb"(?mi)^Event: ?\w")
_JSON_SIGN: Final = re.compile(rb"[\[\s]*\{\s*[\"'}]|\[\s*\]")
_LOGGED_OBJECT: Final = re.compile(rb"(?mi)^[^\r\n{]{1,200}\{[^\r\n]*[\"']event[\"']\s*:")
_COLOUR: Final = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_CEL_SIGN: Final = re.compile(
    rb"(?mi)\b(?:CHAN_START|CHAN_END|LINKEDID_END|BRIDGE_ENTER|BRIDGE_EXIT|APP_START|HANGUP|eventtype)\b"
)
_CEL_EVENT: Final = re.compile(rb"(?mi)^Event: ?CEL\r?$")
_CEL_RECORD: Final = re.compile(
    rb"(?i)[\"'`]?\b(?:event_?type|event_?name)\b[\"'`]?\s*(?::|=|\||>|\xe2\x94\x82)"
    rb"|\bINSERT\s+INTO\b|<t[hd]>|<field name="
)
_NEEDED: Final = frozenset(name.lower() for name in MAKERS)


def read_events(path: str, capture_format: CaptureFormat | None, tally: Tally) -> Iterator[ChannelEvent | PbxSnapshot]:
    """Read the capture ``path`` (``-``: standard input) as channel events; ``tally`` counts what was there.

    Where the capture's own session asked for all channels (as the daemon does after a login), the answer comes as a
    `PbxSnapshot` at its place among the events.

    Raises:
        CaptureError: it cannot be opened, its format cannot be told, or it holds nothing readable.
    """
    content = _open(path)
    if _COLOUR.search(content[:_LOOK]):
        content = _COLOUR.sub(b"", content)
    if not content.strip():
        raise CaptureError(f"{path}: the file is empty; send the capture itself.")
    other = "" if capture_format else named(content)
    if other:
        raise CaptureError(f"{path}: {other}")
    content, printer = printed(content)
    content, wrapping = unwrapped(content)
    tally.wrapped_in = " and ".join(filter(None, (printer, wrapping)))
    match capture_format or guess_format(path, content):
        case CaptureFormat.AMI:
            yield from _from_messages(_ami(path, content, tally), tally)
        case CaptureFormat.JSON:
            yield from _from_messages(json_messages(path, content, tally), tally)
        case CaptureFormat.CEL:
            yield from _cel(path, content, tally)


def guess_format(path: str, content: bytes) -> CaptureFormat:
    """Return the format by the content.

    Raises:
        CaptureError: it looks like none.
    """
    head = content[:_LOOK].lstrip()
    if _CEL_RECORD.search(head) and _CEL_SIGN.search(head) and not _PLAIN_EVENT.search(_CEL_EVENT.sub(b"", head)):
        return CaptureFormat.CEL
    if _JSON_SIGN.match(head) or (_LOGGED_OBJECT.search(head) and not _PLAIN_EVENT.search(head)):
        return CaptureFormat.JSON
    if _AMI_SIGN.search(head):
        return CaptureFormat.AMI
    if _CEL_SIGN.search(head) and any(separator in head for separator in (b",", b";", b"\t", b"|", "\u2502".encode())):
        return CaptureFormat.CEL
    if head.startswith((b"[", b"{")):
        return CaptureFormat.JSON
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
        self._channels: list[AmiMessage] = []
        self._bridges: list[AmiMessage] = []
        self._complete = False

    def take(self, message: AmiMessage) -> bool:
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


def _from_messages(messages: Iterator[AmiMessage], tally: Tally) -> Iterator[ChannelEvent | PbxSnapshot]:
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


def _ami(path: str, content: bytes, tally: Tally) -> Iterator[AmiMessage]:
    content = with_one_line_end(content)
    if is_unusual(content):
        content, taken = cleaned(content)
        tally.read_as = f"AMI text without {taken}" if taken != "pasted text" else "AMI text that was pasted"
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


def _messages(path: str, parsed: list[Parsed], tally: Tally) -> Iterator[AmiMessage]:
    for item in parsed:
        match item:
            case AmiMessage():
                yield item
            case UnreadableMessage(defect, head):
                tally.remarks.append(f"{path}: a message was left out ({defect}): {head[:60]!r}")
            case _:
                pass


def _cel(path: str, content: bytes, tally: Tally) -> Iterator[ChannelEvent]:
    decoder = CelDecoder()
    seen = False
    lines, form = as_csv(content.decode("utf-8", "replace"))
    rows: list[CelRow] = []
    for row in read_rows(lines):
        if isinstance(row, UnreadableRow):
            tally.remarks.append(f"{path}, line {row.line}: the row was left out ({row.why})")
        else:
            rows.append(row)
    rows, times, unread = with_iso_times(rows)
    if unread:
        tally.remarks.append(f"{path}: {unread} times are written in a way that is not known: {rows[0].event_time!r}")
    ordered, order = in_order(rows)
    tally.read_as = ", ".join(filter(None, ("CEL", form, order, times)))
    for row in ordered:
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
