"""Ring groups and queues."""

import asyncio
from dataclasses import replace

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab
from deploy.lab.scenarios.steps import (
    OTHER_CUSTOMER,
    TALK,
    answered,
    customer_calls,
    everybody,
    missed,
    nobody_answers,
    one,
    over,
)
from deploy.lab.scenarios.truth import Played
from deploy.lab.telephones.scripts import answers, busy, never_answers, talks

_GROUP = ("101", "102", "103")


async def group_answered(lab: Lab) -> Played:
    """Three phones ring, one is answered: one call, and no miss for the two others."""
    everybody(lab, never_answers(), _GROUP)
    lab.world.phone("102").behaviour(answers(after=1.0))
    call = await customer_calls(lab, Did.GROUP, talks(TALK))
    await over(lab, call)
    return one(answered(lab, call, lab.world.phone("102").legs[0]))


async def group_nobody(lab: Lab) -> Played:
    """Three phones ring, nobody answers: one missed call."""
    return one(missed(lab, await nobody_answers(lab, Did.GROUP, _GROUP), "no_answer"))


async def group_one_busy_rest_silent(lab: Lab) -> Played:
    """One of the group is busy, the others ring to the end: nobody answered."""
    everybody(lab, never_answers(), _GROUP)
    lab.world.phone("101").behaviour(busy())
    call = await customer_calls(lab, Did.GROUP)
    await over(lab, call)
    return one(missed(lab, call, "no_answer"))


async def group_all_busy(lab: Lab) -> Played:
    """Everybody in the group is busy."""
    everybody(lab, busy(), _GROUP)
    call = await customer_calls(lab, Did.GROUP)
    await over(lab, call)
    return one(missed(lab, call, "busy"))


async def queue_answered(lab: Lab) -> Played:
    """The caller hears music, three phones ring, one is answered."""
    everybody(lab, never_answers(), _GROUP)
    lab.world.phone("103").behaviour(answers(after=1.0))
    call = await customer_calls(lab, Did.QUEUE, talks(1.0 + TALK))
    await over(lab, call)
    return one(answered(lab, call, lab.world.phone("103").legs[0], queue="sales"))


async def queue_abandoned(lab: Lab) -> Played:
    """The caller gives up in the queue."""
    everybody(lab, never_answers(), _GROUP)
    call = await customer_calls(lab, Did.QUEUE, talks(2.0))
    await over(lab, call)
    return one(missed(lab, call, "abandoned_waiting", queue="sales"))


async def queue_timed_out(lab: Lab) -> Played:
    """The queue lets nobody wait longer than three seconds."""
    everybody(lab, never_answers(), _GROUP)
    call = await customer_calls(lab, Did.QUEUE_SHORT)
    await over(lab, call)
    return one(missed(lab, call, "no_answer", queue="sales"))


async def queue_full(lab: Lab) -> Played:
    """One caller waits, so there is no room for the second, who hears goodbye; then the first gives up."""
    lab.world.phone("101").behaviour(never_answers())
    first = await customer_calls(lab, Did.QUEUE_SMALL, talks(4.0))
    await lab.world.phone("101").rings()
    second = await lab.world.call(OTHER_CUSTOMER, Did.QUEUE_SMALL.value, name="Late")
    await over(lab, second, first)
    waited = missed(lab, first, "abandoned_waiting", queue="small")
    turned_away = missed(lab, second, "busy", name="Late")
    return Played((waited, replace(turned_away, rang=(), cel_cannot_tell=("missed_reason",))))


async def queue_empty(lab: Lab) -> Played:
    """Nobody is in the queue to take calls: it may not be joined."""
    call = await customer_calls(lab, Did.QUEUE_EMPTY)
    await over(lab, call)
    return one(missed(lab, call, "unreachable"))


async def queue_in_turns(lab: Lab) -> Played:
    """The first agent lets it ring, the next one answers: one call."""
    lab.world.phone("101").behaviour(never_answers())
    lab.world.phone("102").behaviour(answers(after=0.7))
    call = await customer_calls(lab, Did.QUEUE_TURNS, talks())
    agent = await lab.world.phone("102").rings()
    await agent.trace.answered.wait()
    await asyncio.sleep(TALK)
    await lab.world.hang_up(call)
    await over(lab, call)
    return one(answered(lab, call, agent, queue="turns"))


async def queue_local_members(lab: Lab) -> Played:
    """The queue's members are Local channels, as FreePBX makes them."""
    everybody(lab, never_answers(), ("101",))
    lab.world.phone("102").behaviour(answers(after=0.8))
    call = await customer_calls(lab, Did.QUEUE_LOCAL, talks(1.0 + TALK))
    await over(lab, call)
    return one(answered(lab, call, lab.world.phone("102").legs[0], queue="local"))
