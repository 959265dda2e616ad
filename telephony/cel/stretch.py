"""The calls of a stretch of CEL. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.cel.decoder import MONITOR_FOLDER, CelDecoder
from telephony.cel.rows import UnreadableRow, read_rows
from telephony.events import CallEnded
from telephony.model import Call, CallId, PbxName


class Stretch(NamedTuple):
    """What a stretch of CEL has."""

    ended: dict[CallId, CallEnded]
    """The calls that end in it, in that order, marked repaired."""
    died: list[Call]
    """Those without an end of which it tells that their Asterisk was started anew."""
    endless: list[Call]
    """The others without an end: they go on, or their Asterisk died."""


def calls_in(text: Iterable[str], pbx: PbxName, rules: TrunkRules, monitor_folder: str = MONITOR_FOLDER) -> Stretch:
    """Find all calls in CEL's lines; ``monitor_folder`` is where relative recordings lie on the PBX."""
    decoder, tracker = CelDecoder(monitor_folder), Tracker(pbx, rules)
    found: dict[CallId, CallEnded] = {}
    died: list[Call] = []
    for row in read_rows(text):
        if isinstance(row, UnreadableRow):
            continue
        for event in decoder.decode(row):
            for happened in tracker.receive(event):
                if isinstance(happened, CallEnded) and tracker.is_guess(happened):
                    died.append(happened.call)
                elif isinstance(happened, CallEnded):
                    found[happened.call.call_id] = replace(happened, call=replace(happened.call, repaired=True))
    return Stretch(found, died, tracker.calls_in_progress())
