"""Each action ends in exactly one way, and leaves nothing behind."""

import asyncio

import pytest

from telephony.ami.pending import MOST_PENDING, Completion, Pending
from telephony.ami.protocol.parser import AmiMessage
from telephony.errors import ActionRefused, ActionTimedOut, PbxUnavailable

PING = Completion("Ping", 5.0)
DEAD = PbxUnavailable("gone")


@pytest.fixture
async def done() -> list[str]:
    return []


@pytest.fixture
async def pending(done: list[str]) -> Pending:
    return Pending("lab", lambda action, _: done.append(action))


def response(action_id: str = "1", **headers: str) -> AmiMessage:
    return AmiMessage("", {"response": "Success", "actionid": action_id, **headers})


def row(name: str, action_id: str = "1", **headers: str) -> AmiMessage:
    return AmiMessage(name, {"event": name, "actionid": action_id, **headers})


async def test_an_answer_ends_its_action_and_no_other(pending: Pending, done: list[str]) -> None:
    first, second = pending.add("1", PING), pending.add("2", PING)
    assert pending.answer(response(ping="Pong"))
    assert (await first).headers["Ping"] == "Pong"
    assert not second.done()
    await asyncio.sleep(0)
    assert len(pending) == 1
    assert done == ["Ping"]


async def test_headers_are_found_in_any_spelling(pending: Pending) -> None:
    future = pending.add("1", PING)
    pending.answer(response(value="x"))
    headers = (await future).headers
    assert (headers["VALUE"], headers.get("Value"), "vaLue" in headers, headers.get("none")) == ("x", "x", True, None)


async def test_an_error_is_a_refusal_with_the_pbx_own_words(pending: Pending) -> None:
    future = pending.add("1", PING)
    pending.answer(AmiMessage("", {"response": "Error", "actionid": "1", "message": "Permission denied"}))
    with pytest.raises(ActionRefused, match="Ping: Permission denied"):
        await future


async def test_no_answer_in_time_is_told(pending: Pending, done: list[str]) -> None:
    with pytest.raises(ActionTimedOut, match="Ping"):
        await pending.add("1", Completion("Ping", 0.01))
    assert (len(pending), done) == (0, ["Ping"])


async def test_a_late_or_second_answer_has_nobody_waiting(pending: Pending) -> None:
    future = pending.add("1", PING)
    assert pending.answer(response())
    assert not pending.answer(response())
    await future
    assert not pending.answer(response())
    assert not pending.answer(response("never sent"))


async def test_a_dead_link_fails_all_at_once_and_all_that_come_later(pending: Pending) -> None:
    waiting = [pending.add(str(number), PING) for number in range(3)]
    pending.fail_all(DEAD)
    assert await asyncio.gather(*waiting, return_exceptions=True) == [DEAD] * 3
    with pytest.raises(PbxUnavailable):
        pending.add("9", PING)
    await asyncio.sleep(0)
    assert len(pending) == 0


async def test_a_caller_that_gives_up_leaves_nothing_behind(pending: Pending) -> None:
    future = pending.add("1", PING)
    future.cancel()
    await asyncio.sleep(0)
    assert len(pending) == 0
    assert not pending.answer(response())
    pending.fail_all(DEAD)


async def test_a_list_is_its_rows_up_to_complete(pending: Pending) -> None:
    first: list[str] = []
    future = pending.add(
        "1", Completion("QueueStatus", 5, rows=9, on_first=lambda headers: first.append(headers["EventList"]))
    )
    pending.answer(response(eventlist="start"))
    assert first == ["start"]
    pending.answer(row("QueueMember", queue="a"))
    pending.answer(row("QueueEntry", queue="b"))
    assert not future.done()
    pending.answer(row("QueueStatusComplete"))
    assert [each.headers["queue"] for each in (await future).rows] == ["a", "b"]


async def test_a_list_that_is_too_long_is_refused(pending: Pending) -> None:
    future = pending.add("1", Completion("CoreShowChannels", 5, rows=2))
    pending.answer(response())
    for _ in range(3):
        pending.answer(row("CoreShowChannel"))
    with pytest.raises(ActionRefused, match="more than 2"):
        await future
    assert not pending.answer(row("CoreShowChannel"))


async def test_a_list_whose_end_does_not_come_times_out(pending: Pending) -> None:
    future = pending.add("1", Completion("CoreShowChannels", 0.01, rows=2))
    pending.answer(response())
    with pytest.raises(ActionTimedOut):
        await future


async def test_an_action_that_an_event_ends_waits_for_it(pending: Pending) -> None:
    future = pending.add("1", Completion("Originate", 5, event="OriginateResponse"))
    pending.answer(response())
    assert not pending.answer(row("Other"))
    assert not future.done()
    pending.answer(row("OriginateResponse", reason="4"))
    assert (await future).headers["Reason"] == "4"


async def test_too_many_unanswered_actions_are_not_sent(pending: Pending) -> None:
    futures = [pending.add(str(number), PING) for number in range(MOST_PENDING)]
    with pytest.raises(PbxUnavailable, match="not sent"):
        pending.add("one more", PING)
    pending.fail_all(DEAD)
    await asyncio.gather(*futures, return_exceptions=True)
