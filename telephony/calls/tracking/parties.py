"""Direction, caller, dialled number, who answered: the ledger's view of a tracked call.

The earliest leg on a trunk decides: it came in, or it was dialled out; without one the call is internal. A call that
the PBX itself began (Originate) has no leg that came in: there the first leg that is not a trunk is the caller, since
the phone that rings first in a click-to-call is the one that wanted to call.
"""

import re
from collections.abc import Callable
from dataclasses import fields, make_dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

from telephony.calls.tracking.channels import CallRecord, LegRecord, endpoint_of
from telephony.calls.tracking.outcome import outcome_of
from telephony.calls.tracking.trunks import number_in
from telephony.model import (
    Answerer,
    Call,
    CallKind,
    Direction,
    Disposition,
    Leg,
    Party,
    PbxName,
)

# Building frozen values fast.
Value = TypeVar("Value")


def maker(cls: type[Value]) -> Callable[..., Value]:
    """Return a function that builds ``cls`` (a frozen dataclass with slots) of all its fields, in order."""
    names = [field.name for field in fields(cls)]  # type: ignore[arg-type] # every caller passes a dataclass
    thawed: Any = make_dataclass(cls.__name__, names, slots=True)

    def build(*values: object) -> Value:
        made = thawed(*values)
        made.__class__ = cls
        return made  # type: ignore[no-any-return] # it is one now

    return build


CALLBACK_PREFIX: Final = "rb-cb-"
CLICK_PREFIX: Final = "rb-click-"
SURVEY_PREFIX: Final = "rb-survey-"
_OURS: Final = (
    (CALLBACK_PREFIX, CallKind.CALLBACK),
    (CLICK_PREFIX, CallKind.CLICK_TO_CALL),
    (SURVEY_PREFIX, CallKind.SURVEY),
)
_DIALLABLE: Final = re.compile(r"[+*#]?[\d*#]{2,}")
_SHORT: Final = re.compile(r"\d{2,6}")
_MAILBOX: Final = re.compile(
    r"(?:^|[-_])(?:vm|vmmain|vmblast|voice-?mail|voicemessages?|mailbox)(?:$|[-_])", re.IGNORECASE
)
_LONG: Final = 7
# Channels, ids and linkedids go in as the plain text that they are: calling a NewType costs a call.
_call = maker(Call)
_leg = maker(Leg)
_party = lru_cache(maxsize=4096)(maker(Party))
_answered = lru_cache(maxsize=4096)(maker(Answerer))
_NOBODY: Final = Party()


@lru_cache(maxsize=4096)
def is_diallable(exten: str) -> bool:
    """Return a number from the dialplan's own words (``s``, ``h``, ``ID550315``)."""
    return bool(_DIALLABLE.fullmatch(exten))


@lru_cache(maxsize=1024)
def is_mailbox(context: str) -> bool:
    """Tell by its name a context that answers with a mailbox (FreePBX: ``macro-vm``, ``app-vmmain``)."""
    return bool(_MAILBOX.search(context))


def deciding_trunk(call: CallRecord) -> LegRecord | None:
    """The earliest leg on a trunk. That is who began the call, though a capture that began later saw others first."""
    earliest = None
    for leg in call.legs:
        if leg.trunk:
            if leg.uniqueid == call.linkedid:
                return leg
            earliest = earliest or leg
    return earliest


def direction_of(call: CallRecord, trunk: LegRecord | None) -> Direction:
    """Return where the call came from. A number of the outside world for which no trunk made a channel went outside."""
    if trunk is not None:
        return Direction.INBOUND if trunk.incoming else Direction.OUTBOUND
    if call.ours is not CallKind.ORDINARY or _meant_for_outside(call):
        return Direction.OUTBOUND
    return Direction.INTERNAL


def _meant_for_outside(call: CallRecord) -> bool:
    if len(call.legs) != 1 or call.answered_at is not None or call.queue:
        return False
    caller = call.legs[0]
    return bool(caller.incoming) and sum(map(str.isdigit, caller.exten)) >= _LONG and caller.exten.lstrip("+").isdigit()


def carrying_trunk(call: CallRecord, trunk: LegRecord) -> LegRecord:
    """The trunk that carried an outbound call: of those that were tried, who answered, else the last."""
    tried = _tried(call, trunk)
    return next((leg for leg in tried if leg.answered_at), tried[-1] if tried else trunk)


def _tried(call: CallRecord, trunk: LegRecord) -> list[LegRecord]:
    """The trunks' legs of one attempt to call outside; without linkedids (Asterisk 11) it is told by who dialled."""
    return [
        leg
        for leg in call.legs
        if leg.trunk
        and not leg.incoming
        and (leg.origin == trunk.origin or (leg.dialled_by is not None and leg.dialled_by is trunk.dialled_by))
    ]


def asked_of(call: CallRecord, trunk: LegRecord) -> str:
    """The number that the trunk of an outbound call was asked for; empty if nothing told it."""
    asked = number_in(trunk.dialstring, _peer_of(trunk.channel)[0])
    if asked:
        return asked
    caller = caller_leg(call, trunk)
    if caller is not None and caller.incoming and sum(map(str.isdigit, caller.exten)) >= _LONG:
        return ""  # what they dialled is as good, and nobody rewrote it
    return trunk.number if is_diallable(trunk.number) and (caller is None or trunk.number != caller.number) else ""


def kind_of_linkedid(linkedid: str) -> CallKind:
    """Our own calls are known by the ids that we gave them."""
    if not linkedid.startswith("rb-"):
        return CallKind.ORDINARY
    return next((kind for prefix, kind in _OURS if linkedid.startswith(prefix)), CallKind.ORDINARY)


