"""A spreadsheet's CSV: read whole, or refused with the line and the cure."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.directory.csv_import import read_customers, read_managers
from telephony.directory.errors import CsvUnreadable
from telephony.directory.model import Endpoint, ManagerEntry, ManagerId


def test_a_spreadsheets_file_with_mark_semicolons_and_columns_in_any_order() -> None:
    text = "\ufeffName;ID;Endpoint;Deputy;Group\r\nІван;101;101;102;sales\r\n;;;;\r\nOlena;102;SIP/102;;sales\r\n"
    ivan, olena = read_managers(text, "PJSIP")
    assert ivan == ManagerEntry(ManagerId("101"), "Іван", Endpoint("PJSIP/101"), group="sales", deputy=ManagerId("102"))
    assert olena.endpoint == "SIP/102"


def test_customers_are_compared_in_one_spelling_and_the_last_line_counts() -> None:
    text = 'number,name,manager,do_not_call\n067 123-45-67,Old,101,\n+380671234567,"Anna, Ltd",102,так\n'
    [anna] = read_customers(text, "UA")
    assert (anna.number, anna.name, anna.manager_id, anna.do_not_call) == ("+380671234567", "Anna, Ltd", "102", True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: the columns are none"),
        ("id,name\n1,x\n", "endpoint are needed"),
        ("id,name,endpoint,color\n1,x,1,red\n", "color"),
        ("id,name,endpoint\n1,x\n", "line 2: 2 cells under 3 columns"),
        ("id,name,endpoint\n1,,1\n", "line 2: name is empty"),
        ("id,name,endpoint\n1,x,101&102\n", "line 2"),
        ("id,name,endpoint\n1,x,PJSIP/1@a b\n", "line 2"),
        ("id,name,endpoint\n1,x,1\n1,y,2\n", "line 3: id '1' comes twice"),
        ("id,name,endpoint,deputy\n1,x,1,9\n", "deputy '9'"),
        ("id,name,endpoint,mobile\n1,x,1,+38050x\n", "mobile"),
        ("id,name,endpoint,hours\n1,x,1,nine to five\n", "opening_hours"),
        ('id,name,endpoint\n1,"x,1\n', "line"),
        ("id,name,endpoint\n1,x\x1b[2J,1\n", "unprintable"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(CsvUnreadable, match=re.escape(told)):
        read_managers(text, "PJSIP")


@pytest.mark.parametrize("row", ["abc,x,,", "+38067١٢٣,x,,", "0671234567,x,,maybe"])
def test_a_wrong_customer_is_refused(row: str) -> None:
    with pytest.raises(CsvUnreadable, match="line 2"):
        read_customers(f"number,name,manager,do_not_call\n{row}\n", "UA")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (lambda: read_managers(text, "PJSIP"), lambda: read_customers(text, "UA")):
        with contextlib.suppress(CsvUnreadable):
            read()


@given(st.text(alphabet='id,name;endpoint\n"\t\r12\ufeff', max_size=60))
def test_any_text_of_a_csvs_letters_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(CsvUnreadable):
        read_managers("id,name,endpoint\n" + text, "PJSIP")
