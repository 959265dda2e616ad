"""The vendors' fakes of the tests, each in a process of its own, with the vendor's own limit before it.

python -m benchmarks.vendors bitrix24 --limited --latency 0.15
"""

import argparse
import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from benchmarks import child, generate, unsent
from crm_bridge.crm.amocrm import arrays as amo_arrays
from crm_bridge.crm.amocrm.client import AmoClient
from crm_bridge.crm.amocrm.gateway import AmoGateway
from crm_bridge.crm.bitrix24 import batch as bitrix_batch
from crm_bridge.crm.bitrix24.client import BURST, BitrixClient
from crm_bridge.crm.bitrix24.gateway import BitrixGateway
from crm_bridge.crm.connect import at_once
from crm_bridge.crm.hubspot import batches as hubspot_batches
from crm_bridge.crm.hubspot.client import SEARCHES, HubSpotClient
from crm_bridge.crm.hubspot.gateway import HubSpotGateway
from crm_bridge.crm.links import Links
from crm_bridge.crm.odoo import client as odoo_client
from crm_bridge.crm.odoo.client import OdooClient
from crm_bridge.crm.odoo.gateway import OdooGateway
from crm_bridge.crm.policy.messages import KINDS
from crm_bridge.crm.policy.users import Users
from crm_bridge.crm.sync.dispatch import CrmSync
from crm_bridge.crm.sync.policy import Policy
from crm_bridge.crm.transport.oauth import FixedToken
from crm_bridge.outbox.dispatcher import Target
from crm_bridge.outbox.pace import Pace, SharedPace, Unpaced
from crm_bridge.settings import AmoSettings, BitrixSettings, HubSpotSettings, OdooSettings
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm.fake_amocrm import FakeAmo
from tests.integration.crm_bridge.crm.fake_bitrix24 import FakePortal
from tests.integration.crm_bridge.crm.fake_hubspot import FakeHubSpot
from tests.integration.crm_bridge.crm.fake_odoo import FakeOdoo
from tests.integration.crm_bridge.crm.limits import Bucket, Gate, Limit, Window

PACES = {
    name: float(section.model_fields["per_second"].default)
    for name, section in (
        ("bitrix24", BitrixSettings),
        ("amocrm", AmoSettings),
        ("hubspot", HubSpotSettings),
        ("odoo", OdooSettings),
    )
}
"""Requests a second, as the settings have them for who sets nothing."""
PLACES = {
    "bitrix24": at_once(PACES["bitrix24"], bitrix_batch.MOST),
    "amocrm": at_once(PACES["amocrm"], amo_arrays.MOST),
    "hubspot": at_once(PACES["hubspot"], hubspot_batches.MOST),
    "odoo": at_once(PACES["odoo"], odoo_client.MOST),
}
"""How many messages are told at a time, as the daemon has it."""
LIMITS: Mapping[str, Mapping[str, float]] = {
    "bitrix24": {"requests": 2},
    "amocrm": {"requests": 7},
    "hubspot": {"requests": 10, "searches": 5},
}
"""What the vendors allow in a second, by sort of request; Odoo has no limit of its own."""
TITLES = {"bitrix24": "Bitrix24", "amocrm": "amoCRM", "hubspot": "HubSpot", "odoo": "Odoo", "webhook": "a webhook"}
_STAFF = Users({extension: str(number) for number, extension in enumerate(generate.MANAGERS, 1)})
_TOKEN = FixedToken("good", "")


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


async def _link(recording_id: int, /) -> str:
    return f"https://calls.example/{recording_id}"


_POLICY = Policy("UA", ZoneInfo("Europe/Kyiv"), staff=_STAFF, default_user="1", link=_link)


# --- their side -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """A fake account: how it is reached, and what it has been told, so that what is there twice can be counted."""

    routes: Sequence[web.RouteDef]
    told: Callable[[], Iterable[str]]
    """The calls and tasks of ours that it has, each by our own name."""


def _bitrix() -> Account:
    portal = FakePortal()
    for number in unsent.KNOWN:
        found = {"CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY_ID": int(number[4:]), "NAME": "Олена"}
        portal.people[number] = {**found, "ASSIGNED_BY_ID": "7", "ASSIGNED_BY": {"ID": "7"}}

    def told() -> Iterable[str]:
        for crm_id, call in portal.calls.items():
            yield from [crm_id] * call["registered"]
        yield from (todo["description"].partition("\n")[0] for todo in portal.todos)

    return Account([web.post("/rest/{user}/{code}/{method}", portal.serve)], told)


def _amo() -> Account:
    account = FakeAmo()
    for number in unsent.KNOWN:
        account.contact(number, leads=1)

    def told() -> Iterable[str]:
        yield from (note["params"]["uniq"] for _, note in account.calls())
        yield from (task["text"] for task in account.tasks.values())

    return Account(account.routes(), told)


