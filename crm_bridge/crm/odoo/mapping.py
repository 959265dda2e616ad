"""Our calls as Odoo's records, and back; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from crm_bridge.crm.words import Contact
from crm_bridge.payloads import CallShape
from telephony.model import Direction, Disposition
from telephony.numbers import canonical

Domain = list[list[object]]
Values = dict[str, Any]

PERSON_FIELDS = ("name", "phone", "phone_sanitized", "user_id")
LEAD_FIELDS = ("name", "contact_name", "partner_name", "phone", "phone_sanitized", "user_id", "write_date")
_LEAST_DIGITS = 3
"""Odoo refuses to search for less."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of Odoo's; as text ``crm.lead:7``, which is how a link keeps it."""

    model: str
    id: int

    def __str__(self) -> str:
        return f"{self.model}:{self.id}"

    @classmethod
    def read(cls, text: str) -> "Record":
        """Read a link's text."""
        model, _, number = text.rpartition(":")
        return cls(model, int(number))


def number_domain(number: str) -> Domain:
    """Make the search for a number in E.164, however Odoo's users wrote it.

    Odoo compares digits only, but a number written without its country code lacks ours; so we search by the national
    part and check each find ourselves (`same_number`).
    """
    try:
        national = str(phonenumbers.parse(number, None).national_number)
    except phonenumbers.NumberParseException:
        national = number.lstrip("+")
    return [["phone_mobile_search", "ilike", national]] if len(national) >= _LEAST_DIGITS else [["id", "=", 0]]


def same_number(row: Mapping[str, Any], number: str, region: str) -> bool:
    """Tell whether a found record really has this number."""
    written = (row.get("phone_sanitized") or "", row.get("phone") or "")
    return any(text and canonical(text, region) == number for text in written)


def choose(
    leads: Sequence[Mapping[str, Any]], persons: Sequence[Mapping[str, Any]], number: str, region: str
) -> Contact | None:
    """Choose who is calling: the open lead or deal changed last, else the contact with an owner, else any contact."""
    own_leads = [row for row in leads if same_number(row, number, region)]
    if own_leads:
        newest = max(own_leads, key=lambda row: (str(row["write_date"]), row["id"]))
        name = newest["contact_name"] or newest["partner_name"] or newest["name"]
        return Contact(str(Record("crm.lead", newest["id"])), str(name), _user(newest), "")
    own_persons = [row for row in persons if same_number(row, number, region)]
    if own_persons:
        best = max(own_persons, key=lambda row: (bool(row["user_id"]), -row["id"]))
        return Contact(str(Record("res.partner", best["id"])), str(best["name"]), _user(best), "")
    return None


def _user(row: Mapping[str, Any]) -> str:
    user = row["user_id"]
    return str(user[0]) if user else ""


def lead_values(call: CallShape, *, owner: str, team: str) -> Values:
    """Make the lead of a caller whom nobody knows."""
    who = call.caller.name.strip()[:100]
    values: Values = {
        "name": f"Call from {who or call.customer or 'a hidden number'}",
        "type": "lead",
        "phone": call.customer,
        "description": f"Ringback call {call.call_id}",
    }
    if who:
        values["contact_name"] = who
    if owner:
        values["user_id"] = int(owner)
    if team:
        values["team_id"] = int(team)
    return values


def marker(call_id: str) -> str:
    """The words by which a note of ours is found again."""
    return f"[ringback {call_id}]"


def note(call: CallShape, zone: ZoneInfo, recording_url: str) -> str:
    """Write the note of one ended call, as plain text: names are hostile, and Odoo escapes plain text."""
    at = call.started_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    lines = [_headline(call), at]
    if call.answered_by is not None:
        lines.append(f"Spoke with {call.answered_by.name or call.answered_by.number} for {_length(call.talk_seconds)}.")
    lines += [f"Transferred by {each.by} to {each.to} ({each.kind})." for each in call.transfers]
    if recording_url:
        lines.append(f"Recording: {recording_url}")
    return " · ".join([*lines, marker(call.call_id)])  # Odoo shows plain text in one line


def _headline(call: CallShape) -> str:
    match call.direction, call.disposition:
        case Direction.INBOUND, Disposition.MISSED:
            reason = str(call.missed_reason).replace("_", " ")
            return f"Missed call from {call.customer} to {call.dialed}: {reason}"
        case Direction.INBOUND, _:
            return f"Call from {call.customer} to {call.dialed}: answered"
        case _:
            return f"Call to {call.customer}: {str(call.disposition).replace('_', ' ')}"


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def activity(summary: str, words: str, *, kind: str, due: datetime, zone: ZoneInfo, owner: str) -> Values:
    """Make the arguments of ``activity_schedule``; Odoo's deadline is a date, so the hour stands in the summary.

    Args:
        summary: what is to be done.
        words: by which it is found again.
        kind: ``call`` or ``todo``, as Odoo names its activity types.
        due: the deadline.
        zone: the operator's, in which the date and the hour are told.
        owner: Odoo's user id, or empty for Odoo's own choice.
    """
    local = due.astimezone(zone)
    values: Values = {
        "act_type_xmlid": f"mail.mail_activity_data_{kind}",
        "date_deadline": local.date().isoformat(),
        "summary": f"{summary} (by {local:%H:%M})",
        "note": words,
    }
    if owner:
        values["user_id"] = int(owner)
    return values
