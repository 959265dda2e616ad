"""An inbound call on a real Asterisk rings its customer's own manager, then the group; nothing holds it up."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab
from deploy.lab.telephones.scripts import answers, never_answers, rejects, talks
from deploy.lab.world import Phone
from telephony.daemon.plugins import Plugins
from telephony.directory.model import ManagerId
from telephony.numbers import Canonical
from telephony.voice.dialplan import Kind, render
from tests.acceptance.callback.company import ANNA, Company, close_company, open_company, settings_for
from tests.acceptance.promise.conftest import CLOSED, Place
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")
GROUP = """
[scratch]
exten => s,1,Gosub(ringback-inbound,s,1)
 same => n,Gosub(ringback-owner-first,s,1)
 same => n,Dial(PJSIP/102&PJSIP/103,10)
 same => n,Hangup()
"""


class Crm:
    """A CRM that knows the owner, or nobody, after a while."""

    def __init__(self) -> None:
        self.owner: ManagerId | None = ManagerId("ivan")
        self.seconds = 0.0

    async def __call__(self, _: Canonical, /) -> ManagerId | None:
        await asyncio.sleep(self.seconds)
        return self.owner


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def _dialplan(place: Place) -> AsyncIterator[None]:
    voice = settings_for(place.lab, "", place.folder, place.agi_port).voice.model_copy(update={"owner_seconds": 3})
    await place.lab.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))
    await place.lab.pbx.add_dialplan("closed", GROUP)
    for phone in ("101", "102", "103"):
        place.lab.world.phone(phone).behaviour(never_answers())
    yield
    await place.lab.pbx.add_dialplan("closed", CLOSED)


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest_asyncio.fixture(loop_scope="module")
async def company(place: Place, database: str, crm: Crm) -> AsyncIterator[Company]:
    company = await open_company(
        place.lab, settings_for(place.lab, database, place.folder, place.agi_port), extras=Plugins(assigned=[crm])
    )
    yield company
    await close_company(company)


async def called(lab: Lab) -> datetime:
    """Let a customer call, talk and hang up; return when they called."""
    began = datetime.now(UTC)
    leg = await lab.world.call(ANNA, Did.SCRATCH, script=talks(1.5))
    await asyncio.wait_for(leg.gone(), PATIENCE)
    await lab.idle()
    return began


def waited(began: datetime, phone: Phone) -> float:
    """Seconds from the call to a phone's first ring."""
    rang_at = phone.legs[0].trace.rang_at
    assert rang_at
    return (rang_at - began).total_seconds()


async def test_the_owner_is_rung_and_nobody_else(company: Company) -> None:
    company.phone("101", answers(after=0.2))
    await called(company.lab)
    assert [len(company.legs(phone)) for phone in ("101", "102", "103")] == [1, 0, 0]


async def test_an_owner_who_does_not_answer_is_followed_by_the_group(company: Company) -> None:
    company.phone("102", answers(after=0.2))
    await called(company.lab)
    assert [len(company.legs(phone)) for phone in ("101", "102", "103")] == [1, 1, 1]


async def test_an_owner_who_rejects_it_is_followed_at_once(company: Company) -> None:
    company.phone("101", rejects(0.2))
    company.phone("102", answers(after=0.2))
    began = await called(company.lab)
    assert waited(began, company.lab.world.phone("102")) < 3, "the owner would have rung for three"


async def test_nobodys_customer_rings_the_group_at_once(company: Company, crm: Crm) -> None:
    crm.owner = None
    company.phone("102", answers(after=0.2))
    began = await called(company.lab)
    assert not company.legs("101")
    assert waited(began, company.lab.world.phone("102")) < 3


async def test_a_crm_that_hangs_is_not_waited_for_and_our_own_directory_knows(company: Company, crm: Crm) -> None:
    crm.seconds = 60
    await company.own("ivan")
    company.phone("101", answers(after=0.2))
    began = await called(company.lab)
    assert 1 < waited(began, company.lab.world.phone("101")) < crm.seconds / 2


async def test_while_the_daemon_is_away_the_group_rings_at_once(place: Place) -> None:
    place.lab.world.forget()
    place.lab.world.phone("102").behaviour(answers(after=0.2))
    began = await called(place.lab)
    assert not place.lab.world.phone("101").legs
    assert waited(began, place.lab.world.phone("102")) < 3
    place.lab.world.check()
    place.lab.world.forget()
