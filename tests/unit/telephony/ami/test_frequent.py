"""The short way of reading an event and the long one say the same, of all that an Asterisk said to us and worse."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.ami.protocol.frequent import READERS
from telephony.ami.protocol.messages import NEEDED, NEEDED_VALUES, Decoder
from telephony.ami.protocol.parser import AmiMessage, Parsed, Parser
from telephony.channel_events import ChannelEvent

TRANSCRIPTS = Path(__file__).parents[3] / "transcripts"
BENCHMARK = Path(__file__).parents[4] / "benchmarks/read_all.ami"


def pieces(path: Path) -> list[bytes]:
    text = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return [piece for piece in text.split(b"\r\n\r\n") if piece.startswith(b"Event: ")]


def short(piece: bytes) -> ChannelEvent | tuple[()] | None:
    read = READERS.get(piece[7:].partition(b"\r\n")[0].decode("utf-8", "replace"))
    return read(piece) if read else None


def long(piece: bytes) -> ChannelEvent | None:
    (message,) = Parser().feed(piece + b"\r\n\r\n")
    assert isinstance(message, AmiMessage)
    return Decoder().decode(message)


@pytest.mark.parametrize("folder", [TRANSCRIPTS, TRANSCRIPTS / "asterisk-18", TRANSCRIPTS / "asterisk-20"])
def test_every_transcript_is_read_alike(folder: Path) -> None:
    read = {piece: short(piece) for path in sorted(folder.glob("*.ami")) for piece in pieces(path)}
    taken = {piece: event for piece, event in read.items() if event is not None}
    assert len(taken) > len([piece for piece in read if piece[7:].partition(b"\r\n")[0].decode() in READERS]) * 0.9
    for piece, event in taken.items():
        assert (event or None) == long(piece), piece


SOURCE = [piece for piece in pieces(BENCHMARK) if short(piece) is not None]
LINES = [
    *[b"Channel: SIP/x-1", b"Uniqueid: 17.1", b"DestUniqueid: 17.9", b"Linkedid: unknown", b"CallerIDNum: <Unknown>"],
    *[
        b"Exten: a\nb",
        b"Exten: a\rb",
        b"Exten:600",
        b"exten: 7",
        b"Cause: x",
        b"ActionID: 1",
        b"Timestamp: soon",
        b"nonsense",
    ],
    *[
        b"Context: \xd0",
        b"CallerIDName: \xe2\x82 \xc8",
        b"BridgeType: holding",
        b"Event: Hangup",
        b"DialStatus: busy",
        b"",
    ],
    *[b"ConnectedLineNum: <unknown>1", b"ChannelState: 9", b"Exten: a: b", b"Variable: DIALSTATUS", b"ChannelState: "],
]
WAYS = ["insert", "replace", "delete", "twice"]
CHANGE = st.tuples(st.sampled_from(WAYS), st.integers(0, 60), st.sampled_from(LINES))


@given(st.sampled_from(SOURCE), st.lists(CHANGE, min_size=1, max_size=4))
def test_whatever_is_done_to_an_event_it_is_read_alike_or_the_long_way(
    piece: bytes, changes: list[tuple[str, int, bytes]]
) -> None:
    first, *lines = piece.split(b"\r\n")
    for what, where, line in changes:
        place = where % (len(lines) + 1)
        match what:
            case "insert":
                lines.insert(place, line)
            case "replace":
                lines[place : place + 1] = [line]
            case "delete":
                del lines[place : place + 1]
            case _:
                lines[place:place] = lines[place : place + 1]
    changed = b"\r\n".join([first, *lines]).partition(b"\r\n\r\n")[0]
    event = short(changed)
    assert event is None or (event or None) == long(changed)


def test_a_stream_with_readers_gives_the_events_of_one_without() -> None:
    stream = BENCHMARK.read_bytes()

    def events(parsed: list[Parsed]) -> list[Parsed]:
        decoder = Decoder()
        decoded = [decoder.decode(item) if isinstance(item, AmiMessage) else item for item in parsed]
        return [event for event in decoded if event is not None]

    fast = Parser(NEEDED, only=NEEDED_VALUES, readers=READERS).feed(stream)
    assert events(fast) == events(Parser(NEEDED, only=NEEDED_VALUES).feed(stream))
    assert len([item for item in fast if isinstance(item, AmiMessage)]) < len(fast) / 5
