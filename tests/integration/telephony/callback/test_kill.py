"""kill -9 at every thing the daemon does: the request goes on where it stood, nobody is dialled twice or forgotten."""

import asyncio
import contextlib
import random
from dataclasses import replace
from typing import cast

import pytest
import structlog

from telephony.callback.assembly import Callbacks
from telephony.callback.policy.dialling import DialCustomer
from telephony.callback.policy.model import Attempt, ClosedReason, Outcome, Request, RequestState, WaitReason
from telephony.callback.policy.witness import place_of
from telephony.calls.tracking.merging import leftovers
from telephony.directory.model import CustomerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.events import CallEnded
from telephony.model import Disposition
from telephony.numbers import Canonical
from telephony.postgres.pool import Pool
from telephony.voice.dialogs.manager_port import ManagerAnswer
from tests.builders import PBX
from tests.integration.telephony.callback.killing import DeadlyPbx, DeadlyPool, Killed, Killer
from tests.integration.telephony.callback.stage import Stage

_MOST = 60
"""More things than one way of a request takes."""


async def doomed(stage: Stage, killer: Killer) -> bool:
    """Let a daemon do its turns until it is killed; True if it came through alive. Its PBX lives on."""
    pbx = DeadlyPbx(stage.pbx, killer)
    pool = DeadlyPool(stage.pool, killer)
    callbacks = Callbacks(cast("Pool", pool), stage.settings, stage.clock)
    engine = callbacks.engine({PBX: pbx}, random.Random(next(stage.numbers)))  # noqa: S311 - the test's dice
    with contextlib.suppress(Killed):
        for _ in range(2):
            await engine.turn(stage.spawn)
            await asyncio.sleep(0)
    await killed(stage)
    return killer.survived


async def killed(stage: Stage) -> None:
    for task in stage.tasks:
        task.cancel()
    for task in stage.tasks:
        with contextlib.suppress(Killed):
            await asyncio.gather(task, return_exceptions=True)
    stage.tasks.clear()
    stage.engine = stage.new_engine(next(stage.numbers))
    await stage.engine.adopt()


async def recovered(stage: Stage, request: Request) -> Attempt:
    """The next daemon works until a phone of the request rings; tell which."""
    for _ in range(30):
        await stage.later(1)
        live = await in_flight(stage, request)
        if live and live[0].channel_id in stage.pbx.channels:
            return live[0]
    raise AssertionError("nobody was rung: the request was forgotten")


async def in_flight(stage: Stage, request: Request) -> list[Attempt]:
    found = [one for one in await stage.attempts() if one.request_id == request.request_id and one.ended_at is None]
    assert len(found) <= 1, "one manager, one phone"
    return found


def phones_of(stage: Stage, attempts: list[Attempt]) -> int:
    return sum(one.channel_id in stage.pbx.channels for one in attempts)


async def missed_by(stage: Stage, number: str) -> Request:
    await DirectoryStore(stage.pool).put_customers([CustomerEntry(Canonical(number), "", ManagerId("ivan"))])
    await stage.missed(number, seconds=1)
    return await stage.request()


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "after it is done"])
async def test_killed_at_every_step_up_to_the_ring_one_phone_rings_once(stage: Stage, *, after: bool) -> None:
    steps: list[str] = []
    for step in range(1, _MOST):
        request = await missed_by(stage, f"+3806700{step:05}")
        killer = Killer(step, after=after)
        alive = await doomed(stage, killer)
        attempt = await recovered(stage, request)
        mine = [one for one in await stage.attempts() if one.request_id == request.request_id]
        assert phones_of(stage, mine) == 1, f"killed at {killer.last}: two phones"
        sent = [one["ChannelId"] for one in stage.pbx.originates]
        assert len(sent) == len(set(sent)), f"killed at {killer.last}: an Originate was sent again"
        await talk(stage, attempt)
        rows = await stage.requests()
        assert rows[-1].state is RequestState.DONE
        if alive:
            break
        steps.append(killer.last.split()[0])
    else:
        pytest.fail("the way never ends")
    assert len(steps) > 10, "the walk was a walk"
    assert "Originate" in steps


