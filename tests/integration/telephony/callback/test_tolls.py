"""Toll fraud: bait is not called back, limits hold calls, and every refusal can be read."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from telephony.callback.policy.dialling import DialCustomer
from telephony.callback.policy.model import ClosedReason, RequestState, WaitReason
from telephony.model import MissedReason
from telephony.numbers import Canonical
from telephony.tolls.gate import TollRefused
from telephony.voice.dialogs.manager_port import ManagerAnswer, Withdrawn
from tests.builders import CUSTOMER
from tests.integration.telephony.callback.stage import Make, Stage


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+88216123456", ClosedReason.TOLL_COUNTRY),
        ("0067571234567", ClosedReason.TOLL_COUNTRY),
        ("+18765551234", ClosedReason.TOLL_COUNTRY),
        ("01167571234567", ClosedReason.TOLL_NO_NUMBER),
        ("+380900312345", ClosedReason.TOLL_KIND),
    ],
)
async def test_a_ring_from_where_we_do_not_call_is_not_called_back_and_says_why(
    stage: Stage, number: str, reason: ClosedReason
) -> None:
    await stage.missed(number)
    await stage.turn()
    request = await stage.request()
    assert (request.state, request.closed_for) == (RequestState.DISCARDED, reason)
    assert stage.pbx.rung == []


async def test_a_ring_of_half_a_second_is_bait(make: Make) -> None:
    stage = await make(toll={"least_ring_seconds": 2})
    await stage.missed(seconds=0.4)
    request = await stage.request()
    assert (request.state, request.closed_for) == (RequestState.DISCARDED, ClosedReason.SHORT_RING)
    await stage.missed(seconds=2)
    await stage.missed(seconds=0.4)
    owed = await stage.request()
    assert (owed.state, owed.misses) == (RequestState.WAITING, 2), "whom we owe a call is counted however short it was"


@pytest.mark.parametrize("why", [MissedReason.REJECTED, MissedReason.BUSY, MissedReason.UNREACHABLE])
async def test_a_call_that_we_ended_at_once_is_no_bait(make: Make, why: MissedReason) -> None:
    stage = await make(toll={"least_ring_seconds": 2})
    await stage.missed(seconds=0.4, why=why)
    assert (await stage.request()).state is RequestState.WAITING


async def _accepted(stage: Stage, number: str) -> object:
    await stage.missed(number)
    await stage.turn()
    attempt = await stage.attempt()
    await stage.rings(attempt)
    await stage.picks_up(attempt)
    answer = await stage.presses(attempt, ManagerAnswer.ACCEPTED)
    if isinstance(answer, DialCustomer):
        await stage.customer(attempt, talk=60)
    return answer


async def test_a_limit_holds_what_comes_after_it_tells_once_and_ends_after_a_day(make: Make) -> None:
    stage = await make(toll={"range_day_cap": 2})
    gate = stage.callbacks.surroundings.tolls
    assert isinstance(await _accepted(stage, CUSTOMER), DialCustomer)
    assert isinstance(await _accepted(stage, f"{CUSTOMER[:-1]}1"), DialCustomer)
    with capture_logs() as logs:
        for last in "23":
            await stage.missed(f"{CUSTOMER[:-1]}{last}")
            await stage.turn()
    held = (await stage.requests())[2:]
    assert [one.state for one in held] == [RequestState.HELD] * 2
    assert {one.waits_for for one in held} == {WaitReason.TOLL_PREFIX_CAP}
    whole = await stage.callbacks.operations.show(held[0].request_id)
    assert whole.history[-1].reason == "toll_prefix_cap"
    assert [one["event"] for one in logs].count("toll.cap_reached") == 1
    assert "toll.range_day_cap" in gate.biting(stage.clock.now)
    assert await stage.pool.fetchval("SELECT count(*) FROM published.toll_alarms") == 1
    await stage.missed("+380442223344")
    await stage.turn()
    assert (await stage.request()).state is RequestState.RINGING, "other ranges go on"
    stage.clock.now += timedelta(hours=25)
    await stage.callbacks.operations.snooze(held[0].request_id, stage.clock.now, "olena")
    await stage.turn()
    row = await stage.callbacks.operations.show(held[0].request_id)
    assert row.request.state is not RequestState.HELD
    assert gate.biting(stage.clock.now) == ""


async def test_two_acceptances_at_the_last_place_are_one_dial(make: Make) -> None:
    stage = await make(toll={"day_cap": 1})
    await stage.own("ivan")
    await stage.missed(CUSTOMER)
    await stage.missed("+380442223344")
    await stage.turn()
    attempts = [next(one for one in await stage.attempts() if one.request_id == request) for request in (1, 2)]
    for attempt in attempts:
        await stage.rings(attempt)
        await stage.picks_up(attempt)
    answers = await asyncio.gather(*(stage.presses(one, ManagerAnswer.ACCEPTED) for one in attempts))
    assert sorted(type(answer).__name__ for answer in answers) == ["DialCustomer", "Withdrawn"]
    refused = next(one for one, answer in zip(attempts, answers, strict=True) if isinstance(answer, Withdrawn))
    await stage.phone_ends(refused, cause=16)
    await stage.turn()
    request = (await stage.callbacks.operations.show(refused.request_id)).request
    assert request.state is RequestState.HELD


async def test_a_person_is_refused_with_the_cure(make: Make) -> None:
    stage = await make(toll={"day_cap": 1})
    operations = stage.callbacks.operations
    with pytest.raises(TollRefused, match=r"toll\.countries"):
        await operations.create("+37063333555", "olena", due_at=stage.clock.now)
    await _accepted(stage, CUSTOMER)
    with pytest.raises(TollRefused, match=r"toll\.day_cap"):
        await operations.create("+380442223344", "olena", due_at=stage.clock.now)


async def test_a_manager_abroad_is_not_rung_on_the_mobile(make: Make) -> None:
    stage = await make()
    await stage.pool.execute("UPDATE managers SET mobile = '+88216123456' WHERE manager_id = 'ivan'")
    await stage.own("ivan")
    stage.pbx.states["PJSIP/101"] = "UNAVAILABLE"
    await stage.missed()
    await stage.turn()
    assert all("88216" not in one for one in stage.pbx.rung)


async def test_a_mobile_rings_though_the_callers_trunk_is_not_known(make: Make) -> None:
    stage = await make(voice={"trunk": "PJSIP/carrier"})
    await stage.own("ivan")
    stage.pbx.states["PJSIP/101"] = "UNAVAILABLE"
    await stage.callbacks.operations.create(CUSTOMER, "olena", due_at=stage.clock.now)
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/+380501110101@carrier"]


def test_a_number_is_counted_by_its_range_only(stage: Stage) -> None:
    assert stage.callbacks.surroundings.tolls.rules.range_of(Canonical(CUSTOMER)) != CUSTOMER
