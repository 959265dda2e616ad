"""The typed actions say what they mean and read what the PBX answers (texts as Asterisk 22 sent them)."""

from collections.abc import Mapping

import pytest

from telephony.ami.protocol.actions import PbxActions
from telephony.ami.protocol.parser import AmiMessage, Parser
from telephony.ami.requests import MixMonitor, Originate, Redirect, ToExtension
from telephony.errors import ActionRefused, HostileText

TO = ToExtension("lab", "wait")


class Pbx:
    """Answers with what it was given; remembers what it was asked."""

    def __init__(self, *rows: str, headers: Mapping[str, str] | None = None, refusal: str = "") -> None:
        self.asked: list[tuple[str, Mapping[str, str | list[str]]]] = []
        self._rows = tuple(m for m in Parser().feed("".join(rows).encode()) if isinstance(m, AmiMessage))
        self._headers = headers or {}
        self._refusal = refusal

    async def __call__(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 5.0
    ) -> Mapping[str, str]:
        assert timeout_seconds > 0
        self.asked.append((action, headers or {}))
        if self._refusal:
            raise ActionRefused(f"lab refused {action}: {self._refusal}")
        return self._headers

    async def collect(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 10.0
    ) -> tuple[AmiMessage, ...]:
        await self(action, headers, timeout_seconds=timeout_seconds)
        return self._rows

    async def until_event(
        self, action: str, event: str, /, headers: Mapping[str, str | list[str]], *, timeout_seconds: float
    ) -> Mapping[str, str]:
        assert event == "OriginateResponse"
        return await self(action, headers, timeout_seconds=timeout_seconds)


async def test_a_channel_is_found_by_the_id_that_we_gave_it() -> None:
    pbx = Pbx(
        "Event: Status\r\nChannel: PJSIP/101-01\r\nChannelState: 5\r\nUniqueid: rb-1\r\nLinkedid: rb-1\r\n"
        "BridgeID: \r\nSeconds: 0\r\nActionID: 7\r\n\r\n"
    )
    found = await PbxActions(pbx).channel("rb-1")
    assert found == ("PJSIP/101-01", "rb-1", "rb-1", 5, "", 0)
    assert pbx.asked == [("Status", {"Channel": "rb-1"})]


async def test_a_channel_that_is_gone_is_none_or_false_and_no_error() -> None:
    gone = PbxActions(Pbx(refusal="No such channel"))
    assert await gone.channel("rb-1") is None
    assert not await gone.hang_up("rb-1")
    assert not await gone.start_recording(MixMonitor("rb-1", "/a.wav"))
    assert not await gone.stop_recording("rb-1")
    assert not await gone.mute_recording("rb-1", muted=True)
    assert not await gone.set_variable("rb-1", "X", "1")
    assert not await PbxActions(Pbx(refusal="Channel does not exist: rb-1")).redirect(Redirect("rb-1", TO))


async def test_another_refusal_is_an_error() -> None:
    pbx = PbxActions(Pbx(refusal="Permission denied"))
    with pytest.raises(ActionRefused):
        await pbx.channel("rb-1")
    with pytest.raises(ActionRefused):
        await pbx.hang_up("rb-1")
    with pytest.raises(ActionRefused):
        await pbx.queues()


async def test_hanging_up_tells_the_cause() -> None:
    pbx = Pbx()
    assert await PbxActions(pbx).hang_up("PJSIP/101-01", cause=26)
    assert pbx.asked == [("Hangup", {"Channel": "PJSIP/101-01", "Cause": "26"})]


async def test_an_originate_to_its_end_tells_how_it_went() -> None:
    pbx = Pbx(headers={"Response": "Failure", "Reason": "5", "Uniqueid": "rb-1"})
    assert await PbxActions(pbx).originate_to_end(Originate("PJSIP/101", TO, "rb-1")) == (False, 5, "rb-1")


async def test_a_recording_is_paused_on_both_sides() -> None:
    pbx = Pbx()
    await PbxActions(pbx).mute_recording("PJSIP/101-01", muted=True)
    assert pbx.asked == [("MixMonitorMute", {"Channel": "PJSIP/101-01", "Direction": "both", "State": "1"})]


async def test_a_device_is_asked_for_by_its_name_only() -> None:
    pbx = Pbx(headers={"Value": "NOT_INUSE"})
    assert await PbxActions(pbx).device_state("PJSIP/101") == "NOT_INUSE"
    assert pbx.asked == [("Getvar", {"Variable": "DEVICE_STATE(PJSIP/101)"})]
    with pytest.raises(HostileText):
        await PbxActions(pbx).device_state("PJSIP/101)${SHELL(id)}")


async def test_queues_are_members_and_callers() -> None:
    pbx = Pbx(
        "Event: QueueParams\r\nQueue: sales\r\nActionID: 1\r\n\r\n",
        "Event: QueueMember\r\nQueue: sales\r\nName: Анна\r\nLocation: PJSIP/101\r\nStateInterface: PJSIP/101\r\n"
        "InCall: 0\r\nStatus: 1\r\nPaused: 1\r\nActionID: 1\r\n\r\n",
        "Event: QueueEntry\r\nQueue: sales\r\nPosition: 1\r\nChannel: PJSIP/carrier-1\r\nUniqueid: 1.6\r\nWait: 3\r\n"
        "ActionID: 1\r\n\r\n",
    )
    queues = await PbxActions(pbx).queues()
    assert queues.members == (("sales", "PJSIP/101", "Анна", 1, True, False),)
    assert queues.callers == (("sales", "PJSIP/carrier-1", "1.6", 1, 3),)


async def test_endpoints_tell_how_they_are() -> None:
    pbx = Pbx(
        "Event: EndpointList\r\nObjectType: endpoint\r\nObjectName: 101\r\nDeviceState: In use\r\n"
        "ActiveChannels: 2\r\nActionID: 1\r\n\r\n"
    )
    assert await PbxActions(pbx).endpoints() == (("101", "In use", 2),)
    assert await PbxActions(Pbx(refusal="No endpoints found")).endpoints() == ()


async def test_channels_come_with_their_bridges() -> None:
    pbx = Pbx(
        "Event: CoreShowChannel\r\nChannel: PJSIP/101-01\r\nChannelState: 6\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n"
        "Duration: 00:01:05\r\nBridgeId: b1\r\nActionID: 1\r\n\r\n"
    )
    (found,) = await PbxActions(pbx).channels()
    assert (found.facts.name, found.bridge_id, found.age_seconds) == ("PJSIP/101-01", "b1", 65)