def _hubspot() -> Account:
    account = FakeHubSpot()
    for number in unsent.KNOWN:
        account.contact(number)

    def told() -> Iterable[str]:
        yield from (call["hs_call_external_id"] for call in account.made("calls"))
        yield from (task["hs_task_body"].partition("<br>")[0] for task in account.made("tasks"))

    return Account(account.routes(), told)


def _odoo() -> Account:
    database = FakeOdoo()
    for number in unsent.KNOWN:
        database.contact(number)

    def told() -> Iterable[str]:
        yield from (note["body"] for note in database.notes)
        yield from (activity["note"] for activity in database.activities)

    return Account(database.routes(), told)


def _hook() -> Account:
    async def take(request: web.Request) -> web.Response:
        heard.append(request.headers["webhook-id"])
        await request.read()
        return web.Response()

    heard: list[str] = []
    return Account([web.post("/hook", take)], lambda: heard)


def _one_sort(_: str) -> str:
    return "requests"


def _searches(path: str) -> str:
    return "searches" if path.endswith("/search") else "requests"


def _too_many() -> web.Response:
    return web.json_response({"message": "too fast", "policyName": "SECONDLY"}, status=429)


def _exceeded() -> web.Response:
    return web.json_response({"error": "QUERY_LIMIT_EXCEEDED", "error_description": "too fast"}, status=503)


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor: its account, its limits as its documents tell them, how we speak to it."""

    account: Callable[[], Account]
    kinds: Sequence[str]
    limits: Callable[[], Mapping[str, Limit]] = dict
    sort_of: Callable[[str], str] = _one_sort
    refusal: Callable[[], web.Response] = _too_many


VENDORS: Mapping[str, Vendor] = {
    "bitrix24": Vendor(_bitrix, unsent.CARDS, lambda: {"requests": Bucket(2, 50)}, refusal=_exceeded),
    "amocrm": Vendor(_amo, KINDS, lambda: {"requests": Window(7, 1)}),
    "hubspot": Vendor(
        _hubspot,
        KINDS,
        lambda: {"requests": Window(100, 10), "searches": Window(5, 1)},
        _searches,
    ),
    "odoo": Vendor(_odoo, KINDS),
    "webhook": Vendor(_hook, ()),
}


async def _serve(name: str, *, limited: bool, latency: float) -> None:
    vendor = VENDORS[name]
    account = vendor.account()
    gate = Gate(vendor.limits() if limited else {}, vendor.sort_of, vendor.refusal, latency)

    @web.middleware
    async def knocks(request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 - aiohttp's
        return await handler(request) if request.path == "/meter" else await gate.serve(request, handler)

    async def meter(_: web.Request) -> web.Response:
        twice = sum(times - 1 for times in Counter(account.told()).values())
        return web.json_response({"taken": gate.taken, "refused": gate.refused.total(), "twice": twice})

    app = web.Application(middlewares=[knocks])
    app.add_routes([web.get("/meter", meter), *account.routes])
    await child.serve(app)


# --- our side -------------------------------------------------------------------------------------------------------


MakePace = Callable[[str, float, int], Pace]
"""Makes a pace: its name, turns a second, and how many may be taken at once."""


def paced(pool: Pool) -> MakePace:
    """The daemon's own paces."""
    return lambda name, per_second, burst: SharedPace(pool, name, per_second, burst=burst)


def unpaced() -> MakePace:
    """No paces."""
    return lambda *_: Unpaced()


def adapter(name: str, http: aiohttp.ClientSession, url: str, pool: Pool, pace: MakePace, clock: Clock = now) -> Target:
    """Make the adapter of a vendor's account at this address."""
    links = Links(pool, name, clock)
    match name:
        case "bitrix24":
            bitrix = BitrixClient(http, f"{url}/rest/1/code", None, clock, pace(name, PACES[name], BURST))
            return CrmSync(BitrixGateway(bitrix, links, _POLICY), links, _POLICY)
        case "amocrm":
            amo = AmoClient(http, url, _TOKEN, pace(name, PACES[name], 1))
            return CrmSync(AmoGateway(amo, _POLICY), links, _POLICY)
        case "hubspot":
            paces = pace(name, PACES[name], 1), pace("searches", SEARCHES, 1)
            hubspot = HubSpotClient(http, _TOKEN, *paces, url=url)
            return CrmSync(HubSpotGateway(hubspot, _POLICY), links, _POLICY)
        case _:
            odoo = OdooClient(http, url, "key", pace(name, PACES[name], 1))
            return CrmSync(OdooGateway(odoo, _POLICY), links, _POLICY)


def main() -> None:
    """Be a vendor."""
    parser = argparse.ArgumentParser()
    parser.add_argument("vendor", choices=VENDORS)
    parser.add_argument("--limited", action="store_true")
    parser.add_argument("--latency", type=float, default=0)
    asked = parser.parse_args()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a daemon that is stopped hangs up in the middle
    asyncio.run(_serve(asked.vendor, limited=asked.limited, latency=asked.latency))


if __name__ == "__main__":
    main()
