"""What must hold for any bytes: not only that nothing is raised, but what a reader promises besides."""

import contextlib
import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from crm_bridge.api.problems import Problem
from crm_bridge.api.values import cursor, keys
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.api.values.sheets import CsvSheet
from crm_bridge.webhooks.target import answer_of
from telephony import channel_events as ce
from telephony.ami.protocol.messages import Decoder, live_channel, snapshot
from telephony.ami.protocol.parser import AmiMessage, Parser
from telephony.cel.decoder import CelDecoder
from telephony.cel.rows import CelRow, read_rows
from telephony.errors import HostileText
from telephony.net import bounded
from telephony.net.addresses import is_public
from telephony.numbers import canonical, is_hidden
from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.rules.icalendar_files import around, closed_days
from telephony.schedule.rules.multistatus import calendar_texts
from telephony.voice.agi import protocol as agi
from telephony.voice.errors import AgiPacketError

Target = Callable[[bytes], None]
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
_WINDOW = around(AT.date())
_LIMIT = 4096
_PIECES = 64
"""About the most that a long stream is cut into."""
_REST = 16
"""What a CEL decoder may remember of one row."""


def ami(data: bytes) -> None:
    """However a stream is cut, it is the same messages, no more than its bytes, and each becomes an event or none."""
    step, stream = (data[0] % 64 + 1 + len(data) // _PIECES, data[1:]) if data else (1, b"")
    whole, parts = Parser(limit=_LIMIT), Parser(limit=_LIMIT)
    at_once = whole.feed(stream) + whole.close()
    in_parts = [found for at in range(0, len(stream), step) for found in parts.feed(stream[at : at + step])]
    assert in_parts + parts.close() == at_once
    assert len(at_once) <= len(stream)
    decoder = Decoder()
    messages = [found for found in at_once if isinstance(found, AmiMessage)]
    for message in messages:
        event = decoder.decode(message)
        assert event is None or event.at.tzinfo is UTC
        live_channel(message)
    assert isinstance(snapshot(AT, messages, messages), ce.PbxSnapshot)


def agi_lines(data: bytes) -> None:
    """An opening and a reply are read or refused; a command is one line, whatever is said in it."""
    text = data.decode("utf-8", "replace")
    with contextlib.suppress(AgiPacketError):
        assert "?" not in agi.parse_environment(text.split("\n")).script
    for line in text.split("\n"):
        with contextlib.suppress(AgiPacketError):
            reply = agi.parse_reply(line)
            assert len(reply.key) <= 1
            assert reply.endpos is None or reply.endpos >= 0
    with contextlib.suppress(HostileText):
        command = agi.command("EXEC", *text.split("\t"))
        assert len(command.splitlines()) == 1


def cel(data: bytes) -> None:
    """Rows of any text are rows or unreadable; their events have times, and little is remembered of them."""
    decoder, rows = CelDecoder(), 0
    for row in read_rows(io.StringIO(data.decode("utf-8", "replace"), newline="")):
        rows += 1
        if isinstance(row, CelRow):
            assert all(event.at.tzinfo is UTC for event in decoder.decode(row))
    assert rows <= len(data) + 1


def calendar(data: bytes) -> None:
    """A calendar is read or refused; its days lie within those we plan for, in order, and none has a control letter."""
    with contextlib.suppress(ScheduleUnreadable):
        for day in closed_days(data, _WINDOW, "fuzz").days:
            assert day.note.isprintable()


def multistatus(data: bytes) -> None:
    """A server's XML is read or refused; no text is longer than what was said."""
    with contextlib.suppress(ScheduleUnreadable):
        assert sum(map(len, calendar_texts(data, "fuzz"))) <= len(data)


def cursors(data: bytes) -> None:
    """A cursor is ours or refused; what was read is written back to the same place; a place survives its cursor."""
    text = data.decode("utf-8", "replace")
    with contextlib.suppress(Problem):
        place = cursor.read(text)
        assert cursor.read(cursor.write(place)) == place
    with contextlib.suppress(Problem):
        assert cursor.read_text(cursor.write_text(cursor.read_text(text))) == cursor.read_text(text)
    with contextlib.suppress(Problem):
        assert cursor.read_number(text) >= 0
    call_id = text.replace("\0", "")[:100]
    if call_id and len(call_id.encode()) < 200:
        here = CursorPosition(AT + timedelta(microseconds=len(data)), call_id)
        assert cursor.read(cursor.write(here)) == here


def numbers(data: bytes) -> None:
    """A number's canonical form is its own canonical form, and a hidden number is empty."""
    text = data.decode("utf-8", "replace")
    for region in ("UA", "US"):
        found = canonical(text, region)
        assert canonical(found, region) == found
        assert not is_hidden(text) or found == ""


def answers(data: bytes) -> None:
    """JSON of a stranger is read or refused, and can be written and kept."""
    with contextlib.suppress(ValueError):
        found = json.dumps(bounded.loads(data), ensure_ascii=False)
        assert "\0" not in found
        assert found.encode()
        assert "\\u0000" not in json.dumps(bounded.loads(data)).replace("\\\\", "")
    text = data.decode("utf-8", "replace")
    keys.parse(text)
    answer_of(503, text, text, AT)
    with contextlib.suppress(ValueError):
        is_public(text)


def cells(data: bytes) -> None:
    """A cell of a CSV is one cell, and no formula."""
    text = data.decode("utf-8", "replace")
    sheet = CsvSheet(["name", "after"], ZoneInfo("UTC"))
    told = (sheet.rows([[text, "x"]]) + sheet.end()).decode("utf-8-sig")
    _, (cell, after) = csv.reader(io.StringIO(told))
    assert after == "x"
    assert not cell.lstrip().startswith(("=", "@", "|", "%"))
    assert len(told.splitlines()) == 2


TARGETS: dict[str, Target] = {
    "ami": ami,
    "agi": agi_lines,
    "cel": cel,
    "calendar": calendar,
    "multistatus": multistatus,
    "cursor": cursors,
    "numbers": numbers,
    "answers": answers,
    "cells": cells,
}
