"""On a real Asterisk: every answered call has a recording that plays, with the customer left and the manager right."""

import hashlib

import pytest

from deploy.lab.company import ATTENDED_KEYS, Did
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import answers, never_answers, talks
from telephony.events import CallEnded, CallTransferred
from telephony.model import Call, Direction
from telephony.recording.plan.verdict import SoundVerdict
from tests.acceptance.recording.hearing import LOUD, assert_sides
from tests.acceptance.recording.stack import Stack
from tests.integration.telephony.recording.reading import Recording

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
    assert stack.originals(call) == []


async def test_inbound_by_the_dialplan_is_whole_with_the_customer_left(recording: Stack) -> None:
    customer, phone = "+380671110001", recording.lab.world.phone("101").behaviour(answers(after=0.5))
    leg = await recording.lab.world.call(customer, Did.IVAN, script=talks(4))
    call, (only,) = await recording.good(customer)

    assert not only.adopted
    found = recording.heard(only)
    assert found.seconds == pytest.approx(call.talk_seconds, abs=0.3)
    assert_sides(found, leg, phone.legs[-1])
    assert_kept(recording, only, call)


async def test_outbound_rides_on_the_managers_channel_and_still_has_the_customer_left(recording: Stack) -> None:
    customer = "+380671110002"
    phone = recording.lab.world.phone(customer).behaviour(answers(after=0.5))
    leg = await recording.lab.world.phone("102").call(customer, talks(3))
    call, (only,) = await recording.good(customer)

    assert call.direction is Direction.OUTBOUND
    assert only.channel.startswith("PJSIP/102-")
    found = recording.heard(only)
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

    assert verdict.verdict is SoundVerdict.GOOD, verdict.why
    assert_sides(recording.heard(only), phone.legs[-1], manager.legs[-1])


async def test_where_nothing_records_the_daemon_starts_a_tape_within_a_moment_of_the_answer(recording: Stack) -> None:
    customer, phone = "+380671110004", recording.lab.world.phone("102").behaviour(answers(after=0.3))
    leg = await recording.lab.world.call(customer, Did.OLENA, script=talks(4))
    call, (only,) = await recording.good(customer)

    assert only.channel.startswith("PJSIP/carrier-")
    found = recording.heard(only)
    assert call.talk_seconds - found.seconds < 0.5
    assert_sides(found, leg, phone.legs[-1])


async def test_a_person_found_behind_local_channels_is_recorded_with_the_customer_left(recording: Stack) -> None:
    customer, phone = "+380671110005", recording.lab.world.phone("103").behaviour(answers(after=0.3))
    leg = await recording.lab.world.call(customer, Did.FOLLOW_ME, script=talks(4))
    _, (only,) = await recording.good(customer)

    assert_sides(recording.heard(only), leg, phone.legs[-1])


async def test_the_pbx_own_recording_is_adopted_once_as_it_is_and_left_in_place(recording: Stack) -> None:
    customer = "+380671110006"
    recording.lab.world.phone("101").behaviour(answers(after=0.3))
    leg = await recording.lab.world.call(customer, Did.RECORDED, script=talks(3))
    call, (only,) = await recording.good(customer)

    assert only.adopted
    assert only.sound is not None
    assert len(only.sound.sides) == 1
    assert recording.heard(only).strength(0, leg.tone) > LOUD / 2
    uniqueids = [one.uniqueid for one in call.legs]
    assert [path.name for path in recording.lab.pbx.recordings.glob("in-*.wav") if path.stem[3:] in uniqueids]
    assert recording.originals(call) == []


async def test_a_transfer_by_the_one_who_dialled_gives_two_segments_of_one_call(recording: Stack) -> None:
    customer = "+380671110007"
    phone = recording.lab.world.phone(customer).behaviour(answers(after=0.3))
    second = recording.lab.world.phone("106").behaviour(answers(after=0.5, talk=3))

    async def hands_over(leg: Leg) -> None:
        await leg.talk(2)
        await leg.transfer("106")

    first = await recording.lab.world.phone("101").call(customer, hands_over)
    await recording.until(lambda e: isinstance(e, CallTransferred) and e.call.dialed == customer)
    _, recordings = await recording.good(customer)

    assert len(recordings) == 2, recordings
    assert recordings[0].channel.startswith("PJSIP/101-")
    assert recordings[1].channel.startswith("PJSIP/carrier-")
    assert_sides(recording.heard(recordings[0]), phone.legs[-1], first)
    assert_sides(recording.heard(recordings[1]), phone.legs[-1], second.legs[-1])


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
    call, (before, after) = await recording.good(customer)

    assert_sides(recording.heard(before), leg, first.legs[-1])
    assert_sides(recording.heard(after), leg, second.legs[-1])
    total = recording.heard(before).seconds + recording.heard(after).seconds
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
    _, recordings = await recording.good(customer)

    assert len(recordings) >= 2
    assert_sides(recording.heard(recordings[-1]), phone.legs[-1], second.legs[-1])


async def test_a_queue_is_recorded_from_the_agents_answer_not_its_music(recording: Stack) -> None:
    customer = "+380671110013"
    for extension in ("102", "103"):
        recording.lab.world.phone(extension).behaviour(never_answers())
    phone = recording.lab.world.phone("101").behaviour(answers(after=2.5))
    leg = await recording.lab.world.call(customer, Did.QUEUE, script=talks(5.5))
    call, (only,) = await recording.good(customer)

    found = recording.heard(only)
    assert found.seconds == pytest.approx(call.talk_seconds, abs=0.3)
    assert found.seconds < 4
    assert_sides(found, leg, phone.legs[-1])
