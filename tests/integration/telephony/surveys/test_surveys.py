"""Surveys on a real PostgreSQL: who is planned, who is rung, what is kept, what follows."""

import asyncio
from datetime import timedelta

import pytest

from telephony.numbers import Canonical
from telephony.surveys.policy.model import SurveyEnd, SurveyOrderRefused
from telephony.voice.dialogs.survey_port import SpokenAnswer, SurveyChannel, SurveyProgress, SurveyTalkEnd
from tests.builders import CUSTOMER
from tests.integration.telephony.surveys.conftest import SurveyStage, survey_stage

OTHER = "+380671110002"
ANSWER = SpokenAnswer(1, "/spool/rb-survey-1.wav", 5.0)
UNHAPPY = SurveyProgress(consented=True, score=3, person_wanted=True, answers=(ANSWER,), end=SurveyTalkEnd.FINISHED)


async def test_a_first_talk_is_planned_once_on_a_day_of_the_window(asking: SurveyStage) -> None:
    await asking.talked_days_ago(14)
    assert await asking.surveys.planner.plan() == 1
    assert await asking.surveys.planner.plan() == 0, "planning twice plans once"
    row = await asking.row()
    assert (row["customer"], row["because"], row["state"]) == (CUSTOMER, "first_call", "planned")
    assert timedelta(days=13) < row["not_before"] - row["anchor_at"] < timedelta(days=29)
    assert row["trunk"] == "PJSIP/carrier"


async def test_who_talked_with_us_before_is_no_new_customer(asking: SurveyStage) -> None:
    await asking.talked_days_ago(40)
    await asking.talked_days_ago(14)
    assert await asking.surveys.planner.plan() == 0


async def test_a_sale_is_planned_and_not_within_half_a_year_again(asking: SurveyStage) -> None:
    orders = asking.surveys.orders
    async with asking.pool.acquire() as connection, connection.transaction():
        planned = await orders.sold(connection, CUSTOMER, asking.now)
        assert planned is not None
        assert planned.customer == CUSTOMER
        assert await orders.sold(connection, CUSTOMER, asking.now) is None
    assert (await asking.row())["because"] == "sale"


async def test_a_customer_is_rung_by_their_trunk_under_our_number(asking: SurveyStage) -> None:
    await asking.stage.missed()
    await asking.operations.cancel((await asking.stage.request()).request_id, "boss")
    found = await asking.ask()
    ringing = found.ringing
    assert ringing.channel == f"PJSIP/{CUSTOMER}@carrier"
    assert ringing.channel_id.startswith("rb-survey-")
    assert ringing.caller is not None
    assert ringing.caller.number == "+380442000600"
    assert (await asking.row())["state"] == "ringing", "written before the phone rings"
    assert await asking.surveys.dialler.turn() is None, "one at a time"


async def test_callbacks_go_first(asking: SurveyStage) -> None:
    await asking.stage.missed(OTHER)
    await asking.surveys.orders.ask_now(CUSTOMER, "boss")
    assert await asking.surveys.dialler.turn() is None
    await asking.operations.cancel((await asking.stage.request()).request_id, "boss")
    assert await asking.surveys.dialler.turn() is not None


async def test_nobody_is_asked_while_managers_are_needed(asking: SurveyStage) -> None:
    asking.stage.pbx.states.update({f"PJSIP/{phone}": "INUSE" for phone in ("101", "102", "103", "104")})
    await asking.surveys.orders.ask_now(CUSTOMER, "boss")
    assert await asking.surveys.dialler.turn() is None


async def test_who_has_an_open_request_is_not_asked(asking: SurveyStage) -> None:
    await asking.stage.missed(CUSTOMER)
    request = await asking.stage.request()
    await asking.operations.snooze(request.request_id, asking.now + timedelta(hours=1), "boss")
    await asking.surveys.orders.ask_now(CUSTOMER, "boss")
    assert await asking.surveys.dialler.turn() is None
    assert (await asking.row())["not_before"] == asking.now + timedelta(minutes=15)


async def test_two_tries_on_two_days_then_never_again(asking: SurveyStage) -> None:
    for expected in ("planned", "over"):
        found = await asking.ask() if expected == "planned" else await asking.surveys.dialler.turn()
        assert found is not None
        ringing = asyncio.create_task(asking.surveys.dialler.ring(found))
        while found.ringing.channel_id not in asking.stage.pbx.channels:
            await asyncio.sleep(0)
        asking.stage.pbx.channels[found.ringing.channel_id].set_result({"Response": "Failure", "Reason": "3"})
        await ringing
        row = await asking.row()
        assert row["state"] == expected
        asking.stage.clock.pass_seconds(86_400 + 4 * 3600)  # the other half of another day
    assert row["ended_for"] == "not_reached"
    assert row["tries"] == 2
    assert len(asking.stage.pbx.originates) == 2
    assert [over.end for over in asking.over] == ["not_reached"]