def kind_of(call: CallRecord) -> CallKind:
    """Return what made the call happen."""
    if call.ours is not CallKind.ORDINARY:
        return call.ours
    return CallKind.CLICK_TO_CALL if is_originated(call) else CallKind.ORDINARY


def is_originated(call: CallRecord) -> bool:
    """Return whether the PBX itself began the call: each leg is one that it dialled."""
    if call.originated:
        return True
    for leg in call.legs:
        if leg.incoming is not False:
            return False
    return bool(call.legs)


def caller_leg(call: CallRecord, trunk: LegRecord | None) -> LegRecord | None:
    """The leg of who called."""
    if trunk is not None and trunk.incoming:
        return trunk
    came_in = [leg for leg in call.legs if leg.incoming and not leg.trunk]
    if came_in and not is_originated(call):
        origin = trunk.origin if trunk is not None else call.linkedid if call.lent else None
        same = [leg for leg in came_in if leg.origin == origin]
        return (same or came_in)[0]
    return next((leg for leg in call.legs if not leg.trunk), call.legs[0] if call.legs else None)


def customers_leg(call: CallRecord) -> LegRecord | None:
    """The customer's leg: who came in by a trunk, else the one of an outbound call's that is being talked to."""
    trunk = deciding_trunk(call)
    if trunk is None or trunk.incoming:
        return trunk
    return next((leg for leg in _tried(call, trunk) if leg.holder is not None and leg.holder.bridge is not None), None)


def dialled_of(call: CallRecord, caller: LegRecord | None, trunk: LegRecord | None) -> str:
    """What the caller dialled. In a call that the PBX began, it is the number of the other side, once it is known."""
    if caller is None:
        return ""
    if caller is trunk and not caller.incoming:
        return number_of(caller, call)  # the PBX called nobody else
    if caller.incoming:
        return caller.exten
    others = [leg for leg in call.legs if leg is not caller]
    target = trunk if trunk and trunk is not caller else next(iter(others), None)
    if target:
        return number_of(target, call) or caller.exten
    hints = (caller.exten, caller.connected_number)
    return next((hint for hint in hints if is_diallable(hint) and hint != number_of(caller, call)), "")


def number_of(leg: LegRecord, call: CallRecord) -> str:
    """The leg's own number.

    A dialled phone without a caller ID of its own is told with the number that was dialled, which in a ring group or
    behind a DID is everybody's: then its endpoint's name tells it better.
    """
    if leg.incoming:
        return leg.number
    peer, is_extension = _peer_of(leg.channel)
    if leg.trunk:
        return number_in(leg.dialstring, peer) or leg.number
    if is_extension:
        return leg.number if len(leg.number) > 1 and peer.endswith(leg.number) else peer
    asked_for = leg.number in call.extens and (not leg.name or len(leg.number) >= _LONG)
    return peer if not leg.number or asked_for else leg.number


@lru_cache(maxsize=4096)
def _peer_of(channel: str) -> tuple[str, bool]:
    """``PJSIP/101-0000002a`` to ``101``, and whether that looks like an extension."""
    peer = endpoint_of(channel).partition("/")[2]
    return peer, bool(_SHORT.fullmatch(peer))


def snapshot(call: CallRecord, pbx: PbxName) -> Call:
    """Make the ledger's frozen value of the record as it stands."""
    legs = tuple([leg.frozen or _freeze(leg, call) for leg in call.legs])
    trunk = deciding_trunk(call)
    direction = direction_of(call, trunk)
    caller = caller_leg(call, trunk)
    if call.ended_at is None:
        disposition, reason = Disposition.IN_PROGRESS, None
    else:
        disposition, reason = outcome_of(call, direction, caller)
    carrier = trunk if trunk is None or trunk.incoming else carrying_trunk(call, trunk)
    return _call(
        f"{pbx}:{call.linkedid}",
        pbx,
        call.linkedid,
        direction,
        kind_of(call),
        _party_of(caller, trunk),
        dialled_of(call, caller, carrier),
        endpoint_of(carrier.channel) if carrier else "",
        call.started_at,
        call.answered_at,
        call.ended_at,
        disposition,
        reason,
        _answerer(call),
        call.queue,
        legs,
        tuple(call.transfers),
        tuple(call.recordings),
        call.repaired,
        call.talk,
        "" if carrier is None or carrier.incoming else asked_of(call, carrier),
        _last_talker(call),
    )


def _party_of(caller: LegRecord | None, trunk: LegRecord | None) -> Party:
    if caller is None or caller.frozen is None or (caller is trunk and not caller.incoming):
        return _NOBODY  # the PBX called outside on its own
    return _party(caller.frozen.number, caller.name)


def _answerer(call: CallRecord) -> Answerer | None:
    leg = call.answerer
    if not call.answered_at or leg is None:
        return None
    return _answered(number_of(leg, call), leg.name, leg.channel)


def _last_talker(call: CallRecord) -> Answerer | None:
    leg = call.talked_last
    return _answered(number_of(leg, call), leg.name, leg.channel) if leg is not None else None


def _freeze(leg: LegRecord, call: CallRecord) -> Leg:
    leg.frozen = _leg(
        leg.channel,
        leg.uniqueid,
        number_of(leg, call),
        leg.name,
        leg.started_at,
        leg.rang_at,
        leg.answered_at,
        leg.ended_at,
        leg.hangup_cause if leg.hangup_cause >= 0 else None,
    )
    return leg.frozen
