"""Our calls in amoCRM's words, and back; pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from crm_bridge.crm.policy import phone_search, texts
from crm_bridge.crm.policy.follow_ups import FollowUp, Role
from crm_bridge.crm.policy.types import Contact, KeptCall
from crm_bridge.schemas import CallShape
from telephony.model import Direction, Disposition, MissedReason
from telephony.net.bounded import Json

Values = dict[str, Any]

CALL_NOTES = {"filter[note_type][0]": "call_in", "filter[note_type][1]": "call_out"}

SOURCE = "ringback"
_CALL, _FOLLOW_UP = 1, 2
"""Task types that every account has."""
_SPOKE, _NOT_REACHED, _BUSY = 4, 6, 7
"""Call results that every account has."""
UNSORTED = "unsorted"
_ERASED = "erased"
BLANK_CALL: Values = {"phone": _ERASED, "call_result": _ERASED, "link": ""}
BLANK_NOTE: Values = {"text": _ERASED}
BLANK_TASK: Values = {"text": _ERASED}
"""What stands where something is taken back that cannot be deleted."""


def split(text: str) -> tuple[str, str]:
    """Read a link: ``contacts:17`` gives the kind of card and its id."""
    kind, _, number = text.partition(":")
    return kind, number


def path(card: str) -> str:
    """Return a card's path: ``contacts:17`` is ``contacts/17``."""
    return "/".join(split(card))


def common(text: str) -> Values:
    """Make a plain note."""
    return {"note_type": "common", "params": {"text": text}}


_KINDS = {"contact": "contacts", "lead": "leads", "company": "companies", "customer": "customers"}


def card_of(made: Mapping[str, Any]) -> str:
    """Read where amoCRM has put a call: ``contacts:17``, or empty if it does not say."""
    kind = str(made.get("entity_type") or "")
    return f"{_KINDS.get(kind, kind)}:{made['entity_id']}" if kind and made.get("entity_id") else ""


def who_is_on(row: Mapping[str, Any]) -> str:
    """Return the card of the person, else of the company, that a lead or customer is about; empty if of nobody."""
    inside: Mapping[str, Any] = row.get("_embedded") or {}
    people = sorted(inside.get("contacts") or (), key=lambda each: not each.get("is_main"))
    cards = [f"contacts:{each['id']}" for each in people]
    cards += [f"companies:{each['id']}" for each in inside.get("companies") or ()]
    return next(iter(cards), "")


def choose(found: Iterable[Mapping[str, Any]], number: str, region: str, kind: str = "contacts") -> Contact | None:
    """Choose who is calling: of those who really have the number, who has leads, else who was changed last."""
    own = [contact for contact in found if phone_search.same(_phones(contact), number, region)]
    if not own:
        return None
    best = max(own, key=lambda row: (bool((row.get("_embedded") or {}).get("leads")), row.get("updated_at") or 0))
    return Contact(f"{kind}:{best['id']}", str(best.get("name") or ""), str(best.get("responsible_user_id") or ""), "")


def _phones(contact: Mapping[str, Any]) -> list[str]:
    fields = contact.get("custom_fields_values") or ()
    return [str(each["value"]) for field in fields if field.get("field_code") == "PHONE" for each in field["values"]]


def call_values(call: CallShape, user: str) -> Values:
    """Make the call that amoCRM puts into somebody's feed by itself.

    Args:
        call: ours, ended.
        user: amoCRM's id of our side's user, or empty.
    """
    values: Values = {
        "direction": "outbound" if call.direction is Direction.OUTBOUND else "inbound",
        "uniq": call.call_id,
        "duration": round(call.talk_seconds),
        "source": SOURCE,
        "phone": call.customer,
        "call_result": texts.headline(call),
        "call_status": _result(call),
        "created_at": int(call.started_at.timestamp()),
        "request_id": call.call_id,
    }
    if user:
        # Without created_by the call is the robot's in amoCRM's statistics.
        values |= {"responsible_user_id": int(user), "created_by": int(user), "call_responsible": int(user)}
    return values


def call_note(call: CallShape, user: str) -> Values:
    """Make the same call as a note on a contact of our choice."""
    known = ("uniq", "duration", "source", "phone", "call_result", "call_status", "call_responsible")
    values = call_values(call, user)
    return {
        "note_type": "call_out" if call.direction is Direction.OUTBOUND else "call_in",
        "params": {name: values[name] for name in known if name in values},
        "created_at": values["created_at"],
    } | ({"responsible_user_id": int(user), "created_by": int(user)} if user else {})