async def test_an_unhappy_customer_is_called_back_at_once_and_who_follows_hears_it(asking: SurveyStage) -> None:
    channel = await asking.talking()
    await asking.surveys.talk.keep(channel, SurveyProgress(consented=True))
    await asking.surveys.talk.keep(channel, UNHAPPY)
    request = await asking.stage.request()
    assert (request.customer, request.priority) == (CUSTOMER, 30)
    row = await asking.row()
    assert (row["state"], row["score"], row["request_id"]) == ("over", 3, request.request_id)
    [over] = asking.over
    assert (over.end, over.score, over.answers, over.request_id) == ("finished", 3, (1,), request.request_id)
    await asking.surveys.talk.keep(channel, UNHAPPY)
    assert len(asking.over) == 1, "a telling that comes twice counts once"


async def test_key_9_is_kept_for_ever(asking: SurveyStage) -> None:
    channel = await asking.talking()
    await asking.surveys.talk.keep(channel, SurveyProgress(end=SurveyTalkEnd.NEVER_AGAIN))
    with pytest.raises(SurveyOrderRefused, match="asked again"):
        await asking.surveys.orders.ask_now(CUSTOMER, "boss")
    await asking.talked_days_ago(14)
    assert await asking.surveys.planner.plan() == 0
    assert await asking.surveys.orders.allow(CUSTOMER)
    await asking.surveys.orders.ask_now(CUSTOMER, "boss")


async def test_a_stranger_on_the_wire_gets_no_conversation(asking: SurveyStage) -> None:
    assert await asking.surveys.talk.picked_up(SurveyChannel("rb-survey-1-1-abc")) is None
    channel = await asking.talking()
    assert await asking.surveys.talk.picked_up(channel) is None, "a channel has one conversation"


async def test_what_nobody_knows_is_not_rung_again(asking: SurveyStage) -> None:
    """The daemon died after the Originate: nobody knows what the customer heard."""
    await asking.ask()
    asking.stage.clock.pass_seconds(600)
    assert await asking.surveys.dialler.turn() is None
    assert (await asking.row())["ended_for"] == SurveyEnd.LOST


async def test_answers_outlive_a_daemon_that_dies_in_the_talk(asking: SurveyStage) -> None:
    channel = await asking.talking()
    await asking.surveys.talk.keep(channel, SurveyProgress(consented=True, score=9, answers=(ANSWER,)))
    asking.stage.clock.pass_seconds(3600)
    await asking.surveys.dialler.turn()
    row = await asking.row()
    assert (row["ended_for"], row["score"]) == ("hung_up", 9)
    assert await asking.pool.fetchval("SELECT count(*) FROM survey_answers") == 1


async def test_the_number_of_a_day_is_kept(asking: SurveyStage) -> None:
    few = await survey_stage(asking.pool, per_day=1)
    try:
        channel = await few.talking()
        await few.surveys.talk.keep(channel, SurveyProgress(end=SurveyTalkEnd.REFUSED))
        await few.surveys.orders.ask_now(OTHER, "boss")
        assert await few.surveys.dialler.turn() is None
        few.stage.clock.pass_seconds(86_401)
        assert await few.surveys.dialler.turn() is not None
    finally:
        await few.stage.close()


async def test_two_daemons_ring_one_phone(asking: SurveyStage) -> None:
    other = await survey_stage(asking.pool)
    try:
        await asking.surveys.orders.ask_now(CUSTOMER, "boss")
        found = await asyncio.gather(asking.surveys.dialler.turn(), other.surveys.dialler.turn())
        assert sum(one is not None for one in found) <= 1
    finally:
        await other.stage.close()


async def test_a_number_is_planned_once_and_can_be_called_off(asking: SurveyStage) -> None:
    planned = await asking.surveys.orders.ask_now(CUSTOMER, "boss")
    with pytest.raises(SurveyOrderRefused, match="planned"):
        await asking.surveys.orders.ask_now(CUSTOMER, "boss")
    await asking.surveys.orders.cancel(planned.survey_id, "boss")
    with pytest.raises(SurveyOrderRefused, match="over"):
        await asking.surveys.orders.cancel(planned.survey_id, "boss")
    assert await asking.surveys.orders.refuse(CUSTOMER, "boss")
    assert not await asking.surveys.orders.refuse(Canonical(CUSTOMER), "boss")
