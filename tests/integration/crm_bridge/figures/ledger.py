"""Rows of a ledger, as its tables want them."""

import random
from datetime import datetime, timedelta
from typing import Any

from telephony.events import CallEnded
from telephony.ports import Transaction
from telephony.postgres.pool import Pool
from tests import builders

FATES = {
    "answered_later": "reached",
    "got_through": "got_through",
    "lost": "attempts_spent",
    "never_call": "do_not_call",
}


async def write_call(tx: Transaction | Pool, call_id: str, call: dict[str, Any]) -> None:
    """Write a call; ``wait`` and ``talk`` are seconds."""
    started: datetime = call["started_at"]
    reached = started + timedelta(seconds=call["wait"])
    answered = reached if call["disposition"] == "answered" else None
    over = None if call["disposition"] == "in_progress" else reached
    who = call["manager"] if answered else None
    await tx.execute(
        "INSERT INTO calls (call_id, pbx, linkedid, direction, kind, caller_number, caller_name, dialed, trunk, queue,"
        " customer, did, manager, started_at, answered_at, ended_at, disposition, missed_reason, answered_by_number,"
        " answered_by_name, answered_by_channel, talk, repaired, changed_at)"
        " VALUES ($1, 'pbx', $1, $2, $3, '', '', '', '', $4,"
        " '+380671234567', $5, $6, $7, $8, $9, $10, $11, $12, $12, $12, $13, false, $7)",
        call_id, call["direction"], call["kind"], call["queue"], call["did"], call["manager"], started, answered, over,
        call["disposition"], call["missed_reason"], who, timedelta(seconds=call["talk"] if answered else 0),
    )  # fmt: skip


async def write_request(tx: Transaction | Pool, number: int, chance: random.Random, missed_at: datetime) -> None:
    """Write a callback request, closed or open, with the phones that were rung for it."""
    fate = chance.choice([*FATES, "owed"])
    target = chance.choice(["met", "missed", "not_needed"])
    ring = chance.choice([None, 0.0, 59.9, 60.0, 299.0, 300.0, 4000.0])
    over = fate != "owed"
    request = await tx.fetchval(
        "INSERT INTO callback_requests (pbx, customer, heard_number, name, did, trunk, state, waits_for, misses,"
        " first_missed_at, last_missed_at, last_call_id, due_at, round_began_at, owner, closed_at, closed_for,"
        " closed_by) VALUES ('pbx', $1, $1, '', '', '', $2, $3, 1, $4, $4, 'pbx:x', $5, $4, null, $6, $7, $8)"
        " RETURNING request_id",
        f"+38067{number:07}", "done" if over else "held", "" if over else "nobody_free", missed_at,
        missed_at, missed_at if over else None, FATES.get(fate), "",
    )  # fmt: skip
    if over:
        await tx.execute(
            "INSERT INTO callback_facts (request_id, day, hour, did, owner, manager, fate, target, why_not,"
            " to_first_ring, misses, closed_for, closed_at, calendar)"
            " VALUES ($1, $2, 12, '', null, null, $3, $4, $5, $6, 1, $7, $8, '')",
            request, missed_at.date(), fate, target, "nobody_free" if target == "missed" else "", ring, FATES[fate],
            missed_at,
        )  # fmt: skip
    for who in chance.sample(["olena", "petro"], chance.randint(0, 2)):
        await tx.execute(
            "INSERT INTO callback_attempts (request_id, manager, channel_id, pbx, dialstring, step, round, daemon,"
            " written_at, look_at, ended_at, outcome)"
            " VALUES ($1, $2, $3, 'pbx', '', 'group', 1, 1, $4, $4, $4, 'no_answer')",
            request, who, f"rb-cb-{number}-{who}", missed_at,
        )  # fmt: skip


def ended(at: datetime) -> CallEnded:
    """A call's end, as the ledger's hooks hear of it."""
    return CallEnded(builders.ended(builders.inbound("1763.1", at=at), at), at)
