"""Calls as FreePBX's dialplan makes them: tones before a group, a relative recording, a mobile that must confirm."""

import asyncio
from dataclasses import replace

from deploy.lab.company import BY_EXTENSION, Did
from deploy.lab.laboratory import Lab
from deploy.lab.scenarios.finding import accepts
from deploy.lab.scenarios.steps import TALK, answered, customer_calls, everybody, missed, nobody_answers, one, over
from deploy.lab.scenarios.truth import Played
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import answers, never_answers, talks

_MOBILE_103 = BY_EXTENSION["103"].mobile


async def freepbx_group(lab: Lab) -> Played:
    """The caller hears tones while a recording runs; then two phones ring, and one is answered."""
    lab.world.phone("101").behaviour(never_answers())
    lab.world.phone("102").behaviour(answers(after=0.6))
    call = await customer_calls(lab, Did.FREEPBX_GROUP, talks(TALK))
    await over(lab, call)
    verdict = answered(lab, call, lab.world.phone("102").legs[0], recordings=1)
    return one(replace(verdict, cel_cannot_tell=("recordings",)))


async def freepbx_group_nobody(lab: Lab) -> Played:
    """Tones, then two phones ring, nobody answers: one missed call, whose recording is of tones."""
    call = await nobody_answers(lab, Did.FREEPBX_GROUP, ("101", "102"))
    verdict = replace(missed(lab, call, "no_answer"), recordings=1)
    return one(replace(verdict, cel_cannot_tell=("recordings",)))


async def freepbx_group_gives_up_at_the_tones(lab: Lab) -> Played:
    """The caller hangs up while hearing tones: nothing was rung yet."""
    everybody(lab, never_answers())
    call = await customer_calls(lab, Did.FREEPBX_GROUP)
    await asyncio.sleep(1.0)
    await lab.world.hang_up(call)
    await over(lab, call)
    verdict = replace(missed(lab, call, "abandoned_menu"), recordings=1)
    return one(replace(verdict, cel_cannot_tell=("recordings",)))


async def freepbx_follow_confirmed(lab: Lab) -> Played:
    """The desk is silent; the mobile is picked up, is asked, and presses 1: only then do they talk."""
    lab.world.phone("103").behaviour(never_answers())
    phone = lab.world.phone(_MOBILE_103).behaviour(accepts("1", after=1.0))
    call = await customer_calls(lab, Did.FREEPBX_FOLLOW, talks())
    mobile = await phone.rings()
    await call.trace.answered.wait()
    await asyncio.sleep(TALK)
    await lab.world.hang_up(call)
    await over(lab, call)
    verdict = replace(answered(lab, call, mobile), wait_seconds=None, talk_seconds=None)
    return one(replace(verdict, cel_cannot_tell=("answered_by",)))


async def freepbx_follow_machine(lab: Lab) -> Played:
    """The mobile's mailbox picks up and presses nothing, the desk is silent: nobody answered, it is a missed call."""
    lab.world.phone("103").behaviour(never_answers())
    lab.world.phone(_MOBILE_103).behaviour(_mailbox)
    call = await customer_calls(lab, Did.FREEPBX_FOLLOW)
    await over(lab, call)
    return one(missed(lab, call, "no_answer"))


async def freepbx_nowhere(lab: Lab) -> Played:
    """No inbound route takes the number: FreePBX answers, says so, and hangs up."""
    call = await customer_calls(lab, Did.FREEPBX_NOWHERE)
    await over(lab, call)
    return one(missed(lab, call, "abandoned_menu"))


async def _mailbox(leg: Leg) -> None:
    await leg.ring(0.5)
    await leg.answer()
    await leg.talk()
