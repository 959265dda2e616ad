"""What is written about a call, as plain text: names are hostile, and whoever shows the text must escape it. Pure."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from crm_bridge.schemas import CallShape, NotesShape
from telephony.model import Direction, Disposition

_NAME = 100
_NOTES = 15_000
"""The longest text of notes, in letters: every CRM takes so much."""
NO_NOTES = "What was written was taken back."


def headline(call: CallShape) -> str:
    """Return in a line what kind of call it was and how it ended."""
    match call.direction, call.disposition:
        case Direction.INBOUND, Disposition.MISSED:
            reason = str(call.missed_reason).replace("_", " ")
            return f"Missed call from {call.customer} to {call.dialed}: {reason}"
        case Direction.INBOUND, _:
            return f"Call from {call.customer} to {call.dialed}: answered"
        case _:
            return f"Call to {call.customer}: {str(call.disposition).replace('_', ' ')}"


def account(call: CallShape, zone: ZoneInfo) -> list[str]:
    """Return the lines of a note about an ended call; times are the operator's."""
    lines = [headline(call), call.started_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")]
    if call.answered_by is not None:
        spoke = [call.answered_by.name or call.answered_by.number]
        last = call.talked_last
        if last is not None and last.number != call.answered_by.number and call.direction is Direction.INBOUND:
            spoke.append(last.name or last.number)
        lines.append(f"Spoke with {', then '.join(spoke)} for {_length(call.talk_seconds)}.")
    return lines + [f"Transferred by {each.by} to {each.to} ({each.kind})." for each in call.transfers]


def notes(noted: NotesShape, zone: ZoneInfo) -> list[str]:
    """Return the lines of what people wrote on a call, by their worth; too long a text loses its oldest."""

    def when(at: datetime) -> str:
        return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")

    lines: list[str] = []
    if noted.result is not None:
        lines.append(f"Result: {noted.result.code} ({noted.result.author}, {when(noted.result.at)})")
    if noted.tags:
        lines.append(f"Tags: {', '.join(each.tag for each in noted.tags)}")
    comments = [f"{each.author}, {when(each.at)}: {each.text}" for each in noted.comments]
    kept = _last(comments, _NOTES - sum(map(len, lines)))
    left_out = noted.earlier + len(comments) - len(kept)
    if left_out:
        lines.append(f"{left_out} earlier comments are in Ringback only.")
    return [*lines, *kept] or [NO_NOTES]


def _last(lines: Sequence[str], room: int) -> list[str]:
    """Return as many of the last lines as there is room for."""
    kept: list[str] = []
    for line in reversed(lines):
        room -= len(line)
        if room < 0:
            break
        kept.insert(0, line)
    return kept


def caller_name(call: CallShape) -> str:
    """Return the name that the caller's side sent, in one line and not too long; often empty."""
    return "".join(letter if letter.isprintable() else " " for letter in call.caller.name).strip()[:_NAME]


def lead_name(call: CallShape) -> str:
    """Name the lead of a caller whom nobody knows."""
    return f"Call from {caller_name(call) or call.customer}"


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
