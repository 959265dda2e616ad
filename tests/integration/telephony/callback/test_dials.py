"""The customer's dial: what spends an attempt and what does not, when the next one is, and when there is none."""

from datetime import timedelta

from telephony.callback.policy.dialling import DialCustomer
from telephony.callback.policy.model import ClosedReason, Outcome, RequestState, WaitReason
from telephony.events import CallStarted
from telephony.voice.dialogs.manager_port import DialReport, ManagerAnswer
from tests.integration.telephony.callback.stage import Stage


async def accepted(stage: Stage) -> None:
    await stage.turn()
    attempt = await stage.attempt()
    await stage.rings(attempt)
    await stage.picks_up(attempt)
    assert isinstance(await stage.presses(attempt, ManagerAnswer.ACCEPTED), DialCustomer)


async def test_three_unanswered_dials_at_five_and_fifteen_minutes_then_it_is_discarded(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    for spent, pause in ((1, 5), (2, 15)):
        await accepted(stage)
        await stage.customer(await stage.attempt(), cause=19)
        request = await stage.request()
        assert (request.spent, request.waits_for) == (spent, WaitReason.RETRY)
        assert request.due_at - stage.clock.now == timedelta(minutes=pause)
        stage.clock.pass_seconds(pause * 60)
    await accepted(stage)
    await stage.customer(await stage.attempt(), cause=17)
    request = await stage.request()
    assert (request.state, request.closed_for) == (RequestState.DISCARDED, ClosedReason.ATTEMPTS_SPENT)
    assert [one.outcome for one in await stage.attempts()] == [Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.BUSY]


async def test_a_customer_who_is_busy_calling_us_spends_nothing(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await accepted(stage)
    again = stage.inbound()
    await stage.tell(CallStarted(again, stage.clock.now))
    await stage.customer(await stage.attempt(), cause=17)
    request = await stage.request()
    assert (await stage.attempt()).outcome is Outcome.CALLS_US
    assert (request.state, request.spent, request.waits_for) == (RequestState.WAITING, 0, WaitReason.ON_A_CALL)


async def test_a_bad_number_is_discarded_at_once(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await accepted(stage)
    await stage.customer(await stage.attempt(), cause=1)
    assert (await stage.request()).closed_for is ClosedReason.BAD_NUMBER


async def test_a_talk_under_five_seconds_did_not_reach_them(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await accepted(stage)
    await stage.customer(await stage.attempt(), talk=4)
    request = await stage.request()
    assert (request.state, request.spent) == (RequestState.WAITING, 1)
    assert (await stage.attempt()).outcome is Outcome.SHORT_TALK


async def test_a_manager_who_gives_up_spends_none_of_the_customers_attempts(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await accepted(stage)
    await stage.customer(await stage.attempt(), cause=16, report=DialReport("CANCEL", 16, 0))
    assert (await stage.attempt()).outcome is Outcome.GAVE_UP
    assert (await stage.request()).spent == 0


async def test_a_customer_who_calls_again_during_the_pause_is_called_back_at_once(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await accepted(stage)
    await stage.customer(await stage.attempt(), cause=19)
    stage.clock.pass_seconds(60)
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/101", "PJSIP/101"]
    assert (await stage.request()).misses == 2
