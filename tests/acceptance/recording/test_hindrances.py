"""On a real Asterisk: what keeps a recording from being whole (orders, policy, cut links, full disks), what is left."""

import asyncio

import pytest

from deploy.lab.company import Did
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import answers, never_answers, talks
from telephony.model import Call
from telephony.recording import store
from telephony.recording.errors import NotRecording
from telephony.recording.plan.rows import OrderKind
from telephony.recording.plan.verdict import SoundVerdict
from tests.acceptance.recording.hearing import LOUD, assert_sides
from tests.acceptance.recording.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ivan_talks(recording: Stack, customer: str) -> tuple[Leg, Leg, Call]:
    """A customer and Ivan talk until somebody hangs up: the customer's leg, Ivan's, and the call."""
    phone = recording.lab.world.phone("101").behaviour(answers(after=0.3))
    leg = await recording.lab.world.call(customer, Did.IVAN, script=talks())
    call = await recording.answered(customer)
    return leg, phone.legs[-1], call


async def test_the_dialplans_tape_of_a_call_that_policy_does_not_want_leaves_nothing(recording: Stack) -> None:
    customer = "+380671110014"
    for extension in ("101", "102", "103"):
        recording.lab.world.phone(extension).behaviour(answers(after=0.3))
    await recording.lab.world.call(customer, Did.GROUP, script=talks(2))
    call = await recording.ended(customer)
    verdict, recordings = await recording.done(call)

    assert verdict.verdict is SoundVerdict.NOT_WANTED
    assert [each.path for each in recordings] == [None]
    assert recording.originals(call) == []


async def test_a_link_cut_in_mid_call_neither_loses_nor_doubles_the_recording(recording: Stack) -> None:
    customer = "+380671110015"
    leg, ivan, _ = await ivan_talks(recording, customer)
    await recording.cut()
    await asyncio.sleep(1.5)
    await recording.mend()
    await asyncio.sleep(1)
    await recording.lab.world.hang_up(leg)
    _, (only,) = await recording.good(customer)

    assert_sides(recording.heard(only), leg, ivan)


async def test_a_tape_that_started_while_we_were_away_is_found_on_its_channel(recording: Stack) -> None:
    customer = "+380671110016"
    phone = recording.lab.world.phone("101").behaviour(answers(after=0.3))
    await recording.cut()
    leg = await recording.lab.world.call(customer, Did.IVAN, script=talks())
    await leg.trace.answered.wait()
    await asyncio.sleep(1)
    await recording.mend()
    await asyncio.sleep(1)
    await recording.lab.world.hang_up(leg)
    _, (only,) = await recording.good(customer)

    assert_sides(recording.heard(only), leg, phone.legs[-1])


async def test_with_a_full_disk_calls_go_on_unrecorded_each_with_its_alarm_until_there_is_room(
    recording: Stack,
) -> None:
    recording.lab.world.phone("101").behaviour(answers(after=0.3))
    await recording.leave_room(0)
    unrecorded = "+380671110017"
    await recording.lab.world.call(unrecorded, Did.IVAN, script=talks(2))
    call = await recording.ended(unrecorded)
    verdict, recordings = await recording.done(call, 40)
    assert verdict.verdict is SoundVerdict.MISSING
    assert recordings == []
    causes = {(alarm.call_id, alarm.cause) for alarm in await recording.alarms()}
    assert {(None, "disk_full"), (call.call_id, "missing")} <= causes

    await recording.leave_room(10**12)
    recorded = "+380671110018"
    await recording.lab.world.call(recorded, Did.IVAN, script=talks(2))
    await recording.good(recorded)
    assert None not in [alarm.call_id for alarm in await recording.alarms()]


async def test_what_is_said_while_paused_is_silence_and_it_is_known_who_paused(recording: Stack) -> None:
    customer = "+380671110009"
    leg, _, call = await ivan_talks(recording, customer)
    await asyncio.sleep(1.2)
    await recording.recorder.pause(call.call_id, "olena")
    await asyncio.sleep(1.5)
    await recording.recorder.resume(call.call_id, "olena")
    await asyncio.sleep(1.2)
    await recording.lab.world.hang_up(leg)
    call, (only,) = await recording.good(customer)

    found = recording.heard(only)
    assert found.seconds == pytest.approx(call.talk_seconds, abs=0.3)
    for side in (0, 1):
        assert found.silent_seconds(side) == pytest.approx(1.5, abs=0.25)
        assert found.loudest(side, end=1.0) > LOUD
        assert found.loudest(side, start=found.seconds - 0.8) > LOUD
    async with recording.pool.acquire() as connection:
        orders = await store.orders(connection, call.call_id)
    assert [(order.kind, order.by) for order in orders] == [
        (OrderKind.PAUSE, "olena"),
        (OrderKind.RESUME, "olena"),
    ]
    with pytest.raises(NotRecording):
        await recording.recorder.pause(call.call_id, "olena")


async def test_stopped_and_started_by_order_keeps_what_was_recorded_without_an_alarm(recording: Stack) -> None:
    customer = "+380671110010"
    leg, _, call = await ivan_talks(recording, customer)
    await asyncio.sleep(1)
    await recording.recorder.stop(call.call_id, "ivan")
    await asyncio.sleep(3)
    await recording.recorder.start(call.call_id, "ivan")
    await asyncio.sleep(1)
    await recording.lab.world.hang_up(leg)
    _, recordings = await recording.good(customer)

    assert len(recordings) == 2
    assert sum(recording.heard(each).seconds for each in recordings) == pytest.approx(2, abs=0.7)


async def test_a_call_that_nobody_answered_leaves_no_file_and_no_alarm(recording: Stack) -> None:
    customer = "+380671110011"
    recording.lab.world.phone("101").behaviour(never_answers())
    leg = await recording.lab.world.call(customer, Did.IVAN)
    await recording.lab.world.phone("101").rings(len(recording.lab.world.phone("101").legs) or 1)
    await asyncio.sleep(0.5)
    await recording.lab.world.hang_up(leg)
    call = await recording.ended(customer)
    verdict, _ = await recording.done(call)

    assert verdict.verdict is SoundVerdict.NOT_WANTED
    assert recording.originals(call) == []
    assert call.call_id not in [alarm.call_id for alarm in await recording.alarms()]
