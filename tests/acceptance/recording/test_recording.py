"""On a real Asterisk: every answered call has a recording that plays, with the customer left and the manager right."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from deploy.lab.company import ATTENDED_KEYS, Did
from deploy.lab.leg import Leg
from deploy.lab.scripts import answers, never_answers, talks
from telephony.events import CallEnded, CallTransferred
from telephony.model import Call, Direction
from telephony.recording import reading, store
from telephony.recording.errors import NotRecording
from telephony.recording.rows import OrderKind, Recording
from telephony.recording.verdict import Verdict
from tests.acceptance.recording.hearing import Heard, hear
from tests.acceptance.recording.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOUD = 1000
FAINT = 60
"""A twentieth of a tone that is there: mp3's own noise is below."""


def heard(stack: Stack, recording: Recording) -> Heard:
    assert recording.path is not None
    assert recording.sound is not None
    return hear(stack.settings.folder / recording.path, len(recording.sound.sides))


def assert_sides(found: Heard, customer: Leg, manager: Leg) -> None:
    assert customer.tone != manager.tone
    levels = {
        "customer left": found.strength(0, customer.tone),
        "customer right": found.strength(1, customer.tone),
        "manager left": found.strength(0, manager.tone),
        "manager right": found.strength(1, manager.tone),
    }
    told = {name: round(level) for name, level in levels.items()}
    assert levels["customer left"] > LOUD, told
    assert levels["manager right"] > LOUD, told
    assert levels["customer right"] < FAINT, told
    assert levels["manager left"] < FAINT, told


def assert_kept(stack: Stack, recording: Recording, call: Call) -> None:
    """The row tells the truth about the file, and nothing is left of the original."""
    assert recording.path is not None
    assert recording.sound is not None
    file = stack.settings.folder / recording.path
    content = file.read_bytes()
    assert recording.size == len(content)
    assert recording.sha256 == hashlib.sha256(content).digest()
    assert recording.path.startswith(f"{recording.started_at:%Y/%m/%d}/")
    assert all(len(side.peaks) == 1000 for side in recording.sound.sides)
    assert not [name for name in originals(stack) if any(leg.uniqueid in name for leg in call.legs)]


def originals(stack: Stack) -> list[str]:
    return [path.name for path in Path(stack.settings.pbx_folder).glob("rb-*")]


async def test_inbound_by_the_dialplan_is_whole_with_the_customer_left(recording: Stack) -> None:
    customer, phone = "+380671110001", recording.lab.world.phone("101").behaviour(answers(after=0.5))
    leg = await recording.lab.world.call(customer, Did.IVAN, script=talks(4))
    call = await recording.ended(customer)
    verdict, (only,) = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert not only.adopted
    found = heard(recording, only)
    assert found.seconds == pytest.approx(call.talk_seconds, abs=0.3)
    assert_sides(found, leg, phone.legs[-1])
    assert_kept(recording, only, call)


async def test_outbound_rides_on_the_managers_channel_and_still_has_the_customer_left(recording: Stack) -> None:
    customer = "+380671110002"
    phone = recording.lab.world.phone(customer).behaviour(answers(after=0.5))
    leg = await recording.lab.world.phone("102").call(customer, talks(3))
    call = await recording.ended(customer)
    verdict, (only,) = await recording.done(call)

    assert call.direction is Direction.OUTBOUND
    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert only.channel.startswith("PJSIP/102-")
    found = heard(recording, only)
    assert found.seconds == pytest.approx(call.talk_seconds, abs=0.3)
    assert_sides(found, phone.legs[-1], leg)
    assert_kept(recording, only, call)


