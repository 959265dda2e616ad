"""A call as the ledger's rows, and rows as a call. Pure.

What a PBX says is hostile: here it becomes something that the schema takes. Text loses NUL and halves of surrogates
and is cut to a length; a time before the call's start (the PBX's clock was set back) becomes the start. A
contradiction in the call itself (missed without a reason) is left as it is: the schema refuses it, and the event is a
dead letter.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, assert_never

from telephony.events import (
    CallAnswered,
    CallEnded,
    CallEvent,
    CallMerged,
    CallRecorded,
    CallRinging,
    CallStarted,
    CallTransferred,
    NumberKeyed,
)
from telephony.model import (
    Answerer,
    Call,
    CallId,
    CallKind,
    ChannelName,
    Direction,
    Disposition,
    Leg,
    Linkedid,
    MissedReason,
    Party,
    PbxName,
    Transfer,
    TransferKind,
    Uniqueid,
)
from telephony.numbers import canonical
from telephony.ports import Row
from telephony.postgres.values import writable

LONGEST_KEY = 200
LONGEST_NUMBER = 64
_LONGEST_NAME = 256
_SMALLINT = 32767
_SHORTEST_MOBILE = 7  # characters

"""A record of asyncpg."""


class EventKey(NamedTuple):
    """What makes an event the same event: written once, hooked once."""

    call_id: str
    kind: str
    identity: str


def key_of(event: CallEvent) -> EventKey:
    """Return an event's identity.

    A call starts, and is answered, once. It may end a second time only with another outcome (rebuilt from CEL).
    """
    call_id = clean(event.call.call_id, LONGEST_KEY)
    match event:
        case CallStarted():
            return EventKey(call_id, "started", "")
        case CallRinging():
            return EventKey(call_id, "ringing", clean(event.uniqueid, LONGEST_KEY))
        case CallAnswered():
            return EventKey(call_id, "answered", "")
        case CallTransferred():
            made = f"{event.transfer.kind} {event.transfer.at.isoformat()} {event.transfer.to}"
            return EventKey(call_id, "transferred", clean(made, LONGEST_KEY))
        case CallRecorded():
            return EventKey(call_id, "recorded", clean(event.segment.path[-LONGEST_KEY:], LONGEST_KEY))
        case NumberKeyed():
            return EventKey(call_id, "number_keyed", event.at.isoformat())
        case CallMerged():
            return EventKey(call_id, "merged", clean(event.absorbed, LONGEST_KEY))
        case CallEnded():
            outcome = " ".join(filter(None, (event.call.disposition, event.call.missed_reason)))
            return EventKey(call_id, "ended", outcome)
        case _:
            assert_never(event)


def number_of(event: CallEvent) -> str:
    """The number that an event's line in the timeline shows."""
    match event:
        case CallStarted():
            return event.call.caller.number
        case CallRinging():
            return event.number
        case CallAnswered():
            return event.call.answered_by.number if event.call.answered_by else ""
        case CallTransferred():
            return event.transfer.to
        case NumberKeyed():
            return event.number
        case CallRecorded() | CallMerged() | CallEnded():
            return ""
        case _:
            assert_never(event)


def manager_of(call: Call) -> str:
    """Whose the call is: who of ours talked with the customer last, or who called; or empty."""
    by = call.served_by if call.direction is not Direction.INTERNAL else None
    if by is not None:
        return by.number
    return "" if call.direction is Direction.INBOUND else call.caller.number


def on_a_mobile(call: Call) -> bool:
    """Return whether whose the call is may be told by their mobile: the number is longer than an extension."""
    return len(manager_of(call)) >= _SHORTEST_MOBILE


def call_row(call: Call, changed_at: datetime, region: str, extensions: Mapping[str, str]) -> tuple[Any, ...]:
    """One row of ``calls``, in the order of ``ledger_write.sql``'s parameters.

    ``extensions`` are those of the people whom the directory knows, by their mobiles; both canonical.
    """
    by, last = call.answered_by, call.talked_last
    manager = compared(manager_of(call), region)
    return (
        clean(call.call_id, LONGEST_KEY),
        call.pbx,
        clean(call.linkedid, LONGEST_KEY),
        call.direction.value,
        call.kind.value,
        clean(call.caller.number, LONGEST_NUMBER),
        clean(call.caller.name, _LONGEST_NAME),
        clean(call.dialed, LONGEST_NUMBER),
        clean(call.trunk, _LONGEST_NAME),
        clean(call.queue, _LONGEST_NAME),
        compared(call.customer, region),
        compared(call.did, region),
        extensions.get(manager, manager),
        call.started_at,
        _not_before(call.started_at, call.answered_at),
        _not_before(call.started_at, call.ended_at),
        call.disposition.value,
        call.missed_reason.value if call.missed_reason else None,
        clean(by.number, LONGEST_NUMBER) if by else None,
        clean(by.name, _LONGEST_NAME) if by else None,
        clean(by.channel, _LONGEST_NAME) if by else None,
        max(call.talk, timedelta()),
        call.repaired,
        changed_at,
        clean(last.number, LONGEST_NUMBER) if last else None,
        clean(last.name, _LONGEST_NAME) if last else None,
        clean(last.channel, _LONGEST_NAME) if last else None,
        clean(call.asked, LONGEST_NUMBER),
    )


