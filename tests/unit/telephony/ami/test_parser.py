"""Bytes to messages, however TCP cut them and whatever a peer sends."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telephony.ami.protocol.parser import AmiMessage, Banner, Defect, Parsed, Parser, UnreadableMessage

STREAM = (
    "Asterisk Call Manager/9.0.0\r\n"
    "Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n"
    "Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n"
    "Event: Newchannel\r\nChannel: SIP/1-1\r\nCallerIDName: Иван Їжак\r\nUniqueid: 1.1\r\n\r\n"
    "Response: Success\r\nActionID: 2\r\nOutput: first\r\nOutput: \r\nOutput: third\r\n\r\n"
    "\r\nnonsense\r\n\r\n"
    "Event: Hangup\r\nUniqueid: 1.1\r\n\r\n"
).encode()
FOLLOWS = (
    b"Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\nName: x\n\nlast line\n--END COMMAND--\r\n\r\n"
    b"Event: Hangup\r\nUniqueid: 1.1\r\n\r\n"
)


def feed(data: bytes, cuts: list[int], limit: int = 1 << 20, wanted: frozenset[str] | None = None) -> list[Parsed]:
    parser = Parser(wanted, limit)
    found: list[Parsed] = []
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, end in pairwise(places):
        found += parser.feed(data[start:end])
    return found + parser.close()


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_any_cut_of_the_bytes_gives_the_same_messages(cuts: list[int]) -> None:
    assert feed(STREAM, cuts) == feed(STREAM, [])
    as_lf = STREAM.replace(b"\r\n", b"\n")
    assert feed(as_lf, cuts) == feed(STREAM, [])
    assert feed(FOLLOWS, cuts) == feed(FOLLOWS, [])


WORDS = [
    *[b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"Event: ", b"X", b": ", b"\xd0", b"\xd0\x98", b"ActionID: 1", b"a" * 30],
    *[b"Response: Follows", b"--END COMMAND--", b"Asterisk Call Manager/1\r\n"],
]


@example([b"\r\n", b"\r\n", b"Asterisk Call Manager/1\r\n"], [11])
@example([b"\r\n", b"\r\n", b"Asterisk Call Manager/1\r\n", b"\r\n"], [34])
@example([b"\r\n", *[b"Asterisk Call Manager/1\r\n"] * 2, b"\r\n"], [34])
@given(st.lists(st.sampled_from(WORDS), max_size=40), st.lists(st.integers(0, 10_000), max_size=30))
def test_garbage_raises_nothing_and_is_cut_alike_however_it_came(words: list[bytes], cuts: list[int]) -> None:
    data = b"first\r\n" + b"".join(words)
    assert feed(data, cuts, limit=64) == feed(data, [], limit=64)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=20))
def test_any_bytes_raise_nothing(data: bytes, cuts: list[int]) -> None:
    feed(data, cuts, limit=100)


def test_a_letter_cut_by_tcp_survives() -> None:
    cut = STREAM.index("Ї".encode()) + 1
    names = [m.headers.get("calleridname") for m in feed(STREAM, [cut]) if isinstance(m, AmiMessage)]
    assert "Иван Їжак" in names


def test_bytes_that_are_no_utf8_are_replaced_not_lost() -> None:
    (message,) = feed(b"Event: X\r\nName: \xc8\xe2\xe0\xed!\r\n\r\n", [])
    assert isinstance(message, AmiMessage)
    assert message.headers["name"] == "\ufffd\ufffd\ufffd\ufffd!"


def test_the_banner_is_told_before_anything_follows_it() -> None:
    assert Parser().feed(b"Asterisk Call Manager/9.0.0\r\n") == [Banner("9.0.0")]


def test_repeated_headers_keep_all_their_values() -> None:
    messages = [m for m in feed(STREAM, []) if isinstance(m, AmiMessage) and m.action_id == "2"]
    assert messages[0].headers["output"] == "first\n\nthird"


def test_the_output_of_an_old_command_is_kept_with_its_empty_lines() -> None:
    for stream in (FOLLOWS, FOLLOWS.replace(b"\r\n", b"\n")):
        command, hangup = feed(stream, [])
        assert isinstance(command, AmiMessage)
        assert command.headers["output"] == "Name: x\n\nlast line"
        assert isinstance(hangup, AmiMessage)


def test_what_is_too_long_is_told_once_and_the_stream_goes_on() -> None:
    long = b"Event: Newchannel\r\nChannel: " + b"x" * 5000 + b"\r\n\r\n"
    after = b"Event: Hangup\r\nUniqueid: 1.1\r\n\r\n"
    for cuts in ([], list(range(0, 5000, 7))):
        first, second = feed(long + after, cuts, limit=1000)
        assert first == UnreadableMessage(Defect.TOO_LONG, long[:200].decode())
        assert isinstance(second, AmiMessage)


def test_a_peer_that_never_ends_a_message_costs_bounded_memory() -> None:
    parser = Parser(limit=10_000)
    told = [item for _ in range(1000) for item in parser.feed(b"y" * 1000)]
    assert [item.defect for item in told if isinstance(item, UnreadableMessage)] == [Defect.TOO_LONG]
    kept = len(parser._rest) + sum(map(len, parser._pending))  # noqa: SLF001 - the promise is about memory
    assert kept < 20_000


def test_events_that_are_not_wanted_are_skipped_unless_they_answer_an_action() -> None:
    data = (
        b"Event: VarSet\r\nVariable: x\r\n\r\n"
        b"Event: CoreShowChannel\r\nActionID: 9\r\nChannel: SIP/1-1\r\n\r\n"
        b"Event: Hangup\r\nUniqueid: 1.1\r\n\r\n"
    )
    names = [m.name for m in feed(data, [], wanted=frozenset({"Hangup"})) if isinstance(m, AmiMessage)]
    assert names == ["CoreShowChannel", "Hangup"]


def test_header_names_are_told_in_lower_case_whatever_the_pbx_writes() -> None:
    (message,) = feed(b"Event: Dial\r\nUniqueID: 1.1\r\nDestUniqueID:2.2\r\n\r\n", [])
    assert isinstance(message, AmiMessage)
    assert (message.headers["uniqueid"], message.headers["destuniqueid"]) == ("1.1", "2.2")


@pytest.mark.parametrize(
    ("tail", "defect"), [(b"Event: Hangup\r\nUniqueid: 1", Defect.CUT_OFF), (b"Channel: x\r\n\r\n", Defect.NO_NAME)]
)
def test_a_cut_off_beginning_or_end_is_told(tail: bytes, defect: Defect) -> None:
    *_, last = feed(b"Event: X\r\n\r\n" + tail, [])
    assert isinstance(last, UnreadableMessage)
    assert last.defect is defect


def test_a_last_message_without_its_empty_line_counts_if_its_lines_are_whole() -> None:
    (message,) = feed(b"Event: Hangup\r\nUniqueid: 1.1\r\n", [])
    assert isinstance(message, AmiMessage)
