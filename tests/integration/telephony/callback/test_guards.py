"""When nobody is rung: guards, hours, pace, live callers; and what a customer who gets through does to a dial."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from telephony.callback.policy.dialling import DialCustomer
from telephony.callback.policy.model import ClosedReason, Outcome, RequestState, WaitReason, WithdrawnReason
from telephony.directory.model import CustomerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.events import CallEnded, CallStarted
from telephony.model import Disposition, MissedReason
from telephony.numbers import Canonical
from telephony.voice.dialogs.manager_port import AttemptId, ManagerAnswer, Withdrawn
from tests.builders import CUSTOMER, PBX
from tests.integration.telephony.callback.stage import START, Make, Stage, set_stage, settings_with


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", ClosedReason.HIDDEN),
        ("anonymous", ClosedReason.HIDDEN),
        ("0442000600", ClosedReason.OWN_NUMBER),
        ("101", ClosedReason.EMPLOYEE),
        ("+380 50 111 01 01", ClosedReason.EMPLOYEE),
        ("+380660000000", ClosedReason.DO_NOT_CALL),
        ("112", ClosedReason.UNDIALABLE),
        ("0671234567;phone-context=x", ClosedReason.UNDIALABLE),
        ("${SHELL(id)}", ClosedReason.UNDIALABLE),
    ],
)
async def test_these_callers_are_never_called_back_and_the_reason_stays(
    make: Make, number: str, reason: ClosedReason
) -> None:
    stage = await make(own_numbers=["+380442000600"], do_not_call=["0660000000"])
    await stage.missed(number)
    await stage.turn()
    assert stage.pbx.rung == []
    request = await stage.request()
    assert (request.state, request.closed_for) == (RequestState.DISCARDED, reason)


async def test_a_customer_marked_in_the_directory_is_not_called(stage: Stage) -> None:
    await DirectoryStore(stage.pool).put_customers([CustomerEntry(Canonical(CUSTOMER), "", None, do_not_call=True)])
    await stage.missed()
    await stage.turn()
    assert (await stage.request()).closed_for is ClosedReason.DO_NOT_CALL


async def test_outside_working_hours_it_waits_for_the_opening(make: Make) -> None:
    stage = await make(schedule="Mo-Fr 12:00-18:00", timezone="Europe/Kyiv")  # 10:00 UTC is noon in Kyiv
    stage.clock.now = START - timedelta(hours=1)
    await stage.missed()
    await stage.turn()
    request = await stage.request()
    assert (request.waits_for, request.due_at) == (WaitReason.CLOSED, START)
    assert stage.pbx.rung == []
    stage.clock.now = START
    await stage.turn()
    assert stage.pbx.rung
    figures = (await stage.callbacks.operations.show(request.request_id)).figures
    assert figures.target == "open", "no working second has passed"


async def test_a_sleeping_customer_is_not_woken(make: Make) -> None:
    stage = await make(waking_hours=[{"prefix": "+380", "hours": "13:00-20:00", "timezone": "Europe/Kyiv"}])
    await stage.missed()
    await stage.turn()
    request = await stage.request()
    assert (request.waits_for, request.due_at) == (WaitReason.ASLEEP, START + timedelta(hours=1))


async def test_the_trunk_bears_so_many_callbacks_a_minute(make: Make) -> None:
    managers = "id,name,endpoint,group\n" + "".join(f"m{n},M{n},{n},g{n}\n" for n in range(200, 210))
    stage = await make(originates_per_minute=3)
    await stage.close()
    stage = await set_stage(stage.pool, settings_with(originates_per_minute=3), managers=managers)
    customers = [f"+38067000000{n}" for n in range(8)]
    await DirectoryStore(stage.pool).put_customers(
        [CustomerEntry(Canonical(one), "", ManagerId(f"m{200 + n}")) for n, one in enumerate(customers)]
    )
    for one in customers:
        await stage.missed(one, seconds=0)
    await stage.turn()
    assert len(stage.pbx.rung) == 3
    assert {one.waits_for for one in await stage.requests() if one.state is RequestState.WAITING} == {WaitReason.PACE}
    await stage.later(59)
    assert len(stage.pbx.rung) == 3
    await stage.later(1)
    assert len(stage.pbx.rung) == 6
    await stage.later(60)
    assert len(stage.pbx.rung) == 8
    await stage.close()


async def test_callbacks_leave_managers_free_for_live_callers(make: Make) -> None:
    stage = await make(keep_free_managers=2)
    await stage.missed()
    stage.pbx.states["PJSIP/104"] = "INUSE"
    await stage.turn()
    assert len(stage.pbx.rung) == 1, "of three free ones two stay free"
    await stage.missed("+380939999999")
    await stage.turn()
    assert len(stage.pbx.rung) == 1
    assert (await stage.request()).waits_for is WaitReason.LIVE_CALLERS


async def test_after_an_outage_what_is_late_by_an_hour_waits_for_a_managers_word(stage: Stage) -> None:
    await stage.missed()
    stage.clock.pass_seconds(3601)
    await stage.turn()
    assert stage.pbx.rung == []
    request = await stage.request()
    assert request.state is RequestState.HELD
    await stage.callbacks.operations.snooze(request.request_id, stage.clock.now, "olena")
    await stage.turn()
    assert stage.pbx.rung
    line = (await stage.callbacks.operations.show(request.request_id)).history[-2]
    assert (line.verb, line.by) == ("release", "olena")


async def test_a_request_lives_thirty_days_at_most(stage: Stage) -> None:
    await stage.missed()
    await stage.callbacks.operations.snooze((await stage.request()).request_id, START, "test")
    stage.clock.pass_seconds(30 * 86400)
    await stage.turn()
    assert (await stage.request()).closed_for is ClosedReason.TOO_OLD


async def test_while_a_call_with_the_customer_is_up_nobody_is_rung(stage: Stage) -> None:
    waiting = stage.inbound()
    await stage.missed()
    await stage.tell(CallStarted(waiting, stage.clock.now))
    await stage.turn()
    assert stage.pbx.rung == []
    assert (await stage.request()).waits_for is WaitReason.ON_A_CALL


async def test_nothing_is_decided_before_the_ledger_has_what_the_pbx_told(stage: Stage) -> None:
    """After an outage the customer's answered call may still be in a backlog, or in CEL."""
    in_step = [False]
    dice = random.Random(3)  # noqa: S311 - the test's dice
    stage.engine = stage.callbacks.engine({PBX: stage.pbx}, dice, lambda _: in_step[0])
    await stage.missed()
    pause = await stage.turn()
    assert not await stage.attempts()
    assert pause < 1, "it is asked again soon"
    await stage.answered()
    in_step[0] = True
    await stage.turn()
    assert not await stage.attempts()
    assert (await stage.request()).closed_for is ClosedReason.GOT_THROUGH