async def test_a_callback_that_rings_the_manager_first_has_the_customer_left(recording: Stack) -> None:
    customer = "+380671110003"
    phone = recording.lab.world.phone(customer).behaviour(answers(after=0.3, talk=3))
    manager = recording.lab.world.phone("103").behaviour(answers(after=0.3))
    await recording.lab.pbx.ami.action(
        "Originate",
        {
            "Channel": "PJSIP/103",
            "ChannelId": "rb-cb-7-manager",
            "Context": "from-internal",
            "Exten": customer,
            "Priority": "1",
            "CallerID": f"<{customer}>",
            "Async": "true",
        },
    )
    ended = await recording.until(
        lambda e: isinstance(e, CallEnded) and any(leg.uniqueid == "rb-cb-7-manager" for leg in e.call.legs)
    )
    verdict, (only,) = await recording.done(ended.call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert_sides(heard(recording, only), phone.legs[-1], manager.legs[-1])


async def test_where_nothing_records_the_daemon_starts_a_tape_within_a_moment_of_the_answer(recording: Stack) -> None:
    customer, phone = "+380671110004", recording.lab.world.phone("102").behaviour(answers(after=0.3))
    leg = await recording.lab.world.call(customer, Did.OLENA, script=talks(4))
    call = await recording.ended(customer)
    verdict, (only,) = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert only.channel.startswith("PJSIP/carrier-")
    found = heard(recording, only)
    assert call.talk_seconds - found.seconds < 0.5
    assert_sides(found, leg, phone.legs[-1])


async def test_a_person_found_behind_local_channels_is_recorded_with_the_customer_left(recording: Stack) -> None:
    customer, phone = "+380671110005", recording.lab.world.phone("103").behaviour(answers(after=0.3))
    leg = await recording.lab.world.call(customer, Did.FOLLOW_ME, script=talks(4))
    call = await recording.ended(customer)
    verdict, (only,) = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert_sides(heard(recording, only), leg, phone.legs[-1])


async def test_the_pbx_own_recording_is_adopted_once_as_it_is_and_left_in_place(recording: Stack) -> None:
    customer = "+380671110006"
    recording.lab.world.phone("101").behaviour(answers(after=0.3))
    leg = await recording.lab.world.call(customer, Did.RECORDED, script=talks(3))
    call = await recording.ended(customer)
    verdict, (only,) = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert only.adopted
    assert only.sound is not None
    assert len(only.sound.sides) == 1
    assert heard(recording, only).strength(0, leg.tone) > LOUD / 2
    uniqueids = [one.uniqueid for one in call.legs]
    assert [path.name for path in recording.lab.pbx.recordings.glob("in-*.wav") if path.stem[3:] in uniqueids]
    assert not [name for name in originals(recording) if any(uniqueid in name for uniqueid in uniqueids)]


async def test_a_transfer_by_the_one_who_dialled_gives_two_segments_of_one_call(recording: Stack) -> None:
    customer = "+380671110007"
    phone = recording.lab.world.phone(customer).behaviour(answers(after=0.3))
    second = recording.lab.world.phone("106").behaviour(answers(after=0.5, talk=3))

    async def hands_over(leg: Leg) -> None:
        await leg.talk(2)
        await leg.transfer("106")

    first = await recording.lab.world.phone("101").call(customer, hands_over)
    await recording.until(lambda e: isinstance(e, CallTransferred) and e.call.dialed == customer)
    call = await recording.ended(customer)
    verdict, recordings = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert len(recordings) == 2, recordings
    assert recordings[0].channel.startswith("PJSIP/101-")
    assert recordings[1].channel.startswith("PJSIP/carrier-")
    assert_sides(heard(recording, recordings[0]), phone.legs[-1], first)
    assert_sides(heard(recording, recordings[1]), phone.legs[-1], second.legs[-1])


async def test_an_inbound_call_that_is_transferred_has_both_managers_and_no_silent_side(recording: Stack) -> None:
    customer = "+380671110008"

    async def hands_over(leg: Leg) -> None:
        await leg.ring(0.3)
        await leg.answer()
        await leg.talk(2)
        await leg.transfer("106")

    first = recording.lab.world.phone("101").behaviour(hands_over)
    second = recording.lab.world.phone("106").behaviour(answers(after=0.5, talk=3))
    leg = await recording.lab.world.call(customer, Did.IVAN, script=talks())
    call = await recording.ended(customer)
    verdict, (before, after) = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert_sides(heard(recording, before), leg, first.legs[-1])
    assert_sides(heard(recording, after), leg, second.legs[-1])
    total = heard(recording, before).seconds + heard(recording, after).seconds
    assert total == pytest.approx(call.talk_seconds, abs=0.7)


async def test_an_attended_transfer_by_the_one_who_dialled_leaves_no_gap(recording: Stack) -> None:
    customer = "+380671110012"
    phone = recording.lab.world.phone(customer).behaviour(answers(after=0.3))
    second = recording.lab.world.phone("106").behaviour(answers(after=0.5, talk=5))

    async def consults(leg: Leg) -> None:
        await leg.talk(2)
        await leg.press(ATTENDED_KEYS)
        await leg.listen(1.2)  # until the PBX has said "transfer"
        await leg.press("106")
        await leg.listen(1.5)
        await leg.talk(1)
        await leg.hangup()

    await recording.lab.world.phone("101").call(customer, consults)
    await recording.until(lambda e: isinstance(e, CallTransferred) and e.call.dialed == customer)
    call = await recording.ended(customer)
    verdict, recordings = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert len(recordings) >= 2
    assert_sides(heard(recording, recordings[-1]), phone.legs[-1], second.legs[-1])


async def test_a_queue_is_recorded_from_the_agents_answer_not_its_music(recording: Stack) -> None:
    customer = "+380671110013"
    for extension in ("102", "103"):
        recording.lab.world.phone(extension).behaviour(never_answers())
    phone = recording.lab.world.phone("101").behaviour(answers(after=2.5))
    leg = await recording.lab.world.call(customer, Did.QUEUE, script=talks(5.5))
    call = await recording.ended(customer)
    verdict, (only,) = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    found = heard(recording, only)
    assert found.seconds == pytest.approx(call.talk_seconds, abs=0.3)
    assert found.seconds < 4
    assert_sides(found, leg, phone.legs[-1])


async def test_the_dialplans_tape_of_a_call_that_policy_does_not_want_leaves_nothing(recording: Stack) -> None:
    customer = "+380671110014"
    for extension in ("101", "102", "103"):
        recording.lab.world.phone(extension).behaviour(answers(after=0.3))
    await recording.lab.world.call(customer, Did.GROUP, script=talks(2))
    call = await recording.ended(customer)
    verdict, recordings = await recording.done(call)

    assert verdict.verdict is Verdict.NOT_WANTED
    assert [each.path for each in recordings] == [None]
    assert not [name for name in originals(recording) if any(one.uniqueid in name for one in call.legs)]


async def test_a_link_cut_in_mid_call_neither_loses_nor_doubles_the_recording(recording: Stack) -> None:
    customer = "+380671110015"
    phone = recording.lab.world.phone("101").behaviour(answers(after=0.3))
    leg = await recording.lab.world.call(customer, Did.IVAN, script=talks())
    await recording.answered(customer)
    await recording.cut()
    await asyncio.sleep(1.5)
    await recording.mend()
    await asyncio.sleep(1)
    await recording.lab.world.hang_up(leg)
    call = await recording.ended(customer)
    verdict, (only,) = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert_sides(heard(recording, only), leg, phone.legs[-1])


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
    call = await recording.ended(customer)
    verdict, (only,) = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert_sides(heard(recording, only), leg, phone.legs[-1])


async def test_with_a_full_disk_calls_go_on_unrecorded_each_with_its_alarm_until_there_is_room(
    recording: Stack,
) -> None:
    recording.lab.world.phone("101").behaviour(answers(after=0.3))
    recording.free[0] = 0
    await recording.room.look()
    await recording.recorder.settled()
    unrecorded = "+380671110017"
    await recording.lab.world.call(unrecorded, Did.IVAN, script=talks(2))
    call = await recording.ended(unrecorded)
    verdict, recordings = await recording.done(call, 40)
    assert verdict.verdict is Verdict.MISSING
    assert recordings == []
    async with recording.pool.acquire() as connection:
        causes = {(alarm.call_id, alarm.cause) for alarm in await reading.open_alarms(connection)}
    assert {(None, "disk_full"), (call.call_id, "missing")} <= causes

    recording.free[0] = 10**12
    await recording.room.look()
    await recording.recorder.settled()
    recorded = "+380671110018"
    await recording.lab.world.call(recorded, Did.IVAN, script=talks(2))
    verdict, _ = await recording.done(await recording.ended(recorded))
    assert verdict.verdict is Verdict.GOOD, verdict.why
    async with recording.pool.acquire() as connection:
        assert None not in [alarm.call_id for alarm in await reading.open_alarms(connection)]


async def test_what_is_said_while_paused_is_silence_and_it_is_known_who_paused(recording: Stack) -> None:
    customer = "+380671110009"
    recording.lab.world.phone("101").behaviour(answers(after=0.3))
    leg = await recording.lab.world.call(customer, Did.IVAN, script=talks())
    call = await recording.answered(customer)
    await asyncio.sleep(1.2)
    await recording.recorder.pause(call.call_id, "olena")
    await asyncio.sleep(1.5)
    await recording.recorder.resume(call.call_id, "olena")
    await asyncio.sleep(1.2)
    await recording.lab.world.hang_up(leg)
    call = await recording.ended(customer)
    verdict, (only,) = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    found = heard(recording, only)
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
    recording.lab.world.phone("101").behaviour(answers(after=0.3))
    leg = await recording.lab.world.call(customer, Did.IVAN, script=talks())
    call = await recording.answered(customer)
    await asyncio.sleep(1)
    await recording.recorder.stop(call.call_id, "ivan")
    await asyncio.sleep(3)
    await recording.recorder.start(call.call_id, "ivan")
    await asyncio.sleep(1)
    await recording.lab.world.hang_up(leg)
    call = await recording.ended(customer)
    verdict, recordings = await recording.done(call)

    assert verdict.verdict is Verdict.GOOD, verdict.why
    assert len(recordings) == 2
    assert sum(heard(recording, each).seconds for each in recordings) == pytest.approx(2, abs=0.7)


async def test_a_call_that_nobody_answered_leaves_no_file_and_no_alarm(recording: Stack) -> None:
    customer = "+380671110011"
    recording.lab.world.phone("101").behaviour(never_answers())
    leg = await recording.lab.world.call(customer, Did.IVAN)
    await recording.lab.world.phone("101").rings(len(recording.lab.world.phone("101").legs) or 1)
    await asyncio.sleep(0.5)
    await recording.lab.world.hang_up(leg)
    call = await recording.ended(customer)
    verdict, _ = await recording.done(call)

    assert verdict.verdict is Verdict.NOT_WANTED
    assert not [name for name in originals(recording) if any(one.uniqueid in name for one in call.legs)]
    async with recording.pool.acquire() as connection:
        assert call.call_id not in [alarm.call_id for alarm in await reading.open_alarms(connection)]
