"""Which tapes should run on a call now, and what to do about it. Pure.

A tape is a MixMonitor on one channel. The rules, first that speaks:

1. Not wanted (policy, or somebody ordered a stop): our tapes stop. A foreign one is the PBX's own business.
2. A foreign tape runs: ours stop. One recording of a talk is enough, and theirs was there on somebody's order.
3. Wanted, answered, and no tape runs: one is started on the channel that stays through transfers, the customer's.
4. A transfer was made, and what runs rides on another channel than the customer's (a manager's, who is leaving): a new
   tape is started on the customer's and ours elsewhere stop. The call then has several segments.
5. A transfer was made, and our tape is on the customer's channel already: it is made anew. Asterisk (seen on 22, told
   of 18) translates what a channel hears for all its tapes together, and follows the RTP sequence numbers of whoever
   spoke first; after a transfer it takes the next manager's packets for late ones, in one call of four, and that side
   of the file is silent until the end. Only a channel that had no tape for a moment begins afresh.
6. Somebody paused the recording: what is started is muted at once.

A tape whose channel has ended is over by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from telephony.model import Call, ChannelName, Direction, Leg, RecordingSegment, Uniqueid
from telephony.recording.plan.names import RecordedSide, is_ours
from telephony.recording.plan.policy import Wish


@dataclass(frozen=True, slots=True)
class StartSegment:
    """Start a tape on this channel."""

    channel: ChannelName
    uniqueid: Uniqueid
    speaker: RecordedSide
    muted: bool = False


@dataclass(frozen=True, slots=True)
class StopSegment:
    """Stop our tape that writes this segment."""

    segment: RecordingSegment


@dataclass(frozen=True, slots=True)
class RestartSegment:
    """Stop our tape that writes this segment; once the channel has forgotten it, start a new one there."""

    segment: RecordingSegment


Step = StartSegment | StopSegment | RestartSegment


def plan(
    call: Call, segments: Sequence[RecordingSegment], wish: Wish, *, moved: bool = False, paused: bool = False
) -> list[Step]:
    """Return what to do so that the right segments run.

    Args:
        call: as it stands now.
        segments: all that were started for it and not stopped.
        wish: the policy's, or the order that overrides it.
        moved: True right after a transfer, or when a parked call was fetched.
        paused: True while somebody keeps the recording paused.
    """
    live = live_segments(call, segments)
    ours = [segment for segment in live if is_ours(segment.path)]
    if wish is Wish.SKIP or len(ours) < len(live):
        return [StopSegment(segment) for segment in ours]
    if wish is Wish.UNDECIDED or call.answered_at is None or call.ended_at is not None:
        return []
    carrier = carrier_leg(call)
    if carrier is None or (live and not moved):
        return []
    elsewhere = [StopSegment(segment) for segment in ours if segment.uniqueid != carrier.uniqueid]
    if here := [segment for segment in ours if segment.uniqueid == carrier.uniqueid]:
        return [RestartSegment(here[-1]), *elsewhere]
    start = StartSegment(carrier.channel, carrier.uniqueid, speaker_of(call, carrier.channel), muted=paused)
    return [start, *elsewhere]


def live_segments(call: Call, segments: Sequence[RecordingSegment]) -> list[RecordingSegment]:
    """Return the tapes that still run, as far as ``call`` knows."""
    return [segment for segment in segments if _lives(call, segment)]


def _lives(call: Call, segment: RecordingSegment) -> bool:
    """Return whether a tape still runs; one on a Local channel has no leg, and lives as long as the call."""
    leg = next((leg for leg in call.legs if leg.uniqueid == segment.uniqueid), None)
    return call.ended_at is None and (leg is None or leg.ended_at is None)


def carrier_leg(call: Call) -> Leg | None:
    """Return the leg that a tape should ride on: the customer's; of an internal call one that is not being left."""
    up = [leg for leg in call.legs if leg.ended_at is None and _is_up(call, leg)]
    if call.direction is Direction.INTERNAL:
        leaving = {transfer.by for transfer in call.transfers}
        return next((leg for leg in up if leg.number not in leaving), up[0] if up else None)
    return next((leg for leg in up if on_trunk(call, leg.channel)), up[0] if up else None)


def _is_up(call: Call, leg: Leg) -> bool:
    """Return whether a leg can carry a tape: it answered, or it is the caller's, which dials."""
    return leg.answered_at is not None or leg is call.legs[0]


def on_trunk(call: Call, channel: str) -> bool:
    """Return whether a channel belongs to the call's trunk: ``PJSIP/carrier-0000002a`` to ``PJSIP/carrier``."""
    return bool(call.trunk) and channel.rpartition("-")[0] == call.trunk


def speaker_of(call: Call, channel: str) -> RecordedSide:
    """Return whose voice comes from a channel; of an internal call the caller counts as the customer (left)."""
    if channel.startswith("Local/"):
        return RecordedSide.UNKNOWN
    if call.direction is Direction.INTERNAL:
        return RecordedSide.CUSTOMER if call.legs and channel == call.legs[0].channel else RecordedSide.MANAGER
    return RecordedSide.CUSTOMER if on_trunk(call, channel) else RecordedSide.MANAGER
