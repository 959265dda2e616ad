"""A number that a hidden caller keyed in while nothing could be promised comes as an event, and is called back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from telephony.callback.policy.model import ClosedReason, RequestState
from telephony.callback.promises.booking import Booking, choices
from telephony.errors import DatabaseUnavailable
from telephony.events import CallEnded, CallStarted, NumberKeyed
from telephony.model import Call, MissedReason
from telephony.numbers import Canonical
from telephony.postgres.door import PoolProxy
from telephony.postgres.pool import Pool
from telephony.voice.dialogs.caller_port import Booked, Caller, NotCalled
from tests import builders
from tests.integration.telephony.callback.stage import Stage

KEYED = Canonical("+380501112233")


async def hidden_call(stage: Stage, keyed: str = KEYED) -> Call:
    """A hidden caller who keys a number in, and is gone after ten seconds."""
    call = stage.inbound("anonymous", "")
    await stage.tell(CallStarted(call, stage.clock.now))
    stage.clock.pass_seconds(8)
    await stage.tell(NumberKeyed(call, stage.clock.now, keyed))
    stage.clock.pass_seconds(2)
    ended = replace(builders.ended(call, stage.clock.now), missed_reason=MissedReason.OFF_HOURS)
    await stage.tell(CallEnded(ended, stage.clock.now))
    return ended


async def test_the_number_is_owed_a_callback_and_is_rung(stage: Stage) -> None:
    call = await hidden_call(stage)
    request = await stage.request()
    assert (request.customer, request.heard_number, request.state) == (KEYED, KEYED, RequestState.WAITING)
    assert (request.misses, request.last_call_id, request.did) == (1, call.call_id, call.did)
    await stage.turn()
    assert stage.pbx.rung


async def test_who_is_owed_one_already_is_counted(stage: Stage) -> None:
    await stage.missed(KEYED)
    await hidden_call(stage)
    request = await stage.request()
    assert (request.customer, request.misses) == (KEYED, 2)


async def test_a_number_that_is_not_called_is_closed_with_its_reason(stage: Stage) -> None:
    await hidden_call(stage, "+88216123456")
    request = await stage.request()
    assert (request.state, request.closed_for) == (RequestState.DISCARDED, ClosedReason.TOLL_COUNTRY)


async def test_who_talked_with_us_since_is_not_rung(stage: Stage) -> None:
    call = stage.inbound("anonymous", "")
    keyed = NumberKeyed(call, stage.clock.now, KEYED)
    await stage.ended(await stage.answered(KEYED))
    await stage.tell(keyed)
    request = await stage.request()
    assert (request.state, request.closed_for) == (RequestState.CANCELLED, ClosedReason.GOT_THROUGH)


class Kept:
    """Who is told of numbers, and what was kept of them."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Canonical]] = []
        self.kept: list[Canonical] = []

    def __call__(self, uniqueid: str, number: Canonical) -> Callable[[], None]:
        self.told.append((uniqueid, number))
        return lambda: self.kept.append(number)


def booking(stage: Stage, pool: Pool, kept: Kept) -> Booking:
    callbacks = stage.callbacks
    made = choices(stage.settings)
    around = callbacks.surroundings
    return Booking(pool, callbacks.book, callbacks.owners, around, made, stage.clock, kept, comes_back_seconds=0)


HIDDEN = Caller("1772445600.77", "anonymous", "")


async def test_what_could_not_be_promised_is_kept_but_a_number_that_the_call_shows_is_known_anyway(
    stage: Stage,
) -> None:
    kept = Kept()
    away = booking(stage, PoolProxy().pool, kept)
    with pytest.raises(DatabaseUnavailable):
        await away.book(HIDDEN, KEYED, None)
    assert kept.kept == [KEYED]
    assert kept.told == [(HIDDEN.uniqueid, KEYED)]
    with pytest.raises(DatabaseUnavailable):
        await away.book(replace(HIDDEN, number=KEYED), KEYED, None)
    assert kept.kept == [KEYED]
    assert await away.book(HIDDEN, Canonical("+88216123456"), None) == NotCalled()
    assert kept.kept == [KEYED, "+88216123456"], "whoever asks is told why it was not called"


class _Standing:
    """A pool whose connections come never: the database stands still."""

    @asynccontextmanager
    async def acquire(self, **_: object) -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield None


async def test_it_is_kept_when_the_caller_is_not_kept_waiting_any_longer(stage: Stage) -> None:
    kept = Kept()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await booking(stage, _Standing(), kept).book(HIDDEN, KEYED, None)  # type: ignore[arg-type] # as much of one
    assert kept.kept == [KEYED]


async def test_a_promise_whose_answer_was_lost_is_no_second_miss(stage: Stage) -> None:
    """The booking was written, and nobody heard of it in time: then the number comes a second time, by the ledger."""
    kept = Kept()
    call = stage.inbound("anonymous", "")
    await stage.tell(CallStarted(call, stage.clock.now))
    hidden = Caller(call.linkedid, "anonymous", call.did)
    assert isinstance(await booking(stage, stage.pool, kept).book(hidden, KEYED, None), Booked)
    assert kept.kept == []
    before = await stage.request()
    await stage.tell(NumberKeyed(call, stage.clock.now + timedelta(seconds=1), KEYED))
    assert await stage.request() == before
