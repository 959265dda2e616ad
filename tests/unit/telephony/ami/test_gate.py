"""No text of anybody's becomes an AMI header of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.ami.protocol.validation import LINE_LIMIT, checked
from telephony.errors import ActionRefused, HostileText, Refused


@pytest.mark.parametrize("hostile", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b", "half a letter \ud800"])
def test_a_value_with_a_line_break_nul_or_half_a_letter_is_refused(hostile: str) -> None:
    with pytest.raises(HostileText, match="CallerID"):
        checked("Originate", {"CallerID": hostile})


@pytest.mark.parametrize("hostile", ["A\r\nB", "A: B", "A B", "", "Ключ", "action", "ActionID", "a" * 65])
def test_a_key_that_is_no_free_header_name_is_refused(hostile: str) -> None:
    with pytest.raises(HostileText):
        checked("Originate", {hostile: "1"})


def test_a_hostile_key_without_values_is_refused_too() -> None:
    with pytest.raises(HostileText):
        checked("Originate", {"A\r\nB": []})


def test_each_value_of_a_repeated_header_is_checked() -> None:
    with pytest.raises(HostileText):
        checked("Originate", {"Variable": ["A=1", "B=2\r\n"]})


@pytest.mark.parametrize("action", ["Ping\r\nX: y", "", "Or iginate"])
def test_an_action_with_a_hostile_name_is_refused(action: str) -> None:
    with pytest.raises(HostileText):
        checked(action, {})


def test_a_line_that_asterisk_would_not_read_is_refused_by_name() -> None:
    with pytest.raises(ActionRefused, match="Variable"):
        checked("Originate", {"Variable": "я" * (LINE_LIMIT // 2)})


def test_a_refused_secret_is_not_told() -> None:
    with pytest.raises(HostileText) as refusal:
        checked("Login", {"Secret": "hush\n"})
    assert "hush" not in str(refusal.value)


def test_a_plain_action_passes_unchanged() -> None:
    assert checked("Getvar", {"Variable": "Имя (офис), ${X}"}) == {"Action": "Getvar", "Variable": "Имя (офис), ${X}"}


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.lists(st.text(max_size=20), max_size=3)))
def test_nothing_passes_that_breaks_a_line(headers: dict[str, str | list[str]]) -> None:
    try:
        passed = checked("Ping", headers)
    except Refused:
        return
    values = [each for value in passed.values() for each in (value if isinstance(value, list) else [value])]
    assert not any(set(text) & set("\r\n\0") for text in (*passed, *values))
