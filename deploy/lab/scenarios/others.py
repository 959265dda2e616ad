"""Outbound, internal and click-to-call; hidden callers, names, several calls at once, a link that breaks."""

import asyncio
from dataclasses import replace
from uuid import uuid4

from deploy.lab.company import BY_EXTENSION, Did
from deploy.lab.errors import LabError
from deploy.lab.laboratory import Lab
from deploy.lab.scenarios.steps import CUSTOMER, TALK, answered, click, customer_calls, missed, one, over
from deploy.lab.scenarios.truth import Played, PlayedCall, all_that_rang, lasted, seconds_between, talk_of
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script, answers, busy, does_not_exist, never_answers, rejects, talks

_LONG_NAME = "Олександра Їжакевич (ТОВ «Щастя», Київ)"


def _went_out(
    lab: Lab, call: Leg, disposition: str, by: Leg | None = None, *, direction: str = "outbound"
) -> PlayedCall:
    employee = BY_EXTENSION[call.number]
    colleague = BY_EXTENSION.get(by.number) if by else None
    return PlayedCall(
        direction=direction,
        disposition=disposition,
        caller=call.number,
        caller_name=employee.name,
        dialed=call.other,
        answered_by=by.number if by else None,
        answered_by_name=colleague.name if colleague else None,
        wait_seconds=seconds_between(call, by) if by else lasted(call),
        talk_seconds=talk_of(by) if by else 0.0,
        rang=all_that_rang(lab),
    )


async def _dials(lab: Lab, to: str, target: str, script: Script, *, gives_up: float | None = None) -> tuple[Leg, Leg]:
    phone = lab.world.phone(target).behaviour(script)
    call = await lab.world.phone("101").call(to, talks(TALK))
    leg = await phone.rings()
    if gives_up is not None:
        await asyncio.sleep(gives_up)
        await lab.world.hang_up(call)
    await over(lab, call)
    return call, leg


async def outbound_answered(lab: Lab) -> Played:
    """101 calls a customer, who answers."""
    call, customer = await _dials(lab, CUSTOMER, CUSTOMER, answers(after=0.6))
    return one(_went_out(lab, call, "answered", customer))


async def outbound_answered_masked(lab: Lab) -> Played:
    """The same where the dialplan puts the company's number in place of the manager's own before it dials."""
    call, customer = await _dials(lab, CUSTOMER.removeprefix("+38"), CUSTOMER, answers(after=0.6))
    return one(_went_out(lab, call, "answered", customer))


async def outbound_customer_hangs_up(lab: Lab) -> Played:
    """101 calls a customer, who answers, talks and hangs up first."""
    lab.world.phone(CUSTOMER).behaviour(answers(after=0.6, talk=TALK))
    call = await lab.world.phone("101").call(CUSTOMER, talks())
    await over(lab, call)
    return one(_went_out(lab, call, "answered", lab.world.phone(CUSTOMER).legs[0]))


async def outbound_busy(lab: Lab) -> Played:
    """101 calls a customer, who is busy."""
    call, _ = await _dials(lab, CUSTOMER, CUSTOMER, busy())
    return one(_went_out(lab, call, "busy"))


async def outbound_rejected(lab: Lab) -> Played:
    """101 calls a customer, who pushes the call away."""
    call, _ = await _dials(lab, CUSTOMER, CUSTOMER, rejects())
    return one(_went_out(lab, call, "rejected"))


async def outbound_bad_number(lab: Lab) -> Played:
    """101 calls a number that nobody has."""
    call, _ = await _dials(lab, CUSTOMER, CUSTOMER, does_not_exist())
    return one(_went_out(lab, call, "failed"))


async def outbound_no_answer(lab: Lab) -> Played:
    """101 calls a customer, whose network gives up after some ringing."""

    async def script(leg: Leg) -> None:
        await leg.ring(2.0)
        await leg.leave(19)

    call, _ = await _dials(lab, CUSTOMER, CUSTOMER, script)
    return one(_went_out(lab, call, "no_answer"))


async def outbound_cancelled(lab: Lab) -> Played:
    """101 calls a customer and gives up while it rings."""
    call, _ = await _dials(lab, CUSTOMER, CUSTOMER, never_answers(), gives_up=1.5)
    return one(_went_out(lab, call, "cancelled"))


async def internal_answered(lab: Lab) -> Played:
    """101 calls 102, who answers."""
    call, colleague = await _dials(lab, "102", "102", answers(after=0.6))
    return one(_went_out(lab, call, "answered", colleague, direction="internal"))


async def internal_no_answer(lab: Lab) -> Played:
    """101 calls 102, who does not answer."""
    call, _ = await _dials(lab, "102", "102", never_answers())
    return one(_went_out(lab, call, "no_answer", direction="internal"))


async def internal_busy(lab: Lab) -> Played:
    """101 calls 102, who is busy."""
    call, _ = await _dials(lab, "102", "102", busy())
    return one(_went_out(lab, call, "busy", direction="internal"))


