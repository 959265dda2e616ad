"""Calls and follow-ups to tell a CRM of; every check has ids of its own."""

from datetime import UTC, datetime, timedelta
from itertools import count

from crm_bridge.crm.policy.follow_ups import FollowUp, Role
from crm_bridge.schemas import AnswererShape, CallShape, PartyShape
from telephony.model import CallKind, Direction, Disposition, MissedReason

AT = datetime(2026, 11, 21, 12, 0, 5, tzinfo=UTC)
HOSTILE = '<b onclick="alert(1)">Ol\'ena</b> & \U0001f600'
_COUNT = count(1)


def call(number: str, *, answered: bool = True, name: str = "") -> CallShape:
    """Make an inbound call of a number that our extension 101 answers, or nobody."""
    n = next(_COUNT)
    return CallShape(
        call_id=f"pbx:1763720000.{n}",
        pbx="pbx",
        direction=Direction.INBOUND,
        kind=CallKind.ORDINARY,
        caller=PartyShape(number=number, name=name),
        dialed="0442000600",
        customer=number,
        trunk="provider",
        queue="",
        started_at=AT + timedelta(seconds=n),
        answered_at=AT + timedelta(seconds=n + 5) if answered else None,
        ended_at=AT + timedelta(seconds=n + 30),
        disposition=Disposition.ANSWERED if answered else Disposition.MISSED,
        missed_reason=None if answered else MissedReason.NO_ANSWER,
        answered_by=AnswererShape(number="101", name="Ivan", channel="PJSIP/101-1") if answered else None,
        wait_seconds=5,
        talk_seconds=25 if answered else 0,
        repaired=False,
        legs=(),
        transfers=(),
    )


def follow_up(missed: CallShape, owner: str) -> FollowUp:
    """Make the task of a missed call."""
    text = f"Call back {missed.customer}"
    return FollowUp(Role.CALL_BACK, missed.call_id, text, AT + timedelta(minutes=5), owner)
