"""One caller, one telephone: answered or not, and why not."""

import asyncio
from dataclasses import replace

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab
from deploy.lab.scenarios.steps import TALK, answered, customer_calls, missed, nobody_answers, one, over
from deploy.lab.scenarios.truth import Played
from deploy.lab.telephones.scripts import Script, answers, busy, never_answers, rejects, talks, unavailable


async def answered_caller_hangs_up(lab: Lab) -> Played:
    """A customer calls a manager, they talk, the customer hangs up."""
    lab.world.phone("101").behaviour(answers(after=0.6))
    call = await customer_calls(lab, Did.IVAN, talks(TALK))
    await over(lab, call)
    return one(answered(lab, call, lab.world.phone("101").legs[0]))


async def answered_manager_hangs_up(lab: Lab) -> Played:
    """A customer calls a manager, they talk, the manager hangs up."""
    lab.world.phone("102").behaviour(answers(after=0.6, talk=TALK))
    call = await customer_calls(lab, Did.OLENA)
    await over(lab, call)
    return one(answered(lab, call, lab.world.phone("102").legs[0]))


async def no_answer(lab: Lab) -> Played:
    """The manager's phone rings until the PBX gives up."""
    call = await nobody_answers(lab, Did.IVAN, ["101"])
    return one(missed(lab, call, "no_answer"))


async def gives_up_ringing(lab: Lab) -> Played:
    """The customer hangs up while the manager's phone rings."""
    lab.world.phone("101").behaviour(never_answers())
    call = await customer_calls(lab, Did.IVAN)
    await lab.world.phone("101").rings()
    await asyncio.sleep(1.5)
    await lab.world.hang_up(call)
    await over(lab, call)
    return one(missed(lab, call, "no_answer"))


async def short_ring(lab: Lab) -> Played:
    """The phone rings for the third part of a second."""
    lab.world.phone("101").behaviour(never_answers())
    call = await customer_calls(lab, Did.IVAN)
    await lab.world.phone("101").rings()
    await asyncio.sleep(0.3)
    await lab.world.hang_up(call)
    await over(lab, call)
    return one(missed(lab, call, "no_answer"))


async def _refused(lab: Lab, script: Script, reason: str) -> Played:
    lab.world.phone("101").behaviour(script)
    call = await customer_calls(lab, Did.IVAN)
    await over(lab, call)
    return one(missed(lab, call, reason))


async def manager_busy(lab: Lab) -> Played:
    """The manager's phone says busy (486)."""
    return await _refused(lab, busy(), "busy")


async def manager_rejects(lab: Lab) -> Played:
    """The manager pushes the call away (603)."""
    return await _refused(lab, rejects(), "rejected")


async def manager_out_of_order(lab: Lab) -> Played:
    """The manager's phone says that it is out of order (503)."""
    return await _refused(lab, unavailable(), "unreachable")


async def manager_unregistered(lab: Lab) -> Played:
    """The PBX knows no address of the manager's phone."""
    phone = lab.world.phone("101")
    await phone.unregister()
    try:
        return await _refused(lab, never_answers(), "unreachable")
    finally:
        await phone.register()


async def recorded_by_dialplan(lab: Lab) -> Played:
    """The dialplan itself records the call, as FreePBX does."""
    lab.world.phone("101").behaviour(answers(after=0.5))
    call = await customer_calls(lab, Did.RECORDED, talks(TALK))
    await over(lab, call)
    verdict = answered(lab, call, lab.world.phone("101").legs[0], recordings=1)
    return one(replace(verdict, cel_cannot_tell=("recordings",)))