async def _clicked(lab: Lab, manager: Script, customer: Script, disposition: str, *, both: bool = True) -> Played:
    lab.world.phone("101").behaviour(manager)
    lab.world.phone(CUSTOMER).behaviour(customer)
    await click(lab, "101", CUSTOMER, f"rb-click-{uuid4()}")
    leg = await lab.world.phone("101").rings()
    other = await lab.world.phone(CUSTOMER).rings() if both else None
    await over(lab, *([leg, other] if other else [leg]))
    person = other if disposition == "answered" else None
    return one(
        PlayedCall(
            direction="outbound",
            disposition=disposition,
            kind="click_to_call",
            caller="101",
            caller_name=BY_EXTENSION["101"].name,
            dialed=CUSTOMER,
            answered_by=person.number if person else None,
            wait_seconds=seconds_between(leg, person) if person else None,
            talk_seconds=talk_of(person) if person else 0.0,
            rang=all_that_rang(lab),
            cel_cannot_tell=("dialed",) if not both else (),
        )
    )


async def click_to_call(lab: Lab) -> Played:
    """A CRM's button rings 101, then the customer, who answers: an outbound call of 101 to the customer."""
    return await _clicked(lab, answers(after=0.5), answers(after=0.6, talk=TALK), "answered")


async def click_to_call_customer_busy(lab: Lab) -> Played:
    """101 answers the click's ring, the customer is busy."""
    return await _clicked(lab, answers(after=0.5), busy(), "busy")


async def click_to_call_manager_silent(lab: Lab) -> Played:
    """101 does not answer the click's ring, so the customer is never dialled."""
    return await _clicked(lab, never_answers(), busy(), "no_answer", both=False)


async def hidden_caller(lab: Lab) -> Played:
    """The caller hides their number; a manager answers."""
    lab.world.phone("101").behaviour(answers(after=0.5))
    call = await lab.world.call(CUSTOMER, Did.IVAN.value, hidden=True, script=talks(TALK))
    await over(lab, call)
    return one(replace(answered(lab, call, lab.world.phone("101").legs[0]), caller="", caller_name=""))


async def hidden_caller_missed(lab: Lab) -> Played:
    """The caller hides their number and nobody answers: a miss that cannot be called back."""
    lab.world.phone("101").behaviour(never_answers())
    call = await lab.world.call(CUSTOMER, Did.IVAN.value, hidden=True)
    await over(lab, call)
    return one(replace(missed(lab, call, "no_answer"), caller="", caller_name=""))


async def cyrillic_names(lab: Lab) -> Played:
    """A customer with a long Cyrillic name, quotation marks and brackets calls."""
    lab.world.phone("103").behaviour(never_answers())
    lab.world.phone("102").behaviour(never_answers())
    lab.world.phone("101").behaviour(answers(after=0.8))
    call = await customer_calls(lab, Did.GROUP, talks(TALK), _LONG_NAME)
    await over(lab, call)
    return one(replace(answered(lab, call, lab.world.phone("101").legs[0]), caller_name=_LONG_NAME))


async def two_calls_of_one_customer(lab: Lab) -> Played:
    """One customer calls two numbers at the same moment: two calls, one answered, one missed."""
    lab.world.phone("101").behaviour(answers(after=0.6))
    lab.world.phone("102").behaviour(never_answers())
    first = await customer_calls(lab, Did.IVAN, talks(TALK))
    await lab.world.phone("101").rings()  # else nobody knows which of the two the PBX takes first
    second = await customer_calls(lab, Did.OLENA)
    await over(lab, first, second)
    heard = answered(lab, first, lab.world.phone("101").legs[0])
    return Played((replace(heard, rang=("101",)), replace(missed(lab, second, "no_answer"), rang=("102",))))


async def _cut(lab: Lab, *, away: float) -> Leg:
    if lab.wire is None:
        raise LabError("nobody told the lab which AMI link to cut (lab.wire)")
    lab.world.phone("101").behaviour(answers(after=0.5))
    call = await customer_calls(lab, Did.IVAN, talks())
    manager = await lab.world.phone("101").rings()
    await manager.trace.answered.wait()
    await asyncio.sleep(0.7)
    await lab.wire.cut()
    await asyncio.sleep(away)
    return call


async def cut_in_mid_call(lab: Lab) -> Played:
    """The AMI link breaks while people talk and is back before they hang up: the call goes on as one."""
    call = await _cut(lab, away=0.8)
    if lab.wire:
        await lab.wire.mend()
    await asyncio.sleep(0.7)
    await lab.world.hang_up(call)
    await over(lab, call)
    return Played((answered(lab, call, lab.world.phone("101").legs[0]),), cut=True)


async def cut_and_call_ends_meanwhile(lab: Lab) -> Played:
    """The AMI link breaks while people talk; when it is back the call is over and another one rings."""
    call = await _cut(lab, away=0.5)
    await lab.world.hang_up(call)
    await lab.world.phone("101").legs[0].gone()
    lab.world.phone("102").behaviour(never_answers())
    second = await customer_calls(lab, Did.OLENA)
    await lab.world.phone("102").rings()
    await asyncio.sleep(0.3)
    if lab.wire:
        await lab.wire.mend()
    await over(lab, second)
    first = answered(lab, call, lab.world.phone("101").legs[0])
    later = replace(missed(lab, second, "no_answer"), rang=("102",), ami_cannot_tell=("dialed", "wait_seconds"))
    first = replace(first, rang=("101",), ami_cannot_tell=("talk_seconds",))
    return Played((first, later), cut=True)
