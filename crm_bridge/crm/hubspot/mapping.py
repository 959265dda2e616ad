"""Our calls in HubSpot's words, and back; pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from crm_bridge.crm.policy import phone_search, texts
from crm_bridge.crm.policy.follow_ups import FollowUp, Role
from crm_bridge.crm.policy.types import Contact, KeptCall
from crm_bridge.schemas import CallShape
from telephony.model import Direction, Disposition, MissedReason

Values = dict[str, Any]

_CALL_TO = {"contact": 194, "company": 182}
_TASK_TO = {"contact": 204, "company": 192}
"""HubSpot's own types of associations."""
_CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
_BUSY = "9d9162e7-6cf3-4944-bf63-4dff82258764"
_NO_ANSWER = "73a0d17f-1163-4015-bdd5-ec830791da20"
_ENDS = {
    Disposition.ANSWERED: ("COMPLETED", _CONNECTED),
    Disposition.MISSED: ("NO_ANSWER", _NO_ANSWER),
    Disposition.NO_ANSWER: ("NO_ANSWER", _NO_ANSWER),
    Disposition.BUSY: ("BUSY", _BUSY),
    Disposition.REJECTED: ("BUSY", _BUSY),
    Disposition.CANCELLED: ("CANCELED", _NO_ANSWER),
    Disposition.FAILED: ("FAILED", ""),
}
PERSON = ("firstname", "lastname", "phone", "mobilephone", "hubspot_owner_id", "lastmodifieddate")
COMPANY = ("name", "phone", "hubspot_owner_id", "hs_lastmodifieddate")
CALL = ("hs_call_external_id", "hs_timestamp")
TASK = ("hs_task_body", "hs_task_status")
ACCOUNT = "ringback"
"""What HubSpot is to call us by, where it asks for a recording."""
_LEAD = "lead"
_MOST_LETTERS = 65_536
"""The longest body of a call, markup included."""
_MOST_SEARCHED = 2_700
"""Letters: a search's whole body has 3,000 at most."""
_LEFT_OUT = "The rest is in Ringback only."
_NOTES = "Notes in Ringback:"
"""All that follows is ours, whatever HubSpot's editor makes of the tags around it."""


def number_groups(number: str) -> list[list[Values]]:
    """Make the search for a number in E.164, however HubSpot's users wrote it.

    HubSpot keeps numbers a second time without punctuation and, where it knows the country, without its code; where it
    does not, what the national digits end is looked for.
    """
    ends = ending_groups([number])
    return [*ends, *([{"propertyName": name, "operator": "EQ", "value": number}] for name in ("phone", "mobilephone"))]


def ending_groups(numbers: Sequence[str]) -> list[list[Values]]:
    """Make the search for what ends with the national digits of numbers; two groups each, and a search has five."""
    return [
        [{"propertyName": name, "operator": "CONTAINS_TOKEN", "value": f"*{phone_search.national(number)}"}]
        for number in numbers
        for name in ("hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number")
    ]


def shared_groups(numbers: Sequence[str]) -> list[list[Values]]:
    """Make one search for several numbers in E.164, in every spelling that HubSpot may keep of a number alone."""
    digits = [spelling for number in numbers for spelling in phone_search.spellings(number)]
    asked = {
        "hs_searchable_calculated_phone_number": digits,
        "hs_searchable_calculated_mobile_number": digits,
        "phone": numbers,
        "mobilephone": numbers,
    }
    return [
        [{"propertyName": name, "operator": "IN", "values": list(dict.fromkeys(values))}]
        for name, values in asked.items()
    ]


def fits(groups: Sequence[Sequence[Values]]) -> bool:
    """Return whether a search by these is short enough."""
    return len(json.dumps(groups)) <= _MOST_SEARCHED


def of_number(found: Iterable[Values], number: str, region: str) -> list[Values]:
    """Return those of the found who have a number."""
    return [row for row in found if phone_search.same(_phones(row["properties"]), number, region)]


def choose_company(found: Iterable[Mapping[str, Any]], number: str, region: str) -> Contact | None:
    """Choose which company is calling: of those that really have the number, one with an owner, else any."""
    own = [row for row in found if phone_search.same((row["properties"].get("phone"),), number, region)]
    if not own:
        return None
    best = max(own, key=lambda row: (bool(row["properties"].get("hubspot_owner_id")), str(row["id"])))
    answer = best["properties"]
    return Contact(
        f"company:{best['id']}", str(answer.get("name") or ""), str(answer.get("hubspot_owner_id") or ""), ""
    )


def choose(found: Iterable[Mapping[str, Any]], number: str, region: str) -> Contact | None:
    """Choose who is calling: of those who really have the number, who has an owner, else who was changed last."""
    own = [row for row in found if phone_search.same(_phones(row["properties"]), number, region)]
    if not own:
        return None
    best = max(own, key=lambda row: (bool(row["properties"].get("hubspot_owner_id")), _changed(row)))
    person = best["properties"]
    name = " ".join(str(part) for part in (person.get("firstname"), person.get("lastname")) if part)
    return Contact(f"contact:{best['id']}", name, str(person.get("hubspot_owner_id") or ""), "")


