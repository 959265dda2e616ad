"""One call's CEL as databases' tools export it: other separators, boxes, orders, and columns left out."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from telephony.model import Call
from telephony.replay import Replay

EXPORT = Path(__file__).parents[3] / "cases" / "ami" / "91-cel-phpmyadmin-semicolon.csv"
Rows = list[list[str]]


def rows() -> Rows:
    with EXPORT.open(newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def written(table: Sequence[Sequence[str]], separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(table)
    return out.getvalue()


def without(table: Rows, *columns: str) -> Rows:
    gone = {table[0].index(column) for column in columns}
    return [[cell for index, cell in enumerate(row) if index not in gone] for row in table]


def boxed(table: Rows, *, edges: bool) -> str:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    rule = "+".join("-" * (width + 2) for width in widths)
    lines = [" " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    if not edges:
        return "\n".join([lines[0], rule, *lines[1:], f"({len(table) - 1} rows)"])
    drawn = [f"|{line} |" for line in lines]
    return "\n".join([f"+{rule}+", drawn[0], f"+{rule}+", *drawn[1:], f"+{rule}+", "23 rows in set (0.01 sec)"])


def by_channel(table: Rows) -> Rows:
    column = table[0].index("uniqueid")
    return [table[0], *sorted(table[1:], key=lambda row: row[column])]


def with_nulls(table: Rows) -> Rows:
    return [[cell or "NULL" for cell in row] for row in table]


WAYS: dict[str, Callable[[Rows], str]] = {
    "semicolons": lambda table: written(table, ";"),
    "tabs": lambda table: written(table, "\t"),
    "pipes": lambda table: written(table, "|"),
    "NULL": lambda table: written(with_nulls(table)),
    "mysql": lambda table: boxed(with_nulls(table), edges=True),
    "psql": lambda table: boxed(table, edges=False),
    "newest first": lambda table: written([table[0], *table[:0:-1]]),
    "newest first, without numbers": lambda table: written(without([table[0], *table[:0:-1]], "id")),
    "one channel after the other": lambda table: written(by_channel(table)),
    "without extra": lambda table: written(without(table, "extra")),
    "without extra and peer": lambda table: written(without(table, "extra", "peer")),
    "without a heading": lambda table: written(table[1:]),
    "without a heading, extra and peer": lambda table: written(without(table, "extra", "peer")[1:]),
    "columns in another order": lambda table: written([row[::-1] for row in table]),
}


def read(path: Path) -> Call:
    history = Replay((), lambda _remark: None)
    history.read(str(path), None)
    (call,) = history.calls()
    return call


@pytest.mark.parametrize("way", WAYS)
def test_an_export_reads_as_the_call_that_it_is(way: str, tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    path.write_text(WAYS[way](rows()))
    call = read(path)
    whole = read(EXPORT)
    assert call.answered_by == whole.answered_by is not None
    assert (call.disposition, call.talk, call.queue) == (whole.disposition, whole.talk, whole.queue)
    assert (call.caller, call.dialed, call.started_at) == (whole.caller, whole.dialed, whole.started_at)


ROW = '"{kind}","{time}","","","{exten}","{context}","{channel}","","","{uniqueid}","1795873355.5","",""\n'


@pytest.mark.parametrize(
    ("time", "utc_hour"),
    [("2026-11-28 15:42:35", 13), ("2026-11-28 08:42:35", 13), ("2026-11-28T19:12:36", 13), ("1795873355.000000", 13)],
)
def test_a_time_without_a_zone_is_the_pbxs_own(time: str, utc_hour: int, tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    fields = {"context": "from-trunk", "channel": "PJSIP/carrier-05", "uniqueid": "1795873355.5"}
    path.write_text(
        ROW.format(kind="CHAN_START", time=time, exten="0441234502", **fields)
        + ROW.format(kind="CHAN_END", time=time, exten="0441234502", **fields)
    )
    call = read(path)
    assert (call.started_at.hour, call.started_at.minute) == (utc_hour, 42)


def test_a_ringing_phone_in_a_bridge_has_not_answered_by_cel_either(tmp_path: Path) -> None:
    caller = {"context": "from-trunk", "channel": "PJSIP/carrier-05", "uniqueid": "1795873355.5", "exten": "0441234502"}
    phone = {"context": "x", "channel": "PJSIP/101-06", "uniqueid": "1795873355.6", "exten": "s"}
    steps = [(caller, "CHAN_START"), (phone, "CHAN_START"), (caller, "BRIDGE_ENTER"), (phone, "BRIDGE_ENTER")]
    steps += [(caller, "CHAN_END"), (phone, "CHAN_END")]
    path = tmp_path / "cel.csv"
    path.write_text("".join(ROW.format(kind=kind, time="1795873355.5", **who) for who, kind in steps))
    assert read(path).disposition == "missed"
