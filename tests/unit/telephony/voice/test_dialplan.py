"""The dialplan that is written: complete, closed in itself, and with no door for hostile values."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from telephony.callback.originate import ATTEMPT_VARIABLE
from telephony.callback.policy.dialling import CALLER_ID, DIAL, NUMBER, OPTIONS, SECONDS
from telephony.settings import VoiceSettings
from telephony.surveys.dialler import VARIABLE as SURVEY_VARIABLE
from telephony.voice.dialplan import Kind, by_hand, render
from telephony.voice.errors import DialplanError
from telephony.voice.runners.manager_runner import LANGUAGE, NEXT

OF_THE_DAEMON = frozenset(
    {DIAL, SECONDS, OPTIONS, CALLER_ID, NEXT, LANGUAGE, ATTEMPT_VARIABLE, SURVEY_VARIABLE, "RINGBACK_RECORDING"}
)
OURS = re.compile(r"RINGBACK_[A-Z_]+|LOCAL\((id|side|talked)\)|ARG1")
CHECKED = frozenset({NUMBER})
"""Set by the daemon for those who read it; a plain dialplan does not."""
ASTERISKS = frozenset({"AGISTATUS", "READSTATUS", "DIALSTATUS", "HANGUPCAUSE", "EPOCH"})
"""Words and numbers of Asterisk itself: nobody outside chooses them."""
FILTERED = re.compile(r"FILTER\([^,]+,\$\{(EXTEN|UNIQUEID)\}\)")
OUTSIDE = frozenset({"from-trunk", "from-pstn", "from-pstn-toheader", "from-pstn-e164-us", "from-dahdi"})
"""Contexts that are not ours."""


def logic(text: str) -> list[str]:
    """Return the file's lines without comments."""
    lines = (re.sub(r"(^|\s);.*", "", line).rstrip() for line in text.splitlines())
    return [line for line in lines if line]


