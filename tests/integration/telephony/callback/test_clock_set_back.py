"""A clock that is set back makes what was later look earlier, and a talk shorter: it rings nobody, forgets nobody."""

from dataclasses import replace
from datetime import timedelta

import pytest

from telephony.callback.policy.model import Attempt, ClosedReason, Outcome, RequestState
from telephony.events import CallAnswered, CallEnded, CallStarted
from telephony.voice.dialogs.manager_port import AttemptId, DialReport, ManagerAnswer
from tests import builders
from tests.builders import CUSTOMER
from tests.integration.telephony.callback.stage import Make, Stage


@pytest.mark.parametrize("back", [30, 3600])
async def test_who_gets_through_after_it_is_not_called_back(stage: Stage, back: float) -> None:
    await stage.missed()
    stage.clock.set_back(back)
    stage.clock.pass_seconds(5)
    await stage.answered()
    request = await stage.request()
    assert (request.state, request.closed_for) == (RequestState.CANCELLED, ClosedReason.GOT_THROUGH)


async def test_who_is_missed_again_after_it_was_missed_last_then(stage: Stage) -> None:
    await stage.missed()
    stage.clock.set_back(3600)
    last = await stage.missed()
    request = await stage.request()
    assert (request.misses, request.last_missed_at) == (2, last.ended_at)


@pytest.mark.parametrize("back", [100, 3600])
async def test_who_is_missed_after_it_is_called_back_though_a_talk_seems_later(stage: Stage, back: float) -> None:
    await stage.ended(await stage.answered(), talk=60)
    stage.clock.set_back(back)
    await stage.missed()
    assert (await stage.request()).state is RequestState.WAITING


async def test_who_was_called_back_before_it_and_is_missed_after_it_is_called_back_again(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await _called_back(stage, talk=60, back=3600)
    while next(stage.numbers) < 10:
        """Asterisk has numbered the callback's channels meanwhile."""
    await stage.missed()
    first, second = await stage.requests()
    assert (first.closed_for, second.state) == (ClosedReason.REACHED, RequestState.WAITING)


@pytest.mark.parametrize(
    ("talk", "back", "outcome"),
    [(60, 58, Outcome.REACHED), (7, 3, Outcome.REACHED), (2, 1, Outcome.SHORT_TALK), (60, 3600, Outcome.REACHED)],
)
async def test_a_talk_in_which_it_is_set_back_lasted_as_long_as_it_did(
    stage: Stage, talk: float, back: float, outcome: Outcome
) -> None:
    await stage.own()
    await stage.missed()
    await _called_back(stage, talk=talk, back=back)
    assert (await stage.attempt()).outcome is outcome


async def test_who_is_found_in_the_midst_of_a_talk_after_it_is_not_called_back(stage: Stage) -> None:
    await stage.missed()
    call = stage.inbound()
    await stage.tell(CallStarted(call, stage.clock.now))
    stage.clock.set_back(30)
    phone = builders.leg(f"{call.linkedid}9", "102", stage.clock.now)
    found = replace(builders.answered(call, stage.clock.now, by=phone), repaired=True)
    await stage.tell(CallAnswered(found, stage.clock.now, phone.channel, phone.uniqueid))
    assert (await stage.request()).closed_for is ClosedReason.GOT_THROUGH


@pytest.mark.parametrize(
    ("back", "outcome"), [(58, Outcome.REACHED), (0, Outcome.SHORT_TALK), (-3600, Outcome.SHORT_TALK)]
)
@pytest.mark.parametrize("heard", [True, False])
async def test_a_talk_that_no_daemon_heard_whole_may_have_been_longer_by_as_much(
    stage: Stage, make: Make, back: float, outcome: Outcome, heard: bool
) -> None:
    await stage.missed()
    attempt = await _accepted(stage)
    await stage.kill_engine()
    another = await make()
    another.clock.now, another.clock.monotonic = stage.clock.now, stage.clock.monotonic
    another.clock.pass_seconds(2 + max(back, 0))
    another.clock.set_back(back)
    await another.callbacks.desk.dialled(AttemptId(attempt.channel_id), DialReport("ANSWER", 16, 2))
    call = stage.callback_call(attempt)
    leg = builders.leg("1772445600.99", CUSTOMER, stage.clock.now, channel="PJSIP/carrier-99")
    call = replace(builders.answered(call, stage.clock.now, by=leg), legs=(*call.legs, leg), repaired=not heard)
    ended = builders.ended(call, stage.clock.now + timedelta(seconds=2), cause=16)
    await another.tell(CallEnded(ended, another.clock.now))
    another.pbx.channels.clear()
    for _ in range(3):
        await another.later(10)
    assert (await another.attempt()).outcome is outcome


async def _accepted(stage: Stage) -> Attempt:
    await stage.turn()
    attempt = await stage.attempt()
    await stage.rings(attempt)
    await stage.picks_up(attempt)
    await stage.presses(attempt, ManagerAnswer.ACCEPTED)
    return attempt


async def _called_back(stage: Stage, *, talk: float, back: float) -> None:
    attempt = await _accepted(stage)
    await stage.customer(attempt, talk=talk, set_back=back)
