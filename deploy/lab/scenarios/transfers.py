"""Hand-overs: blind, attended and blonde, by keys and by REFER, also those that fail and come back."""

import asyncio
from dataclasses import replace

from deploy.lab.company import ATTENDED_KEYS, BLIND_KEYS, BY_EXTENSION, Did
from deploy.lab.laboratory import Lab
from deploy.lab.scenarios.steps import TALK, answered, customer_calls, one, over
from deploy.lab.scenarios.truth import Played, PlayedTransfer
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script, answers, busy, in_turn, never_answers, talks
from deploy.lab.world import Phone

_MOBILE = BY_EXTENSION["104"].mobile
_DIALLED_MOBILE = "0501110104"
_PROMPT = 1.2
"""Seconds until the PBX has said `transfer` and listens to keys."""


async def _talk_then(leg: Leg) -> None:
    await leg.ring(0.5)
    await leg.answer()
    await leg.talk(0.8)


def _blind_by_keys(to: str) -> Script:
    async def script(leg: Leg) -> None:
        await _talk_then(leg)
        await leg.press(BLIND_KEYS)
        await leg.listen(_PROMPT)
        await leg.press(to)
        await leg.listen()

    return script


def _blind_by_refer(to: str) -> Script:
    async def script(leg: Leg) -> None:
        await _talk_then(leg)
        await leg.transfer(to)
        await leg.hangup()

    return script


def _attended_by_keys(
    to: str, *, ask: float | None, once_answered: Phone | None = None, once_rings: Phone | None = None
) -> Script:
    """Ask the target for ``ask`` seconds, then hang up; None: stay, because the target will not be had.

    The seconds are counted from the keys, or from when the target's phone was answered, or rang.
    """

    async def script(leg: Leg) -> None:
        await _talk_then(leg)
        await leg.press(ATTENDED_KEYS)
        await leg.listen(_PROMPT)
        await leg.press(to)
        while once_answered and not any(one.trace.answered.is_set() for one in once_answered.legs):
            await leg.listen(0.2)
        while once_rings and not any(one.trace.ringing.is_set() for one in once_rings.legs):
            await leg.listen(0.2)
        await leg.listen(ask)
        await leg.hangup()

    return script


async def _handed_over(lab: Lab, first: Script, to: str, kind: str, *, told_to: str = "") -> Played:
    """101 answers and hands over to ``to``, who answers and talks with the customer, who hangs up."""
    manager = lab.world.phone("101").behaviour(first)
    target = lab.world.phone(to).behaviour(answers(after=0.6))
    call = await customer_calls(lab, Did.IVAN, talks())
    second = await target.rings()
    await second.trace.answered.wait()
    await asyncio.sleep(TALK + (1.5 if kind == "attended" else 0))
    await lab.world.hang_up(call)
    await over(lab, call, manager.legs[0])
    transfer = PlayedTransfer(kind, "101", told_to or to)
    return one(replace(answered(lab, call, manager.legs[0], transfers=(transfer,)), talk_seconds=None))


async def blind_by_keys(lab: Lab) -> Played:
    """101 presses ## 102: the customer talks with 102."""
    return await _handed_over(lab, _blind_by_keys("102"), "102", "blind")


async def blind_by_refer(lab: Lab) -> Played:
    """101 hands over to 102 with the phone's own key (REFER)."""
    return await _handed_over(lab, _blind_by_refer("102"), "102", "blind")


async def blind_to_mobile(lab: Lab) -> Played:
    """101 hands the customer over to a mobile through the trunk: still one inbound call."""
    return await _handed_over(lab, _blind_by_keys(_DIALLED_MOBILE), _MOBILE, "blind", told_to=_DIALLED_MOBILE)


async def attended_by_keys(lab: Lab) -> Played:
    """101 asks 102 first (*2), then hangs up: the customer talks with 102."""
    script = _attended_by_keys("102", ask=1.0, once_answered=lab.world.phone("102"))
    return await _handed_over(lab, script, "102", "attended")


async def attended_to_mobile(lab: Lab) -> Played:
    """101 asks a colleague on the mobile, through the trunk, then hangs up."""
    script = _attended_by_keys(_DIALLED_MOBILE, ask=1.0, once_answered=lab.world.phone(_MOBILE))
    return await _handed_over(lab, script, _MOBILE, "attended")