def _changed(row: Mapping[str, Any]) -> str:
    return str(row["properties"].get("lastmodifieddate") or "")


def _phones(person: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return person.get("phone"), person.get("mobilephone")


def id_of(about: str) -> str:
    """Read a link: ``contact:17`` is contact 17."""
    return about.partition(":")[2]


def kind_of(about: str) -> str:
    """Read a link's kind: ``contact`` or ``company``."""
    return about.partition(":")[0]


def person(call: CallShape, *, owner: str, stage: str) -> Values:
    """Make the contact of a caller whom nobody knows; ``stage`` is a lifecycle stage, empty for ``lead``."""
    properties = {
        "firstname": texts.caller_name(call) or call.customer,
        "phone": call.customer,
        "lifecyclestage": stage or _LEAD,
    }
    return {"properties": properties | ({"hubspot_owner_id": owner} if owner else {})}


def call_values(call: CallShape, about: str, *, user: str, zone: ZoneInfo) -> Values:
    """Make the call on a contact or a company; HubSpot shows its body as HTML, and names are hostile."""
    outcome, disposition = _ENDS.get(call.disposition, ("COMPLETED", ""))
    if call.missed_reason is MissedReason.BUSY:
        outcome, disposition = "BUSY", _BUSY
    inbound = call.direction is Direction.INBOUND
    properties = {
        "hs_timestamp": str(_ms(call.started_at)),
        "hs_call_title": texts.headline(call),
        "hs_call_body": "<br>".join(escape(line) for line in texts.account(call, zone)),
        "hs_call_direction": "INBOUND" if inbound else "OUTBOUND",
        "hs_call_status": outcome,
        "hs_call_duration": str(round(call.talk_seconds * 1000)),
        "hs_call_from_number": call.customer if inbound else call.caller.number,
        "hs_call_to_number": call.dialed if inbound else call.customer,
        "hs_call_source": "INTEGRATIONS_PLATFORM",
        "hs_call_external_id": call.call_id,
    }
    properties |= {"hs_call_disposition": disposition} if disposition else {}
    properties |= {"hubspot_owner_id": user} if user else {}
    return {"properties": properties, "associations": _on(about, _CALL_TO)}


def playable(app_id: str) -> Values:
    """Make the properties that let HubSpot ask us for a call's recording."""
    return {
        "hs_call_app_id": app_id,
        "hs_call_external_account_id": ACCOUNT,
        "hs_call_source": "INTEGRATIONS_PLATFORM",
    }


def task(about: str, duty: FollowUp) -> Values:
    """Make a task on a contact or a company."""
    properties = {
        "hs_timestamp": str(_ms(duty.due)),
        "hs_task_subject": duty.text,
        "hs_task_body": duty.marker,
        "hs_task_status": "NOT_STARTED",
        "hs_task_priority": "HIGH" if duty.role is Role.CALL_BACK else "MEDIUM",
        "hs_task_type": "CALL" if duty.role is Role.CALL_BACK else "TODO",
    }
    owned = {"hubspot_owner_id": duty.owner} if duty.owner else {}
    return {"properties": properties | owned, "associations": _on(about, _TASK_TO)}


def with_words(body: str, words: str) -> str:
    """Add words to a task's body, once."""
    text = escape(words)
    return body if text in body else f"{body}<br>{text}".removeprefix("<br>")


def with_notes(body: str, lines: Sequence[str]) -> str:
    """Put what people wrote at the end of a call's body, instead of what stood there of it; no lines take it away."""
    before = body.partition(_NOTES)[0].removesuffix("<br>")
    if not lines:
        return before
    lines_html = [escape(part, quote=False) for line in lines for part in line.splitlines()]
    head = "<br>".join([*([before] if before else []), _NOTES])
    return "<br>".join([head, *_last(lines_html, _MOST_LETTERS - len(head))])


def _last(lines: Sequence[str], room: int) -> list[str]:
    """Return all lines, or as many of the last ones as there is room for."""
    if sum(len(line) + len("<br>") for line in lines) <= room:
        return list(lines)
    room -= len(_LEFT_OUT) + len("<br>")
    kept: list[str] = []
    for line in reversed(lines):
        room -= len(line) + len("<br>")
        if room < 0:
            break
        kept.insert(0, line)
    return [_LEFT_OUT, *kept]


def _on(about: str, kinds: Mapping[str, int]) -> list[Values]:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kinds[kind_of(about)]}]
    return [{"to": {"id": id_of(about)}, "types": types}]


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def marked_task(rows: Iterable[Mapping[str, Any]], mark: str) -> str:
    """Find the task that carries our mark among tasks, or empty."""
    return next((str(row["id"]) for row in rows if mark in str(row["properties"].get("hs_task_body"))), "")


def kept(rows: Iterable[Mapping[str, Any]]) -> list[KeptCall]:
    """Read calls of ours."""
    return [
        KeptCall(
            str(row["properties"]["hs_call_external_id"]),
            f"call:{row['id']}",
            datetime.fromisoformat(str(row["properties"]["hs_timestamp"])),
        )
        for row in rows
    ]
