"""What the ledger knows already, and what a repaired call tells: one call. Pure.

After a restart the tracker knows a call that goes on only from the living channels; legs that ended, the first answer
and the transfers before that are in the ledger alone. The rule: evidence is never lost. Two persons who talked have
talked, whatever the second picture says of it; and a second picture never opens a call that has ended.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from telephony.events import CallEnded
from telephony.model import Call, CallId, CallKind, Direction, Disposition, Leg, MissedReason, Party, Transfer


def merge(known: Call, heard: Call) -> Call:
    """Return ``heard``, completed with what ``known`` (the ledger's row of the same call) has beyond it."""
    whole = known if not known.repaired else heard  # who heard the call's birth knows its direction
    answered_at = _earliest(known.answered_at, heard.answered_at)
    ended_at = heard.ended_at or known.ended_at
    outcome = heard if heard.ended_at else known
    disposition, reason = outcome.disposition, outcome.missed_reason
    if ended_at and answered_at:
        disposition, reason = Disposition.ANSWERED, None
    return replace(
        heard,
        direction=whole.direction,
        kind=heard.kind if known.kind is CallKind.ORDINARY else known.kind,
        caller=_caller(whole.caller, known.caller, heard.caller),
        dialed=whole.dialed or known.dialed or heard.dialed,
        trunk=whole.trunk or known.trunk or heard.trunk,
        asked=whole.asked or known.asked or heard.asked,
        queue=heard.queue or known.queue,
        started_at=min(known.started_at, heard.started_at),
        answered_at=answered_at,
        ended_at=ended_at,
        disposition=disposition,
        missed_reason=reason,
        answered_by=known.answered_by or heard.answered_by,
        talked_last=heard.talked_last or known.talked_last,
        legs=_legs(known.legs, heard.legs),
        transfers=tuple(sorted({*known.transfers, *heard.transfers}, key=_transfer_order)),
        talk=_talk(known, heard),
        repaired=True,
    )


def leftovers(open_calls: Iterable[Call], alive: Collection[CallId], at: datetime) -> list[CallEnded]:
    """Return the ends of calls that the ledger holds open and that are not among the ``alive`` ones.

    Give them to the pump after a resync: hooks and listeners hear of them as of any other end.
    """
    ended = (close(call, at) for call in open_calls if call.call_id not in alive)
    return [CallEnded(call=call, at=call.ended_at or at) for call in ended]


def close(call: Call, at: datetime) -> Call:
    """End an open call of the ledger whose channels are gone: nobody heard its end.

    The end is the last thing that is known of it, not ``at`` (when we looked): a guess that makes talks longer than
    they were would be worse. It is marked as repaired, and CEL may tell better later.
    """
    known = max(_moments(call))
    ended_at = max(call.started_at, min(at, known))
    disposition, reason = _outcome_unheard(call)
    return replace(
        call,
        ended_at=ended_at,
        disposition=disposition,
        missed_reason=reason,
        legs=tuple(leg if leg.ended_at else replace(leg, ended_at=max(leg.started_at, ended_at)) for leg in call.legs),
        talk=max(call.talk, ended_at - call.answered_at) if call.answered_at else timedelta(),
        repaired=True,
    )


def _moments(call: Call) -> Iterable[datetime]:
    yield call.started_at
    if call.answered_at:
        yield call.answered_at
    for leg in call.legs:
        yield from filter(None, (leg.started_at, leg.rang_at, leg.answered_at, leg.ended_at))


def _outcome_unheard(call: Call) -> tuple[Disposition, MissedReason | None]:
    if call.answered_at:
        return Disposition.ANSWERED, None
    if call.direction is not Direction.INBOUND:
        return Disposition.NO_ANSWER, None
    return Disposition.MISSED, MissedReason.ABANDONED_WAITING if call.queue else MissedReason.NO_ANSWER


def _transfer_order(made: Transfer) -> tuple[datetime, str, str, str]:
    return made.at, made.to, made.by, made.kind


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _caller(*parties: Party) -> Party:
    number = next((party.number for party in parties if party.number), "")
    return Party(number, next((party.name for party in parties if party.name and party.number == number), ""))


def _talk(known: Call, answered: Call) -> timedelta:
    """The second picture counts from when it was taken; what was talked before that is added."""
    heard = answered.talk
    if known.answered_at and answered.answered_at and answered.answered_at > known.answered_at:
        heard += answered.answered_at - known.answered_at
    return max(known.talk, heard)


def _legs(known: Iterable[Leg], heard: Iterable[Leg]) -> tuple[Leg, ...]:
    legs = {leg.uniqueid: leg for leg in known}
    for leg in heard:
        legs[leg.uniqueid] = _leg(legs[leg.uniqueid], leg) if leg.uniqueid in legs else leg
    return tuple(sorted(legs.values(), key=lambda leg: (leg.started_at, leg.uniqueid)))


def _leg(known: Leg, heard: Leg) -> Leg:
    return replace(
        heard,
        number=heard.number or known.number,
        name=heard.name or known.name,
        started_at=min(known.started_at, heard.started_at),
        rang_at=_earliest(known.rang_at, heard.rang_at),
        answered_at=_earliest(known.answered_at, heard.answered_at),
        ended_at=heard.ended_at or known.ended_at,
        hangup_cause=known.hangup_cause if heard.hangup_cause is None else heard.hangup_cause,
    )
