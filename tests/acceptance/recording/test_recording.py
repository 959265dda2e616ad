"""On a real Asterisk: every answered call has a recording that plays, with the customer left and the manager right."""

import pytest

from deploy.lab.company import Did
from deploy.lab.scripts import answers, talks
from telephony.recording.rows import Recording
from telephony.recording.verdict import Verdict
from tests.acceptance.recording.hearing import Heard, hear
from tests.acceptance.recording.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOUD = 1000
FAINT = 60


def heard(stack: Stack, recording: Recording) -> Heard:
    assert recording.path is not None
    assert recording.sound is not None
    return hear(stack.settings.folder / recording.path, len(recording.sound.sides))


async def test_inbound_is_whole_and_has_the_customer_left_and_the_manager_right(recording: Stack) -> None:
    customer = "+380671110001"
    recording.lab.world.phone("101").behaviour(answers(after=0.5))
    leg = await recording.lab.world.call(customer, Did.IVAN, script=talks(4))
    call = await recording.ended(customer)
    verdict, (only,) = await recording.done(call)
    manager = recording.lab.world.phone("101").legs[-1]

    assert verdict.verdict is Verdict.GOOD, verdict.why
    found = heard(recording, only)
    assert found.seconds == pytest.approx(call.talk_seconds, abs=0.5)
    assert found.strength(0, leg.tone) > LOUD
    assert found.strength(1, leg.tone) < FAINT
    assert found.strength(1, manager.tone) > LOUD
    assert found.strength(0, manager.tone) < FAINT
