"""Numbers as people write them: one reading for the PBX, CRMs, the API and files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.numbers import canonical, every_number, fits

OURS, MOTHER = "+380671234567", "+380501234567"
_ALPHABET = "0123456789+()-./,;\n \u00a0#*xабпv@[]'*"


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("8 (067) 123-45-67", "UA", OURS),
        ("80671234567", "UA", OURS),
        ("067 123-45-67 (мама)", "UA", OURS),
        ("+380671234567 Viber", "UA", OURS),
        ("0671234567 Іван", "UA", OURS),
        ("067 123-45-67, 050 123-45-67", "UA", OURS),
        ("067 1234567/050 1234567", "UA", OURS),
        ("067 1234567\n050 1234567", "UA", OURS),
        ("+8 916 123-45-67", "RU", "+79161234567"),
        ("007 916 123-45-67", "RU", "+79161234567"),
        ("8 916 123-45-67", "RU", "+79161234567"),
        ("+52 1 55 1234 5678", "MX", "+525512345678"),
        ("5215512345678", "UA", "+525512345678"),
        ("+49 (0)30 1234567 Durchwahl 12", "DE", "+49301234567"),
        ("067-1234567 доб. 12", "UA", OURS),
        ("0671234567x12", "UA", OURS),
        ("0671234567 #12", "UA", OURS),
        ("044/200 06 00", "UA", "+380442000600"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("+8 (067) 123-45-67", "UA", OURS),
        ("8~10 380 67 123 45 67", "UA", OURS),
        ("810380671234567", "BY", OURS),
        ("Мама 067 123-45-67", "UA", OURS),
        ("звонить после 18: 067 123-45-67", "UA", OURS),
        ("0671234567*12", "UA", OURS),
        ("380671234567@s.whatsapp.net", "UA", OURS),
        ("sip:+380671234567@pbx.example", "UA", OURS),
        ("045 55 1234 5678", "MX", "+525512345678"),
        ("*21*0671234567#", "UA", "*21*0671234567#"),
        ("*72 067 123-45-67", "UA", "*720671234567"),
        ("02.11.2026 12:30", "UA", "0211202612:30"),
        ("101", "UA", "101"),
        ("*72", "UA", "*72"),
        ("1234567", "UA", "1234567"),
        ("PJSIP/1000001", "UA", "PJSIP1000001"),
    ],
)
def test_a_number_is_read_as_it_is_meant(written: str, region: str, number: str) -> None:
    assert canonical(written, region) == number


@pytest.mark.parametrize(
    "written",
    [
        "067 123-45-67, 050 123-45-67",
        "0671234567 (я) / 0501234567 мама",
        "067 1234567\r\n050 1234567 Viber",
        "0671234567 0501234567",
        "067 123 45 67 050 123 45 67",
        "0671234567 мама 0501234567 папа",
        "Я 0671234567, мама 0501234567",
        "0671234567 & 0501234567",
        "моб. +380671234567 раб. (050) 123-45-67 вн. 12",
    ],
)
def test_all_numbers_of_a_field_are_found(written: str) -> None:
    assert every_number(written, "UA") == (OURS, MOTHER)


@given(st.text(_ALPHABET, max_size=40) | st.text(max_size=60), st.sampled_from(["UA", "RU", "MX", "US", "DE"]))
def test_any_text_is_read_and_what_was_read_stays(written: str, region: str) -> None:
    number = canonical(written, region)
    assert canonical(number, region) == number
    assert isinstance(every_number(written, region), tuple)
    fits(written, [written, "*"], region)


@given(st.integers(min_value=0, max_value=9_999_999), st.text("абвг ", max_size=10))
def test_a_word_behind_changes_no_number(line: int, word: str) -> None:
    assert canonical(f"067{line:07} ({word}", "UA") == f"+38067{line:07}"


@pytest.mark.parametrize("did", ["0442000600", "+380442000600", "380442000600", "80442000600", "044 200-06-00"])
@pytest.mark.parametrize("glob", ["0442000600", "+38 044 200-06-00", "380442000600", "044*", "+38044*", "38044200060?"])
def test_our_number_fits_a_rule_in_every_spelling(did: str, glob: str) -> None:
    assert fits(did, [glob], "UA")
    assert not fits("0442000700", ["0442000600"], "UA")
    assert fits("sales", ["sal*"], "UA")
