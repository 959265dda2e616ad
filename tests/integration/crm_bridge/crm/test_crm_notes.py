"""What people write on a call stands beside it in each CRM: once, as it is now, whatever goes wrong on the way."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.bitrix24.client import BitrixClient
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.hubspot.client import HubSpotClient
from crm_bridge.crm.hubspot.gateway import HubSpotGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.lifecycle import Delivered, Retry, Snooze
from crm_bridge.outbox.pace import Unpaced
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_amocrm import FakeAmo
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal
from tests.integration.crm_bridge.crm.fake_hubspot import FakeHubSpot
from tests.integration.crm_bridge.crm.serving import Failure, serving
from tests.integration.crm_bridge.crm.stories import CUSTOMER, NOW, Teller, call_waits, policy
from tests.integration.crm_bridge.test_api_calls import call

CALL = "pbx:1763.1"
CRMS = ("amocrm", "bitrix24", "hubspot")


@dataclass(slots=True)
class Side(Teller):
    """A CRM that knows the customer, and how to look into it."""

    texts: Callable[[], list[str]]
    """What stands there of what people wrote, a text a place."""
    lose: Callable[[], None]
    """Loses the answer to the next writing of notes."""
    throttle: Callable[[], None]
    """Answers the next request that it is asked too often."""
    forget: Callable[[], None]
    """Somebody deletes the notes there."""


def _amo(account: FakeAmo, http: aiohttp.ClientSession, url: str, pool: Pool) -> Side:
    person = account.contact(CUSTOMER)
    client = AmoClient(http, url, FixedToken("good", "make one"), Unpaced())

    def lose() -> None:
        account.line.drop_after = f"POST contacts/{person}/notes"

    def forget() -> None:
        account.notes[:] = account.calls()

    return Side(
        CrmSync(AmoGateway(client, policy()), Links(pool, "amocrm", lambda: NOW), policy()),
        lambda: [note["params"]["text"] for _, note in account.notes if note["note_type"] == "common"],
        lose,
        lambda: account.line.failures.append(Failure(429, "too many")),
        forget,
    )


def _bitrix(portal: FakePortal, http: aiohttp.ClientSession, url: str, pool: Pool) -> Side:
    known: dict[str, Any] = {"CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY_ID": 17, "ASSIGNED_BY_ID": "7", "NAME": "Олена"}
    portal.people[CUSTOMER] = known
    client = BitrixClient(http, f"{url}/rest/1/code", None, lambda: NOW, Unpaced())
    links = Links(pool, "bitrix24", lambda: NOW)

    def lose() -> None:
        portal.drop_after = "crm.timeline.comment.add"

    return Side(
        CrmSync(BitrixGateway(client, links, policy()), links, policy()),
        lambda: [row["COMMENT"] for row in portal.comments.values()],
        lose,
        lambda: portal.failures.append((503, {"error": "QUERY_LIMIT_EXCEEDED"})),
        portal.comments.clear,
    )


def _hubspot(account: FakeHubSpot, http: aiohttp.ClientSession, url: str, pool: Pool) -> Side:
    account.contact(CUSTOMER)
    client = HubSpotClient(http, FixedToken("good", "make one"), Unpaced(), Unpaced(), url=url)

    def texts() -> list[str]:
        bodies = [told["hs_call_body"] for told in account.made("calls")]
        return [body.partition("Notes in Ringback:")[2] for body in bodies if "Notes in Ringback:" in body]

    def lose() -> None:
        account.line.drop_after = f"PATCH crm/objects/2026-03/calls/{next(iter(account.objects['calls']))}"

    def forget() -> None:
        for told in account.made("calls"):
            told["hs_call_body"] = "somebody's own words"

    return Side(
        CrmSync(HubSpotGateway(client, policy()), Links(pool, "hubspot", lambda: NOW), policy()),
        texts,
        lose,
        lambda: account.line.failures.append(Failure(429, {"policyName": "TEN_SECONDLY_ROLLING"})),
        forget,
    )


@pytest_asyncio.fixture(params=CRMS)
async def side(request: pytest.FixtureRequest, pool: Pool) -> AsyncIterator[Side]:
    amo, portal, hubspot = FakeAmo(), FakePortal(), FakeHubSpot()
    routes = {"amocrm": amo.routes(), "hubspot": hubspot.routes()}
    served = portal.app() if request.param == "bitrix24" else routes[request.param]
    async with serving(served) as url, aiohttp.ClientSession() as http:
        match request.param:
            case "amocrm":
                yield _amo(amo, http, url, pool)
            case "bitrix24":
                yield _bitrix(portal, http, url, pool)
            case _:
                yield _hubspot(hubspot, http, url, pool)


async def test_what_people_wrote_stands_beside_the_call_and_is_replaced_by_the_next_word(side: Side) -> None:
    await side.ended(call(1))
    assert isinstance(await side.noted(CALL, "wants a discount", tags=["vip"], result="sold"), Delivered)
    (text,) = side.texts()
    for words in ("Result: sold (Olena, 2026-11-21 14:00)", "Tags: vip", "Olena, 2026-11-21 14:00: wants a discount"):
        assert words in text
    assert isinstance(await side.noted(CALL, "wants a discount", "got it"), Delivered)
    (text,) = side.texts()
    assert "got it" in text
    assert "sold" not in text, "the result was taken back"
    assert isinstance(await side.noted(CALL), Delivered)
    assert "taken back" in side.texts()[0]


async def test_the_same_message_twice_writes_nothing_twice(side: Side) -> None:
    await side.ended(call(1))
    for _ in range(3):
        assert isinstance(await side.noted(CALL, "wants a discount"), Delivered)
    (text,) = side.texts()
    assert text.count("wants a discount") == 1


async def test_a_lost_answer_writes_nothing_twice(side: Side) -> None:
    await side.ended(call(1))
    side.lose()
    assert isinstance(await side.noted(CALL, "wants a discount"), Retry)
    assert isinstance(await side.noted(CALL, "wants a discount", "and more"), Delivered)
    (text,) = side.texts()
    assert text.count("wants a discount") == 1
    assert "and more" in text


async def test_a_limit_spends_nothing(side: Side) -> None:
    await side.ended(call(1))
    side.throttle()
    assert isinstance(await side.noted(CALL, "wants a discount"), Snooze)
    assert isinstance(await side.noted(CALL, "wants a discount"), Delivered)
    assert len(side.texts()) == 1


async def test_notes_wait_for_their_call_and_spend_nothing(side: Side, pool: Pool) -> None:
    for crm in ("amocrm", "bitrix24", "hubspot"):
        await call_waits(pool, crm, CALL)
    assert isinstance(await side.noted(CALL, "early"), Snooze)
    assert side.texts() == []


async def test_an_old_message_that_is_replayed_changes_nothing(side: Side) -> None:
    await side.ended(call(1))
    await side.noted(CALL, "the last word", at=NOW + timedelta(minutes=1))
    assert isinstance(await side.noted(CALL, "an older one"), Delivered)
    (text,) = side.texts()
    assert "the last word" in text


async def test_who_deletes_them_there_gets_them_back_with_the_next_word(side: Side) -> None:
    await side.ended(call(1))
    await side.noted(CALL, "wants a discount")
    side.forget()
    assert isinstance(await side.noted(CALL, "wants a discount", "and more"), Delivered)
    (text,) = side.texts()
    assert "and more" in text


async def test_two_calls_notes_stand_apart(side: Side) -> None:
    for number in (1, 2):
        await side.ended(call(number))
        await side.noted(f"pbx:1763.{number}", f"on {number}")
    assert ["on 1" in text for text in side.texts()] == [True, False]


async def test_long_notes_lose_their_oldest_and_say_so(side: Side) -> None:
    await side.ended(call(1))
    assert isinstance(await side.noted(CALL, *(f"{number} " + "x" * 3990 for number in range(5))), Delivered)
    (text,) = side.texts()
    assert len(text) < 16_500
    assert "earlier comments are in Ringback only" in text
    assert "4 xxx" in text
