"""Calls that look for a person: forwarding, redirection, Local chains, follow-me, pickup."""

import asyncio
from dataclasses import replace

from deploy.lab.company import BY_EXTENSION, PICKUP, Did
from deploy.lab.laboratory import Lab
from deploy.lab.scenarios.steps import TALK, answered, customer_calls, missed, one, over
from deploy.lab.scenarios.truth import Played
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script, answers, busy, never_answers, redirects, talks

_MOBILE_103 = BY_EXTENSION["103"].mobile
_MOBILE_104 = BY_EXTENSION["104"].mobile


async def _answered_at(lab: Lab, did: Did, number: str, *, after: float = 0.6) -> Played:
    lab.world.phone(number).behaviour(answers(after=after))
    call = await customer_calls(lab, did, talks(TALK))
    await over(lab, call)
    return one(answered(lab, call, lab.world.phone(number).legs[0]))


async def forwarded(lab: Lab) -> Played:
    """105 has forwarded all calls to 106, who answers."""
    return await _answered_at(lab, Did.FORWARDED, "106")


async def forwarded_no_answer(lab: Lab) -> Played:
    """105 has forwarded all calls to 106, who does not answer."""
    lab.world.phone("106").behaviour(never_answers())
    call = await customer_calls(lab, Did.FORWARDED)
    await over(lab, call)
    return one(missed(lab, call, "no_answer"))


async def forwarded_to_mobile(lab: Lab) -> Played:
    """104 has forwarded all calls to a mobile, through the trunk; it is one inbound call."""
    return await _answered_at(lab, Did.FORWARDED_MOBILE, _MOBILE_104)


async def redirected_by_phone(lab: Lab) -> Played:
    """The telephone of 101 itself redirects the call to 102 (302)."""
    lab.world.phone("101").behaviour(redirects("102"))
    return await _answered_at(lab, Did.IVAN, "102")


async def local_chain(lab: Lab) -> Played:
    """The call reaches 101 through a chain of Local channels."""
    return await _answered_at(lab, Did.LOCAL_CHAIN, "101")


async def follow_me_desk(lab: Lab) -> Played:
    """Desk and mobile of 103 ring, each behind a Local channel; she answers at the desk."""
    lab.world.phone(_MOBILE_103).behaviour(never_answers())
    return await _answered_at(lab, Did.FOLLOW_ME, "103", after=1.0)


async def follow_me_mobile(lab: Lab) -> Played:
    """Desk and mobile of 103 ring; she answers the mobile."""
    lab.world.phone("103").behaviour(never_answers())
    played = await _answered_at(lab, Did.FOLLOW_ME, _MOBILE_103, after=1.0)
    return one(replace(played.calls[0], cel_cannot_tell=("answered_by",)))


async def follow_me_nobody(lab: Lab) -> Played:
    """Desk and mobile of 103 ring until the PBX gives up; the mobile is busy after all."""
    lab.world.phone("103").behaviour(never_answers())
    lab.world.phone(_MOBILE_103).behaviour(busy())
    call = await customer_calls(lab, Did.FOLLOW_ME)
    await over(lab, call)
    return one(missed(lab, call, "no_answer"))


def accepts(key: str, after: float = 3.0) -> Script:
    """Pick up, hear the question for ``after`` seconds, press ``key``."""

    async def script(leg: Leg) -> None:
        await leg.ring(0.5)
        await leg.answer()
        await leg.listen(after)
        await leg.press(key)
        await leg.talk()

    return script


async def follow_app_accepted(lab: Lab) -> Played:
    """Asterisk's FollowMe asks 103 on her mobile, who presses 1: only then do they talk."""
    phone = lab.world.phone(_MOBILE_103).behaviour(accepts("1"))
    call = await customer_calls(lab, Did.FOLLOW_APP, talks())
    mobile = await phone.rings()
    await mobile.trace.answered.wait()
    await asyncio.sleep(3.6 + TALK)
    await lab.world.hang_up(call)
    await over(lab, call)
    return one(replace(answered(lab, call, mobile), wait_seconds=None, talk_seconds=None))


async def _picked_up(lab: Lab, keys: str) -> Played:
    lab.world.phone("101").behaviour(never_answers())
    call = await customer_calls(lab, Did.IVAN, talks())
    await lab.world.phone("101").rings()
    await asyncio.sleep(0.7)
    by = await lab.world.phone("102").call(keys, talks())
    await by.trace.answered.wait()
    await asyncio.sleep(TALK)
    await lab.world.hang_up(call)
    await over(lab, call, by)
    return one(answered(lab, call, by))


async def picked_up_from_group(lab: Lab) -> Played:
    """The phone of 101 rings; 102 dials *8 and has the call."""
    return await _picked_up(lab, PICKUP)


async def picked_up_directed(lab: Lab) -> Played:
    """The phone of 101 rings; 102 dials *8101 and has the call."""
    return await _picked_up(lab, f"{PICKUP}101")
