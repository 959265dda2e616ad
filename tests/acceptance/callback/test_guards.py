"""Who must not be rung is not; who is not rung now waits for a reason: what phones received from a real Asterisk."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from deploy.lab.company import Did
from deploy.lab.telephones.scripts import never_answers
from telephony.callback.policy.model import ClosedReason, RequestState, WaitReason
from telephony.daemon.application import now
from telephony.directory.model import CustomerEntry
from telephony.directory.store import DirectoryStore
from telephony.numbers import Canonical
from telephony.settings import HoursSettings
from tests.acceptance.callback.company import ANNA, Company, close_company, open_company, settings_for
from tests.acceptance.callback.conftest import Open, Place

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONES = ("101", "102", "103", "106")
BORYS = "+380501112233"


async def nobody_rang(company: Company) -> None:
    assert {number: len(company.legs(number)) for number in PHONES} == dict.fromkeys(PHONES, 0)
    assert await company.attempts() == []


@pytest_asyncio.fixture(loop_scope="module")
async def closed_company(place: Place, database: str) -> AsyncIterator[Company]:
    """A company that never works."""
    settings = settings_for(place.lab, database, place.folder, place.agi_port)
    opened = await open_company(place.lab, settings.model_copy(update={"hours": HoursSettings(schedule="off")}))
    yield opened
    await close_company(opened)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+380501110101", ClosedReason.EMPLOYEE),  # a manager's own mobile
        (Did.SCRATCH.value, ClosedReason.OWN_NUMBER),
        ("", ClosedReason.HIDDEN),
    ],
)
async def test_employees_our_own_numbers_and_hidden_ones_are_never_rung(
    company: Company, number: str, reason: ClosedReason
) -> None:
    await company.missed(number, "")
    request = await company.closed()
    assert (request.state, request.closed_for) == (RequestState.DISCARDED, reason)
    await nobody_rang(company)


async def test_who_does_not_want_to_be_called_is_not(company: Company) -> None:
    entry = CustomerEntry(Canonical(ANNA), "Anna", None, do_not_call=True)
    await DirectoryStore(company.pool).put_customers([entry])
    await company.missed()
    assert (await company.closed()).closed_for is ClosedReason.DO_NOT_CALL
    await nobody_rang(company)


async def test_while_nobody_works_the_request_waits_for_the_opening(closed_company: Company) -> None:
    await closed_company.missed()
    await closed_company.becomes(lambda request: request.waits_for is WaitReason.CLOSED)
    await nobody_rang(closed_company)


async def test_a_customer_who_sleeps_is_not_woken(open_with: Open) -> None:
    company = await open_with(waking_hours=[{"prefix": "+380", "hours": "off"}, {"prefix": "+48", "hours": "24/7"}])
    await company.missed()
    await company.becomes(lambda request: request.waits_for is WaitReason.ASLEEP)
    await nobody_rang(company)


async def test_a_phone_is_kept_free_for_live_callers(open_with: Open) -> None:
    company = await open_with(keep_free_managers=4)
    await company.missed()
    await company.becomes(lambda request: request.waits_for is WaitReason.LIVE_CALLERS)
    await nobody_rang(company)


async def test_the_trunk_is_asked_for_so_many_calls_a_minute_and_no_more(open_with: Open) -> None:
    company = await open_with(originates_per_minute=1)
    await company.own("ivan")
    await company.own("olena", BORYS, "Borys")
    company.phone("101", never_answers())
    await company.missed()
    await company.rings("101")
    await company.missed(BORYS, "Borys")
    waiting = await company.becomes(lambda request: request.waits_for is WaitReason.PACE)
    assert waiting.customer == BORYS
    assert company.legs("102") == []


async def test_a_miss_of_an_hour_ago_waits_for_a_managers_word_after_an_outage(open_with: Open) -> None:
    company = await open_with(delay_seconds=30)
    await company.missed()
    request = await company.becomes(lambda request: request.waits_for is WaitReason.DELAY)
    long_ago: datetime = now() - timedelta(hours=2)  # as a daemon finds it that was away for two hours
    await company.pool.execute(
        "UPDATE callback_requests SET first_missed_at = $2, last_missed_at = $2, round_began_at = $2, due_at = $2"
        " WHERE request_id = $1",
        request.request_id,
        long_ago,
    )
    await company.pool.execute("SELECT pg_notify('ringback_callbacks', '')")
    held = await company.becomes(lambda request: request.state is RequestState.HELD)
    assert held.request_id == request.request_id
    await nobody_rang(company)

    await company.own("ivan")
    company.phone("101", never_answers())
    await company.missed()  # the customer calls again: that is a word, too
    await company.rings("101")
