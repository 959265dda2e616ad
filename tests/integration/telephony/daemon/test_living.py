"""Whether a channel lives is asked of the tracker, then of the PBX; one that is away proves nothing."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.channel_events import ChannelFacts, ChannelSeen
from telephony.daemon.living import Ear, LivingChannels
from telephony.errors import ActionRefused, ActionTimedOut, PbxUnavailable
from telephony.model import PbxName
from telephony.voice.agi.protocol import Environment
from telephony.voice.living import Liveness

TOLD = Environment("closed", "PJSIP/carrier-1", "177.1", "+380671234567", "+380442000600", "", ())
FACTS = ChannelFacts("177.1", TOLD.channel, "177.1", number="0671234567", exten="+380442000600", state=4)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Pbx:
    """Answers Getvar as Asterisk 22 does ("No such channel" is its own word)."""

    def __init__(self, variables: Mapping[str, str] | None = None, *, error: Exception | None = None) -> None:
        self.synced = asyncio.Event()
        self.synced.set()
        self.tracker = Tracker(PbxName("pbx"), TrunkRules((), ()))
        self._variables = variables
        self._error = error
        self.asked = 0

    async def __call__(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 5
    ) -> Mapping[str, str]:
        assert action == "Getvar"
        assert timeout_seconds < 1
        assert headers is not None
        assert headers["Channel"] == TOLD.channel
        self.asked += 1
        if self._error:
            raise self._error
        if self._variables is None:
            raise ActionRefused("Getvar: No such channel")
        return {"Response": "Success", "Value": self._variables[str(headers["Variable"])]}

    async def until_event(
        self, action: str, event: str, /, headers: Mapping[str, str | list[str]], *, timeout_seconds: float
    ) -> Mapping[str, str]:
        raise AssertionError((action, event, headers, timeout_seconds))


async def witness(*pbxs: Pbx, told: Environment = TOLD) -> Liveness:
    ears = [Ear(pbx, pbx.tracker) for pbx in pbxs]
    return await LivingChannels(lambda: ears, "UA", CollectorRegistry())(told)


def living(**changed: str) -> dict[str, str]:
    return {"UNIQUEID": "177.1", "CALLERID(num)": "+380671234567", "CALLERID(dnid)": "+380442000600"} | changed


async def test_what_the_tracker_knows_is_asked_of_nobody() -> None:
    pbx = Pbx()
    pbx.tracker.receive(ChannelSeen(NOW, FACTS, born=True))
    assert await witness(pbx) is Liveness.LIVING
    assert pbx.asked == 0


async def test_ami_a_moment_behind_is_waited_for_by_asking() -> None:
    assert await witness(Pbx(living())) is Liveness.LIVING


async def test_a_channel_that_no_pbx_has_is_forged() -> None:
    assert await witness(Pbx(), Pbx()) is Liveness.FORGED


@pytest.mark.parametrize(
    "changed",
    [{"UNIQUEID": "177.2"}, {"CALLERID(num)": "+380501112233"}, {"CALLERID(num)": ""}, {"CALLERID(dnid)": "101"}],
)
async def test_a_real_channel_with_another_caller_is_forged(changed: dict[str, str]) -> None:
    assert await witness(Pbx(living(**changed))) is Liveness.FORGED


async def test_a_dialplan_that_rewrote_the_number_is_believed_when_the_pbx_says_so() -> None:
    pbx = Pbx(living(**{"CALLERID(num)": "+380991112233"}))
    pbx.tracker.receive(ChannelSeen(NOW, FACTS, born=True))
    assert await witness(pbx, told=TOLD._replace(caller_number="+380991112233")) is Liveness.LIVING


@pytest.mark.parametrize("error", [ActionTimedOut("late"), PbxUnavailable("away"), ActionRefused("Permission denied")])
async def test_a_pbx_that_cannot_be_asked_makes_it_unsure(error: Exception) -> None:
    assert await witness(Pbx(error=error)) is Liveness.UNSURE


async def test_one_of_two_pbxs_away_makes_a_stranger_unsure_and_not_a_neighbour() -> None:
    away = Pbx()
    away.synced.clear()
    assert await witness(away, Pbx()) is Liveness.UNSURE
    assert await witness(away, Pbx(living())) is Liveness.LIVING
