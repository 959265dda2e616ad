"""The whole way of a request: missed, rung, accepted, talked; and each turn that it can take."""

from datetime import timedelta

from telephony.callback.policy.dialling import DialCustomer
from telephony.callback.policy.model import ClosedReason, Outcome, RequestState, WaitReason, WithdrawnReason
from telephony.directory.store import DirectoryStore
from telephony.voice.dialogs.manager_port import AnswerNoted, ManagerAnswer, ManagerBriefing, Withdrawn
from telephony.voice.words.phrases import Language
from tests.builders import CUSTOMER
from tests.integration.telephony.callback.stage import DID, Make, Stage


async def test_a_missed_call_rings_its_own_manager_who_accepts_and_talks(stage: Stage) -> None:
    await stage.own()
    missed = await stage.missed()
    assert missed.ended_at
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/101"]
    headers = stage.pbx.originates[0]
    assert headers["CallerID"] == f'"ТОВ Ромашка" <{CUSTOMER}>'
    attempt = await stage.attempt()
    assert headers["ChannelId"] == attempt.channel_id
    assert headers["Variable"] == [f"RINGBACK_ATTEMPT={attempt.channel_id}"]

    await stage.rings(attempt)
    told = await stage.picks_up(attempt)
    assert told == ManagerBriefing(Language.RU, "ТОВ Ромашка", CUSTOMER, missed.ended_at, 1, 15)
    assert await stage.presses(attempt, ManagerAnswer.ACCEPTED) == DialCustomer(CUSTOMER, DID, "PJSIP/carrier", 45)
    assert (await stage.request()).state is RequestState.DIALLING
    await stage.customer(attempt, talk=60)

    request = await stage.request()
    assert (request.state, request.closed_for) == (RequestState.DONE, ClosedReason.REACHED)
    assert None not in (request.rang_at, request.accepted_at, request.talked_at)
    whole = await stage.callbacks.operations.show(request.request_id)
    assert [line.verb for line in whole.history] == ["miss", "ring", "accept", "bridge", "done"]
    assert whole.figures.target == "met"
    assert whole.misses[0][0] == missed.call_id


async def test_further_misses_are_counted_on_one_open_request(stage: Stage) -> None:
    first = await stage.missed()
    await stage.missed("067 123-45-67")
    [request] = await stage.requests()
    assert (request.misses, request.first_missed_at) == (2, first.ended_at)


async def test_an_unknown_customer_rings_the_default_group_and_the_first_to_accept_owns_them(stage: Stage) -> None:
    await stage.missed()
    await stage.turn()
    assert sorted(stage.pbx.rung) == ["PJSIP/101", "PJSIP/102", "PJSIP/103"]
    ivan, olena, maria = await stage.attempts()
    for one in (ivan, olena):
        await stage.rings(one)
        assert isinstance(await stage.picks_up(one), ManagerBriefing)
    assert isinstance(await stage.presses(olena, ManagerAnswer.ACCEPTED), DialCustomer)
    assert await stage.presses(ivan, ManagerAnswer.ACCEPTED) == Withdrawn(WithdrawnReason.TAKEN)
    await stage.turn()
    assert stage.pbx.hung_up == [maria.channel_id], "who still rings is taken down; who listens is told by the voice"
    await stage.customer(olena, talk=30)
    assert (await stage.request()).owner == "olena"
    [customer] = await DirectoryStore(stage.pool).customers(10)
    assert (customer.number, customer.manager_id) == (CUSTOMER, "olena")


async def test_who_spoke_with_an_unknown_customer_last_is_rung_first(stage: Stage) -> None:
    await stage.ended(await stage.answered(by="103"))
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/103"]


async def test_the_ladder_is_climbed_and_its_last_step_rings_before_five_minutes(stage: Stage) -> None:
    await stage.own()
    missed = await stage.missed()
    assert missed.ended_at
    rung: list[tuple[str, float]] = []
    await stage.turn()
    while stage.clock.now < missed.ended_at + timedelta(seconds=300):
        for attempt in [one for one in await stage.attempts() if one.ended_at is None]:
            rung.append((attempt.manager, (stage.clock.now - missed.ended_at).total_seconds()))
            await stage.rings(attempt)
        stage.clock.pass_seconds(25)
        for attempt in [one for one in await stage.attempts() if one.ended_at is None]:
            await stage.phone_ends(attempt)
        await stage.turn()
        while not [one for one in await stage.attempts() if one.ended_at is None]:
            await stage.later(1)
            if stage.clock.now >= missed.ended_at + timedelta(seconds=300):
                break
    first = dict(reversed(rung))
    assert first["ivan"] == 0
    assert first["olena"] == 75
    assert first["maria"] == 150
    assert 240 <= first["boss"] < 300
    assert all(one.outcome is Outcome.MANAGER_NO_ANSWER for one in await stage.attempts() if one.ended_at)
    assert (await stage.request()).spent == 0


