"""A customer who calls us while a manager accepts their callback is not dialled, whatever the ledger knows of it."""

import pytest

from telephony.callback.policy.dialling import DialCustomer
from telephony.callback.policy.model import Attempt, Outcome, RequestState, WaitReason, WithdrawnReason
from telephony.events import CallAnswered, CallEnded, CallStarted
from telephony.model import Call
from telephony.voice.dialogs.manager_port import AttemptId, ManagerAnswer, Withdrawn
from tests import builders
from tests.integration.telephony.callback.stage import Stage

WITH_US = Withdrawn(WithdrawnReason.GOT_THROUGH)


async def picked_up(stage: Stage) -> Attempt:
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    await stage.rings(attempt)
    await stage.picks_up(attempt)
    return attempt


def heard(stage: Stage) -> Call:
    """The PBX tells of a new call of theirs; the database is away, so the ledger hears nothing."""
    call = stage.inbound()
    stage.callbacks.phones(CallStarted(call, stage.clock.now))
    return call


def talked(stage: Stage, call: Call) -> None:
    phone = builders.leg(f"{call.linkedid}9", "102", stage.clock.now)
    talking = builders.answered(call, stage.clock.now, by=phone)
    stage.callbacks.phones(CallAnswered(talking, stage.clock.now, phone.channel, phone.uniqueid))
    stage.clock.pass_seconds(20)
    stage.callbacks.phones(CallEnded(builders.ended(talking, stage.clock.now), stage.clock.now))


async def test_while_they_call_us_nobody_who_accepts_dials_them(stage: Stage) -> None:
    attempt = await picked_up(stage)
    heard(stage)
    assert await stage.presses(attempt, ManagerAnswer.ACCEPTED) == WITH_US
    request = await stage.request()
    assert (request.state, request.waits_for) == (RequestState.WAITING, WaitReason.ON_A_CALL)
    assert (await stage.attempt()).outcome is Outcome.CALLS_US


async def test_after_they_were_answered_nobody_who_accepts_dials_them(stage: Stage) -> None:
    attempt = await picked_up(stage)
    talked(stage, heard(stage))
    assert await stage.presses(attempt, ManagerAnswer.ACCEPTED) == WITH_US


@pytest.mark.parametrize("over", [False, True])
async def test_who_calls_us_during_the_sentence_after_the_key_is_not_dialled(stage: Stage, *, over: bool) -> None:
    attempt = await picked_up(stage)
    assert isinstance(await stage.presses(attempt, ManagerAnswer.ACCEPTED), DialCustomer)
    call = heard(stage)
    if over:
        talked(stage, call)
    assert await stage.callbacks.desk.calls_us(AttemptId(attempt.channel_id))
    request = await stage.request()
    assert (request.state, request.waits_for) == (RequestState.WAITING, WaitReason.ON_A_CALL)
    assert (await stage.attempt()).outcome is Outcome.CALLS_US


async def test_who_called_and_was_missed_again_is_dialled(stage: Stage) -> None:
    attempt = await picked_up(stage)
    call = heard(stage)
    stage.clock.pass_seconds(5)
    stage.callbacks.phones(CallEnded(builders.ended(call, stage.clock.now), stage.clock.now))
    assert isinstance(await stage.presses(attempt, ManagerAnswer.ACCEPTED), DialCustomer)
    assert not await stage.callbacks.desk.calls_us(AttemptId(attempt.channel_id))
    assert (await stage.request()).state is RequestState.DIALLING


@pytest.mark.parametrize("back", [0, 3600])
async def test_who_was_missed_after_a_talk_is_dialled_whatever_the_clock_says(stage: Stage, back: float) -> None:
    await stage.ended(await stage.answered())
    stage.clock.set_back(back)
    attempt = await picked_up(stage)
    assert isinstance(await stage.presses(attempt, ManagerAnswer.ACCEPTED), DialCustomer)
    assert not await stage.callbacks.desk.calls_us(AttemptId(attempt.channel_id))


async def test_who_was_answered_after_a_clock_was_set_back_is_not_dialled(stage: Stage) -> None:
    attempt = await picked_up(stage)
    stage.clock.set_back(3600)
    talked(stage, heard(stage))
    assert await stage.presses(attempt, ManagerAnswer.ACCEPTED) == WITH_US


async def test_who_got_through_during_the_sentence_is_not_dialled_though_the_ledger_knows_it(stage: Stage) -> None:
    attempt = await picked_up(stage)
    assert isinstance(await stage.presses(attempt, ManagerAnswer.ACCEPTED), DialCustomer)
    await stage.ended(await stage.answered())
    assert await stage.callbacks.desk.calls_us(AttemptId(attempt.channel_id))
