"""Our calls as SuiteCRM's records, and back; pure. Times are written as its database has them: UTC without a zone."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5
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

_PHONES: Final[Mapping[str, tuple[str, ...]]] = {
    "Contacts": ("phone_mobile", "phone_work", "phone_home", "phone_other"),
    "Leads": ("phone_mobile", "phone_work", "phone_home", "phone_other"),
    "Accounts": ("phone_office", "phone_alternate"),
}
PEOPLE: Final = tuple(_PHONES)
"""Where a number is looked for, in this order."""
CALL: Final = ("description", "date_start")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {"Accounts": ("name",)}
_PERSON: Final = ("first_name", "last_name")
_DEAD_LEADS: Final = frozenset({"Converted", "Recycled", "Dead"})
_OURS: Final = UUID("5b0c2f0e-8f63-5d0e-9d5f-0a6f4be0c1a7")
_MINUTE, _HOUR = 60, 3600
_SHORT: Final = 50
"""Letters that the name of a call or a task has."""
_NAME: Final = 100
_NOTES: Final = "\n\nNotes in Ringback:\n"
_RECORDING: Final = "\nRecording: "
_MARKED: Final = re.compile(r"\[ringback ([^\]\s]+)\]")


def id_of(account: str, what: str) -> str:
    """Return the id of a thing of ours: the same again for the same thing of the same account."""
    return str(uuid5(_OURS, f"{account} {what}"))


def numbered(module: str, number: str) -> Mapping[str, Mapping[str, str]]:
    """Make the search for whoever may have a number: its digits, whatever stands between them."""
    pattern = f"%{'%'.join(phone_search.needle(number))}%"
    return {name: {"like": pattern} for name in _PHONES[module]}


def shown(module: str) -> tuple[str, ...]:
    """Return what is told of each person."""
    status = ("status",) if module == "Leads" else ()
    return (*_NAMES.get(module, _PERSON), *_PHONES[module], "assigned_user_id", *status)


def is_alive(row: Mapping[str, Any]) -> bool:
    """Return whether this is no lead that came to its end."""
    return row.get("status") not in _DEAD_LEADS


def phones(module: str, row: Mapping[str, Any]) -> list[str]:
    """Return a record's numbers."""
    return [str(row.get(name) or "") for name in _PHONES[module]]


def contact(module: str, row: Mapping[str, Any]) -> Contact:
    """Read whoever was found."""
    name = " ".join(filter(None, (str(row.get(part) or "") for part in _NAMES.get(module, _PERSON))))
    return Contact(f"{module}:{row['id']}", name, str(row.get("assigned_user_id") or ""), "")


def split(crm_id: str) -> tuple[str, str]:
    """Read ``Contacts:5b0c2f0e-8f63-5d0e-9d5f-0a6f4be0c1a7``."""
    module, _, number = crm_id.partition(":")
    return module, number


def lead(call: CallShape, *, owner: str, source: str) -> Values:
    """Make the lead of a caller whom nobody knows; ``source`` is one of SuiteCRM's lead sources, or empty."""
    values = {
        "last_name": (texts.caller_name(call) or call.customer)[:_NAME],
        "phone_mobile": call.customer,
        "status": "New",
        "description": f"{texts.lead_name(call)}\n{marker(f'lead {call.call_id}')}",
    }
    return values | ({"assigned_user_id": owner} if owner else {}) | ({"lead_source": source} if source else {})


def call_values(call: CallShape, about: str, *, user: str, zone: ZoneInfo) -> Values:
    """Make the call."""
    seconds = round(call.talk_seconds)
    return {
        **_on(about),
        "name": texts.headline(call)[:_SHORT],
        "status": "Held" if call.disposition is Disposition.ANSWERED else "Not Held",
        "direction": "Inbound" if call.direction is Direction.INBOUND else "Outbound",
        "date_start": written(call.started_at),
        "date_end": written(max(call.ended_at or call.started_at, call.started_at)),
        "duration_hours": seconds // _HOUR,
        "duration_minutes": seconds % _HOUR // _MINUTE,
        "assigned_user_id": user,
        "description": "\n".join([*texts.account(call, zone), marker(call.call_id)]),
    }


def task(about: str, duty: FollowUp) -> Values:
    """Make a task on a card."""
    return {
        **_on(about),
        "name": duty.text[:_SHORT],
        "status": "Not Started",
        "priority": "High" if duty.role is Role.CALL_BACK else "Medium",
        "date_due": written(duty.due),
        "assigned_user_id": duty.owner,
        "description": f"{duty.text}\n{duty.marker}",
    }


def _on(about: str) -> Values:
    """Name the card; a contact has its own list of calls and tasks besides."""
    module, number = split(about)
    also = {"contact_id": number} if module == "Contacts" else {}
    return {"parent_type": module, "parent_id": number, **also}


def with_words(description: str, words: str) -> str:
    """Add words, once."""
    return description if words in description else f"{description}\n{words}".strip()


def with_recording(description: str, url: str) -> str:
    """Put the recording's link before the notes, once; another link takes its place."""
    before, notes, written_notes = description.partition(_NOTES)
    return f"{before.partition(_RECORDING)[0]}{_RECORDING}{url}{notes}{written_notes}"


def with_notes(description: str, lines: Iterable[str]) -> str:
    """Put what people wrote at the end, instead of what stood there of it; no lines take it away."""
    before, text = description.partition(_NOTES)[0], "\n".join(lines)
    return f"{before}{_NOTES}{text}" if text else before


def written(at: datetime) -> str:
    """Write a moment as SuiteCRM's database does."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def kept(rows: Iterable[Mapping[str, Any]]) -> list[KeptCall]:
    """Read calls of ours; times come with their zone."""
    found = ((_MARKED.search(str(row.get("description"))), row) for row in rows)
    return [KeptCall(mark[1], f"Calls:{row['id']}", _read(str(row["date_start"]))) for mark, row in found if mark]


def _read(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
