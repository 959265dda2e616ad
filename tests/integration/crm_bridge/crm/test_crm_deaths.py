"""A daemon that is killed after the CRM got a request and before its row was written: the next one makes nothing twice.

The worker is a process of its own, killed (SIGKILL) by the fake at that very moment, once for each request that makes
or changes something, one after the other: so the answer to each of them was never read, and nothing was tidied up.
"""

import asyncio
import multiprocessing
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from crm_bridge.crm.conformance import OtherSide
from crm_bridge.events import publish, publish_callback, publish_ready
from crm_bridge.outbox.store import OutboxStore, TargetRow, enqueue
from telephony.events import CallbackChanged, CallEnded
from telephony.model import CallId
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.crm import worker
from tests.integration.crm_bridge.crm.fake_espocrm import FakeEspo
from tests.integration.crm_bridge.crm.serving import serving
from tests.integration.crm_bridge.crm.stories import CUSTOMER, NOW
from tests.integration.crm_bridge.crm.test_contract_amocrm import Account as AmoAccount
from tests.integration.crm_bridge.crm.test_contract_bitrix24 import Portal
from tests.integration.crm_bridge.crm.test_contract_hubspot import Account as HubSpotAccount
from tests.integration.crm_bridge.crm.test_contract_odoo import Database
from tests.integration.crm_bridge.test_api_calls import call

MISSED = CallId("pbx:1763.1")
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([worker.__name__])
_READS = re.compile(r"GET|\.list|\.get|\.search|/search|profile|search_read|context_get|/read")
_LEASE = timedelta(minutes=3)
"""Longer than one: whoever comes next takes over."""


@dataclass(slots=True)
class Reaper:
    """Kills the worker as soon as a request was carried out, once for each sort of it."""

    worker: BaseProcess | None = None
    met: list[str] = field(default_factory=list)

    @web.middleware
    async def stand_by(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        sort = re.sub(r"\b[\da-f]{3,}\b|\d{3,}", "N", f"{request.method} {request.path}")
        if sort not in self.met and not _READS.search(sort) and self.worker is not None:
            self.met.append(sort)
            self.worker.kill()
        return answer


@dataclass(frozen=True, slots=True)
class Vendor:
    """A CRM of the tests: its other side, its addresses, how many people and texts of one missed call it has."""

    side: Callable[[], OtherSide]
    routes: Callable[[Any], Sequence[web.RouteDef] | web.Application]
    people: Callable[[Any], int]
    texts: int
    deaths: int
    """At the least: as many sorts of requests make or change something."""


VENDORS = {
    "amocrm": Vendor(AmoAccount, lambda it: it.fake.routes(), lambda it: len(it.fake.contacts), 2, 5),
    "bitrix24": Vendor(Portal, lambda it: it.fake.app(), lambda it: len(it.fake.people), 2, 5),
    "hubspot": Vendor(HubSpotAccount, lambda it: it.fake.routes(), lambda it: len(it.fake.objects["contacts"]), 2, 5),
    "odoo": Vendor(Database, lambda it: it.fake.routes(), lambda it: len(it.fake.tables["crm.lead"]), 3, 4),
    "espocrm": Vendor(FakeEspo, lambda it: it.routes(), lambda it: len(it.records["Lead"]), 2, 5),
}


async def _a_day_of(pool: Pool, vendor: str) -> None:
    """Somebody new was missed, left a recording, and was reached."""
    changed = CallbackChanged(
        request_id=3, verb="done", state="done", reason="reached", at=NOW, by="101", customer=CUSTOMER, name="",
        did="0442000600", owner="101", misses=1, spent=1, first_missed_at=NOW, due_at=NOW, call_id=MISSED,
        closed_at=NOW,
    )  # fmt: skip
    row = {"recording_id": 6, "started_at": NOW, "seconds": 25.0, "sides": 2, "format": "mp3", "bytes": 9}
    await OutboxStore(pool).declare([TargetRow(vendor)])
    async with pool.acquire() as connection, connection.transaction():
        for key, (kind, body) in (
            (MISSED, publish(CallEnded(call(1, answered=False), NOW), "UA")),
            (MISSED, publish_ready(MISSED, [row], NOW)),
            ("request:3", publish_callback(changed)),
        ):
            await enqueue(connection, [vendor], key=key, kind=kind, body=body, at=NOW)


async def _states(pool: Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch("SELECT state, coalesce(reason, '') AS why FROM outbox_messages ORDER BY id")
    return [(row["state"], row["why"]) for row in rows]


async def _works(vendor: str, url: str, dsn: str, now: datetime, reaper: Reaper) -> int | None:
    """Let a worker do what is due; gives its exit code, negative if it was killed."""
    process = _PROCESSES.Process(target=worker.main, args=(vendor, url, dsn, now))
    reaper.worker = process
    process.start()
    await asyncio.to_thread(process.join, 60)
    reaper.worker = None
    return process.exitcode


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_worker_killed_after_each_request_in_turn_makes_nothing_twice(
    pool: Pool, database: str, vendor: str
) -> None:
    told, reaper = VENDORS[vendor], Reaper()
    side = told.side()
    app = told.routes(side)
    if not isinstance(app, web.Application):
        routes, app = app, web.Application()
        app.add_routes(routes)
    app.middlewares.append(reaper.stand_by)
    await _a_day_of(pool, vendor)
    now, codes = NOW, []
    async with serving(app) as url:
        while {state for state, _ in await _states(pool)} != {"delivered"}:
            codes.append(await _works(vendor, url, database, now, reaper))
            now += _LEASE
            assert len(codes) < 20, (codes, reaper.met, await _states(pool))
    assert codes.count(-9) == len(reaper.met) >= told.deaths, (codes, reaper.met)
    assert (told.people(side), len(side.texts()), side.open_tasks()) == (1, told.texts, 0), side.texts()
    links = sum(text.count("https://calls.example/6") for text in side.texts())
    assert links == 1, side.texts()
