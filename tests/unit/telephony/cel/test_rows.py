"""CEL's CSV: our columns, others' columns, hostile names, torn files."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import channel_events as ce
from telephony.cel.decoder import CelDecoder
from telephony.cel.rows import OURS, CelRow, UnreadableRow, read_rows

ROW = CelRow(
    "CHAN_START",
    "1700000000.5",
    'Bob "the\nbuilder", Ltd',
    "0671234567",
    "0442000101",
    "from-trunk",
    "SIP/c-01",
    "",
    "",
    "1700000000.1",
    "1700000000.1",
    "",
    '{"hangupcause":16}',
)


def csv_of(*rows: tuple[str, ...]) -> str:
    return "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in (row[: len(OURS)] if isinstance(row, CelRow) else row))
        + "\n"
        for row in rows
    )


def read(text: str) -> list[CelRow | UnreadableRow]:
    return list(read_rows(io.StringIO(text, newline="")))


def test_names_may_hold_quotes_commas_and_line_ends() -> None:
    assert read(csv_of(ROW)) == [ROW]


def test_blank_lines_are_nothing() -> None:
    assert read("\n" + csv_of(ROW) + "\n\n" + csv_of(ROW)) == [ROW, ROW]


def test_a_heading_line_tells_other_columns_in_any_order() -> None:
    heading = "uniqueid,eventtype,channame,linkedid,eventtime,cid_num,userfield\n"
    (row,) = read(heading + '"1.1","HANGUP","SIP/1-01","1.1","1700000000.5","101","x"\n')
    assert isinstance(row, CelRow)
    assert (row.event_type, row.uniqueid, row.channel, row.number) == ("HANGUP", "1.1", "SIP/1-01", "101")


def test_the_columns_of_asterisks_own_sample_are_known_by_their_count() -> None:
    cells = ["HANGUP", "1700000000.5", "Bob", "101", "", "", "", "102", "x", "SIP/1-01", "Dial", "SIP/2", "3", "acc"]
    cells += ["1.1", "1.1", "", "", "", '{"hangupcause":17}']
    (row,) = read(csv_of(tuple(cells)))
    assert isinstance(row, CelRow)
    assert (row.uniqueid, row.app, row.extra) == ("1.1", "Dial", '{"hangupcause":17}')


def test_torn_rows_are_told_and_the_others_read() -> None:
    text = csv_of(ROW)
    torn = text[20:] + csv_of(ROW) + text[:40]
    read_back = read(torn)
    assert ROW in read_back
    assert sum(isinstance(row, UnreadableRow) for row in read_back) >= 1


@given(st.text(max_size=300))
def test_any_text_raises_nothing(text: str) -> None:
    decoder = CelDecoder()
    for row in read(text):
        if isinstance(row, CelRow):
            decoder.decode(row)


cell = st.sampled_from(
    ["", "s", "101", "1.1", "2.2", "Dial", "Queue", "AppDial2", "SIP/1-01", "Local/x@y-01;1", "N/A", "{}", "nan"]
)
kinds = st.sampled_from(
    [
        "CHAN_START",
        "ANSWER",
        "APP_START",
        "APP_END",
        "HANGUP",
        "CHAN_END",
        "BRIDGE_ENTER",
        "BRIDGE_EXIT",
        "BLINDTRANSFER",
        "ATTENDEDTRANSFER",
        "PICKUP",
        "PARK_START",
        "PARK_END",
        "LINKEDID_END",
        "BRIDGE_START",
        "BRIDGE_END",
        "USER_DEFINED",
    ]
)


@given(st.lists(st.tuples(kinds, *([cell] * (len(OURS) - 1))), max_size=30))
def test_any_rows_raise_nothing_and_the_decoder_forgets_ended_channels(rows: list[tuple[str, ...]]) -> None:
    decoder = CelDecoder()
    for row in rows:
        decoder.decode(CelRow(*row))
    for uniqueid in {row[9] for row in rows}:
        for kind in ("HANGUP", "CHAN_END"):
            decoder.decode(CelRow(kind, "", uniqueid=uniqueid, linkedid=uniqueid))
    assert not decoder._in_queue  # noqa: SLF001 - the promise is about memory
    assert not decoder._left_queue  # noqa: SLF001


def test_a_hangup_tells_its_cause_and_how_the_callers_dial_ended() -> None:
    extra = '{"hangupcause":17,"hangupsource":"SIP/1-01","dialstatus":"BUSY"}'
    ended, gone = CelDecoder().decode(ROW._replace(event_type="HANGUP", extra=extra))
    assert isinstance(ended, ce.DialEnded)
    assert isinstance(gone, ce.ChannelHungUp)
    assert (ended.dialstatus, gone.cause) == ("BUSY", 17)


def test_times_are_read_as_seconds_or_as_dates() -> None:
    (seconds,) = CelDecoder().decode(ROW)
    (date,) = CelDecoder().decode(ROW._replace(event_time="2023-11-14 22:13:20.500000"))
    assert seconds.at == date.at


def test_a_caller_whom_the_closed_context_answers_came_outside_working_hours() -> None:
    seen, marked = CelDecoder().decode(ROW._replace(event_type="ANSWER", context="ringback-closed"))
    assert isinstance(seen, ce.ChannelSeen)
    assert isinstance(marked, ce.OffHoursHeard)
    assert len(CelDecoder().decode(ROW._replace(event_type="ANSWER"))) == 1


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ("2026/11/28/in-1.wav,ab", "/srv/spool/monitor/2026/11/28/in-1.wav"),
        ("rb-1.wav", "/srv/spool/monitor/rb-1.wav"),
        ("/tapes/rb-1.wav,r(x)", "/tapes/rb-1.wav"),
    ],
)
def test_a_relative_recording_lies_below_the_pbxs_own_spool_folder(told: str, path: str) -> None:
    row = ROW._replace(event_type="APP_START", app="MixMonitor", app_args=told)
    (began,) = CelDecoder("/srv/spool/monitor").decode(row)
    assert isinstance(began, ce.RecordingStarted)
    assert began.path == path
    (began,) = CelDecoder().decode(ROW._replace(event_type="APP_START", app="MixMonitor", app_args="rb-1.wav"))
    assert isinstance(began, ce.RecordingStarted)
    assert began.path == "/var/spool/asterisk/monitor/rb-1.wav"