async def test_after_the_whole_ladder_the_next_round_begins_later(make: Make) -> None:
    stage = await make(next_round_seconds=(120,))
    await stage.own()
    await stage.missed()
    for _ in range(400):
        await stage.turn()
        for attempt in [one for one in await stage.attempts() if one.ended_at is None]:
            stage.clock.pass_seconds(25)
            await stage.phone_ends(attempt)
        stage.clock.pass_seconds(1)
        if (await stage.request()).round == 2:
            break
    request = await stage.request()
    assert (request.round, request.waits_for) == (2, WaitReason.NEXT_ROUND)
    assert request.due_at - stage.clock.now <= timedelta(seconds=120)
    await stage.later(125)
    assert (await stage.attempt()).manager == "ivan", "the owner is the first again"


async def test_a_refusal_gives_the_turn_to_the_next_at_once(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await stage.turn()
    await stage.rings(await stage.attempt())
    await stage.phone_ends(await stage.attempt(), cause=21)
    await stage.turn()
    assert [(one.manager, one.outcome) for one in await stage.attempts()] == [
        ("ivan", Outcome.REFUSED),
        ("olena", None),
    ]


async def test_a_busy_manager_costs_nothing_and_is_rung_when_free(stage: Stage) -> None:
    await stage.own()
    stage.pbx.states["PJSIP/101"] = "INUSE"
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == []
    assert (await stage.request()).waits_for is WaitReason.NOBODY_FREE
    stage.pbx.states["PJSIP/101"] = "NOT_INUSE"
    await stage.later(60)
    assert stage.pbx.rung == ["PJSIP/101"]
    assert (await stage.request()).spent == 0


async def test_a_freed_phone_is_rung_at_once(stage: Stage) -> None:
    await stage.own()
    other = await stage.answered("+380939999999", by="101")
    stage.pbx.states["PJSIP/101"] = "INUSE"
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == []
    await stage.ended(other, talk=5)
    stage.pbx.states["PJSIP/101"] = "NOT_INUSE"
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/101"]


async def test_an_unregistered_phone_is_rung_on_the_mobile_through_the_callers_trunk(stage: Stage) -> None:
    await stage.own()
    stage.pbx.states["PJSIP/101"] = "UNAVAILABLE"
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/+380501110101@carrier"]


async def test_without_a_mobile_an_unregistered_owner_is_passed_over(make: Make) -> None:
    stage = await make(ring_mobiles=False)
    await stage.own()
    stage.pbx.states["PJSIP/101"] = "UNAVAILABLE"
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/102"]


async def test_key_two_rings_the_same_manager_in_fifteen_minutes(stage: Stage) -> None:
    await stage.own("olena")
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    await stage.picks_up(attempt)
    assert await stage.presses(attempt, ManagerAnswer.LATER) == AnswerNoted()
    request = await stage.request()
    assert (request.waits_for, request.due_at - stage.clock.now) == (WaitReason.LATER, timedelta(minutes=15))
    await stage.phone_ends(attempt, cause=16)
    await stage.later(15 * 60)
    assert stage.pbx.rung == ["PJSIP/102", "PJSIP/102"]
    assert (await stage.request()).spent == 0


async def test_key_three_hands_over_to_the_deputy_at_once(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    await stage.picks_up(attempt)
    await stage.presses(attempt, ManagerAnswer.HAND_OVER)
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/101", "PJSIP/102"]


async def test_key_nine_closes_the_request(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await stage.turn()
    await stage.picks_up(await stage.attempt())
    await stage.presses(await stage.attempt(), ManagerAnswer.DEALT)
    request = await stage.request()
    assert (request.state, request.closed_for, request.closed_by) == (RequestState.DONE, ClosedReason.DEALT, "ivan")


async def test_no_key_is_not_accepted_and_costs_nothing(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await stage.turn()
    await stage.picks_up(await stage.attempt())
    await stage.presses(await stage.attempt(), ManagerAnswer.NO_KEY)
    request = await stage.request()
    assert (request.state, request.waits_for, request.spent) == (RequestState.WAITING, WaitReason.LADDER, 0)
