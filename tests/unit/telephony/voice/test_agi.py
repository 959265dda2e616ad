"""The AGI wire: what Asterisk writes is read, what could be a command of its own is never written."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.errors import HostileText
from telephony.voice.agi import protocol
from telephony.voice.errors import AgiPacketError


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("200 result=0", protocol.Reply(200, "0", "", None)),
        ("200 result=49 endpos=1234", protocol.Reply(200, "49", "", 1234)),
        ("200 result=-1 endpos=0", protocol.Reply(200, "-1", "", 0)),
        ("200 result=1 (PJSIP/a (b) c)", protocol.Reply(200, "1", "PJSIP/a (b) c", None)),
        ("200 result= (timeout)", protocol.Reply(200, "", "timeout", None)),
        ("510 Invalid or unknown command", protocol.Reply(510, "", "", None)),
        ("511 Command Not Permitted on a dead channel", protocol.Reply(511, "", "", None)),
    ],
)
def test_each_form_of_reply_is_read(line: str, reply: protocol.Reply) -> None:
    assert protocol.parse_reply(line) == reply


def test_the_key_is_the_characters_code() -> None:
    assert [protocol.parse_reply(f"200 result={code}").key for code in (49, 42, 35, 0, -1)] == ["1", "*", "#", "", ""]


@pytest.mark.parametrize("line", ["", "GET / HTTP/1.1", "HANGUP", "20 result=0", "\x16\x03\x01"])
def test_what_is_no_reply_is_an_error(line: str) -> None:
    with pytest.raises(AgiPacketError):
        protocol.parse_reply(line)


def test_the_environment_names_script_and_arguments_in_their_order() -> None:
    lines = [f"agi_arg_{n}: {n}" for n in (10, 2, 1)]
    environment = protocol.parse_environment(
        [*lines, "agi_network_script: manager?x=1", "agi_channel: PJSIP/101-1", "agi_callerid: +380", "rubbish"]
    )
    assert environment.arguments == ("1", "2", "10")
    assert (environment.script, environment.channel, environment.caller_number) == ("manager", "PJSIP/101-1", "+380")


def test_an_opening_that_names_no_script_is_not_agi() -> None:
    with pytest.raises(AgiPacketError):
        protocol.parse_environment(["GET / HTTP/1.1", "Host: x"])


@given(st.lists(st.text(), max_size=20))
def test_no_opening_raises_anything_but_its_own_error(lines: list[str]) -> None:
    try:
        protocol.parse_environment(lines)
    except AgiPacketError:
        return
    raise AssertionError("an environment out of nothing")


@given(st.text())
def test_no_line_raises_anything_but_its_own_error(line: str) -> None:
    with contextlib.suppress(AgiPacketError):
        assert protocol.parse_reply(line).code >= 0


@given(st.text())
def test_an_argument_stays_one_argument_on_one_line(argument: str) -> None:
    try:
        line = protocol.command("STREAM FILE", argument)
    except HostileText:
        return
    assert len(line.splitlines()) == 1
    assert _unquote(line.removeprefix("STREAM FILE ")) == argument


@pytest.mark.parametrize("argument", ["a\nHANGUP", "a\r", "\0", "\x1b[2J", "a\u2028b", "\x85"])
def test_a_line_break_in_an_argument_is_refused(argument: str) -> None:
    with pytest.raises(HostileText):
        protocol.command("SET VARIABLE", "NAME", argument)


def _unquote(text: str) -> str:
    """Read one quoted word as Asterisk's AGI does: a backslash takes the next character as it is."""
    assert text[0] == '"'
    found, position = "", 1
    while text[position] != '"':
        position += text[position] == "\\"
        found += text[position]
        position += 1
    assert position == len(text) - 1
    return found
