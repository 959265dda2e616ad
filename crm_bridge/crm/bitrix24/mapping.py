"""Our calls in Bitrix24's words, and back; pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm_bridge.crm.words import Contact
from crm_bridge.payloads import CallShape
from telephony.model import Direction, Disposition, MissedReason

Values = dict[str, Any]

_OUTBOUND, _INBOUND = 1, 2
_OWNER_TYPES = {"LEAD": 1, "DEAL": 2, "CONTACT": 3, "COMPANY": 4}

_MISSED_CODES = {
    MissedReason.NO_ANSWER: "304",
    MissedReason.BUSY: "486",
    MissedReason.ABANDONED_WAITING: "304",
    MissedReason.ABANDONED_MENU: "304",
    MissedReason.OFF_HOURS: "304",
    MissedReason.UNREACHABLE: "480",
    MissedReason.REJECTED: "603",
}
_OTHER_CODES = {
    Disposition.ANSWERED: "200",
    Disposition.NO_ANSWER: "304",
    Disposition.BUSY: "486",
    Disposition.REJECTED: "603",
    Disposition.CANCELLED: "603-S",
    Disposition.FAILED: "503",
}


def registration(call: CallShape, *, user: str, create: bool) -> Values:
    """Make the arguments of ``telephony.externalCall.register``.

    Args:
        call: the call as it stands.
        user: Bitrix24's id of the user whose call it is.
        create: whether an unknown caller becomes a lead.
    """
    return {
        "USER_ID": int(user),
        "PHONE_NUMBER": call.customer,
        "TYPE": _OUTBOUND if call.direction is Direction.OUTBOUND else _INBOUND,
        "CALL_START_DATE": call.started_at.isoformat(timespec="seconds"),
        "CRM_CREATE": int(create),
        "SHOW": 0,
        "LINE_NUMBER": call.dialed if call.direction is Direction.INBOUND else "",
        "EXTERNAL_CALL_ID": call.call_id,
    }


def finish(call: CallShape, *, crm_id: str, user: str) -> Values:
    """Make the arguments of ``telephony.externalCall.finish``."""
    return {
        "CALL_ID": crm_id,
        "USER_ID": int(user),
        "DURATION": round(call.talk_seconds),
        "STATUS_CODE": status_code(call),
        "ADD_TO_CHAT": 0,
    }


def status_code(call: CallShape) -> str:
    """Give Bitrix24's code of how the call ended."""
    if call.disposition is Disposition.MISSED:
        return _MISSED_CODES[call.missed_reason or MissedReason.NO_ANSWER]
    return _OTHER_CODES.get(call.disposition, "OTHER")


def todo(owner_type: str, owner_id: str, *, text: str, deadline: datetime, user: str) -> Values:
    """Make the arguments of ``crm.activity.todo.add`` on a CRM entity."""
    return {
        "ownerTypeId": _OWNER_TYPES[owner_type],
        "ownerId": int(owner_id),
        "title": text,
        "description": text,
        "deadline": deadline.isoformat(timespec="seconds"),
        "responsibleId": int(user),
    }


def contact(found: list[Mapping[str, Any]]) -> Contact | None:
    """Read the answer of ``searchCrmEntities``: the first entity that has somebody responsible, else the first."""
    if not found:
        return None
    best = next((row for row in found if row.get("ASSIGNED_BY_ID")), found[0])
    user = best.get("ASSIGNED_BY") or {}
    return Contact(
        crm_id=f"{best['CRM_ENTITY_TYPE']}:{best['CRM_ENTITY_ID']}",
        name=str(best.get("NAME") or ""),
        owner=str(best.get("ASSIGNED_BY_ID") or ""),
        owner_extension=str(user.get("USER_PHONE_INNER") or ""),
    )


def entity(told: Mapping[str, Any]) -> tuple[str, str] | None:
    """Read which CRM entity a registered call belongs to: its type and id."""
    made = told.get("CRM_CREATED_ENTITIES") or []
    if made:
        return str(made[0]["ENTITY_TYPE"]), str(made[0]["ENTITY_ID"])
    if told.get("CRM_ENTITY_TYPE") and told.get("CRM_ENTITY_ID"):
        return str(told["CRM_ENTITY_TYPE"]), str(told["CRM_ENTITY_ID"])
    return ("LEAD", str(told["CRM_CREATED_LEAD"])) if told.get("CRM_CREATED_LEAD") else None