async def blonde_by_keys(lab: Lab) -> Played:
    """101 dials 102 and hangs up while it rings: 102 answers the customer."""
    script = _attended_by_keys("102", ask=0.7, once_rings=lab.world.phone("102"))
    manager = lab.world.phone("101").behaviour(script)
    target = lab.world.phone("102").behaviour(answers(after=2.5))
    call = await customer_calls(lab, Did.IVAN, talks())
    second = await target.rings()
    await second.trace.answered.wait()
    await asyncio.sleep(TALK)
    await lab.world.hang_up(call)
    await over(lab, call, manager.legs[0])
    transfer = PlayedTransfer("blonde", "101", "102")
    return one(replace(answered(lab, call, manager.legs[0], transfers=(transfer,)), talk_seconds=None))


async def _by_two_lines(lab: Lab, target_after: float, ask: float, kind: str) -> Played:
    """101 holds the customer, calls 102 on a second line and joins the two by REFER with Replaces."""
    manager = lab.world.phone("101").behaviour(answers(after=0.5))
    target = lab.world.phone("102").behaviour(answers(after=target_after))
    call = await customer_calls(lab, Did.IVAN, talks())
    first = await manager.rings()
    await first.trace.answered.wait()
    await asyncio.sleep(0.8)
    second = await manager.call("102", talks())
    await (await target.rings()).trace.ringing.wait() if kind == "blonde" else await second.trace.answered.wait()
    await asyncio.sleep(ask)
    await lab.world.join(first, second)
    for line in (first, second):  # a phone that has handed over puts both its lines down
        await lab.world.hang_up(line)
    await target.legs[0].trace.answered.wait()
    await asyncio.sleep(TALK)
    await lab.world.hang_up(call)
    await over(lab, call, first, second)
    transfer = PlayedTransfer(kind, "101", "102")
    return one(replace(answered(lab, call, first, transfers=(transfer,)), talk_seconds=None))


async def attended_by_refer(lab: Lab) -> Played:
    """101 calls 102 on a second line, asks, and joins the two (REFER with Replaces): one call."""
    return await _by_two_lines(lab, 0.6, 1.0, "attended")


async def blonde_by_refer(lab: Lab) -> Played:
    """101 calls 102 on a second line and joins the two while it rings; 102 answers the customer."""
    return await _by_two_lines(lab, 2.0, 0.6, "blonde")


async def _comes_back(
    lab: Lab, first: Script, target: Script, *, kind: str | None, target_patient: bool = True
) -> Played:
    """101 tries to hand over to 102, who cannot be had; the customer talks with 101 again."""
    manager = lab.world.phone("101").behaviour(in_turn(first, answers(after=0.5)))
    lab.world.phone("102").behaviour(target)
    call = await customer_calls(lab, Did.IVAN, talks())
    await lab.world.phone("102").rings()
    if kind is None:
        await asyncio.sleep(6.0 if target_patient else 2.0)  # the PBX's patience with the target, and its word about it
    else:
        await (await manager.rings(2)).trace.answered.wait()
        await asyncio.sleep(TALK)
    await lab.world.hang_up(call)
    await over(lab, call, *manager.legs)
    transfers = () if kind is None else (PlayedTransfer(kind, "101", "102"),)
    return one(replace(answered(lab, call, manager.legs[0], transfers=transfers), talk_seconds=None))


async def blind_target_busy_comes_back(lab: Lab) -> Played:
    """101 hands over to 102, who is busy: the PBX rings 101 again, who answers."""
    return await _comes_back(lab, _blind_by_keys("102"), busy(), kind="blind")


async def blind_no_answer_comes_back(lab: Lab) -> Played:
    """101 hands over to 102, who does not answer: the PBX rings 101 again, who answers."""
    return await _comes_back(lab, _blind_by_refer("102"), never_answers(), kind="blind")


async def blonde_no_answer_comes_back(lab: Lab) -> Played:
    """101 hangs up while 102 rings, who never answers: the PBX rings 101 again, who answers."""
    script = _attended_by_keys("102", ask=0.7, once_rings=lab.world.phone("102"))
    return await _comes_back(lab, script, never_answers(), kind="blonde")


async def attended_target_busy(lab: Lab) -> Played:
    """101 wants to ask 102, who is busy: 101 is with the customer again; nothing was handed over."""
    return await _comes_back(lab, _attended_by_keys("102", ask=None), busy(), kind=None, target_patient=False)


async def attended_target_no_answer(lab: Lab) -> Played:
    """101 wants to ask 102, who does not answer: 101 is with the customer again; nothing was handed over."""
    return await _comes_back(lab, _attended_by_keys("102", ask=None), never_answers(), kind=None)
