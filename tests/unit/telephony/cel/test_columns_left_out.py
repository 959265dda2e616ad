"""The lab's CEL without the columns that name bridges and hand-overs: who talked with whom is told nevertheless.

Why nobody picked up (busy, rejected, gave up in a queue) stands in those columns alone, and is not looked at here.
"""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from telephony.model import Call
from telephony.replay import Replay

TRANSCRIPTS = Path(__file__).parents[3] / "transcripts"
SCENARIOS = sorted(path.stem for path in TRANSCRIPTS.glob("*.cel"))
NAMED = ("eventtype", "eventtime", "cid_name", "cid_num", "exten", "context", "channame", "appname", "appdata",
         "uniqueid", "linkedid", "peer", "extra")  # fmt: skip
LEFT_OUT: dict[str, tuple[int, Callable[[list[list[str]]], list[list[str]]]]] = {
    "extra": (1, list),
    "extra and peer": (2, list),
    "extra and peer, newest first": (2, lambda rows: rows[::-1]),
}


def seen(path: Path) -> list[tuple[str, bool, str, str, str]]:
    remarks: list[str] = []
    replay = Replay((), remarks.append)
    replay.read(str(path), None)
    return [_who(call) for call in replay.calls()]


def _who(call: Call) -> tuple[str, bool, str, str, str]:
    by, last = call.answered_by, call.talked_last
    talked = (by.number if by else "", last.number if last else "")
    return (call.direction, call.answered_at is not None, call.customer, *talked)


def written(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("way", LEFT_OUT)
def test_who_talked_is_told_without_the_columns_that_name_bridges(way: str, tmp_path: Path) -> None:
    fewer, order = LEFT_OUT[way]
    file = tmp_path / "cel.csv"
    for name in SCENARIOS:
        path = TRANSCRIPTS / f"{name}.cel"
        rows = list(csv.reader(io.StringIO(path.read_text())))
        file.write_text(written([NAMED[:-fewer], *order([row[:-fewer] for row in rows])]))
        assert seen(file) == seen(path), name


def test_a_dial_that_found_no_phone_to_ring_is_no_menu(tmp_path: Path) -> None:
    path = TRANSCRIPTS / "manager_unregistered.cel"
    file = tmp_path / "cel.csv"
    file.write_text(written([NAMED[:-2], *(row[:-2] for row in csv.reader(io.StringIO(path.read_text())))]))
    replay = Replay((), lambda _: None)
    replay.read(str(file), None)
    assert [call.missed_reason for call in replay.calls()] == ["unreachable"]
