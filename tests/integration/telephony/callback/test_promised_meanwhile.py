"""A customer who is being called back calls us in closed hours and is promised a time: nobody calls them before it."""

from telephony.callback.policy.model import RequestState, WaitReason, WithdrawnReason
from telephony.callback.promises.booking import Booking, choices
from telephony.numbers import Canonical
from telephony.voice.dialogs.caller_port import Booked, Caller
from telephony.voice.dialogs.manager_port import ManagerAnswer
from tests.builders import CUSTOMER
from tests.integration.telephony.callback.stage import DID, Stage


async def promised(stage: Stage) -> None:
    callbacks = stage.callbacks
    made = choices(stage.settings)
    desk = Booking(stage.pool, callbacks.book, callbacks.owners, callbacks.surroundings, made, stage.clock)
    booked = await desk.book(Caller("1772445600.77", CUSTOMER, DID), Canonical(CUSTOMER), None)
    assert isinstance(booked, Booked)
    request = await stage.request()
    assert (request.state, request.waits_for) == (RequestState.WAITING, WaitReason.PROMISED)


async def test_telephones_that_ring_for_them_are_taken_down(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    await stage.rings(attempt)
    await promised(stage)
    assert (await stage.attempt()).withdrawn is WithdrawnReason.CANCELLED
    await stage.later(1)
    assert stage.pbx.hung_up == [attempt.channel_id]


async def test_a_manager_who_dials_them_is_called_off(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    await stage.rings(attempt)
    await stage.picks_up(attempt)
    await stage.presses(attempt, ManagerAnswer.ACCEPTED)
    await promised(stage)
    assert (await stage.attempt()).withdrawn is WithdrawnReason.CANCELLED
