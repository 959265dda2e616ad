"""Callers who meet a machine: a menu, a mailbox, an announcement. A machine answers nobody."""

import asyncio

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab
from deploy.lab.scenarios.steps import TALK, answered, customer_calls, missed, one, over
from deploy.lab.scenarios.truth import Played
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script, answers, listens, never_answers, talks


def _presses(key: str, talk: float | None) -> Script:
    async def script(leg: Leg) -> None:
        await leg.listen(0.8)
        await leg.press(key)
        await leg.talk(talk)
        await leg.hangup()

    return script


async def menu_only(lab: Lab) -> Played:
    """The caller listens to the menu and hangs up."""
    call = await customer_calls(lab, Did.MENU, listens(1.5))
    await over(lab, call)
    return one(missed(lab, call, "abandoned_menu"))


async def menu_then_answered(lab: Lab) -> Played:
    """The caller presses 1 in the menu and a manager answers."""
    lab.world.phone("101").behaviour(answers(after=0.5))
    call = await customer_calls(lab, Did.MENU, _presses("1", None))
    manager = await lab.world.phone("101").rings()
    await manager.trace.answered.wait()
    await asyncio.sleep(TALK)
    await lab.world.hang_up(call)
    await over(lab, call)
    return one(answered(lab, call, manager))


async def menu_then_no_answer(lab: Lab) -> Played:
    """The caller presses 1 in the menu and nobody answers."""
    lab.world.phone("101").behaviour(never_answers())
    call = await customer_calls(lab, Did.MENU, _presses("1", None))
    await over(lab, call)
    return one(missed(lab, call, "no_answer"))


async def voicemail_only(lab: Lab) -> Played:
    """A mailbox answers at once; the caller leaves a message."""
    call = await customer_calls(lab, Did.VOICEMAIL, talks(4.0))
    await over(lab, call)
    return one(missed(lab, call, "voicemail"))


async def voicemail_after_no_answer(lab: Lab) -> Played:
    """A manager does not answer, then the mailbox does."""
    lab.world.phone("104").behaviour(never_answers())
    call = await customer_calls(lab, Did.VOICEMAIL_AFTER, talks(3.0))
    await over(lab, call)
    return one(missed(lab, call, "no_answer"))


async def announcement_only(lab: Lab) -> Played:
    """An announcement is played, then the PBX hangs up."""
    call = await customer_calls(lab, Did.ANNOUNCEMENT)
    await over(lab, call)
    return one(missed(lab, call, "abandoned_menu"))
