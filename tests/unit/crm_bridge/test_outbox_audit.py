"""Messages that were lost, doubled or stuck are found; those that wait, or died for a reason, are not accused."""

from dataclasses import replace

from crm_bridge.outbox.audit import Sent, compare
from crm_bridge.outbox.lifecycle import MessageState
from telephony.audit.model import Gap, Span
from tests.builders import NOON, after

SPAN = Span(NOON, after(3600), after(7200))
SENT = Sent(
    id=9,
    target="shop",
    key="pbx:1",
    kind="call.ended",
    state=MessageState.DELIVERED,
    created_at=after(60),
    due_at=after(60),
    lease_until=None,
    ended_at=after(61),
    reason="",
    delivered=1,
    turn=70,
    paused=False,
    target_works=False,
)
WAITS = replace(SENT, state=MessageState.WAITING, ended_at=None, delivered=0)


def gaps(*sent: Sent) -> list[Gap]:
    return [finding.gap for finding in compare(SPAN, sent)]


def test_each_message_is_delivered_once_waits_or_is_dead_for_a_reason() -> None:
    assert gaps(SENT) == []
    assert gaps(replace(SENT, delivered=0)) == [Gap.MISSING]
    assert gaps(replace(SENT, delivered=2)) == [Gap.DOUBLE]
    assert gaps(replace(WAITS, due_at=after(7000))) == []
    assert gaps(WAITS) == [Gap.MISSING]
    assert gaps(replace(WAITS, paused=True)) == []
    assert gaps(replace(WAITS, target_works=True)) == []
    dead = replace(SENT, state=MessageState.DEAD, delivered=0)
    assert gaps(dead) == [Gap.MISSING]
    assert gaps(replace(dead, reason="410 Gone")) == []
    leased = replace(WAITS, state=MessageState.SENDING, lease_until=after(100))
    assert gaps(leased) == [Gap.DIFFERENT]
    assert gaps(replace(leased, lease_until=after(7100))) == []


def test_messages_of_one_key_go_out_in_order() -> None:
    later = replace(SENT, id=10, kind="call.noted", turn=71)
    assert gaps(SENT, later) == []
    assert gaps(SENT, replace(later, turn=69)) == [Gap.DIFFERENT]
    assert gaps(SENT, replace(later, key="pbx:2", turn=69)) == []
    assert gaps(SENT, replace(later, ended_at=after(50))) == [], "the clock was set back"
