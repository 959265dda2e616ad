"""A clock that is set back makes what was later look earlier, and a talk shorter: it rings nobody, forgets nobody."""

import pytest

from telephony.callback.policy.model import ClosedReason, Outcome, RequestState
from telephony.voice.dialogs.manager_port import ManagerAnswer
from tests.integration.telephony.callback.stage import Stage


@pytest.mark.parametrize("back", [30, 3600])
async def test_who_gets_through_after_it_is_not_called_back(stage: Stage, back: float) -> None:
    await stage.missed()
    stage.clock.set_back(back)
    stage.clock.pass_seconds(5)
    await stage.answered()
    request = await stage.request()
    assert (request.state, request.closed_for) == (RequestState.CANCELLED, ClosedReason.GOT_THROUGH)


async def test_who_is_missed_again_after_it_was_missed_last_then(stage: Stage) -> None:
    await stage.missed()
    stage.clock.set_back(3600)
    last = await stage.missed()
    request = await stage.request()
    assert (request.misses, request.last_missed_at) == (2, last.ended_at)


@pytest.mark.parametrize("back", [100, 3600])
async def test_who_is_missed_after_it_is_called_back_though_a_talk_seems_later(stage: Stage, back: float) -> None:
    await stage.ended(await stage.answered(), talk=60)
    stage.clock.set_back(back)
    await stage.missed()
    assert (await stage.request()).state is RequestState.WAITING


async def test_who_was_called_back_before_it_and_is_missed_after_it_is_called_back_again(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await _called_back(stage, talk=60, back=3600)
    while next(stage.numbers) < 10:
        """Asterisk has numbered the callback's channels meanwhile."""
    await stage.missed()
    first, second = await stage.requests()
    assert (first.closed_for, second.state) == (ClosedReason.REACHED, RequestState.WAITING)


@pytest.mark.parametrize(
    ("talk", "back", "outcome"),
    [(60, 58, Outcome.REACHED), (7, 3, Outcome.REACHED), (2, 1, Outcome.SHORT_TALK), (60, 3600, Outcome.REACHED)],
)
async def test_a_talk_in_which_it_is_set_back_lasted_as_long_as_it_did(
    stage: Stage, talk: float, back: float, outcome: Outcome
) -> None:
    await stage.own()
    await stage.missed()
    await _called_back(stage, talk=talk, back=back)
    assert (await stage.attempt()).outcome is outcome


async def _called_back(stage: Stage, *, talk: float, back: float) -> None:
    await stage.turn()
    attempt = await stage.attempt()
    await stage.rings(attempt)
    await stage.picks_up(attempt)
    await stage.presses(attempt, ManagerAnswer.ACCEPTED)
    await stage.customer(attempt, talk=talk, set_back=back)
