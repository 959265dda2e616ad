"""The calls that end in a stretch of CEL. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from telephony.calls.tracker import Tracker
from telephony.calls.trunks import TrunkRules
from telephony.cel.decoder import CelDecoder
from telephony.cel.rows import UnreadableRow, read_rows
from telephony.events import CallEnded
from telephony.model import CallId, PbxName


def ended_calls(text: Iterable[str], pbx: PbxName, rules: TrunkRules) -> dict[CallId, CallEnded]:
    """Find the calls that end in CEL's lines, in that order, marked repaired; rows of no meaning are passed over."""
    decoder, tracker = CelDecoder(), Tracker(pbx, rules)
    found: dict[CallId, CallEnded] = {}
    for row in read_rows(text):
        if isinstance(row, UnreadableRow):
            continue
        for event in decoder.decode(row):
            for told in tracker.receive(event):
                if isinstance(told, CallEnded):
                    found[told.call.call_id] = replace(told, call=replace(told.call, repaired=True))
    return found
