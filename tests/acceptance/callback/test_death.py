"""The daemon is killed (`kill -9`) at every step of a callback on the real Asterisk, and another one comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab
from deploy.lab.ports import free_port
from deploy.lab.telephones.scripts import answers
from telephony.callback.policy.model import ClosedReason, RequestState, WaitReason
from telephony.directory.csv_import import read_managers
from telephony.directory.store import DirectoryStore
from telephony.postgres.pool import open_pool
from tests.acceptance.callback.company import ANNA, MANAGERS, Ledger, rings_long_then_presses, rings_until, write_config
from tests.acceptance.callback.conftest import Place
from tests.acceptance.daemon.process import Door, daemon
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("at_rest")]


@pytest.mark.parametrize("moment", ["ringing", "listening", "dialling", "talking"])
async def test_a_killed_daemon_is_followed_by_one_that_goes_on_where_it_stood(
    place: Place, database: str, moment: str
) -> None:
    config, lab = (
        write_config(place.lab, place.folder, place.agi_port, database, place.folder / f"{moment}.toml"),
        place.lab,
    )
    lab.world.phone("101").behaviour(rings_long_then_presses("1"))
    lab.world.phone(ANNA).behaviour(answers(after=2.5, talk=5))
    async with the_ledger(database) as ledger:
        async with daemon("--config", config) as first:
            await first.says("ami.link", state="synced")
            await ledger.own("ivan")
            await a_miss(lab)
            await come_to(lab, moment)
            first.process.kill()
        async with daemon("--config", config) as second:
            request = await ledger.closed()
            await second.stop()
        assert request.closed_for is ClosedReason.REACHED
        held = [one for one in lab.world.phone(ANNA).legs if one.trace.answered.is_set()]
        assert len(held) == 1, "they talked once"
        assert len(lab.world.phone("101").legs) <= 2
        assert all(one.ended_at for one in await ledger.attempts())


@pytest.mark.parametrize("sent", [False, True], ids=["written, not sent", "sent, nothing heard"])
async def test_a_daemon_killed_around_the_originate_rings_the_phone_once(
    place: Place, database: str, sent: bool
) -> None:
    lab, file, next_one_is_up = place.lab, place.folder / f"originate-{sent}.toml", asyncio.Event()
    lab.world.phone("101").behaviour(rings_until(next_one_is_up, "1"))
    lab.world.phone(ANNA).behaviour(answers(after=0.3, talk=3))
    async with the_ledger(database) as ledger, Door(lab.pbx.ami_port) as door:
        config = write_config(lab, place.folder, place.agi_port, database, file, ami_port=door.port, ring_seconds=25)
        async with daemon("--config", config) as first:
            await first.says("ami.link", state="synced")
            await ledger.own("ivan")
            door.hold(b"Action: Originate", before=not sent)
            await a_miss(lab)
            async with asyncio.timeout(PATIENCE):
                await door.held.wait()
            if sent:
                await (await lab.world.phone("101").rings()).trace.ringing.wait()
            first.process.kill()
            assert len(lab.world.phone("101").legs) == int(sent)
        door.cut()
        async with daemon("--config", config) as second:
            await second.says("ami.link", state="synced")
            next_one_is_up.set()
            request = await ledger.closed()
            await second.stop()
        assert request.closed_for is ClosedReason.REACHED
        assert len(lab.world.phone("101").legs) == 1, "the attempt was found, or it was never a call"
        assert len(lab.world.phone(ANNA).legs) == 1


async def test_a_daemon_killed_before_it_looks_at_a_miss_forgets_nobody(place: Place, database: str) -> None:
    lab = place.lab
    lab.world.phone("101").behaviour(rings_long_then_presses("1", rings=0.2))
    lab.world.phone(ANNA).behaviour(answers(after=0.3, talk=3))
    config = write_config(lab, place.folder, place.agi_port, database, place.folder / "waiting.toml", delay_seconds=1.5)
    async with the_ledger(database) as ledger:
        async with daemon("--config", config) as first:
            await first.says("ami.link", state="synced")
            await ledger.own("ivan")
            await a_miss(lab)
            await ledger.becomes(lambda request: request.waits_for is WaitReason.DELAY)
            first.process.kill()
        async with daemon("--config", config) as second:
            assert (await ledger.closed()).closed_for is ClosedReason.REACHED
            await second.stop()
        assert len(lab.world.phone("101").legs) == len(lab.world.phone(ANNA).legs) == 1


async def test_a_call_missed_while_the_daemon_was_dead_is_called_back(place: Place, database: str) -> None:
    lab = place.lab
    lab.world.phone("101").behaviour(rings_long_then_presses("1", rings=0.2))
    lab.world.phone(ANNA).behaviour(answers(after=0.3, talk=3))
    config = write_config(lab, place.folder, place.agi_port, database, place.folder / "dead.toml")
    async with the_ledger(database) as ledger:
        async with daemon("--config", config) as first:
            await first.says("ami.link", state="synced")
            await ledger.own("ivan")
            await ledger.until(lambda: ledger.pool.fetchval("SELECT true FROM cel_positions"))
            first.process.kill()
        await a_miss(lab)
        await lab.idle()
        async with daemon("--config", config) as second:
            request = await ledger.closed()
            await second.stop()
        assert (request.closed_for, request.misses) == (ClosedReason.REACHED, 1)
        assert len(lab.world.phone("101").legs) == len(lab.world.phone(ANNA).legs) == 1
        rows = await ledger.pool.fetch("SELECT kind, disposition, repaired, did FROM calls ORDER BY started_at")
        assert [tuple(row) for row in rows] == [
            ("ordinary", "missed", True, str(Did.SCRATCH)),
            ("callback", "answered", False, ""),
        ]


async def test_a_call_answered_after_the_daemons_death_is_no_miss(place: Place, database: str) -> None:
    lab = place.lab
    lab.world.phone("101").behaviour(answers(after=2, talk=2))
    config = write_config(lab, place.folder, place.agi_port, database, place.folder / "rang.toml")
    async with the_ledger(database) as ledger:
        async with daemon("--config", config) as first:
            await first.says("ami.link", state="synced")
            await ledger.until(lambda: ledger.pool.fetchval("SELECT true FROM cel_positions"))
            leg = await lab.world.call(ANNA, Did.IVAN)
            await ledger.until(lambda: ledger.pool.fetchval("SELECT true FROM calls"))
            first.process.kill()
        await leg.gone()
        await lab.idle()
        async with daemon("--config", config) as second:
            await ledger.until(lambda: ledger.pool.fetchval("SELECT ended_at FROM calls"))
            await second.stop()
        (row,) = await ledger.pool.fetch("SELECT disposition, repaired, talk FROM calls")
        assert (row["disposition"], row["repaired"]) == ("answered", True)
        assert row["talk"].total_seconds() == pytest.approx(2, abs=0.7)
        assert not await ledger.pool.fetchval("SELECT count(*) FROM callback_requests")


async def test_a_talk_whose_end_nobody_heard_is_not_dialled_again(place: Place, database: str) -> None:
    lab = place.lab
    lab.world.phone("101").behaviour(rings_long_then_presses("1", rings=0.2))
    lab.world.phone(ANNA).behaviour(answers(after=0.3, talk=4))
    config = write_config(lab, place.folder, place.agi_port, database, place.folder / "ended.toml")
    async with the_ledger(database) as ledger:
        async with daemon("--config", config) as first:
            await first.says("ami.link", state="synced")
            await ledger.own("ivan")
            await a_miss(lab)
            await ledger.becomes(lambda request: request.state is RequestState.TALKING)
            first.process.kill()
        await lab.world.phone(ANNA).legs[0].gone()
        await lab.idle()
        async with daemon("--config", config) as second:
            assert (await ledger.closed()).closed_for is ClosedReason.REACHED
            await second.stop()
        assert len(lab.world.phone("101").legs) == len(lab.world.phone(ANNA).legs) == 1


async def test_two_daemons_on_one_database_ring_one_phone_for_each_request(place: Place, database: str) -> None:
    lab = place.lab
    phones = {"ivan": "101", "olena": "102", "maria": "103", "boss": "106"}
    customers = {manager: f"+38067000010{n}" for n, manager in enumerate(phones)}
    for number in phones.values():
        lab.world.phone(number).behaviour(rings_long_then_presses("9", rings=1))
    first = write_config(lab, place.folder, place.agi_port, database, place.folder / "first.toml")
    second = write_config(lab, place.folder, free_port(), database, place.folder / "second.toml")
    async with (
        the_ledger(database) as ledger,
        daemon("--config", first) as one,
        daemon("--config", second) as other,
    ):
        for running in (one, other):
            await running.says("ami.link", state="synced")
        for manager, customer in customers.items():
            await ledger.own(manager, customer)
        legs = [await lab.world.call(customer, Did.SCRATCH) for customer in customers.values()]
        for leg in legs:
            await leg.trace.ringing.wait()
        await asyncio.gather(*(lab.world.hang_up(leg) for leg in legs))

        async def all_closed() -> bool:
            requests = await ledger.requests()
            return len(requests) == len(customers) and not any(request.is_open for request in requests)

        await ledger.until(all_closed)
        assert {number: len(lab.world.phone(number).legs) for number in phones.values()} == dict.fromkeys(
            phones.values(), 1
        )
        assert {request.misses for request in await ledger.requests()} == {1}, (
            "both daemons heard each miss; it counts once"
        )
        assert await ledger.pool.fetchval("SELECT count(*) FROM calls WHERE kind = 'ordinary'") == len(customers)
        await asyncio.gather(one.stop(), other.stop())


async def a_miss(lab: Lab) -> None:
    """Anna calls, hears it ring, and gives up."""
    leg = await lab.world.call(ANNA, Did.SCRATCH)
    await leg.trace.ringing.wait()
    await lab.world.hang_up(leg)


async def come_to(lab: Lab, moment: str) -> None:
    """Return when the callback has come to this moment."""
    manager = await lab.world.phone("101").rings()
    async with asyncio.timeout(PATIENCE):
        await manager.trace.ringing.wait()
        if moment == "ringing":
            return
        await manager.trace.answered.wait()
        if moment == "listening":
            await asyncio.sleep(0.3)
            return
        customer = await lab.world.phone(ANNA).rings()
        await (customer.trace.ringing if moment == "dialling" else customer.trace.answered).wait()


@asynccontextmanager
async def the_ledger(dsn: str) -> AsyncIterator[Ledger]:
    """What a test asks the database while daemons come and go."""
    pool = await open_pool(dsn, size=2)
    try:
        await DirectoryStore(pool).replace_managers(read_managers(MANAGERS, "PJSIP"))
        yield Ledger(pool)
    finally:
        await pool.close()
