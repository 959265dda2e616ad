"""`ringback replay`: captures in, one JSON object a call out. No database, no network, no clock.

Several files are one history, in the order given: an administrator sends a capture that was rotated, or several pieces
of one day. So one tracker reads them all. Each file has its own sense of time, though, because a capture without
timestamps is dated by the newest uniqueid seen *in it*.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, TextIO

from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.captures.beginning import with_beginning
from telephony.captures.explain import Narrator
from telephony.captures.files import read_events
from telephony.captures.model import CaptureError, CaptureFormat, Tally
from telephony.channel_events import ChannelEvent, PbxSnapshot
from telephony.daemon.terminal_text import plain
from telephony.events import CallEnded, CallMerged
from telephony.model import Answerer, Call, CallId, Leg, PbxName

PBX: Final = PbxName("pbx")
EXIT_OK: Final = 0
EXIT_UNREADABLE: Final = 2
_MOST_REMARKS: Final = 10


def run(
    files: Sequence[str],
    capture_format: str | None = None,
    trunks: Sequence[str] = (),
    out: TextIO | None = None,
    errors: TextIO | None = None,
    *,
    explain: bool = False,
) -> int:
    """Replay ``files`` and print the calls to ``out`` (standard output), what was odd to ``errors`` (standard error).

    Args:
        files: paths; ``-`` is standard input.
        capture_format: ``ami``, ``json`` or ``cel``; None guesses by each file's content.
        trunks: globs over channel names that lead outside; without any, they are guessed.
        out: where the calls go.
        errors: where the counts and complaints go.
        explain: print why, event by event, in words, instead of JSON.

    Returns:
        0, or 2 if a file could not be read; the calls of the files before it are printed nevertheless.
    """
    out, errors = out or sys.stdout, errors or sys.stderr
    replayed = Replay(trunks, lambda remark: print(f"ringback replay: {remark}", file=errors))
    code = EXIT_OK
    for path in files:
        try:
            replayed.read(path, CaptureFormat(capture_format) if capture_format else None)
        except CaptureError as error:
            replayed.remark(str(error))
            code = EXIT_UNREADABLE
            break
    calls = list(replayed.calls())
    if not calls and code == EXIT_OK:
        replayed.remark("no call is in it: the channels that it tells of are no persons'.")
    for call in calls:
        if explain:
            out.write("\n".join(plain(line) for line in replayed.story(call)) + "\n\n")
            continue
        out.write(json.dumps(as_json(call), ensure_ascii=False) + "\n")
    return code


class Replay:
    """One history of a PBX, read from captures."""

    def __init__(self, trunks: Sequence[str], remark: Callable[[str], None]) -> None:
        self.remark = remark
        self._tracker = Tracker(PBX, TrunkRules(tuple(trunks)))
        self._ended: dict[CallId, Call] = {}
        self._narrator = Narrator(self._tracker.call_of)

    def read(self, path: str, capture_format: CaptureFormat | None) -> None:
        """Read one capture to its end.

        Raises:
            CaptureError: it cannot be read, or not further.
        """
        tally = Tally()
        events: list[ChannelEvent | PbxSnapshot] = []
        try:
            events.extend(read_events(path, capture_format, tally))
        finally:
            self._hear(events)
        self._tell(path, tally)
        if not tally.used:
            total = tally.not_needed.total()
            raise CaptureError(
                f"{path}: nothing in it tells of a call: of {total} events none was used. A capture needs at least "
                "Newchannel and Hangup (AMI with `read = call`), or CHAN_START and CHAN_END (CEL)."
            )

    def _hear(self, events: Sequence[ChannelEvent | PbxSnapshot]) -> None:
        for event in with_beginning(events, lambda uniqueid: self._tracker.living(uniqueid) is not None):
            if isinstance(event, PbxSnapshot):
                happened = self._tracker.resync(event)
            else:
                known = self._narrator.before(event)
                happened = self._tracker.receive(event)
                self._narrator.note(event, known, happened)
            for happening in happened:
                match happening:
                    case CallEnded(call=call):
                        self._ended[call.call_id] = call
                    case CallMerged(absorbed=absorbed):
                        self._ended.pop(absorbed, None)
                    case _:
                        pass

    def story(self, call: Call) -> Iterator[str]:
        """Return the lines that explain a call's verdict."""
        return self._narrator.story(call)

    def calls(self) -> Iterator[Call]:
        """All calls in order of start, those that the capture leaves open included."""
        found = [*self._ended.values(), *self._tracker.calls_at_the_end()]
        yield from sorted(found, key=lambda call: call.started_at)

    def _tell(self, path: str, tally: Tally) -> None:
        unused = ", ".join(f"{name} {count}" for name, count in tally.not_needed.most_common())
        total = tally.used + tally.not_needed.total()
        ways = [tally.read_as, f"taken out of {tally.wrapped_in}" if tally.wrapped_in else ""]
        read = f" (read as {', '.join(filter(None, ways))})" if any(ways) else ""
        self.remark(f"{path}: {total} events, {tally.used} used{read}" + (f"; not needed: {unused}" if unused else ""))
        anomalies = self._tracker.take_anomalies()
        odd = [*tally.remarks, *(f"{path}: {odd.kind}: {odd.detail} ({odd.uniqueid})" for odd in anomalies)]
        for remark in odd[:_MOST_REMARKS]:
            self.remark(remark)
        if len(odd) > _MOST_REMARKS:
            self.remark(f"{path}: and {len(odd) - _MOST_REMARKS} more of these")


def as_json(call: Call) -> dict[str, Any]:
    """The call as `ringback replay` prints it. Times are ISO 8601 in UTC; what is not known is null."""
    return {
        "call_id": call.call_id,
        "linkedid": call.linkedid,
        "direction": call.direction,
        "caller": {"number": call.caller.number, "name": call.caller.name},
        "dialed": call.dialed,
        "started_at": _time(call.started_at),
        "answered_at": _time(call.answered_at),
        "ended_at": _time(call.ended_at),
        "disposition": call.disposition,
        "missed_reason": call.missed_reason,
        "answered_by": _person(call.answered_by),
        "wait_seconds": round(call.wait_seconds, 3),
        "talk_seconds": round(call.talk_seconds, 3),
        "legs": [_leg(leg) for leg in call.legs],
        "transfers": [{"kind": t.kind, "by": t.by, "to": t.to, "at": _time(t.at)} for t in call.transfers],
        "recordings": [
            {"path": r.path, "channel": r.channel, "uniqueid": r.uniqueid, "started_at": _time(r.started_at)}
            for r in call.recordings
        ],
        "customer": call.customer,
        "talked_last": _person(call.talked_last),
        "kind": call.kind,
        "trunk": call.trunk,
        "queue": call.queue,
        "repaired": call.repaired,
    }


def _person(by: Answerer | None) -> dict[str, str] | None:
    return {"number": by.number, "name": by.name, "channel": by.channel} if by else None


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "channel": leg.channel,
        "uniqueid": leg.uniqueid,
        "number": leg.number,
        "name": leg.name,
        "started_at": _time(leg.started_at),
        "rang_at": _time(leg.rang_at),
        "answered_at": _time(leg.answered_at),
        "ended_at": _time(leg.ended_at),
        "hangup_cause": leg.hangup_cause,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds") if moment else None