def leg_rows(call: Call) -> Iterable[tuple[Any, ...]]:
    """The rows of ``legs``."""
    call_id = clean(call.call_id, LONGEST_KEY)
    for leg in call.legs:
        yield (
            call_id,
            clean(leg.uniqueid, LONGEST_KEY),
            clean(leg.channel, _LONGEST_NAME),
            clean(leg.number, LONGEST_NUMBER),
            clean(leg.name, _LONGEST_NAME),
            leg.started_at,
            _not_before(leg.started_at, leg.rang_at),
            _not_before(leg.started_at, leg.answered_at),
            _not_before(leg.started_at, leg.ended_at),
            leg.hangup_cause if leg.hangup_cause is not None and abs(leg.hangup_cause) <= _SMALLINT else None,
        )


def transfer_rows(call: Call) -> Iterable[tuple[Any, ...]]:
    """The rows of ``transfers``."""
    call_id = clean(call.call_id, LONGEST_KEY)
    for made in call.transfers:
        by, to = clean(made.by, LONGEST_NUMBER), clean(made.to, LONGEST_NUMBER)
        yield (call_id, made.at, to, made.kind.value, by)


def columns(rows: Iterable[tuple[Any, ...]], keys: int) -> list[list[Any]]:
    """Turn rows into sorted columns for ``unnest``; of rows with the same first ``keys`` values the last one counts."""
    last = {row[:keys]: row for row in rows}
    return [list(column) for column in zip(*(last[key] for key in sorted(last)), strict=True)]


def call_from(row: Row, legs: Iterable[Row], transfers: Iterable[Row]) -> Call:
    """Read a call back. Its recordings are not part of these rows: they belong to `telephony.recording`."""
    return Call(
        call_id=CallId(row["call_id"]),
        pbx=PbxName(row["pbx"]),
        linkedid=Linkedid(row["linkedid"]),
        direction=Direction(row["direction"]),
        kind=CallKind(row["kind"]),
        caller=Party(row["caller_number"], row["caller_name"]),
        dialed=row["dialed"],
        trunk=row["trunk"],
        started_at=row["started_at"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        disposition=Disposition(row["disposition"]),
        missed_reason=MissedReason(row["missed_reason"]) if row["missed_reason"] else None,
        answered_by=_answerer_from(row, "answered_by"),
        talked_last=_answerer_from(row, "talked_last"),
        asked=row["asked"],
        queue=row["queue"],
        legs=tuple(_leg_from(leg) for leg in legs),
        transfers=tuple(_transfer_from(made) for made in transfers),
        repaired=row["repaired"],
        talk=row["talk"],
    )


def _answerer_from(row: Row, who: str) -> Answerer | None:
    channel = row[f"{who}_channel"]
    if channel is None:
        return None
    return Answerer(row[f"{who}_number"], row[f"{who}_name"], ChannelName(channel))


def _leg_from(row: Row) -> Leg:
    return Leg(
        channel=ChannelName(row["channel"]),
        uniqueid=Uniqueid(row["uniqueid"]),
        number=row["number"],
        name=row["name"],
        started_at=row["started_at"],
        rang_at=row["rang_at"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        hangup_cause=row["hangup_cause"],
    )


def _transfer_from(row: Row) -> Transfer:
    return Transfer(TransferKind(row["kind"]), row["by_number"], row["to_number"], row["at"])


def clean(text: str, longest: int) -> str:
    """Make text that PostgreSQL takes: no NUL, valid UTF-8, not longer than ``longest`` characters."""
    return writable(text[:longest])


def compared(number: str, region: str) -> str:
    """Make of a number what is compared and searched."""
    return canonical(clean(number, LONGEST_NUMBER), region)


def _not_before(start: datetime, moment: datetime | None) -> datetime | None:
    return max(start, moment) if moment else None
