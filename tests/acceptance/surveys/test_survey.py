"""Surveys on a real Asterisk: a customer's phone is rung, and what they key in and say is in the ledger."""

from pathlib import Path

import pytest

from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script, busy, never_answers
from telephony.voice.words.phrases import Line
from tests.acceptance.callback.company import ANNA, presses
from tests.acceptance.surveys.conftest import Asking

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_unhappy_customer_is_heard_and_called_back_by_a_person(asking: Asking) -> None:
    company = asking.company
    company.phone(
        ANNA,
        asking.customer(
            (Line.SURVEY_LEAVE, "1"),
            (Line.SURVEY_SCORE, "3"),
            (Line.SURVEY_HOW_TO_ANSWER, ""),
            (Line.SURVEY_DISLIKED, ""),
            (Line.SURVEY_BETTER, ""),
            (Line.SURVEY_PERSON, "1"),
        ),
    )
    company.phone("101", presses("1"))
    await company.own("ivan")
    await asking.ask()
    row = await asking.over()
    assert (row["ended_for"], row["score"], row["person_wanted"]) == ("finished", 3, True)
    await asking.said(Line.SURVEY_PERSON_COMES)
    answers = await company.pool.fetch("SELECT question, file, seconds FROM survey_answers ORDER BY question")
    assert [answer["question"] for answer in answers] == [1, 2, 3]
    for answer in answers:
        assert Path(answer["file"]).stat().st_size > 16_000, "a second of sound at least"
    request = await company.becomes(lambda one: one.request_id == row["request_id"])
    assert (request.priority, request.customer) == (30, ANNA)
    await company.rings("101")
    [call] = await company.until(lambda: company.pool.fetch("SELECT * FROM calls WHERE kind = 'survey'"))
    assert (call["customer"], call["direction"]) == (ANNA, "outbound")


async def test_who_presses_9_hears_that_it_was_the_last_time(asking: Asking) -> None:
    asking.company.phone(ANNA, asking.customer((Line.SURVEY_LEAVE, "9")))
    await asking.ask()
    assert (await asking.over())["ended_for"] == "never_again"
    await asking.said(Line.SURVEY_NEVER)
    assert await asking.company.pool.fetchval("SELECT customer FROM survey_refusals") == ANNA


async def test_a_machine_that_picks_up_is_asked_nothing(asking: Asking) -> None:
    """An answering machine talks on and presses nothing."""

    async def machine(leg: Leg) -> None:
        await leg.ring(0.1)
        await leg.answer()
        await leg.talk()

    asking.company.phone(ANNA, machine)
    await asking.ask()
    assert (await asking.over())["ended_for"] == "no_consent"
    await asking.said(Line.SURVEY_GOODBYE)
    assert set(asking.ears.played) == {Line.SURVEY_LEAVE, Line.SURVEY_GOODBYE}
    assert not await asking.company.pool.fetchval("SELECT count(*) FROM survey_answers")


@pytest.mark.parametrize(
    ("line", "before", "end", "score"),
    [
        (Line.SURVEY_LEAVE, (), "refused", None),
        (Line.SURVEY_SCORE, ((Line.SURVEY_LEAVE, "1"),), "hung_up", None),
        (
            Line.SURVEY_DISLIKED,
            ((Line.SURVEY_LEAVE, "1"), (Line.SURVEY_SCORE, "9#"), (Line.SURVEY_LIKED, "#")),
            "hung_up",
            9,
        ),
    ],
)
async def test_a_hang_up_anywhere_keeps_what_was_said(
    asking: Asking, line: Line, before: tuple[tuple[Line, str], ...], end: str, score: int | None
) -> None:
    async def script(leg: Leg) -> None:
        await leg.ring(0.1)
        await leg.answer()
        for heard, keys in before:
            await asking.said(heard)
            await leg.press(keys)
        await asking.said(line)
        await leg.hangup()

    asking.company.phone(ANNA, script)
    await asking.ask()
    row = await asking.over()
    assert (row["ended_for"], row["score"]) == (end, score)


@pytest.mark.parametrize("script", [never_answers(), busy()])
async def test_who_does_not_pick_up_is_tried_another_day(asking: Asking, script: Script) -> None:
    asking.company.phone(ANNA, script)
    await asking.ask()

    async def planned_again() -> bool:
        query = "SELECT tries = 1 AND state = 'planned' AND not_before > rang_at FROM surveys"
        return bool(await asking.company.pool.fetchval(query))

    await asking.company.until(planned_again, 60)
    assert len(asking.company.legs(ANNA)) == 1
