"""The live table of calls: what is shown (pure), and a screen that shows it.

`Calls` hears call events and keeps those in progress and the last that ended; `lines` writes them as text of a given
size. `Screen` draws that on a terminal's second screen, and gives the terminal back as it was.
"""

import shutil
import textwrap
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple, Self, TextIO

from telephony.daemon.terminal_text import fitted, plain
from telephony.events import CallbackChanged, CallEnded, CallEvent, CallMerged, CallRinging
from telephony.model import Call, CallId, CallKind, Direction, Disposition

_KEPT = 300
_ARROWS = {Direction.INBOUND: "→", Direction.OUTBOUND: "←", Direction.INTERNAL: "↔"}
_MISSED, _GOOD, _BUSY, _DIM = "31;1", "32", "33", "2"
_WHO = 24
_WIDE = 116
"""Columns from which on there is room for the number that was dialled."""


class Shown(NamedTuple):
    """One call, in words."""

    began: str
    arrow: str
    customer: str
    dialed: str
    by: str
    now: str
    color: str


class LiveTable:
    """The calls to show, newest first. ``zone``-aware times come from `lines`."""

    def __init__(self) -> None:
        self._calls: OrderedDict[CallId, Call] = OrderedDict()
        self._rings: dict[CallId, str] = {}
        self._callbacks: dict[CallId, str] = {}
        self.ended = 0
        self.answered = 0
        self.missed = 0

    def __call__(self, event: CallEvent) -> None:
        """Hear one event (a `telephony.ports.CallListener`)."""
        call = event.call
        self._calls[call.call_id] = call
        if isinstance(event, CallRinging):
            self._rings[call.call_id] = event.number
        if isinstance(event, CallMerged):
            self._calls.pop(event.absorbed, None)
        if isinstance(event, CallEnded):
            self._rings.pop(call.call_id, None)
            self.ended += 1
            self.answered += call.answered_at is not None
            self.missed += call.disposition is Disposition.MISSED
        while len(self._calls) > _KEPT:
            self._calls.popitem(last=False)

    def callback(self, change: CallbackChanged) -> None:
        """Hear what became of a missed call's request."""
        closed = change.closed_at is not None
        self._callbacks[change.call_id] = f"{change.state}{f': {change.reason}' if closed else ''}".replace("_", " ")
        while len(self._callbacks) > _KEPT:
            del self._callbacks[next(iter(self._callbacks))]

    @property
    def in_progress(self) -> int:
        """How many are shown that have not ended."""
        return sum(call.ended_at is None for call in self._calls.values())

    def lines(self, now: datetime, width: int, height: int, *, colors: bool) -> Iterator[str]:
        """Write the table, at most ``height`` lines of at most ``width`` columns."""
        yield _row(
            Shown("began", " ", "customer", "dialled", "by", f"now ({self.summary()})", "1"), width, colors=colors
        )
        newest = sorted(self._calls.values(), key=lambda call: call.started_at, reverse=True)
        for call in newest[: max(0, height - 1)]:
            one = shown(call, now, self._rings.get(call.call_id, ""))
            callback = self._callbacks.get(call.call_id)
            one = one._replace(now=f"{one.now} ↺ {callback}") if callback else one
            yield _row(one, width, colors=colors)

    def summary(self) -> str:
        """The counts in a few words."""
        return f"{self.in_progress} up, {self.ended} ended: {self.answered} answered, {self.missed} missed"


def shown(call: Call, now: datetime, rings: str = "") -> Shown:
    """Return one call in words; ``now`` also gives the time zone."""
    outside, inside = (
        (call.caller.number, call.dialed) if call.direction is Direction.INBOUND else (call.dialed, call.caller.number)
    )
    name = call.caller.name if call.direction is Direction.INBOUND else ""
    who = " ".join(part for part in (name, outside or "hidden") if part)
    by = call.answered_by.name or call.answered_by.number if call.answered_by else rings
    state, color = _state(call, now, rings)
    return Shown(
        call.started_at.astimezone(now.tzinfo).strftime("%H:%M:%S"),
        _ARROWS[call.direction],
        who,
        inside,
        by,
        state,
        color,
    )


def _state(call: Call, now: datetime, rings: str) -> tuple[str, str]:
    extra = "".join((" ●" if call.recordings else "", " ⇄" * len(call.transfers)))
    extra += " callback" if call.kind is CallKind.CALLBACK else ""
    if call.ended_at is None:
        if call.answered_at is not None:
            return f"talking {_clock(now - call.answered_at)}{extra}", _GOOD
        doing = "ringing" if rings else f"in queue {call.queue}" if call.queue else "in the PBX"
        return f"{doing} {_clock(now - call.started_at)}{extra}", _BUSY
    if call.disposition is Disposition.MISSED:
        reason = (call.missed_reason or "").replace("_", " ")
        return f"MISSED after {_clock(timedelta(seconds=call.wait_seconds))}: {reason}{extra}", _MISSED
    if call.answered_at is not None:
        return f"answered, talked {_clock(call.talk)}{extra}", _DIM
    return f"{call.disposition.replace('_', ' ')}{extra}", _DIM


def _clock(long: timedelta) -> str:
    seconds = max(0, int(long.total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02}"


def _row(one: Shown, width: int, *, colors: bool) -> str:
    wide = width >= _WIDE
    cells = (
        f"{one.began:<8}",
        one.arrow,
        fitted(one.customer, _WHO + 6 if wide else _WHO),
        *([fitted(one.dialed, 13)] if wide else []),
        fitted(one.by, _WHO - 6 if wide else _WHO - 10),
        plain(one.now),
    )
    text = fitted(" ".join(cells), width).rstrip()
    return f"\x1b[{one.color}m{text}\x1b[0m" if colors else text


def wrapped(line: str, width: int) -> list[str]:
    """Break a line of a word and what belongs to it over several; a word that is too long is cut."""
    text = plain(line)
    indent = len(text) - len(text.partition(" ")[2].lstrip()) if "  " in text else 0
    pieces = textwrap.wrap(
        text, width, subsequent_indent=" " * min(indent, width // 2), break_long_words=False, break_on_hyphens=False
    )
    return [fitted(piece, width).rstrip() for piece in pieces] or [""]


class Screen:
    """A terminal's second screen: drawn over and over, gone afterwards."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __enter__(self) -> Self:
        self._out.write("\x1b[?1049h\x1b[?25l\x1b[2J")
        return self

    def __exit__(self, *_: object) -> None:
        self._out.write("\x1b[?25h\x1b[?1049l")
        self._out.flush()

    def draw(self, head: list[str], calls: LiveTable, now: datetime) -> None:
        """Draw the head's lines and below them as many calls as there is room for."""
        width, height = shutil.get_terminal_size((100, 30))
        lines = [piece for line in head for piece in wrapped(line, width - 1)]
        lines += calls.lines(now, width - 1, height - len(lines) - 1, colors=True)
        self._out.write("\x1b[H" + "".join(f"{line}\x1b[K\r\n" for line in lines) + "\x1b[J")
        self._out.flush()
