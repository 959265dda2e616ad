"""Parking, conferences and hold."""

import asyncio
from dataclasses import replace

from deploy.lab.company import ATTENDED_KEYS, BLIND_KEYS, CONFERENCE, PARK, THREE_WAY_KEYS, Did
from deploy.lab.laboratory import Lab
from deploy.lab.scenarios.steps import TALK, answered, customer_calls, one, over
from deploy.lab.scenarios.truth import Played, PlayedCall, PlayedTransfer
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script, answers, in_turn, talks

_PROMPT = 1.2


def _presses(*keys: str, then: float | None = None) -> Script:
    """Answer, talk, press keys in parts with a pause before each further part, then listen."""

    async def script(leg: Leg) -> None:
        await leg.ring(0.5)
        await leg.answer()
        await leg.talk(0.8)
        for number, part in enumerate(keys):
            if number:
                await leg.listen(_PROMPT)
            await leg.press(part)
        await leg.listen(then)
        await leg.hangup()

    return script


def _unmeasured(call: PlayedCall) -> Played:
    return one(replace(call, talk_seconds=None))


async def parked_and_retrieved(lab: Lab) -> Played:
    """101 parks the customer (##700); 102 dials 701 and has the call."""
    manager = lab.world.phone("101").behaviour(_presses(BLIND_KEYS, PARK))
    call = await customer_calls(lab, Did.IVAN, talks())
    parker = await manager.rings()
    await parker.gone()
    await asyncio.sleep(0.7)
    finder = await lab.world.phone("102").call("701", talks())
    await finder.trace.answered.wait()
    await asyncio.sleep(TALK)
    await lab.world.hang_up(call)
    await over(lab, call, finder)
    return _unmeasured(answered(lab, call, parker))


async def parking_timed_out(lab: Lab) -> Played:
    """101 parks the customer, nobody fetches them: the PBX rings 101 again, who answers."""
    manager = lab.world.phone("101").behaviour(in_turn(_presses(BLIND_KEYS, PARK), answers(after=0.5)))
    call = await customer_calls(lab, Did.IVAN, talks())
    again = await manager.rings(2)
    await again.trace.answered.wait()
    await asyncio.sleep(TALK)
    await lab.world.hang_up(call)
    await over(lab, call, again)
    return _unmeasured(answered(lab, call, manager.legs[0]))


async def parked_gives_up(lab: Lab) -> Played:
    """101 parks the customer, who hangs up while parked: the call was answered all the same."""
    manager = lab.world.phone("101").behaviour(_presses(BLIND_KEYS, PARK))
    call = await customer_calls(lab, Did.IVAN, talks())
    parker = await manager.rings()
    await parker.gone()
    await asyncio.sleep(1.0)
    await lab.world.hang_up(call)
    await over(lab, call)
    return _unmeasured(answered(lab, call, parker))


async def three_way_by_keys(lab: Lab) -> Played:
    """101 asks 102 (*2) and then joins all three (*3): one call."""

    async def joins(leg: Leg) -> None:
        await leg.ring(0.5)
        await leg.answer()
        await leg.talk(0.8)
        await leg.press(ATTENDED_KEYS)
        await leg.listen(_PROMPT)
        await leg.press("102")
        await leg.listen(2.0)
        await leg.press(THREE_WAY_KEYS)
        await leg.talk(TALK)
        await leg.hangup()

    manager = lab.world.phone("101").behaviour(joins)
    lab.world.phone("102").behaviour(answers(after=0.5))
    call = await customer_calls(lab, Did.IVAN, talks())
    first = await manager.rings()
    await first.gone()
    await asyncio.sleep(1.0)
    await lab.world.hang_up(call)
    await over(lab, call)
    transfer = PlayedTransfer("attended", "101", "102")
    return _unmeasured(answered(lab, call, first, transfers=(transfer,)))


async def conference_room(lab: Lab) -> Played:
    """101 sends the customer into the conference room and comes after; 102 joins them."""
    manager = lab.world.phone("101").behaviour(_presses(BLIND_KEYS, CONFERENCE))
    call = await customer_calls(lab, Did.IVAN, talks())
    first = await manager.rings()
    await first.gone()
    second = await manager.call(CONFERENCE, talks())
    third = await lab.world.phone("102").call(CONFERENCE, talks())
    await third.trace.answered.wait()
    await asyncio.sleep(TALK)
    for leg in (call, second, third):
        await lab.world.hang_up(leg)
    await over(lab, call, second, third)
    transfer = PlayedTransfer("blind", "101", CONFERENCE)
    return _unmeasured(answered(lab, call, first, transfers=(transfer,)))


async def held(lab: Lab) -> Played:
    """101 holds the customer for a second with the phone's hold key (re-INVITE) and talks on."""

    async def script(leg: Leg) -> None:
        await leg.ring(0.5)
        await leg.answer()
        await leg.talk(0.7)
        await leg.hold(1.0)
        await leg.talk(0.7)
        await leg.hangup()

    manager = lab.world.phone("101").behaviour(script)
    call = await customer_calls(lab, Did.IVAN, talks())
    await over(lab, call)
    return one(answered(lab, call, manager.legs[0]))
