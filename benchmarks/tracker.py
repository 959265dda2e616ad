"""Raw AMI bytes to tracked calls, against the peers on the same bytes in the same process.

`read_all.ami` is what a real Asterisk 22 said, to a user who may read all, of one answered call to a ring group of
three. It is played again and again with ids and channel names of its own each time, in chunks as TCP delivers them.
Our side is the whole way: cutting, decoding, tracking, call events. Cacofonisk gets its bytes the way its own runner
does, through panoramisk with one callback for each event that it wants; panoramisk alone is measured with one callback
that does nothing.
"""

import asyncio
import gc
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cacofonisk.handlers import EventHandler
from cacofonisk.reporters import BaseReporter
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from benchmarks.row import Row
from telephony.ami.protocol.frequent import READERS
from telephony.ami.protocol.messages import NEEDED, NEEDED_VALUES, Decoder
from telephony.ami.protocol.parser import AmiMessage, Banner, Parser, UnreadableMessage
from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.events import CallAnswered, CallEnded
from telephony.model import PbxName

TEMPLATE = (Path(__file__).parent / "read_all.ami").read_bytes()
CALLS = 50
ROUNDS = 60
CHUNK = 16_384
CONCURRENT = 5_000
LIMIT_MB = 150.0
_IDS = re.compile(rb"(17\d{8}\.)(\d{1,3})(?!\d)|(PJSIP/\w+-)([0-9a-f]{8})|\b([0-9a-f]{8})(-[0-9a-f]{4}-)")


def one_call(number: int) -> bytes:
    """The template with ids of its own."""
    return _IDS.sub(lambda found: _renumbered(found, number), TEMPLATE)


def _renumbered(found: re.Match[bytes], number: int) -> bytes:
    if found[1]:
        return b"%b%d" % (found[1], int(found[2]) + number * 100)
    if found[3]:
        return b"%b%08x" % (found[3], int(found[4], 16) + number * 100)
    return b"%08x%b" % ((int(found[5], 16) + number) & 0xFFFFFFFF, found[6])


def chunks(stream: bytes) -> list[bytes]:
    """The stream as TCP delivers it."""
    return [stream[start : start + CHUNK] for start in range(0, len(stream), CHUNK)]


def ours(stream: list[bytes]) -> int:
    """Track; return how many calls ended after two persons talked."""
    parser, decoder = Parser(NEEDED, only=NEEDED_VALUES, readers=READERS), Decoder()
    tracker = Tracker(PbxName("pbx"), TrunkRules(("PJSIP/carrier-*",)))
    ended = 0
    for chunk in stream:
        for item in parser.feed(chunk):
            event = decoder.decode(item) if isinstance(item, AmiMessage) else item
            if event is not None and not isinstance(event, (Banner, UnreadableMessage)):
                for told in tracker.receive(event):
                    ended += isinstance(told, CallEnded) and told.call.answered_at is not None
    return ended


class _Transport:
    def write(self, _packet: bytes) -> None:
        """Nothing is sent."""

    def close(self) -> None:
        """Nothing is open."""


class _Counting(BaseReporter):  # type: ignore[misc]
    """Cacofonisk's reporter: counts the calls that it reports as over."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = 0

    def on_hangup(self, *_args: object, **_named: object) -> None:
        self.ended += 1


def _protocol(register: Callable[[Any], None]) -> Any:  # noqa: ANN401 - panoramisk ships no types
    manager = Manager(loop=asyncio.new_event_loop())
    register(manager)
    protocol = AMIProtocol()
    protocol.connection_made(_Transport())
    protocol.factory = manager
    protocol.encoding = "utf8"
    return protocol


def panoramisk(stream: list[bytes]) -> int:
    """Dispatch each event to one callback that does nothing."""
    seen = [0]

    def count(_manager: object, _event: object) -> None:
        seen[0] += 1

    protocol = _protocol(lambda manager: manager.register_event("*", count))
    for chunk in stream:
        protocol.data_received(chunk)
    protocol.factory.loop.close()
    return seen[0]


def cacofonisk(stream: list[bytes]) -> int:
    """Track with cacofonisk; return how many calls it reported as over."""
    reporter = _Counting()
    handler = EventHandler(reporter=reporter)

    def register(manager: Any) -> None:  # noqa: ANN401 - panoramisk ships no types
        for name in handler.event_handlers():
            manager.register_event(name, lambda _manager, event: handler.on_event(event))

    protocol = _protocol(register)
    for chunk in stream:
        protocol.data_received(chunk)
    protocol.factory.loop.close()
    return reporter.ended


def _rate(track: Callable[[list[bytes]], int], stream: list[bytes], events: int, expected: int) -> float:
    gc.collect()
    began = time.process_time()
    found = track(stream)
    took = time.process_time() - began
    assert found == expected, f"{track.__name__} found {found}, not {expected}"
    return events / took


def speed() -> list[Row]:
    """Events a second of CPU, the best of interleaved rounds for each: other programs can only take away."""
    logging.disable(logging.CRITICAL)
    stream = chunks(b"".join(one_call(number) for number in range(CALLS)))
    per_call = TEMPLATE.count(b"Event: ")
    events = CALLS * per_call
    rates: dict[Callable[[list[bytes]], int], list[float]] = {ours: [], panoramisk: [], cacofonisk: []}
    expected: dict[Callable[[list[bytes]], int], int] = {ours: CALLS, panoramisk: events, cacofonisk: CALLS}
    for _ in range(ROUNDS):
        for track, measured in rates.items():
            measured.append(_rate(track, stream, events, expected[track]))
    mine, bare, peer = (max(rates[track]) for track in (ours, panoramisk, cacofonisk))
    what = f"raw AMI bytes to tracked calls, {per_call} events a call"
    return [
        Row(what, mine, "events/s", "cacofonisk 0.7", peer),
        Row(what, mine, "events/s", "panoramisk 1.4, bare dispatch", bare),
    ]


def memory() -> Row:
    """What so many calls, all answered and talking, cost."""
    head = TEMPLATE[: TEMPLATE.index(b"Event: BridgeLeave")]
    parser, decoder = Parser(NEEDED, only=NEEDED_VALUES, readers=READERS), Decoder()
    tracker = Tracker(PbxName("pbx"), TrunkRules(("PJSIP/carrier-*",)))
    gc.collect()
    before = _resident_mb()
    answered = 0
    for number in range(CONCURRENT):
        for item in parser.feed(_IDS.sub(lambda found, n=number: _renumbered(found, n), head)):  # type: ignore[misc]
            event = decoder.decode(item) if isinstance(item, AmiMessage) else item
            for told in tracker.receive(event) if event else ():  # type: ignore[arg-type] # it begins with no banner
                answered += isinstance(told, CallAnswered)
    assert answered == CONCURRENT
    assert len(tracker.calls_in_progress()) == CONCURRENT
    return Row(f"{CONCURRENT:,} concurrent calls", _resident_mb() - before, "MB", "limit", LIMIT_MB)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def rows() -> list[Row]:
    """All figures of this module."""
    return [*speed(), memory()]


if __name__ == "__main__":
    for row in rows():
        print(row.as_json())
