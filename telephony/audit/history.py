"""CEL files read as calls, by the real tracker: what `telephony.cel` does for an outage, for any span.

The file that is written now and those that were rotated away beside it (``ringback.csv.1``, also compressed) are one
history. A file that was written to last before the span is not read.
"""

import gzip
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from telephony.audit.model import CelHistory
from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.cel.decoder import CelDecoder
from telephony.cel.rows import CelRow, read_rows
from telephony.channel_events import ChannelEvent
from telephony.events import CallEnded, CallMerged
from telephony.model import Call, CallId, PbxName

_LEAD: Final = timedelta(hours=4)
"""Calls that go on at the span's beginning began at most so long before, or are none of it."""
_LONGEST_LINE: Final = 65_536


def read_history(file: Path, pbx: PbxName, rules: TrunkRules, since: datetime) -> CelHistory:
    """Read what CEL has from ``since`` on; never raises for a file that cannot be read."""
    try:
        files = _files(file, since - _LEAD)
        if not files:
            return CelHistory(pbx, why_not=f"{file} is not there")
        return calls_of(_lines(files), pbx, rules)
    except (OSError, EOFError) as error:
        return CelHistory(pbx, why_not=f"{file}: {error}")


def calls_of(lines: Iterable[str], pbx: PbxName, rules: TrunkRules) -> CelHistory:
    """Let the tracker hear CEL's lines."""
    tracker = Tracker(pbx, rules)
    ended: dict[CallId, Call] = {}
    absorbed: set[CallId] = set()
    died: list[Call] = []
    begins_at: datetime | None = None
    for event in _events(lines):
        begins_at = begins_at or event.at
        for happened in tracker.receive(event):
            match happened:
                case CallEnded(call=call) if tracker.is_guess(happened):
                    died.append(call)
                case CallEnded(call=call):
                    ended[call.call_id] = call
                case CallMerged(absorbed=gone):
                    ended.pop(gone, None)
                    absorbed.add(gone)
                case _:
                    pass
        tracker.take_anomalies()
    return CelHistory(
        pbx, tuple(ended.values()), (*died, *tracker.calls_in_progress()), frozenset(absorbed), begins_at=begins_at
    )


def _events(lines: Iterable[str]) -> Iterator[ChannelEvent]:
    decoder = CelDecoder()
    for row in read_rows(lines):
        if isinstance(row, CelRow):
            yield from decoder.decode(row)


def _files(file: Path, since: datetime) -> list[Path]:
    """The file and its rotated neighbours that were written to since then, oldest first."""
    file.parent.stat()  # a folder that is away is no empty history
    found = [path for path in (file, *file.parent.glob(f"{file.name}?*")) if path.is_file()]
    written = {path: path.stat().st_mtime for path in found}
    return sorted((path for path in found if written[path] >= since.timestamp()), key=lambda path: written[path])


def _lines(files: Iterable[Path]) -> Iterator[str]:
    for path in files:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            while line := stream.readline(_LONGEST_LINE):
                yield line.decode("utf-8", "replace")
