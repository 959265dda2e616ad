"""A request is sent as it is, once; what Asterisk refuses it with becomes the error that says what to do."""

from collections.abc import Mapping

import pytest

from telephony.errors import ActionRefused, HostileText, NoSuchChannel
from telephony.pbx import asking
from telephony.pbx.requests import (
    GetVariable,
    HangUp,
    MuteRecording,
    Originate,
    OriginateEnd,
    PbxRequest,
    Redirect,
    SetGlobal,
    StartRecording,
    StopRecording,
    ToExtension,
    device_state,
)
from tests import asterisk_words as words

TO = ToExtension("lab", "wait")


class Pbx:
    """Answers with what it was given; remembers what it was asked."""

    def __init__(self, headers: Mapping[str, str] | None = None, *, refusal: str = "") -> None:
        self.asked: list[tuple[str, Mapping[str, str | list[str]]]] = []
        self._headers = headers or {}
        self._refusal = refusal

    async def __call__(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 5.0
    ) -> Mapping[str, str]:
        assert timeout_seconds > 0
        self.asked.append((action, headers or {}))
        if self._refusal:
            raise words.refused(action, self._refusal)
        return self._headers

    async def until_event(
        self, action: str, event: str, /, headers: Mapping[str, str | list[str]], *, timeout_seconds: float
    ) -> Mapping[str, str]:
        assert event == "OriginateResponse"
        return await self(action, headers, timeout_seconds=timeout_seconds)


@pytest.mark.parametrize(
    "request_",
    [
        HangUp("rb-1"),
        Redirect("rb-1", TO),
        GetVariable("CHANNEL(state)", "rb-1"),
        StartRecording("rb-1", "/a.wav", "b"),
        StopRecording("rb-1"),
        MuteRecording("rb-1", muted=True),
    ],
)
async def test_a_channel_that_is_gone_is_an_error_of_its_own(request_: PbxRequest) -> None:
    pbx = Pbx(refusal=words.no_channel(request_.action, "rb-1"))
    with pytest.raises(NoSuchChannel):
        await asking.ask(pbx, request_)


@pytest.mark.parametrize(
    "said", [words.DENIED, words.NO_EXTENSION, words.INVALID_CHANNEL, words.NOT_UP, words.NOTHING_IN_DATABASE]
)
async def test_another_refusal_says_nothing_of_a_channel(said: str) -> None:
    with pytest.raises(ActionRefused) as error:
        await asking.ask(Pbx(refusal=said), HangUp("rb-1"))
    assert not isinstance(error.value, NoSuchChannel)


@pytest.mark.parametrize(
    ("request_", "action", "headers"),
    [
        (HangUp("rb-1", 26), "Hangup", {"Channel": "rb-1", "Cause": "26"}),
        (Redirect("rb-1", TO), "Redirect", {"Channel": "rb-1", "Context": "lab", "Exten": "wait", "Priority": "1"}),
        (SetGlobal("RINGBACK_RECORDING", "no"), "Setvar", {"Variable": "RINGBACK_RECORDING", "Value": "no"}),
        (GetVariable("CDR(answer,u)", "rb-1"), "Getvar", {"Channel": "rb-1", "Variable": "CDR(answer,u)"}),
        (
            StartRecording("rb-1", "/a.wav", "Dbi(ID)"),
            "MixMonitor",
            {"Channel": "rb-1", "File": "/a.wav", "Options": "Dbi(ID)"},
        ),
        (StopRecording("rb-1", "0x7f"), "StopMixMonitor", {"Channel": "rb-1", "MixMonitorID": "0x7f"}),
        (
            MuteRecording("rb-1", muted=True),
            "MixMonitorMute",
            {"Channel": "rb-1", "Direction": "both", "State": "1"},
        ),
    ],
)
async def test_a_request_is_sent_in_asterisks_headers(
    request_: PbxRequest, action: str, headers: Mapping[str, str]
) -> None:
    pbx = Pbx()
    await asking.ask(pbx, request_)
    assert pbx.asked == [(action, headers)]


async def test_an_originate_to_its_end_tells_how_it_went() -> None:
    busy = Pbx({"Response": "Failure", "Reason": "5", "Uniqueid": "rb-1"})
    assert await asking.ring(busy, Originate("PJSIP/101", TO, "rb-1"), timeout_seconds=5) == (False, OriginateEnd.BUSY)
    answered = Pbx({"Response": "Success", "Reason": "4", "Uniqueid": "rb-1"})
    assert await asking.ring(answered, Originate("PJSIP/101", TO), timeout_seconds=5) == (True, OriginateEnd.ANSWERED)


async def test_a_device_is_asked_for_by_its_name_only() -> None:
    pbx = Pbx({"Value": "NOT_INUSE"})
    assert await asking.value_of(pbx, device_state("PJSIP/101")) == "NOT_INUSE"
    assert pbx.asked == [("Getvar", {"Variable": "DEVICE_STATE(PJSIP/101)"})]
    with pytest.raises(HostileText):
        device_state("PJSIP/101)${SHELL(id)}")
