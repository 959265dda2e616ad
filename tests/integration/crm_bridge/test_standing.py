"""Somebody notices when a target does not let us in, when messages die, and when they wait for long."""

from datetime import UTC, datetime, timedelta

import structlog
from prometheus_client import CollectorRegistry

from crm_bridge.outbox.standing import OutboxWatch
from crm_bridge.outbox.store import OutboxStore, TargetRow
from telephony.postgres.pool import Pool

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def message(pool: Pool, target: str, state: str, reason: str = "", age: timedelta = timedelta()) -> None:
    await pool.execute(
        "INSERT INTO outbox_messages (target, key, kind, body, state, reason, created_at, ended_at) "
        "VALUES ($1, 'k', 'call.ended', '{}', $2, $3, $4::timestamptz, CASE WHEN $2 = 'dead' THEN $4::timestamptz END)",
        target,
        state,
        reason,
        NOW - age,
    )


async def test_a_lock_out_a_dead_letter_and_a_long_wait_are_seen_once_in_the_log_and_always_elsewhere(
    pool: Pool,
) -> None:
    store, registry, aside = OutboxStore(pool), CollectorRegistry(), {"odoo": 0, "hook": 0}
    await store.declare([TargetRow("odoo"), TargetRow("hook"), TargetRow("of old")])
    watch = OutboxWatch(store, ["odoo", "hook"], lambda: NOW, lambda: aside)
    registry.register(watch)
    await watch.look()
    assert watch.health() == (True, "0 messages wait, 0 dead letters")

    await message(pool, "odoo", "waiting", "not let in: HTTP 401: the key is over")
    await message(pool, "hook", "waiting", age=timedelta(hours=3))
    await message(pool, "hook", "dead", "no such user")
    await message(pool, "of old", "dead", "nobody's any more")
    with structlog.testing.capture_logs() as logs:
        await watch.look()
        await watch.look()
    healthy, words = watch.health()
    assert not healthy
    assert "odoo: does not let us in: not let in: HTTP 401: the key is over" in words
    assert "hook: 1 messages wait, the oldest for 3 h" in words
    assert [(line["event"], line["target"]) for line in logs] == [
        ("outbox.target_in_trouble", "hook"),
        ("outbox.target_in_trouble", "odoo"),
        ("outbox.dead_letters", "hook"),
    ]
    for name, target, value in (
        ("waiting", "hook", 1), ("dead", "hook", 1), ("oldest_seconds", "hook", 10800), ("locked_out", "odoo", 1),
        ("locked_out", "hook", 0),
    ):  # fmt: skip
        assert registry.get_sample_value(f"ringback_outbox_{name}", {"target": target}) == value

    await pool.execute("DELETE FROM outbox_messages")
    await watch.look()
    assert watch.health() == (True, "0 messages wait, 0 dead letters")

    aside["hook"] = 2
    healthy, words = watch.health()
    assert not healthy
    assert words == "hook: 2 answers could not be written, see the log (outbox.answer_set_aside)"
    assert registry.get_sample_value("ringback_outbox_set_aside", {"target": "hook"}) == 2
    assert registry.get_sample_value("ringback_outbox_set_aside", {"target": "odoo"}) == 0