async def talk(stage: Stage, attempt: Attempt) -> None:
    await stage.rings(attempt)
    await stage.picks_up(attempt)
    assert isinstance(await stage.presses(attempt, ManagerAnswer.ACCEPTED), DialCustomer)
    await stage.customer(attempt, talk=20)
    await asyncio.gather(*stage.tasks, return_exceptions=True)
    stage.tasks.clear()


async def lost(stage: Stage, attempt: Attempt) -> None:
    """The daemon and the phone's channel are both gone, and nobody told the ledger."""
    stage.pbx.channels.pop(attempt.channel_id)
    await killed(stage)


async def ringing(stage: Stage) -> Attempt:
    await missed_by(stage, "+380670000001")
    await stage.turn()
    return await stage.attempt()


async def test_killed_while_the_phone_rings_it_is_adopted(stage: Stage) -> None:
    attempt = await ringing(stage)
    await stage.rings(attempt)
    await killed(stage)
    for _ in range(5):
        await stage.later(1)
    assert stage.pbx.rung == ["PJSIP/101"]
    await talk(stage, attempt)
    assert (await stage.request()).state is RequestState.DONE


async def test_killed_and_the_ringing_phone_gone_it_is_rung_again_at_once(stage: Stage) -> None:
    attempt = await ringing(stage)
    await lost(stage, attempt)
    for _ in range(5):
        await stage.later(1)
    assert stage.pbx.rung == ["PJSIP/101", "PJSIP/101"]
    assert (await stage.request()).spent == 0


async def test_killed_while_the_manager_listens_the_request_goes_on(stage: Stage) -> None:
    attempt = await ringing(stage)
    await stage.picks_up(attempt)
    await lost(stage, attempt)
    for _ in range(5):
        await stage.later(1)
    assert len(stage.pbx.rung) == 2


async def accepted_and_lost(stage: Stage, note: str = "") -> None:
    """A manager accepted; daemon and channel are gone; ``note`` is what the dialplan left."""
    attempt = await ringing(stage)
    await stage.picks_up(attempt)
    await stage.presses(attempt, ManagerAnswer.ACCEPTED)
    stage.pbx.globals[place_of(attempt.key)] = f"{attempt.channel_id}/{note}"
    await lost(stage, attempt)


async def test_killed_after_acceptance_and_nothing_known_a_person_is_asked(stage: Stage) -> None:
    await accepted_and_lost(stage)
    for _ in range(90):
        await stage.later(1)
    request = await stage.request()
    assert (request.state, request.waits_for, request.spent) == (RequestState.HELD, WaitReason.UNSURE, 0)
    whole = await stage.callbacks.operations.show(request.request_id)
    assert (whole.history[-1].verb, whole.history[-1].reason) == ("hold", "unsure")
    for _ in range(24):
        await stage.later(3600)
    assert len(stage.pbx.rung) == 1, "nobody is dialled until a person decides"
    await stage.callbacks.operations.snooze(request.request_id, stage.clock.now, "olena")
    await stage.turn()
    assert len(stage.pbx.rung) == 2


async def test_what_a_person_was_asked_for_ever_is_given_up_at_the_end_of_its_life(stage: Stage) -> None:
    await accepted_and_lost(stage)
    for _ in range(62):
        await stage.later(1)
    assert (await stage.request()).state is RequestState.HELD
    await stage.later(31 * 86_400)
    assert (await stage.request()).closed_for is ClosedReason.TOO_OLD


async def test_a_customer_of_whom_it_is_unsure_and_who_calls_again_in_vain_is_called_back(stage: Stage) -> None:
    await accepted_and_lost(stage)
    for _ in range(62):
        await stage.later(1)
    await stage.missed("+380670000001")
    await stage.turn()
    assert len(stage.pbx.rung) == 2