async def test_a_customer_who_gets_through_cancels_and_the_ringing_phone_is_taken_down(stage: Stage) -> None:
    await DirectoryStore(stage.pool).put_customers([CustomerEntry(Canonical(CUSTOMER), "", ManagerId("ivan"))])
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    await stage.rings(attempt)
    await stage.answered(by="102")
    request = await stage.request()
    assert (request.state, request.closed_for, request.closed_by) == (
        RequestState.CANCELLED,
        ClosedReason.GOT_THROUGH,
        "102",
    )
    await stage.turn()
    assert stage.pbx.hung_up == [attempt.channel_id]
    await stage.phone_ends(attempt, cause=26)
    assert (await stage.attempt()).outcome is Outcome.WITHDRAWN


async def test_a_manager_who_listens_hears_why_and_cannot_accept_any_more(stage: Stage) -> None:
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    await stage.picks_up(attempt)
    await stage.answered(by="104")
    why = Withdrawn(WithdrawnReason.GOT_THROUGH)
    assert await stage.callbacks.desk.withdrawn(AttemptId(attempt.channel_id)) == why
    assert await stage.presses(attempt, ManagerAnswer.ACCEPTED) == why
    await stage.turn()
    assert attempt.channel_id not in stage.pbx.hung_up, "the voice is speaking to them"


async def test_a_customers_dial_in_flight_is_stopped_and_the_manager_is_told(stage: Stage) -> None:
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    await stage.picks_up(attempt)
    assert isinstance(await stage.presses(attempt, ManagerAnswer.ACCEPTED), DialCustomer)
    await stage.answered(by="104")
    await stage.turn()
    assert stage.pbx.redirected == [attempt.channel_id]
    await stage.customer(attempt, cause=16)
    assert (await stage.attempt()).outcome is Outcome.WITHDRAWN
    assert (await stage.request()).closed_for is ClosedReason.GOT_THROUGH


async def test_a_miss_told_late_is_not_rung_if_they_got_through_since(stage: Stage) -> None:
    call = stage.inbound()
    stage.clock.pass_seconds(10)
    at = stage.clock.now
    stage.clock.pass_seconds(60)
    talk = await stage.answered(by="101")
    await stage.ended(talk)
    late = replace(
        call, ended_at=at, disposition=Disposition.MISSED, missed_reason=MissedReason.NO_ANSWER, repaired=True
    )
    await stage.tell(CallEnded(late, at))
    await stage.turn()
    assert stage.pbx.rung == []
    assert (await stage.request()).closed_for is ClosedReason.GOT_THROUGH


async def test_a_talk_that_was_over_before_the_miss_cancels_nothing(stage: Stage) -> None:
    talk = await stage.answered(by="101")
    await stage.ended(talk)
    stage.clock.pass_seconds(60)
    await stage.missed()
    await stage.tell(CallEnded(talk, talk.started_at + timedelta(seconds=1)))
    assert (await stage.request()).is_open


async def test_our_own_callback_that_nobody_answers_is_no_new_miss(stage: Stage) -> None:
    await stage.missed()
    await stage.turn()
    for attempt in await stage.attempts():
        await stage.rings(attempt)
        await stage.phone_ends(attempt)
    [request] = await stage.requests()
    assert request.misses == 1


async def test_hostile_names_reach_the_display_as_plain_letters(stage: Stage) -> None:
    await stage.missed(name='Bob" <666>\r\nAction: Originate ${SHELL(rm)}')
    await stage.turn()
    assert stage.pbx.originates[0]["CallerID"] == f'"Bob 666Action: Originate SHELLrm" <{CUSTOMER}>'
