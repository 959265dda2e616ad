"""What the ledger's transaction writes for the recording: with the call's rows, or not at all.

The hook makes nothing happen: it writes down which files the PBX writes, and that a call has ended. From then on the
archive finds the work in the rows, whatever happens to this process.
"""

from collections.abc import Callable

from telephony.events import CallEnded, CallEvent, CallMerged, CallRecorded
from telephony.model import Call, MissedReason
from telephony.ports import Clock, Transaction
from telephony.recording import store
from telephony.recording.plan.policy import Wish

Policy = Callable[[Call], Wish]
"""The policy with its rules: `telephony.recording.plan.policy.decide`, bound."""


class RecordingHook:
    """A `telephony.ports.LedgerHook`."""

    def __init__(self, policy: Policy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock

    async def __call__(self, tx: Transaction, event: CallEvent) -> None:
        """Write what the event means for the recording. Writing it twice changes nothing."""
        call = event.call
        if isinstance(event, CallRecorded):
            await store.add_segment(tx, call, event.segment, wanted=self._wanted(call), now=self._clock())
        elif isinstance(event, CallMerged):
            await store.merge_calls(tx, event.absorbed, call, wanted=self._wanted(call), now=self._clock())
        elif isinstance(event, CallEnded) and (call.recordings or (_has_tape(call) and self._wanted(call))):
            await store.end_call(tx, call, wanted=self._wanted(call), due=self._clock())

    def _wanted(self, call: Call) -> bool:
        return self._policy(call) is not Wish.SKIP


def _has_tape(call: Call) -> bool:
    """Return whether there ought to be a tape, though nobody told of one: it is looked for on the disk."""
    return call.answered_at is not None or call.missed_reason is MissedReason.OFF_HOURS
