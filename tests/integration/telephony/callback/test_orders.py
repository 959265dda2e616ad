"""People's orders, and a fresh miss of somebody whose request is held."""

from datetime import timedelta

import pytest

from telephony.callback.operations import CallbackOrderRefused
from telephony.callback.policy.model import ClosedReason, Outcome, RequestId, RequestState, WaitReason, WithdrawnReason
from telephony.callback.repository import NoSuchRequest
from telephony.directory.model import ManagerId
from telephony.errors import UnexpectedTransition
from telephony.voice.dialogs.manager_port import ManagerAnswer, Withdrawn
from tests.integration.telephony.callback.stage import Stage


async def test_cancelling_takes_the_ringing_phones_down_and_remembers_who_did_it(stage: Stage) -> None:
    await stage.missed()
    await stage.turn()
    request = await stage.callbacks.operations.cancel((await stage.request()).request_id, "olena")
    assert (request.state, request.closed_for, request.closed_by) == (
        RequestState.CANCELLED,
        ClosedReason.BY_HAND,
        "olena",
    )
    await stage.turn()
    assert len(stage.pbx.hung_up) == 3
    for attempt in await stage.attempts():
        await stage.phone_ends(attempt, cause=26)
    assert {one.outcome for one in await stage.attempts()} == {Outcome.WITHDRAWN}


async def test_snoozing_while_the_phone_rings_tells_the_listener_and_rings_later(stage: Stage) -> None:
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    await stage.picks_up(attempt)
    until = stage.clock.now + timedelta(hours=1)
    request = await stage.callbacks.operations.snooze(attempt.request_id, until, "boss")
    assert (request.state, request.due_at, request.waits_for) == (RequestState.WAITING, until, WaitReason.BY_HAND)
    assert await stage.presses(attempt, ManagerAnswer.ACCEPTED) == Withdrawn(WithdrawnReason.CANCELLED)


async def test_reassigning_rings_the_new_owner_and_nobody_else(stage: Stage) -> None:
    await stage.missed()
    await stage.turn()
    for attempt in await stage.attempts():
        await stage.phone_ends(attempt)
    rung = len(stage.pbx.rung)
    await stage.callbacks.operations.reassign((await stage.request()).request_id, ManagerId("boss"), "cli")
    await stage.turn()
    assert stage.pbx.rung[rung:] == ["PJSIP/104"]
    with pytest.raises(CallbackOrderRefused):
        await stage.callbacks.operations.reassign((await stage.request()).request_id, ManagerId("nobody"), "cli")


async def test_orders_for_what_is_closed_or_not_there_are_refused_and_change_nothing(stage: Stage) -> None:
    await stage.missed()
    request_id = (await stage.request()).request_id
    await stage.callbacks.operations.done(request_id, "cli")
    with pytest.raises(CallbackOrderRefused):
        await stage.callbacks.operations.cancel(request_id, "cli")
    with pytest.raises(NoSuchRequest):
        await stage.callbacks.operations.show(RequestId(999))
    assert (await stage.request()).state is RequestState.DONE


async def test_who_talks_is_left_to_talk(stage: Stage) -> None:
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    await stage.picks_up(attempt)
    await stage.presses(attempt, ManagerAnswer.ACCEPTED)
    await stage.pool.execute("UPDATE callback_requests SET state = 'talking'")
    with pytest.raises(UnexpectedTransition):
        await stage.callbacks.operations.snooze(attempt.request_id, stage.clock.now, "cli")
    await stage.answered(by="104")
    assert (await stage.request()).state is RequestState.TALKING
    await stage.callbacks.operations.cancel(attempt.request_id, "cli")
    await stage.turn()
    assert attempt.channel_id not in stage.pbx.hung_up + stage.pbx.redirected


async def test_a_fresh_miss_releases_a_request_that_was_held(stage: Stage) -> None:
    await stage.missed()
    stage.clock.pass_seconds(3601)
    await stage.turn()
    assert (await stage.request()).state is RequestState.HELD
    await stage.missed()
    await stage.turn()
    assert len(stage.pbx.rung) == 3


async def test_a_phone_whose_calls_end_was_never_told_is_rung_when_the_pbx_says_that_it_is_idle(stage: Stage) -> None:
    await stage.answered("+380939999999", by="101")  # and its end is lost
    await stage.missed(seconds=1)
    await stage.turn()
    assert "PJSIP/101" not in stage.pbx.rung
    for attempt in await stage.attempts():
        await stage.phone_ends(attempt)
    await stage.later(61)
    assert "PJSIP/101" in stage.pbx.rung


@pytest.mark.parametrize(("state", "phones"), [("ringing", 3), ("dialling", 0), ("talking", 0)])
async def test_a_request_that_stands_ringing_without_a_phone_is_set_going_at_the_next_start(
    stage: Stage, state: str, phones: int
) -> None:
    """With the customer dialled, nobody knows whether they talked: a person decides."""
    await stage.missed()
    await stage.pool.execute("UPDATE callback_requests SET state = $1, owner_asked = true", state)
    await stage.engine.adopt()
    await stage.turn()
    assert len(stage.pbx.rung) == phones
    assert ((await stage.request()).state is RequestState.HELD) == (phones == 0)


async def test_what_the_pbx_said_of_a_phone_before_its_call_ended_is_not_believed_any_more(stage: Stage) -> None:
    await stage.own()
    other = await stage.answered("+380939999999", by="101")
    stage.pbx.states["PJSIP/101"] = "INUSE"
    await stage.missed("+380671111111", seconds=0)
    await stage.turn()
    stage.pbx.states["PJSIP/101"] = "NOT_INUSE"
    await stage.ended(other, talk=0.1)
    await stage.missed(seconds=0)
    await stage.turn()
    assert "PJSIP/101" in stage.pbx.rung, "the same second"


async def test_a_state_that_lags_is_looked_at_again_within_seconds(stage: Stage) -> None:
    await stage.own()
    stage.pbx.states["PJSIP/101"] = "RINGING"
    await stage.missed()
    await stage.turn()
    stage.pbx.states["PJSIP/101"] = "NOT_INUSE"
    await stage.later(3)
    assert stage.pbx.rung == ["PJSIP/101"]
