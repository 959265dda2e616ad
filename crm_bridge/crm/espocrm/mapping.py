"""Our calls as EspoCRM's records, and back; pure. Times there are text in UTC without a zone."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from crm_bridge.crm.plugin.kit import (
    CallShape,
    Contact,
    Direction,
    Disposition,
    FollowUp,
    KeptCall,
    Role,
    marker,
    phone_search,
    texts,
)

Values = dict[str, Any]

PEOPLE: Final = ("Contact", "Lead", "Account")
"""Where a number is looked for, in this order."""
PERSON: Final = ("id", "name", "assignedUserId", "phoneNumber", "phoneNumberData")
CALL: Final = ("id", "description", "dateStart")
TASK: Final = ("id", "description")
_DEAD_LEADS: Final = ("Converted", "Recycled", "Dead")
_LINE: Final = 255
_NAME: Final = 100
_NOTES: Final = "\n\nNotes in Ringback:\n"
_RECORDING: Final = "\nRecording: "
_OURS: Final = re.compile(r"\[ringback ([^\]\s]+)\]")


def numbered(entity: str, number: str) -> list[Values]:
    """Make the search for whoever may have a number: EspoCRM keeps each number's digits beside it."""
    asked: list[Values] = [
        {"type": "endsWith", "attribute": "phoneNumberNumeric", "value": phone_search.needle(number)}
    ]
    return [*asked, {"type": "notIn", "attribute": "status", "value": list(_DEAD_LEADS)}] if entity == "Lead" else asked


def phones(row: Mapping[str, Any]) -> list[str]:
    """Return a record's numbers."""
    listed = row.get("phoneNumberData")
    several = [str(each.get("phoneNumber") or "") for each in listed or () if isinstance(each, dict)]
    return [str(row.get("phoneNumber") or ""), *several]


def contact(entity: str, row: Mapping[str, Any]) -> Contact:
    """Read whoever was found."""
    return Contact(f"{entity}:{row['id']}", str(row.get("name") or ""), str(row.get("assignedUserId") or ""), "")


def split(crm_id: str) -> tuple[str, str]:
    """Read ``Contact:55643ca033f7ab4c5``."""
    entity, _, number = crm_id.partition(":")
    return entity, number


def lead(call: CallShape, *, owner: str, team: str) -> Values:
    """Make the lead of a caller whom nobody knows; ``team`` is a team's id, or empty."""
    values = {
        "lastName": (texts.caller_name(call) or call.customer)[:_NAME],
        "phoneNumber": call.customer,
        "status": "New",
        "source": "Call",
        "description": f"{texts.lead_name(call)}\n{marker(f'lead {call.call_id}')}",
    }
    return values | ({"assignedUserId": owner} if owner else {}) | ({"teamsIds": [team]} if team else {})


def call_values(call: CallShape, about: str, *, user: str, zone: ZoneInfo) -> Values:
    """Make the call; EspoCRM wants both ends of it, and a user."""
    entity, number = split(about)
    on = {"contactsIds": [number]} if entity == "Contact" else {"parentType": entity, "parentId": number}
    return {
        **on,
        "name": texts.headline(call)[:_LINE],
        "status": "Held" if call.disposition is Disposition.ANSWERED else "Not Held",
        "direction": "Inbound" if call.direction is Direction.INBOUND else "Outbound",
        "dateStart": written(call.started_at),
        "dateEnd": written(max(call.ended_at or call.started_at, call.started_at)),
        "assignedUserId": user,
        "usersIds": [user],
        "description": "\n".join([*texts.account(call, zone), marker(call.call_id)]),
    }


def begun(call: CallShape) -> list[Values]:
    """Make the search for a call."""
    at = {"type": "equals", "attribute": "dateStart", "value": written(call.started_at)}
    return [at, marked(marker(call.call_id))]


def marked(mark: str) -> Values:
    """Make the search for a mark of ours."""
    return {"type": "contains", "attribute": "description", "value": mark}


def task(about: str, duty: FollowUp) -> Values:
    """Make a task on a card."""
    entity, number = split(about)
    return {
        "name": duty.text[:_LINE],
        "status": "Not Started",
        "priority": "High" if duty.role is Role.CALL_BACK else "Normal",
        "dateEnd": written(duty.due),
        "parentType": entity,
        "parentId": number,
        "assignedUserId": duty.owner,
        "description": duty.marker,
    }


def on_card(about: str, mark: str) -> list[Values]:
    """Make the search for what stands on a card and bears a mark."""
    entity, number = split(about)
    parent = {"parentType": entity, "parentId": number}
    return [*({"type": "equals", "attribute": key, "value": value} for key, value in parent.items()), marked(mark)]


def with_words(description: str, words: str) -> str:
    """Add words, once."""
    return description if words in description else f"{description}\n{words}".strip()


def with_recording(description: str, url: str) -> str:
    """Put the recording's link before the notes, once; another link takes its place."""
    before, notes, written_notes = description.partition(_NOTES)
    kept = before.partition(_RECORDING)[0]
    return f"{kept}{_RECORDING}{url}{notes}{written_notes}"


def with_notes(description: str, lines: Sequence[str]) -> str:
    """Put what people wrote at the end, instead of what stood there of it; no lines take it away."""
    before = description.partition(_NOTES)[0]
    return f"{before}{_NOTES}{chr(10).join(lines)}" if lines else before


def written(at: datetime) -> str:
    """Write a moment as EspoCRM does."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def kept(rows: Iterable[Mapping[str, Any]]) -> list[KeptCall]:
    """Read calls of ours."""
    found = ((_OURS.search(str(row.get("description"))), row) for row in rows)
    return [
        KeptCall(mark[1], f"Call:{row['id']}", datetime.fromisoformat(str(row["dateStart"])).replace(tzinfo=UTC))
        for mark, row in found
        if mark is not None
    ]