def contexts(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in logic(text):
        if line.startswith("["):
            found[line.strip("[]")] = lines = []
        else:
            lines.append(line)
    return found


@pytest.fixture(params=list(Kind))
def text(request: pytest.FixtureRequest) -> str:
    return render(VoiceSettings(recording_notice=True), request.param)


def test_every_context_is_named_as_ours_and_defined_once(text: str) -> None:
    names = [line.strip("[]") for line in logic(text) if line.startswith("[")]
    assert len(names) == len(set(names))
    assert all(name.startswith("ringback-") for name in names)
    assert "globals" not in names


def test_every_place_that_is_gone_to_exists(text: str) -> None:
    found = contexts(text)
    gone_to = set(re.findall(r"(?:Gosub|Goto)\(([a-z-]+),", text)) | set(re.findall(r"U\(([a-z-]+)\)", text))
    gone_to |= set(re.findall(r"hangup_handler_push\)=([a-z-]+),", text))
    assert gone_to - OUTSIDE <= set(found)
    for lines in found.values():
        labels = set(re.findall(r"n\(([a-z]+)\)", "\n".join(lines)))
        assert set(re.findall(r"\?([a-z]+)\)?$", "\n".join(lines), re.MULTILINE)) <= labels


def test_no_value_that_a_caller_chose_is_expanded(text: str) -> None:
    for line in logic(text):
        bare = FILTERED.sub("", line)
        for name in re.findall(r"\$\{([A-Za-z0-9_]+(?:\([a-z]*\))?)\}", bare):
            assert OURS.fullmatch(name) or name in ASTERISKS, f"{name} in {line}"


def test_every_variable_of_ours_that_is_read_is_set_by_the_daemon_or_by_the_dialplan(text: str) -> None:
    read = set(re.findall(r"\$\{(RINGBACK_[A-Z_]+)\}", text))
    written = set(re.findall(r"(?:Set\(|MASTER_CHANNEL\(|i\()(RINGBACK_[A-Z_]+)", text))
    assert read <= written | OF_THE_DAEMON | CHECKED
    assert read | {"RINGBACK_NEXT"} >= OF_THE_DAEMON


def test_every_subroutine_returns_and_every_other_context_hangs_up_or_goes_on(text: str) -> None:
    for name, lines in contexts(text).items():
        last = lines[-1]
        assert re.search(r"(Return|Hangup|h,1,NoOp)\(\)$", last), name


def test_freepbx_takes_whatever_was_dialled_and_dials_customers_by_its_outbound_routes() -> None:
    text = render(VoiceSettings(), Kind.FREEPBX)
    found = contexts(text)
    for context in sorted(OUTSIDE):
        first, *rest = found[f"ringback-{context}"]
        assert first == "exten => _-.,1,Gosub(ringback-inbound,s,1(later))", "no pattern that could refuse a call"
        assert f" same => n,Goto({context},${{RINGBACK_ASKED}},1)" in rest
    assert text.count("Set(RINGBACK_DIAL=Local/${RINGBACK_NUMBER}@from-internal/n)") == 2, "callbacks and clicks"


def test_voice_dial_and_a_plain_asterisk_leave_the_dial_to_the_daemon() -> None:
    told = render(VoiceSettings(dial="PJSIP/{number}@carrier"), Kind.FREEPBX)
    assert "RINGBACK_NUMBER}@from-internal" not in told
    assert "RINGBACK_NUMBER}@from-internal" not in render(VoiceSettings(), Kind.ASTERISK)


def test_a_comparison_is_quoted_on_both_sides(text: str) -> None:
    for expression in re.findall(r"\$\[([^\[\]]*?)\]", text):
        assert re.fullmatch(
            r'"\$\{[A-Za-z0-9_]+\}" !?= "[a-zA-Z0-9]*"|\$\{EPOCH\} - 0\$\{RINGBACK_TALK_BEGAN\}', expression
        )


def test_parentheses_and_braces_are_closed_on_every_line(text: str) -> None:
    for line in logic(text):
        assert line.count("(") == line.count(")"), line
        assert line.count("{") == line.count("}"), line
        assert line.count("[") == line.count("]"), line


def test_every_word_is_filled_in(text: str) -> None:
    assert not re.search(r"@[A-Z_]+@", text)


def test_settings_are_in_it() -> None:
    settings = VoiceSettings(agi_host="daemon.example", port=4000, pbx_folder="/srv/prompts", language="en")
    text = render(settings, Kind.ASTERISK)
    assert "AGI(agi://daemon.example:4000/manager,${RINGBACK_ATTEMPT},${RINGBACK_LANGUAGE})" in text
    assert "Playback(/srv/prompts/published/en/closed)" in text
    assert "recording_notice)" not in text.replace("; (no recording notice)", "")


def test_an_ipv6_address_is_bracketed() -> None:
    assert "agi://[::1]:4573/" in render(VoiceSettings(host="::1"), Kind.ASTERISK)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - refused, not bound
def test_a_server_that_listens_everywhere_needs_a_name_for_the_pbx(host: str) -> None:
    with pytest.raises(DialplanError, match="agi_host"):
        render(VoiceSettings(host=host), Kind.ASTERISK)
    assert "agi://pbx1:4573" in render(VoiceSettings(host=host, agi_host="pbx1"), Kind.ASTERISK)


@pytest.mark.parametrize(
    "changes",
    [
        {"agi_host": "x)\nexten"},
        {"agi_host": "x,y"},
        {"pbx_folder": "/a/${SHELL(x)}"},
        {"pbx_folder": "/a b"},
        {"dial": "PJSIP/{number}&Local/x"},
        {"dial": "PJSIP/{other}"},
        {"dial_options": "r,evil"},
        {"trunk": "PJSIP/x&y"},
    ],
)
def test_no_setting_can_bring_dialplan_into_the_dialplan(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        VoiceSettings.model_validate(changes)


def test_a_folder_that_cannot_be_written_into_a_dialplan_is_told() -> None:
    with pytest.raises(DialplanError, match="pbx_folder"):
        render(VoiceSettings(folder=Path("/srv/my prompts")), Kind.ASTERISK)


@pytest.mark.parametrize("kind", list(Kind))
def test_at_most_three_lines_are_written_by_hand(kind: Kind) -> None:
    lines = by_hand(kind, "/etc/asterisk/ringback.conf")
    assert len(lines) <= 3
    assert '#include "/etc/asterisk/ringback.conf"' in lines[0]