def _result(call: CallShape) -> int:
    if call.disposition is Disposition.ANSWERED:
        return _SPOKE
    busy = call.disposition is Disposition.BUSY or call.missed_reason is MissedReason.BUSY
    return _BUSY if busy else _NOT_REACHED


def _contact(call: CallShape) -> Values:
    phone = {"field_code": "PHONE", "values": [{"value": call.customer, "enum_code": "WORK"}]}
    return {"first_name": texts.caller_name(call) or call.customer, "custom_fields_values": [phone]}


def lead(call: CallShape, *, owner: str, pipeline: str) -> Values:
    """Make the lead, with its contact, of a caller whom nobody knows."""
    owned: Values = {"responsible_user_id": int(owner)} if owner else {}
    values: Values = {"name": texts.lead_name(call), "request_id": call.call_id, **owned}
    if pipeline:
        values["pipeline_id"] = int(pipeline)
    return values | {"_embedded": {"contacts": [_contact(call) | owned]}}


def incoming(call: CallShape, *, user: str, pipeline: str) -> Values:
    """Make the same caller an incoming lead among the unsorted, with the call inside."""
    values: Values = {
        "source_name": "Ringback",
        "source_uid": call.call_id,
        "created_at": int(call.started_at.timestamp()),
        "metadata": {
            "from": call.customer,
            "phone": call.dialed,
            "called_at": int(call.started_at.timestamp()),
            "duration": round(call.talk_seconds),
            "link": "",
            "service_code": SOURCE,
            "uniq": call.call_id,
            "is_call_event_needed": True,
        },
        "_embedded": {"leads": [{"name": texts.lead_name(call)}], "contacts": [_contact(call)]},
    }
    if user:
        values["metadata"]["call_responsible"] = int(user)
    return values | ({"pipeline_id": int(pipeline)} if pipeline else {})


def task(about: str, duty: FollowUp) -> Values:
    """Make a task on a card."""
    kind, number = split(about)
    values: Values = {
        "text": f"{duty.text} {duty.marker}",
        "complete_till": int(duty.due.timestamp()),
        "entity_type": kind,
        "entity_id": int(number),
        "task_type_id": _CALL if duty.role is Role.CALL_BACK else _FOLLOW_UP,
        "request_id": duty.call_id,
    }
    return values | ({"responsible_user_id": int(duty.owner)} if duty.owner else {})


def noted(notes: Sequence[Mapping[str, Any]], call_id: str) -> Mapping[str, Any] | None:
    """Find our call among notes."""
    return next((note for note in notes if (note.get("params") or {}).get("uniq") == call_id), None)


def kept(notes: Sequence[Mapping[str, Any]]) -> list[KeptCall]:
    """Read those notes that are calls of ours."""
    return [
        KeptCall(
            str(note["params"]["uniq"]), f"note:{note['id']}", datetime.fromtimestamp(int(note["created_at"]), UTC)
        )
        for note in notes
        if (note.get("params") or {}).get("source") == SOURCE and note["params"].get("uniq")
    ]


def waiting(rows: Iterable[Mapping[str, Any]], number: str) -> str:
    """Find the incoming lead of a caller among those that nobody has taken, or empty; newest first."""
    ours = (row for row in rows if (row.get("metadata") or {}).get("service_code") == SOURCE)
    return next((f"{UNSORTED}:{row['uid']}" for row in ours if row["metadata"].get("from") == number), "")


def incoming_calls(rows: Sequence[Mapping[str, Any]]) -> list[KeptCall]:
    """Read those incoming leads that are calls of ours."""
    return [
        KeptCall(
            str(row["source_uid"]), f"{UNSORTED}:{row['uid']}", datetime.fromtimestamp(int(row["created_at"]), UTC)
        )
        for row in rows
        if (row.get("metadata") or {}).get("service_code") == SOURCE and row.get("source_uid")
    ]


def every(answer: Json, name: str) -> Sequence[Mapping[str, Any]]:
    """Return the things that an answer has inside; none is an empty list."""
    inside = (answer.get("_embedded") or {}) if isinstance(answer, dict) else {}
    rows: Sequence[Mapping[str, Any]] = inside.get(name) or ()
    return rows
