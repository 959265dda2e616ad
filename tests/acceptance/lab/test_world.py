"""What a test may rely on: telephones do what they are told, and tell what they received."""

import pytest

from deploy.lab.audio import seconds_of_tone
from deploy.lab.company import BY_EXTENSION, Did
from deploy.lab.errors import LabError
from deploy.lab.laboratory import Lab
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import (
    Script,
    answers,
    busy,
    does_not_exist,
    in_turn,
    machine,
    never_answers,
    rejects,
    talks,
    unavailable,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
CUSTOMER = "+380671234567"


async def test_two_people_hear_each_other_and_see_who_calls(lab: Lab) -> None:
    lab.world.phone("101").behaviour(answers(after=0.3))
    call = await lab.world.call(CUSTOMER, Did.IVAN.value, name="Тарас Їжак", script=talks(1.5))
    manager = await lab.world.phone("101").rings()
    await call.gone()
    await lab.idle()
    assert manager.shown == (CUSTOMER, "Тарас Їжак")
    assert manager.heard
    assert manager.said
    assert call.heard
    assert manager.tone != call.tone
    assert seconds_of_tone(manager.heard, call.tone) > 0.8
    assert seconds_of_tone(call.heard, manager.tone) > 0.8
    assert seconds_of_tone(manager.heard, manager.tone) == 0
    assert seconds_of_tone(manager.said, manager.tone) > 0.8
    assert call.hung_up_by_us
    assert not manager.hung_up_by_us
    assert manager.trace.rang_at
    assert manager.trace.answered_at
    assert manager.trace.answered_at > manager.trace.rang_at


async def test_keys_are_pressed_and_heard(lab: Lab) -> None:
    async def keyed(leg: Leg) -> None:
        await leg.listen(0.3)
        await leg.press("159*#0")
        await leg.talk()

    async def hears(leg: Leg) -> None:
        await leg.answer()
        await leg.keys_heard("*#0")
        await leg.hangup()

    phone = lab.world.phone("106").behaviour(hears)
    call = await lab.world.phone("101").call("106", keyed)
    await call.gone()
    assert (await phone.rings()).digits == "159*#0"
    lab.world.check()


@pytest.mark.parametrize(
    ("script", "cause"), [(busy(), 17), (rejects(0.2), 19), (unavailable(), 21), (does_not_exist(), 19)]
)
async def test_refusals_reach_the_caller(lab: Lab, script: Script, cause: int) -> None:
    lab.world.phone("101").behaviour(script)
    call = await lab.world.call(CUSTOMER, Did.IVAN.value)
    await call.gone()
    assert call.trace.answered_at is None
    assert call.trace.cause == cause


async def test_a_phone_that_is_gone_does_not_ring_until_it_is_back(lab: Lab) -> None:
    phone = lab.world.phone("102").behaviour(answers(after=0.1, talk=0.1))
    await phone.unregister()
    try:
        call = await lab.world.call(CUSTOMER, Did.OLENA.value)
        await call.gone()
        assert phone.legs == []
    finally:
        await phone.register()
    await (await lab.world.call(CUSTOMER, Did.OLENA.value)).gone()
    assert len(phone.legs) == 1


async def test_a_hidden_caller_shows_no_number(lab: Lab) -> None:
    phone = lab.world.phone("101").behaviour(answers(after=0.1, talk=0.1))
    await (await lab.world.call(CUSTOMER, Did.IVAN.value, hidden=True)).gone()
    assert CUSTOMER not in "".join(phone.legs[0].shown) + "".join(phone.legs[0].headers.values())


async def test_a_machine_talks_and_presses_nothing(lab: Lab) -> None:
    phone = lab.world.phone("101").behaviour(machine(greeting=0.8, after=0.1, listen=0.2))
    call = await lab.world.phone("106").call("101")
    await call.gone()
    assert call.digits == ""
    assert phone.legs[0].hung_up_by_us
    assert call.heard
    assert seconds_of_tone(call.heard, phone.legs[0].tone) > 0.3


async def test_behaviours_in_turn_and_a_customer_who_calls_from_outside(lab: Lab) -> None:
    phone = lab.world.phone(CUSTOMER).behaviour(in_turn(busy(), answers(after=0.1, talk=0.2)))
    first = await lab.world.phone("101").call(CUSTOMER)
    await first.gone()
    second = await lab.world.phone("101").call(CUSTOMER)
    await second.gone()
    assert [leg.trace.answered_at is not None for leg in phone.legs] == [False, True]
    assert phone.legs[1].shown[0] == Did.GROUP.value


async def test_a_mistake_in_a_script_is_not_swallowed(lab: Lab) -> None:
    async def broken(leg: Leg) -> None:
        await leg.ring(0)
        raise ZeroDivisionError

    lab.world.phone("101").behaviour(broken)
    await (await lab.world.call(CUSTOMER, Did.IVAN.value)).gone()
    with pytest.raises(LabError, match="ZeroDivisionError"):
        lab.world.check()


async def test_a_caller_who_gives_up_while_it_rings_is_gone(lab: Lab) -> None:
    phone = lab.world.phone("101").behaviour(never_answers())
    call = await lab.world.call(CUSTOMER, Did.IVAN.value)
    leg = await phone.rings()
    await lab.world.hang_up(call)
    await leg.gone()
    assert leg.trace.answered_at is None
    assert not leg.hung_up_by_us


async def test_forwarding_can_be_set(lab: Lab) -> None:
    mobile = lab.world.phone(BY_EXTENSION["103"].mobile).behaviour(answers(after=0.1, talk=0.1))
    await lab.pbx.forward("103", mobile.number)
    try:
        await (await lab.world.phone("101").call("103")).gone()
        assert len(mobile.legs) == 1
    finally:
        await lab.pbx.forward("103")


async def test_dialplan_of_a_test_comes_before_the_companys_own(lab: Lab) -> None:
    await lab.pbx.add_dialplan(
        "test", f"[from-trunk-first]\nexten => {Did.IVAN},1,Goto(managers,106,1)\n[scratch]\nexten => s,1,Hangup(17)\n"
    )
    try:
        phone = lab.world.phone("106").behaviour(answers(after=0.1, talk=0.1))
        await (await lab.world.call(CUSTOMER, Did.IVAN.value)).gone()
        assert len(phone.legs) == 1
        scratch = await lab.world.call(CUSTOMER, Did.SCRATCH.value)
        await scratch.gone()
        assert scratch.trace.cause == 17
    finally:
        await lab.pbx.add_dialplan("test", "")
