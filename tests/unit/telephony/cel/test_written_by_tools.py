"""One CEL history as databases, web tools, spreadsheets and AMI itself write it: the same call, and replay says how."""

import csv
import html
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from telephony import replay

SOURCE = Path(__file__).parents[3] / "transcripts" / "queue_answered.cel"
OURS = (
    *("eventtype", "eventtime", "cid_name", "cid_num", "exten", "context", "channame", "appname", "appdata"),
    *("uniqueid", "linkedid", "peer", "extra"),
)
TABLE = (
    *("id", "eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten", "context"),
    *(
        "channame",
        "appname",
        "appdata",
        "amaflags",
        "accountcode",
        "uniqueid",
        "linkedid",
        "peer",
        "userdeftype",
        "extra",
    ),
)
Row = dict[str, str]


def rows(time: Callable[[str], str] = str) -> list[Row]:
    read = [dict(zip(OURS, cells, strict=True)) for cells in csv.reader(SOURCE.read_text().splitlines())]
    found = [{**dict.fromkeys(TABLE, ""), **row, "id": str(number)} for number, row in enumerate(read, 1)]
    return [{**row, "eventtime": time(row["eventtime"])} for row in found]


def at(form: str, hours: int = 0) -> Callable[[str], str]:
    return lambda text: (datetime.fromtimestamp(float(text), UTC) + timedelta(hours=hours)).strftime(form)


DATES = at("%Y-%m-%d %H:%M:%S.%f")


def as_csv(found: list[Row], names: Callable[[str], str] = str) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(map(names, found[0]))
    writer.writerows(row.values() for row in found)
    return out.getvalue()


def vertical(found: list[Row], head: str, pair: str) -> str:
    return "".join(head % number + "".join(pair % item for item in row.items()) for number, row in enumerate(found, 1))


def sql_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"') + "'"


def inserted(found: list[Row], columns: str) -> str:
    values = ",\n".join("(" + ",".join(map(sql_text, row.values())) + ")" for row in found)
    return f"-- MySQL dump\nINSERT INTO `cel` {columns} VALUES\n{values};\n"


def ami_events(found: list[Row]) -> str:
    names = {
        "EventName": "eventtype",
        "CallerIDnum": "cid_num",
        "CallerIDname": "cid_name",
        "Exten": "exten",
        "Context": "context",
        "Channel": "channame",
        "Application": "appname",
        "AppData": "appdata",
        "EventTime": "eventtime",
        "UniqueID": "uniqueid",
        "LinkedID": "linkedid",
        "Peer": "peer",
        "Extra": "extra",
    }
    return "\r\n".join(
        "Event: CEL\r\nPrivilege: call,all\r\n" + "".join(f"{name}: {row[key]}\r\n" for name, key in names.items())
        for row in found
    )


def cells(row: Any, tag: str) -> str:  # noqa: ANN401 - names or values
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>\n"


FORMS: dict[str, str] = {
    "MySQL \\G": vertical(rows(DATES), "******** %d. row ********\n", "%12s: %s\n"),
    "PostgreSQL \\x": vertical(rows(DATES), "-[ RECORD %d ]--------------------\n", "%-12s| %s\n"),
    "PostgreSQL \\x, drawn": vertical(rows(DATES), "\u2500[ RECORD %d ]\u2500\u2500\u2500\n", "%-12s\u2502 %s\n"),
    "SQLite's lines": vertical(rows(DATES), "%.0s\n", "%11s = %s\n"),
    "newest record first": vertical(rows(DATES)[::-1], "*** %d. row ***\n", "%12s: %s\n"),
    "JSON": json.dumps(rows(DATES)),
    "JSON lines": "\n".join(map(json.dumps, rows(DATES))),
    "phpMyAdmin's JSON": json.dumps([{"type": "header"}, {"type": "table", "name": "cel", "data": rows(DATES)}]),
    "XML": "<r>" + vertical(rows(DATES), "<row id='%d'>", '<field name="%s">%s</field>').replace("&", "&amp;") + "</r>",
    "an HTML table": "<table>" + cells(TABLE, "th") + "".join(cells(row.values(), "td") for row in rows(DATES)),
    "a dump": inserted(rows(DATES), "(" + ",".join(f"`{name}`" for name in TABLE) + ")"),
    "a dump without names": inserted(rows(DATES), ""),
    "AMI's events": ami_events(rows(at("%Y-%m-%d %H:%M:%S"))),
    "a journal": "".join(f"2025-01-02T10:00:00Z pbx cel: {line}\n" for line in SOURCE.read_text().splitlines()),
    "mail": "".join(f"> {line}\n" for line in as_csv(rows(DATES)).splitlines()),
    "milliseconds": as_csv(rows(lambda text: str(int(float(text) * 1000)))),
    "microseconds": as_csv(rows(lambda text: str(int(float(text) * 1_000_000)))),
    "whole seconds": as_csv(rows(lambda text: text.partition(".")[0])),
    "dots": as_csv(rows(at("%d.%m.%Y %H:%M:%S", 2))),
    "days first": as_csv(rows(at("%d/%m/%Y %H:%M:%S", 2))),
    "months first": as_csv(rows(at("%m/%d/%Y %I:%M:%S %p", -5))),
    "words": as_csv(rows(at("%a %b %d %H:%M:%S %Y"))),
    "an offset": as_csv(rows(at("%Y-%m-%dT%H:%M:%S.%f+02:00", 2))),
    "a spreadsheet's names": as_csv(rows(DATES), lambda name: name.replace("cid_num", "Caller ID Number").upper()),
}


def told(path: Path) -> tuple[list[dict[str, Any]], str]:
    out, errors = io.StringIO(), io.StringIO()
    assert replay.run([str(path)], out=out, errors=errors) == replay.EXIT_OK
    return [json.loads(line) for line in out.getvalue().splitlines()], errors.getvalue()


def essence(call: dict[str, Any]) -> list[object]:
    kept = ("call_id", "direction", "disposition", "caller", "dialed", "queue", "answered_by")
    return [*(call[name] for name in kept), call["started_at"][:19], len(call["legs"])]


@pytest.mark.parametrize("form", FORMS)
def test_the_call_is_the_same_and_the_form_is_told(form: str, tmp_path: Path) -> None:
    path = tmp_path / "cel.txt"
    path.write_text(FORMS[form])
    found, said = told(path)
    (wanted,), _ = told(SOURCE)
    (call,) = found
    assert essence(call) == essence(wanted)
    assert "read as CEL" in said
    assert " used" in said


def test_times_that_nobody_can_read_are_told(tmp_path: Path) -> None:
    path = tmp_path / "cel.txt"
    path.write_text(as_csv(rows(lambda _: "yesterday")))
    _, said = told(path)
    assert "times are written in a way that is not known: 'yesterday'" in said
