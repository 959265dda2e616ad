"""What we ask of a PBX cannot be read by it as something else."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.ami.protocol.validation import checked
from telephony.errors import HostileText, Refused
from telephony.model import Party
from telephony.pbx import texts
from telephony.pbx.requests import (
    GetVariable,
    HangUp,
    Originate,
    PbxRequest,
    Redirect,
    StartRecording,
    ToApplication,
    ToExtension,
)

TO = ToExtension("ringback-manager", "s")


def test_an_originate_tells_all_that_the_pbx_needs() -> None:
    wish = Originate(
        "PJSIP/101",
        TO,
        "rb-cb-7-1",
        caller=Party("+380441234567", 'Иван "Ваня" <x>'),
        variables={"__ATTEMPT": "7", "WHO": 'ТОВ "Ромашка", Киев'},
        ring_seconds=25,
    )
    assert wish.headers() == {
        "Channel": "PJSIP/101",
        "ChannelId": "rb-cb-7-1",
        "Context": "ringback-manager",
        "Exten": "s",
        "Priority": "1",
        "Timeout": "25000",
        "Async": "true",
        "CallerID": '"Иван Ваня x" <+380441234567>',
        "Variable": ["__ATTEMPT=7", 'WHO=ТОВ \\"Ромашка\\"\\, Киев'],
    }


@pytest.mark.parametrize(
    "make",
    [
        lambda text: Originate(f"PJSIP/{text}", TO, "id"),
        lambda text: Originate("PJSIP/101", TO, text),
        lambda text: Originate("PJSIP/101", ToExtension(text), "id"),
        lambda text: Originate("PJSIP/101", ToExtension("c", text), "id"),
        lambda text: Originate("PJSIP/101", TO, "id", caller=Party(text)),
        lambda text: Originate("PJSIP/101", TO, "id", variables={text: "1"}),
        lambda text: Redirect("PJSIP/1-1", ToExtension(text)),
        lambda text: GetVariable(text, "PJSIP/1-1"),
        lambda text: StartRecording("PJSIP/1-1", "/a.wav", text),
    ],
)
@pytest.mark.parametrize(
    "hostile",
    ["101&PJSIP/102", "101,30", "1|2", "${EXTEN}", "$[1]", "a(b", "a)b", "a b", "a\r\nb", "a\nb", "\0", "`id`"],
)
def test_a_text_that_means_something_else_to_asterisk_is_refused(
    make: Callable[[str], PbxRequest], hostile: str
) -> None:
    with pytest.raises(HostileText):
        make(hostile).headers()


@pytest.mark.parametrize("hostile", ["", "/.*/", "/", "a\r\nb", "a\nb", "\0"])
def test_one_channel_is_named_and_no_pattern(hostile: str) -> None:
    with pytest.raises(HostileText):
        HangUp(hostile).headers()


@pytest.mark.parametrize("odd", ["SIP/Офіс 1-0001", "Local/a,b@c-1;1", "PJSIP/x&y-1", "CBAnn/conf room-1;2"])
def test_a_channel_is_named_as_the_pbx_named_it(odd: str) -> None:
    assert HangUp(odd).headers() == {"Channel": odd, "Cause": "16"}


@pytest.mark.parametrize("hostile", ["${SHELL(id)}", "$[1+1]", "a\r\nAction: Originate", "\0", "\x1b[0m"])
def test_a_variable_or_argument_holds_no_expression(hostile: str) -> None:
    with pytest.raises(HostileText):
        Originate("PJSIP/101", TO, "id", variables={"X": hostile}).headers()
    with pytest.raises(HostileText):
        ToApplication("Playback", hostile).headers()


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "/a/../b.wav", "a.wav,b", "a.wav|sox", "$(id).wav", "", "a\n"])
def test_a_recording_goes_to_one_plain_file(hostile: str) -> None:
    with pytest.raises(HostileText):
        StartRecording("PJSIP/1-1", hostile, "").headers()


def test_what_operators_write_is_taken() -> None:
    for each in (
        "PJSIP/101",
        "PJSIP/380441234567@carrier",
        "Local/q-1@queues/n",
        "SIP/sip:101@10.0.0.1:5060",
        "DAHDI/g0/1",
    ):
        assert texts.dial_string(each) == each
    for each in ("PJSIP/101-0000002a", "Local/echo@lab-00000000;1", "1795298173.12", "AsyncGoto/PJSIP/1-01<ZOMBIE>"):
        assert texts.channel(each) == each
    assert texts.recording_path("/var/spool/asterisk/monitor/2026/03/Иван 1.wav")
    assert texts.recording_options("bW(2)r(in.wav)t(out.wav)")
    assert texts.variable_or_function("DEVICE_STATE(PJSIP/101)")
    assert texts.variable_or_function("MIXMONITOR_FILENAME")


def test_a_function_with_a_function_inside_is_refused() -> None:
    with pytest.raises(HostileText):
        texts.variable_or_function("DEVICE_STATE(${X})")
    with pytest.raises(HostileText):
        texts.variable_or_function("SHELL(id; rm -rf /)")


@given(st.text(max_size=200))
def test_a_shown_name_never_fails_and_is_one_clean_line(name: str) -> None:
    shown = texts.shown_name(name)
    assert shown.isprintable()
    assert len(shown) <= 60
    assert not set(shown) & set('"<>\\$`{}[]()|;,=&%')
    assert texts.shown_name(shown) == shown


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_customer_is_called_the_originate_passes_the_gate_or_is_refused(name: str, value: str) -> None:
    try:
        headers = Originate("PJSIP/101", TO, "id", caller=Party("101", name), variables={"NAME": value}).headers()
    except Refused:
        return
    assert checked("Originate", headers)
