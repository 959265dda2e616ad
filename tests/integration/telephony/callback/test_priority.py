"""How urgent a request is: who is rung first of those that are due."""

import pytest

from telephony.callback.operations import CallbackOrderRefused
from tests.integration.telephony.callback.stage import Make, Stage

USUAL, URGENT, PROMISED = "+380671110001", "+380671110002", "+380671110003"


async def rung(stage: Stage) -> list[str]:
    """Whom the attempts were for, in order."""
    rows = await stage.pool.fetch(
        "SELECT customer FROM callback_attempts JOIN callback_requests USING (request_id) ORDER BY attempt_key"
    )
    return [row["customer"] for row in rows]


async def test_the_urgent_go_before_a_promised_time_and_that_before_the_usual(make: Make) -> None:
    stage = await make(default_group="sales")
    for number in (USUAL, PROMISED, URGENT):
        await stage.missed(number)
    usual, promised, urgent = await stage.requests()
    await stage.pool.execute(
        "INSERT INTO promises (request_id, slot_of, promised_at, made_at) "
        "VALUES ($1, 'group:sales', now(), now() - interval '1 h')",
        promised.request_id,
    )
    await stage.callbacks.operations.rank(urgent.request_id, 30, "boss")
    await stage.callbacks.operations.rank(usual.request_id, 10, "boss")
    await stage.turn()
    assert (await rung(stage))[0] == URGENT


async def test_the_order_of_priorities_then_of_time(make: Make) -> None:
    stage = await make(default_group="sales", keep_free_managers=1)
    for number in (USUAL, PROMISED, URGENT):
        await stage.missed(number)
    for request, priority in zip(await stage.requests(), (0, 0, 5), strict=True):
        await stage.callbacks.operations.rank(request.request_id, priority, "boss")
    await stage.turn()
    assert (await rung(stage))[0] == URGENT
    [line] = await stage.pool.fetch(
        "SELECT verb, state, reason, by_whom FROM callback_history WHERE verb = 'rank' ORDER BY history_id DESC LIMIT 1"
    )
    assert tuple(line) == ("rank", "waiting", "new", "boss")


async def test_a_closed_request_has_no_priority_any_more(stage: Stage) -> None:
    await stage.missed()
    request = await stage.request()
    await stage.callbacks.operations.cancel(request.request_id, "boss")
    with pytest.raises(CallbackOrderRefused):
        await stage.callbacks.operations.rank(request.request_id, 5, "boss")
