"""A missed call on a real Asterisk becomes a ringing phone: what each phone received, and what the ledger says."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from deploy.lab.company import Did
from deploy.lab.telephones.scripts import answers, busy, does_not_exist, in_turn, machine, never_answers, rejects, talks
from telephony.callback.policy.model import ClosedReason, Outcome, RequestState, WaitReason
from telephony.directory.csv_import import read_managers
from telephony.directory.store import DirectoryStore
from tests.acceptance.callback.company import ANNA, MANAGERS, Company, presses
from tests.acceptance.callback.conftest import Open
from tests.waiting import PATIENCE

HEAD, *ROWS = MANAGERS.splitlines()
HEAD += ",hours"
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_owner_rings_presses_1_and_talks_and_it_is_one_call_on_the_ledger(company: Company) -> None:
    await company.own("ivan")
    company.phone("101", presses("1"))
    company.phone(ANNA, answers(after=0.3, talk=2.5))
    missed = await company.missed()
    manager, customer = await company.rings("101"), await company.rings(ANNA)
    assert manager.shown == (ANNA, "Ромашка"), "the display shows the customer"
    assert customer.shown[0] == Did.SCRATCH, "the customer sees the number that they had called"
    assert manager.trace.rang_at
    assert missed.trace.ended_at
    assert (manager.trace.rang_at - missed.trace.ended_at).total_seconds() < 5, (
        "at once; the next on the ladder has 6 s"
    )

    request = await company.closed()
    assert (request.state, request.closed_for, request.spent) == (RequestState.DONE, ClosedReason.REACHED, 0)
    whole = await company.whole()
    assert [line.verb for line in whole.history] == ["miss", "ring", "accept", "bridge", "done"]
    assert whole.figures.target == "met"
    rows = await company.pool.fetch("SELECT kind, direction, disposition, customer, did FROM calls ORDER BY started_at")
    assert [tuple(row) for row in rows] == [
        ("ordinary", "inbound", "missed", ANNA, str(Did.SCRATCH)),
        ("callback", "outbound", "answered", ANNA, ""),
    ]
    linked = await company.pool.fetchval("SELECT call_id FROM published.callback_attempts")
    assert linked == await company.pool.fetchval("SELECT call_id FROM calls WHERE kind = 'callback'")
    assert len(await company.requests()) == 1, "our own legs are no new misses"


async def test_all_of_an_unowned_customers_group_ring_and_the_first_to_accept_wins(company: Company) -> None:
    company.phone("101", never_answers())
    company.phone("102", presses("1"))
    company.phone("103", never_answers())
    company.phone(ANNA, answers(after=0.3, talk=2))
    await company.missed()
    ivan, _, maria = [await company.rings(number) for number in ("101", "102", "103")]
    request = await company.closed()
    assert (request.closed_for, request.owner) == (ClosedReason.REACHED, "olena")
    await asyncio.gather(ivan.gone(), maria.gone())
    assert len(company.legs("101")) == len(company.legs("103")) == 1
    outcomes = {one.manager: one.outcome for one in await company.attempts()}
    assert outcomes == {"ivan": Outcome.WITHDRAWN, "olena": Outcome.REACHED, "maria": Outcome.WITHDRAWN}


async def test_the_ladder_climbs_from_owner_to_head_of_sales_before_the_time_is_up(company: Company) -> None:
    await company.own("ivan")
    for number in ("101", "102", "103"):
        company.phone(number, never_answers())
    company.phone("106", presses("9"))
    missed = await company.missed()
    await company.rings("106")
    assert missed.trace.ended_at
    at = {}
    for number in ("101", "102", "103", "106"):
        rang = company.legs(number)[0].trace.rang_at
        assert rang
        at[number] = (rang - missed.trace.ended_at).total_seconds()
    assert at["101"] < 6
    assert 6 <= at["102"] < 12
    assert 12 <= at["103"] < 18
    assert 18 <= at["106"] < 24
    request = await company.closed()
    assert (request.state, request.closed_by) == (RequestState.DONE, "boss")


async def test_key_2_rings_the_same_manager_again_later(company: Company) -> None:
    await company.own("ivan")
    company.phone("101", in_turn(presses("2"), presses("9")))
    await company.missed()
    await company.becomes(lambda request: request.waits_for is WaitReason.LATER)
    assert (await company.closed()).closed_for is ClosedReason.DEALT
    assert [(one.manager, one.outcome) for one in await company.attempts()] == [
        ("ivan", Outcome.LATER),
        ("ivan", Outcome.DEALT),
    ]


async def test_key_3_hands_over_to_the_deputy(company: Company) -> None:
    await company.own("ivan")
    company.phone("101", presses("3"))
    company.phone("102", presses("9"))
    await company.missed()
    assert (await company.closed()).closed_by == "olena"


async def test_an_owner_who_does_not_work_at_this_hour_is_left_in_peace(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telephony.callback.owners._ROSTER_SECONDS", 0.0)  # else it is believed for five
    elsewhen = f"{datetime.now(UTC) + timedelta(days=3):%a}"[:2]
    own_hours = [line + (f",{elsewhen} 00:00-24:00" if line.startswith("ivan,") else ",") for line in ROWS]
    await DirectoryStore(company.pool).replace_managers(read_managers("\n".join([HEAD, *own_hours]), "PJSIP"))
    await company.own("ivan")
    company.phone("102", presses("9"))
    await company.missed()
    assert (await company.closed()).closed_by == "olena"
    assert not company.legs("101")


async def test_a_refusal_and_a_busy_phone_pass_the_turn_and_cost_nothing(company: Company) -> None:
    await company.own("ivan")
    company.phone("101", rejects(0.2))
    company.phone("102", busy())
    company.phone("103", presses("9"))
    await company.missed()
    request = await company.closed()
    assert (request.closed_by, request.spent) == ("maria", 0)
    outcomes = [(one.manager, one.outcome) for one in await company.attempts()]
    assert outcomes[0] == ("ivan", Outcome.REFUSED)
    assert ("olena", Outcome.MANAGER_BUSY) in outcomes


async def test_an_owner_whose_phone_is_gone_is_rung_on_the_mobile(company: Company) -> None:
    await company.own("ivan")
    phone = company.lab.world.phone("101")
    await phone.unregister()
    try:
        company.phone("+380501110101", presses("1"))
        company.phone(ANNA, answers(after=0.3, talk=2))
        await company.missed()
        assert (await company.closed()).closed_for is ClosedReason.REACHED
    finally:
        await phone.register()
    assert len(await company.requests()) == 1


async def test_an_answering_machine_does_not_accept(open_with: Open) -> None:
    company = await open_with(deputy_after_seconds=60, group_after_seconds=70, head_after_seconds=80)
    await company.own("ivan")
    company.phone("101", machine(greeting=1, listen=90))
    await company.missed()

    async def nobody_accepted() -> bool:
        return [one.outcome for one in await company.attempts()][:1] == [Outcome.NO_KEY]

    await company.until(nobody_accepted)
    assert not company.legs(ANNA)
    assert (await company.request()).spent == 0


async def test_a_customer_who_does_not_answer_is_tried_three_times_and_then_given_up(company: Company) -> None:
    await company.own("ivan")
    company.phone("101", presses("1"))
    company.phone(ANNA, in_turn(never_answers(), busy(), never_answers()))
    await company.missed()
    request = await company.closed()
    assert (request.state, request.closed_for) == (RequestState.DISCARDED, ClosedReason.ATTEMPTS_SPENT)
    assert [one.outcome for one in await company.attempts()] == [Outcome.NO_ANSWER, Outcome.BUSY, Outcome.NO_ANSWER]
    assert len(company.legs(ANNA)) == 3
    assert len(await company.requests()) == 1, "our own unanswered dials are no misses"


async def test_a_number_that_does_not_exist_is_discarded_at_once(company: Company) -> None:
    await company.own("ivan")
    company.phone("101", presses("1"))
    company.phone(ANNA, does_not_exist())
    await company.missed()
    assert (await company.closed()).closed_for is ClosedReason.BAD_NUMBER


async def test_a_customer_who_calls_again_and_gets_through_takes_the_ringing_phone_down(company: Company) -> None:
    await company.own("ivan")
    company.phone("101", never_answers())
    company.phone("102", answers(after=0.2))
    await company.missed()
    ringing = await company.rings("101")
    talk = await company.lab.world.call(ANNA, Did.OLENA, script=talks(2))
    await asyncio.wait_for(ringing.gone(), PATIENCE)
    request = await company.closed()
    assert (request.state, request.closed_for, request.closed_by) == (
        RequestState.CANCELLED,
        ClosedReason.GOT_THROUGH,
        "102",
    )
    await talk.gone()
    assert len(company.legs("101")) == 1
    assert not company.legs(ANNA)


async def test_a_dial_in_flight_is_stopped_when_they_get_through_and_the_manager_hears_why(company: Company) -> None:
    await company.own("ivan")
    company.phone("101", presses("1"))
    company.phone(ANNA, never_answers())
    company.phone("102", answers(after=0.1))
    await company.missed()
    dialled = await company.rings(ANNA)
    talk = await company.lab.world.call(ANNA, Did.OLENA, script=talks(3))
    await asyncio.wait_for(dialled.gone(), PATIENCE)
    manager = company.legs("101")[0]
    assert not manager.trace.ended.is_set(), "the manager is still there, to hear why"
    await asyncio.wait_for(manager.gone(), PATIENCE)
    await talk.gone()
    assert (await company.request()).closed_for is ClosedReason.GOT_THROUGH
    [attempt] = await company.attempts()
    assert attempt.outcome is Outcome.WITHDRAWN


async def test_further_misses_are_counted_while_the_phone_rings(company: Company) -> None:
    await company.own("ivan")
    company.phone("101", never_answers())
    await company.missed()
    await company.rings("101")
    await company.missed()
    request = await company.becomes(lambda request: request.misses == 2)
    assert len(await company.requests()) == 1
    assert request.first_missed_at < request.last_missed_at


async def test_a_manager_who_calls_the_customer_by_hand_cancels_it(open_with: Open) -> None:
    company = await open_with(delay_seconds=30)
    await company.own("ivan")
    company.phone(ANNA, answers(after=0.1, talk=2))
    await company.missed()
    await company.becomes(lambda request: request.is_open)
    call = await company.lab.world.phone("102").call(ANNA)
    request = await company.closed()
    assert (request.closed_for, request.closed_by) == (ClosedReason.CALLED_BY_US, "102")
    await call.gone()
