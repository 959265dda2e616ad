"""Byte ranges, links' signatures, cursors and cells: whatever a client sends or a caller is called."""

import csv
import io
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm_bridge.api.problems import Problem
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.api.values.ranges import OutsideFile, piece
from crm_bridge.api.values.sheets import CsvSheet, neutral
from crm_bridge.api.values.signatures import Grant, good, sign
from crm_bridge.people.access import Access
from crm_bridge.queries.calls import SQL
from crm_bridge.queries.sql_builder import Filters, compose

SECRET = b"s" * 32


@given(st.one_of(st.none(), st.text(max_size=40), st.from_regex(r"bytes=\d{0,21}-\d{0,21}")), st.integers(1, 10**12))
def test_a_piece_is_always_inside_the_file(header: str | None, size: int) -> None:
    try:
        found = piece(header, size)
    except OutsideFile:
        assert header
        return
    assert 0 <= found.first <= found.last < size
    assert found.partial or found.length == size


@given(st.integers(1, 2**63), st.from_regex(r"[a-z0-9]{8}", fullmatch=True), st.integers(0, 2**40))
def test_a_signature_is_good_for_its_own_grant_only(recording: int, key: str, expires: int) -> None:
    grant = Grant(recording, key, expires)
    signature = sign(grant, SECRET)
    assert good(grant, signature, SECRET)
    assert not good(grant, signature, b"t" * 32)
    assert not good(Grant(recording + 1, key, expires), signature, SECRET)
    assert not good(Grant(recording, key, expires + 1), signature, SECRET)
    assert not good(Grant(recording, f"{key}0", expires), signature, SECRET)


@given(
    st.datetimes(timezones=st.just(UTC), min_value=datetime(1971, 1, 1), max_value=datetime(9000, 1, 1)),  # noqa: DTZ001
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60),
)
def test_a_cursor_comes_back_as_it_went(at: datetime, call_id: str) -> None:
    assert cursor.read(cursor.write(CursorPosition(at, call_id))) == CursorPosition(at, call_id)
    assert cursor.read_text(cursor.write_text(call_id)) == call_id


@given(st.text(max_size=60))
def test_any_other_cursor_is_refused_as_such(text: str) -> None:
    for read in (cursor.read, cursor.read_text, cursor.read_number):
        with suppress(Problem):  # anything else that is raised would be a 500
            read(text)


def test_a_cursor_of_one_list_is_none_of_another() -> None:
    with pytest.raises(Problem):
        cursor.read(cursor.write_text("+380671234567"))
    with pytest.raises(Problem):
        cursor.read_number(cursor.write_text("+380671234567"))


@given(st.text(max_size=40))
@example("\u2028=1")
def test_no_cell_of_a_csv_is_a_formula_or_more_than_a_cell(text: str) -> None:
    sheet = CsvSheet(["name", "after"], ZoneInfo("UTC"))
    told = (sheet.rows([[text, "x"]]) + sheet.end()).decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(told))
    assert (head, row[1:]) == (["name", "after"], ["x"])
    assert not row[0].startswith(("=", "@", "\t", "\r", "|", "%"))
    assert not row[0].startswith(("+", "-")) or row[0][1:].replace(".", "").isdigit()
    assert len(told.splitlines()) == 2


_FORMULA = [
    "=1+1",
    "\uff1d1+1",
    "\ufe661",
    "\u207c1",
    "\uff0b1x",
    "\uff0d1x",
    "\u22121x",
    "\uff20SUM(1)",
    "\uff05x",
    "\uff5cx",
]


@pytest.mark.parametrize("formula", _FORMULA)
@pytest.mark.parametrize(
    "before", ["", " ", "\u00a0", "\u2003", "\u3000", "\u200b", "\ufeff", "\u0301", "\t", "\r\n", "a;", "a; \u00a0"]
)
def test_no_spelling_and_nothing_before_it_makes_a_formula(formula: str, before: str) -> None:
    *_, piece = neutral(f"{before}{formula}").split(";")
    assert piece.startswith("'")


@pytest.mark.parametrize("number", ["+380671234567", "-5", "12.5", "101"])
def test_a_number_stays_a_number(number: str) -> None:
    assert neutral(number) == number


def test_filters_are_numbered_on_behind_the_limit() -> None:
    chosen: Filters = {"customer": ["+1"], "before": [1, 2], "did": ["+2"]}
    statement, values = compose(SQL.list_calls, SQL, chosen, 50, Access.ALL)
    assert values == [50, "+1", 1, 2, "+2"]
    for part in ("customer = $2", "(place.started_at, place.call_id) < ($3, $4)", "did = $5", "limit $1"):
        assert part in statement
    narrow = Access(manager_id="ivan", numbers=("101",))
    statement, values = compose(SQL.list_calls, SQL, chosen, 50, narrow)
    assert values == [50, "+1", 1, 2, "+2", ["101"], "", "ivan"]
    for part in ("manager = any ($6::text[])", "pbx = $7::text", "mine.call_id = place.call_id", "= $8::text"):
        assert part in statement
