"""Between the rows of callbacks and their values, and the named queries."""

from pathlib import Path
from typing import Final, NamedTuple

from telephony.callback.policy.model import (
    Attempt,
    AttemptKey,
    ChannelId,
    ClosedReason,
    Outcome,
    Request,
    RequestId,
    RequestState,
    Step,
    WaitReason,
    WithdrawnReason,
)
from telephony.directory.model import ManagerId
from telephony.model import CallId, PbxName
from telephony.numbers import Canonical
from telephony.ports import Row
from telephony.postgres.queries import load

"""An `asyncpg.Record`."""

CHANNEL: Final = "ringback_callbacks"
"""What the engine LISTENs on: a hint that there may be something to do; it has no payload."""


class CallbackSql(NamedTuple):
    """The queries of callbacks.sql."""

    lock: str
    lock_open: str
    has_open: str
    note_miss: str
    miss_known: str
    miss_of_known: str
    answered_since: str
    calls_us: str
    call_judged: str
    open_request: str
    write: str
    remember: str
    hint: str
    claim: str
    reopen: str
    not_rung: str
    set_deadlines: str
    is_due: str
    snooze_many: str
    unasked: str
    asked: str
    last_talkers: str
    next_due: str
    end_holder: str
    rung: str
    in_hand: str
    decide_alone: str
    trunk_spent: str
    trunk_spend: str
    sweep_originates: str
    write_attempt: str
    attempt_of_channel: str
    attempts_of: str
    in_flight: str
    attempt_rang: str
    request_rang: str
    attempt_answered: str
    attempt_accepted: str
    attempt_dialled: str
    attempt_ended: str
    withdraw: str
    look_later: str
    look_for: str
    orphans: str
    strays: str
    held_too_long: str
    pull_forward: str
    missed_today: str
    adopt_customer: str
    one: str
    page: str
    history_of: str
    misses_of: str
    not_to_call: str
    last_route: str
    last_trunk: str
    manager_known: str


SQL = load(Path(__file__).with_name("callbacks.sql"), CallbackSql)


def request_from(row: Row) -> Request:
    """Read a request; ``do_not_call`` and the directory's name if the query brought them."""
    return Request(
        request_id=RequestId(row["request_id"]),
        pbx=PbxName(row["pbx"]),
        customer=Canonical(row["customer"]),
        heard_number=row["heard_number"],
        name=row.get("directory_name") or row["name"],
        did=row["did"],
        trunk=row["trunk"],
        state=RequestState(row["state"]),
        waits_for=WaitReason(row["waits_for"]),
        misses=row["misses"],
        first_missed_at=row["first_missed_at"],
        last_missed_at=row["last_missed_at"],
        last_call_id=CallId(row["last_call_id"]),
        due_at=row["due_at"],
        round=row["round"],
        round_began_at=row["round_began_at"],
        spent=row["spent"],
        owner=ManagerId(row["owner"]) if row["owner"] else None,
        owner_asked=row["owner_asked"],
        first=ManagerId(row["first_manager"]) if row["first_manager"] else None,
        rang_at=row["rang_at"],
        accepted_at=row["accepted_at"],
        talked_at=row["talked_at"],
        closed_at=row["closed_at"],
        closed_for=ClosedReason(row["closed_for"]) if row["closed_for"] else None,
        closed_by=row["closed_by"],
        ring_by=row["ring_by"],
        priority=row["priority"],
        do_not_call=row.get("do_not_call") or False,
    )


def request_row(request: Request) -> tuple[object, ...]:
    """Return the parameters of the query ``write``."""
    return (
        request.request_id,
        request.state,
        request.waits_for,
        request.misses,
        request.first_missed_at,
        request.last_missed_at,
        request.last_call_id,
        request.heard_number,
        request.name,
        request.did,
        request.trunk,
        request.due_at,
        request.round,
        request.round_began_at,
        request.spent,
        request.owner,
        request.owner_asked,
        request.first,
        request.rang_at,
        request.accepted_at,
        request.talked_at,
        request.closed_at,
        request.closed_for,
        request.closed_by,
        request.ring_by,
        request.priority,
    )


def attempt_from(row: Row) -> Attempt:
    """Read an attempt."""
    return Attempt(
        key=AttemptKey(row["attempt_key"]),
        request_id=RequestId(row["request_id"]),
        manager=ManagerId(row["manager"]),
        channel_id=ChannelId(row["channel_id"]),
        pbx=PbxName(row["pbx"]),
        step=Step(row["step"]),
        round=row["round"],
        written_at=row["written_at"],
        daemon=row["daemon"],
        dialstring=row["dialstring"],
        rang_at=row["rang_at"],
        answered_at=row["answered_at"],
        accepted_at=row["accepted_at"],
        clock_zero=row["clock_zero"],
        clock_machine=row["clock_machine"],
        dialstatus=row["dialstatus"],
        dial_cause=row["dial_cause"],
        dial_talk=row["dial_talk"],
        withdrawn=WithdrawnReason(row["withdrawn"]) if row["withdrawn"] else None,
        withdrawn_at=row["withdrawn_at"],
        ended_at=row["ended_at"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
    )
