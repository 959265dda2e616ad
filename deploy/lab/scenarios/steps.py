"""The sentences that scenarios are made of."""

import asyncio
from collections.abc import Iterable

from deploy.lab.ami import Ami
from deploy.lab.company import Did
from deploy.lab.laboratory import Lab
from deploy.lab.scenarios.truth import (
    Played,
    PlayedCall,
    PlayedTransfer,
    all_that_rang,
    lasted,
    name_of,
    seconds_between,
    talk_of,
)
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script, never_answers

CUSTOMER = "+380671234567"
CUSTOMER_NAME = "Taras"
OTHER_CUSTOMER = "+380939876543"
TALK = 1.5
"""Seconds that people talk in a scenario."""


def everybody(lab: Lab, script: Script, extensions: Iterable[str] = ("101", "102", "103", "104", "105", "106")) -> None:
    """Let all these telephones do the same."""
    for extension in extensions:
        lab.world.phone(extension).behaviour(script)


async def customer_calls(lab: Lab, did: Did, script: Script | None = None, name: str = CUSTOMER_NAME) -> Leg:
    """Let the customer dial one of the company's numbers."""
    return await lab.world.call(CUSTOMER, did.value, name=name, script=script)


async def over(lab: Lab, *legs: Leg) -> None:
    """Wait until these legs, and then all calls, are over; a script that failed fails the scenario."""
    async with asyncio.timeout(40):
        for leg in legs:
            await leg.gone()
    await lab.idle()
    await asyncio.sleep(0.15)  # the last events of the world's own Asterisk
    lab.world.check()


def answered(
    lab: Lab,
    call: Leg,
    by: Leg,
    *,
    talk: Leg | float | None = None,
    transfers: tuple[PlayedTransfer, ...] = (),
    queue: str = "",
    recordings: int = 0,
    dialed: str | None = None,
) -> PlayedCall:
    """An inbound call that ``by`` answered; they talked as long as ``talk`` was connected (default: ``by``)."""
    return PlayedCall(
        direction="inbound",
        disposition="answered",
        caller=call.number,
        caller_name=CUSTOMER_NAME,
        dialed=dialed or call.other,
        answered_by=by.number,
        answered_by_name=name_of(by.number),
        wait_seconds=seconds_between(call, by),
        talk_seconds=talk_of(by) if talk is None else talk_of(talk) if isinstance(talk, Leg) else talk,
        rang=all_that_rang(lab),
        transfers=transfers,
        queue=queue,
        recordings=recordings,
    )


def missed(lab: Lab, call: Leg, reason: str, *, queue: str = "", name: str = CUSTOMER_NAME) -> PlayedCall:
    """An inbound call that no person answered."""
    return PlayedCall(
        direction="inbound",
        disposition="missed",
        missed_reason=reason,
        caller=call.number,
        caller_name=name,
        dialed=call.other,
        wait_seconds=lasted(call),
        talk_seconds=0.0,
        rang=all_that_rang(lab),
        queue=queue,
    )


def one(call: PlayedCall) -> Played:
    """A scenario of a single call."""
    return Played((call,))


async def nobody_answers(lab: Lab, did: Did, extensions: Iterable[str]) -> Leg:
    """The customer calls, the telephones ring until the PBX gives up."""
    everybody(lab, never_answers(), extensions)
    call = await customer_calls(lab, did)
    await over(lab, call)
    return call


async def click(lab: Lab, manager: str, to: str, call_id: str) -> None:
    """Do what a CRM's button does: ring the manager, then dial the customer (as the AMI user ``ringback``)."""
    ami = await Ami.connect(lab.pbx.ami_port, lab.pbx.ami_user, lab.pbx.ami_secret)
    headers = {
        "Channel": f"PJSIP/{manager}",
        "ChannelId": call_id,
        "Context": "from-internal",
        "Exten": to,
        "Priority": "1",
        "CallerID": f'"Click" <{to}>',
        "Timeout": "4000",
        "Async": "true",
    }
    await ami.action("Originate", headers)
    await ami.close()
