"""Our calls in Bitrix24's words, and back; pure."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crm_bridge.crm.bitrix24.events import Click
from crm_bridge.crm.policy.follow_ups import FollowUp
from crm_bridge.crm.policy.types import Contact, KeptCall
from crm_bridge.crm.policy.users import Users
from crm_bridge.schemas import CallShape
from telephony.model import Direction, Disposition, MissedReason

Values = dict[str, Any]

_OUTBOUND, _INBOUND = 1, 2
_REASON = 200
_SILENT_BYTE, _HEADER = 0x80, 44
_OWNER_TYPES = {"LEAD": 1, "DEAL": 2, "CONTACT": 3, "COMPANY": 4}

_MISSED_CODES = {
    MissedReason.NO_ANSWER: "304",
    MissedReason.BUSY: "486",
    MissedReason.ABANDONED_WAITING: "304",
    MissedReason.ABANDONED_MENU: "304",
    MissedReason.OFF_HOURS: "304",
    MissedReason.UNREACHABLE: "480",
    MissedReason.REJECTED: "603",
    MissedReason.VOICEMAIL: "304",
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


def refusal(click: Click, reason: str) -> Values:
    """Make the arguments of ``finish`` for a click that came to nothing."""
    return {
        "CALL_ID": click.call_id,
        "USER_ID": int(click.user) if click.user.isdecimal() else 0,
        "DURATION": 0,
        "STATUS_CODE": "503",
        "FAILED_REASON": reason[:_REASON],
        "ADD_TO_CHAT": 0,
    }


def status_code(call: CallShape) -> str:
    """Give Bitrix24's code of how the call ended."""
    if call.disposition is Disposition.MISSED:
        return _MISSED_CODES[call.missed_reason or MissedReason.NO_ANSWER]
    return _OTHER_CODES.get(call.disposition, "OTHER")


def todo(about: str, duty: FollowUp) -> Values:
    """Make the arguments of ``crm.activity.todo.add`` on a CRM entity; it wants somebody responsible."""
    return {
        **owner_of(about),
        "title": duty.text,
        "description": f"{duty.text} {duty.marker}",
        "deadline": duty.due.isoformat(timespec="seconds"),
        "responsibleId": int(duty.owner),
    }


def owner_of(about: str) -> Values:
    """Name a CRM entity as activities do: ``CONTACT:17``."""
    kind, _, number = about.partition(":")
    return {"ownerTypeId": _OWNER_TYPES[kind], "ownerId": int(number)}


def activities_on(about: str) -> Values:
    """Make the arguments of ``crm.activity.list`` for an entity's activities, newest first."""
    owner = owner_of(about)
    return {
        "order": {"ID": "DESC"},
        "filter": {"OWNER_TYPE_ID": owner["ownerTypeId"], "OWNER_ID": owner["ownerId"]},
        "select": ["ID", "DESCRIPTION"],
    }


def comment(about: str, text: str) -> Values:
    """Make the arguments of ``crm.timeline.comment.add``."""
    kind, _, number = about.partition(":")
    return {"fields": {"ENTITY_ID": int(number), "ENTITY_TYPE": kind.lower(), "COMMENT": text}}


def comments_on(about: str) -> Values:
    """Make the arguments of ``crm.timeline.comment.list`` for an entity's comments, newest first."""
    kind, _, number = about.partition(":")
    where = {"ENTITY_ID": int(number), "ENTITY_TYPE": kind.lower()}
    return {"order": {"ID": "DESC"}, "filter": where, "select": ["ID", "COMMENT"]}


def silence(crm_id: str) -> Values:
    """Make the arguments of ``attachRecord`` that put a tenth of a second of silence where a recording was."""
    samples = bytes([_SILENT_BYTE]) * 800
    size = (len(samples) + _HEADER - 8).to_bytes(4, "little")
    shape = b"fmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0"  # PCM, mono, 8 kHz, 8 bits
    sound = b"RIFF" + size + b"WAVE" + shape + b"data" + len(samples).to_bytes(4, "little") + samples
    return {"CALL_ID": crm_id, "FILENAME": "erased.wav", "FILE_CONTENT": b64encode(sound).decode()}


def record(crm_id: str, call_id: str, kind: str, url: str) -> Values:
    """Make the arguments of ``telephony.externalCall.attachRecord``: Bitrix24 fetches the file from the address."""
    safe = "".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in call_id)
    return {"CALL_ID": crm_id, "FILENAME": f"{safe}.{kind}", "RECORD_URL": url}


def contact(found: Sequence[Mapping[str, Any]], staff: Users) -> Contact | None:
    """Read the answer of ``searchCrmEntities``: the first entity that has somebody responsible, else the first."""
    if not found:
        return None
    best = next((row for row in found if row.get("ASSIGNED_BY_ID")), found[0])
    owner = str(best.get("ASSIGNED_BY_ID") or "")
    inner = (best.get("ASSIGNED_BY") or {}).get("USER_PHONE_INNER")
    return Contact(
        crm_id=f"{best['CRM_ENTITY_TYPE']}:{best['CRM_ENTITY_ID']}",
        name=str(best.get("NAME") or ""),
        owner=owner,
        owner_extension=str(inner or staff.extension(owner)),
    )


def kept(rows: Sequence[Mapping[str, Any]], ours: Mapping[str, str]) -> list[KeptCall]:
    """Read those calls of ``voximplant.statistic.get`` that are ours.

    Those that Bitrix24 opened itself, by a click, have no EXTERNAL_CALL_ID: ``ours`` knows them by Bitrix24's id.
    """
    named = [(str(row.get("EXTERNAL_CALL_ID") or ours.get(str(row["CALL_ID"]), "")), row) for row in rows]
    return [
        KeptCall(call_id, str(row["CALL_ID"]), datetime.fromisoformat(row["CALL_START_DATE"]))
        for call_id, row in named
        if call_id
    ]


def clicks_among(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the calls that tell no id of ours."""
    return [str(row["CALL_ID"]) for row in rows if not row.get("EXTERNAL_CALL_ID")]


def entity(answer: Mapping[str, Any]) -> str:
    """Read which CRM entity a registered call belongs to, as ``LEAD:101``, or empty."""
    made = answer.get("CRM_CREATED_ENTITIES") or []
    if made:
        return f"{made[0]['ENTITY_TYPE']}:{made[0]['ENTITY_ID']}"
    if answer.get("CRM_ENTITY_TYPE") and answer.get("CRM_ENTITY_ID"):
        return f"{answer['CRM_ENTITY_TYPE']}:{answer['CRM_ENTITY_ID']}"
    return f"LEAD:{answer['CRM_CREATED_LEAD']}" if answer.get("CRM_CREATED_LEAD") else ""
