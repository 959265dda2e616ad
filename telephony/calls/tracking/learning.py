"""Who a leg is, learned from what the events say of its channel. Pure.

What is learned first stays, since dialplans overwrite names and numbers on the way.
"""

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from telephony.calls.tracking.channels import ChannelRecord, LegRecord
from telephony.calls.tracking.lifecycle import QueueWaiting
from telephony.calls.tracking.parties import caller_leg, deciding_trunk, is_diallable
from telephony.channel_events import ChannelFacts
from telephony.numbers import is_hidden

if TYPE_CHECKING:
    from telephony.calls.tracking.state import TrackerState


def learn(state: "TrackerState", leg: LegRecord, facts: ChannelFacts) -> None:
    """Let the leg learn who it is; what it learned first stays, since dialplans overwrite it on the way."""
    if facts.number and not leg.number and not is_hidden(facts.number):
        leg.number, leg.frozen = facts.number, None
    if facts.caller_name and not leg.name and _is_name(facts.caller_name):
        leg.name, leg.frozen = facts.caller_name, None
    if facts.connected_number and not leg.connected_number:
        leg.connected_number = facts.connected_number
    if facts.exten and facts.exten != leg.stands_at:
        leg.stands_at = facts.exten
        if leg.exten != facts.exten and leg.incoming is not False:
            _learn_exten(leg, facts.exten)
    if facts.context and not leg.context:
        leg.context = facts.context
        if leg.trunk is not None:  # Asterisk 1.4 tells the context after the state that settled the leg
            leg.trunk, leg.frozen = state.rules.is_trunk(leg, anew=True), None


def join_waiting(state: "TrackerState", channel: ChannelRecord, leg: LegRecord, at: datetime) -> None:
    """Asterisk 11 without `eventwhencalled`: who rings with the number of somebody waiting in a queue is its member."""
    if len(leg.call.legs) > 1 or leg.dialled_by is not None:
        return
    for call in set(state.tables.calls.values()):
        caller = caller_leg(call, deciding_trunk(call)) if call.waiting is QueueWaiting.IN_QUEUE else None
        if caller is not None and caller.number == leg.connected_number and call is not leg.call:
            leg.dialled_by = caller
            channel.dialler = caller.uniqueid
            state.merge(call, leg.call, at, keep=call)
            return


@lru_cache(maxsize=4096)
def _is_name(text: str) -> bool:
    """Return a name from a number that a trunk sends as one, and from the words for a hidden caller."""
    return not is_hidden(text) and any(map(str.isalpha, text))


def _learn_exten(leg: LegRecord, exten: str) -> None:
    """What a caller asked for first is what they dialled; where the dialplan went on to is nobody's own number."""
    number = is_diallable(exten)
    if leg.exten and not number:
        return
    if not is_diallable(leg.exten):
        leg.exten, leg.frozen = exten, None
    if not number or exten in leg.call.extens:
        return
    leg.call.extens.add(exten)
    for other in leg.call.legs:
        other.frozen = None  # what the caller dialled tells phones' own numbers from it
