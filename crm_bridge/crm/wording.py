"""What is written about a call, as plain text: names are hostile, and whoever shows the text must escape it. Pure."""

from zoneinfo import ZoneInfo

from crm_bridge.payloads import CallShape
from telephony.model import Direction, Disposition

_NAME = 100


def headline(call: CallShape) -> str:
    """Say in a line what kind of call it was and how it ended."""
    match call.direction, call.disposition:
        case Direction.INBOUND, Disposition.MISSED:
            reason = str(call.missed_reason).replace("_", " ")
            return f"Missed call from {call.customer} to {call.dialed}: {reason}"
        case Direction.INBOUND, _:
            return f"Call from {call.customer} to {call.dialed}: answered"
        case _:
            return f"Call to {call.customer}: {str(call.disposition).replace('_', ' ')}"


def account(call: CallShape, zone: ZoneInfo) -> list[str]:
    """Give the lines of a note about an ended call; times are the operator's."""
    lines = [headline(call), call.started_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")]
    if call.answered_by is not None:
        lines.append(f"Spoke with {call.answered_by.name or call.answered_by.number} for {_length(call.talk_seconds)}.")
    return lines + [f"Transferred by {each.by} to {each.to} ({each.kind})." for each in call.transfers]


def caller_name(call: CallShape) -> str:
    """Give the name that the caller's side sent, in one line and not too long; often empty."""
    return "".join(letter if letter.isprintable() else " " for letter in call.caller.name).strip()[:_NAME]


def lead_name(call: CallShape) -> str:
    """Name the lead of a caller whom nobody knows."""
    return f"Call from {caller_name(call) or call.customer}"


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