@pytest.mark.parametrize(
    ("note", "state", "reason"),
    [
        ("ended/ANSWER/16/12", RequestState.DONE, WaitReason.NEW),
        ("ended/ANSWER/16/3", RequestState.WAITING, WaitReason.RETRY),
        ("ended/NOANSWER/19/0", RequestState.WAITING, WaitReason.RETRY),
        ("began", RequestState.WAITING, WaitReason.TRUNK),
    ],
)
async def test_killed_after_acceptance_the_dialplans_note_tells_what_came_of_it(
    stage: Stage, note: str, state: RequestState, reason: WaitReason
) -> None:
    await accepted_and_lost(stage, note)
    for _ in range(8):
        await stage.later(1)
    request = await stage.request()
    assert (request.state, request.waits_for) == (state, reason)
    assert len(stage.pbx.rung) == 1


async def test_a_leftover_without_the_customers_leg_waits_for_the_note_and_not_for_a_dial(stage: Stage) -> None:
    attempt = await ringing(stage)
    call = await stage.rings(attempt)
    await stage.picks_up(attempt)
    await stage.presses(attempt, ManagerAnswer.ACCEPTED)
    await lost(stage, attempt)
    (end,) = leftovers([call], (), stage.clock.now)
    await stage.tell(end)
    assert (await stage.request()).state is RequestState.DIALLING, "the hook asks nobody: it does not know"
    await stage.later(3)
    assert (await stage.request()).state is RequestState.HELD


async def test_a_withdrawn_dial_whose_channel_is_gone_is_over_at_once(stage: Stage) -> None:
    attempt = await ringing(stage)
    await stage.picks_up(attempt)
    await stage.presses(attempt, ManagerAnswer.ACCEPTED)
    await stage.answered("+380670000001", by="102")
    stage.pbx.channels.pop(attempt.channel_id)
    stage.clock.pass_seconds(3)
    with structlog.testing.capture_logs() as said:
        await stage.turn()
        for _ in range(62):
            await stage.later(1)
    assert (await stage.attempt()).outcome is Outcome.WITHDRAWN
    assert not [line for line in said if line["event"] == "callback.search_refused"]


async def test_killed_while_they_talk_the_end_that_the_ledger_learns_later_closes_it(stage: Stage) -> None:
    attempt = await ringing(stage)
    await stage.picks_up(attempt)
    await stage.presses(attempt, ManagerAnswer.ACCEPTED)
    await killed(stage)
    await stage.later(5)
    await stage.customer(attempt, talk=60)
    assert (await stage.request()).state is RequestState.DONE
    assert len(stage.pbx.rung) == 1


async def test_a_withdrawn_phone_is_taken_down_by_the_next_daemon(stage: Stage) -> None:
    attempt = await ringing(stage)
    await stage.rings(attempt)
    await stage.answered("+380670000001", by="102")
    await killed(stage)
    await stage.turn()
    assert stage.pbx.hung_up == [attempt.channel_id]


async def test_an_originate_whose_answer_is_lost_is_looked_for_and_not_sent_again(stage: Stage) -> None:
    stage.pbx.lose_answers = True
    attempt = await ringing(stage)
    stage.pbx.lose_answers = False
    for _ in range(5):
        await stage.later(1)
    assert stage.pbx.rung == ["PJSIP/101"]
    assert await in_flight(stage, await stage.request()) == [attempt]


async def test_while_the_link_is_cut_nothing_is_decided_and_afterwards_the_phone_is_found(stage: Stage) -> None:
    attempt = await ringing(stage)
    stage.pbx.synced.clear()
    await missed_by(stage, "+380670000002")
    for _ in range(30):
        await stage.later(1)
    assert len(stage.pbx.rung) == 1
    stage.pbx.synced.set()
    await stage.later(1)
    assert [one.request_id for one in await stage.attempts() if one.ended_at is None] == [attempt.request_id]


async def test_after_a_restart_of_the_pbx_every_request_goes_on(stage: Stage) -> None:
    attempt = await ringing(stage)
    call = await stage.rings(attempt)
    stage.pbx.synced.clear()
    stage.pbx.channels.clear()
    await stage.later(3)
    closed = replace(call, ended_at=stage.clock.now, disposition=Disposition.FAILED, repaired=True)
    await stage.tell(CallEnded(closed, stage.clock.now))
    assert (await stage.attempt()).outcome is Outcome.LOST
    stage.pbx.synced.set()
    await stage.later(1)
    assert stage.pbx.rung == ["PJSIP/101", "PJSIP/101"]
