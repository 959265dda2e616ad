"""Our calls as Odoo's records, and back; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any
from zoneinfo import ZoneInfo

from crm_bridge.crm.policy import phone_search, texts
from crm_bridge.crm.policy.follow_ups import FollowUp, Role, marker
from crm_bridge.crm.policy.types import Contact
from crm_bridge.schemas import CallShape

Domain = list[list[object]]
Values = dict[str, Any]

PERSON_FIELDS = ("name", "phone", "phone_sanitized", "user_id")
LEAD_FIELDS = ("name", "contact_name", "partner_name", "phone", "phone_sanitized", "user_id", "write_date")
_LEAST_DIGITS = 3
"""Odoo refuses to search for less."""


@dataclass(frozen=True, slots=True)
class OdooRecord:
    """One record of Odoo's; as text ``crm.lead:7``, which is how a link keeps it."""

    model: str
    id: int

    def __str__(self) -> str:
        return f"{self.model}:{self.id}"

    @classmethod
    def read(cls, text: str) -> "OdooRecord":
        """Read a link's text."""
        model, _, number = text.rpartition(":")
        return cls(model, int(number))


def number_domain(number: str) -> Domain:
    """Make the search for a number in E.164, however Odoo's users wrote it.

    Odoo compares digits only, but a number written without its country code lacks ours; so we search by the national
    part and check each find ourselves.
    """
    national = phone_search.national(number)
    return [["phone_mobile_search", "ilike", national]] if len(national) >= _LEAST_DIGITS else [["id", "=", 0]]


def _is(row: Mapping[str, Any], number: str, region: str) -> bool:
    return phone_search.same((row.get("phone_sanitized") or "", row.get("phone") or ""), number, region)


def choose(
    leads: Sequence[Mapping[str, Any]], persons: Sequence[Mapping[str, Any]], number: str, region: str
) -> Contact | None:
    """Choose who is calling: the open lead or deal changed last, else the contact with an owner, else any contact."""
    own_leads = [row for row in leads if _is(row, number, region)]
    if own_leads:
        newest = max(own_leads, key=lambda row: (str(row["write_date"]), row["id"]))
        name = newest["contact_name"] or newest["partner_name"] or newest["name"]
        return Contact(str(OdooRecord("crm.lead", newest["id"])), str(name), _user(newest), "")
    own_persons = [row for row in persons if _is(row, number, region)]
    if own_persons:
        best = max(own_persons, key=lambda row: (bool(row["user_id"]), -row["id"]))
        return Contact(str(OdooRecord("res.partner", best["id"])), str(best["name"]), _user(best), "")
    return None


def _user(row: Mapping[str, Any]) -> str:
    user = row["user_id"]
    return str(user[0]) if user else ""


def lead_values(call: CallShape, *, owner: str, team: str) -> Values:
    """Make the lead of a caller whom nobody knows.

    Whether it is a lead or an opportunity is Odoo's own choice: where the company does not use leads, nobody sees them.
    """
    who = texts.caller_name(call)
    values: Values = {
        "name": texts.lead_name(call),
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


def message(about: OdooRecord, body: str, subtype: int) -> Values:
    """Make a note as a record of its own; ``body`` is HTML."""
    kind = {"message_type": "comment", "subtype_id": subtype}
    return {"model": about.model, "res_id": about.id, "body": body, **kind}


def planned(about: OdooRecord, duty: FollowUp, zone: ZoneInfo, known: Mapping[str, int]) -> Values:
    """Make an activity as a record of its own; ``known`` are the ids of Odoo's own things by their names."""
    values = activity(duty, zone)
    kind = known[str(values.pop("act_type_xmlid")).removeprefix("mail.")]
    return {**values, "res_model_id": known[about.model], "res_id": about.id, "activity_type_id": kind}


def note(call: CallShape, zone: ZoneInfo) -> str:
    """Write the note of one ended call; Odoo escapes plain text, and shows it in one line."""
    return " · ".join([*texts.account(call, zone), marker(call.call_id)])


def lines_with(lines: Sequence[str], mark: str) -> str:
    """Write lines as Odoo's HTML: what people wrote is text."""
    return "<p>" + "<br>".join(escape(part) for line in [*lines, mark] for part in line.splitlines()) + "</p>"


def recording_note(url: str, mark: str) -> str:
    """Write the note of a recording as HTML: a bare address is no link in Odoo."""
    return f'<a href="{escape(url)}" target="_blank">Recording</a> · {escape(mark)}'


def says(body: str, words: str) -> bool:
    """Return whether a note has these words; Odoo escapes them as HTML."""
    return words.lower() in unescape(body).lower()


_MARK = re.compile(r"\[ringback (\S+)\]")


def noted_call(body: str) -> str:
    """Read the call that a note of ours is about; empty for what is no note of a call."""
    found = _MARK.search(body)
    return found[1] if found else ""


def activity(duty: FollowUp, zone: ZoneInfo) -> Values:
    """Make the arguments of ``activity_schedule``; Odoo's deadline is a date, so the hour stands in the summary."""
    local = duty.due.astimezone(zone)
    values: Values = {
        "act_type_xmlid": f"mail.mail_activity_data_{'call' if duty.role is Role.CALL_BACK else 'todo'}",
        "date_deadline": local.date().isoformat(),
        "summary": f"{duty.text} (by {local:%H:%M})",
        "note": duty.marker,
    }
    if duty.owner:
        values["user_id"] = int(duty.owner)
    return values
