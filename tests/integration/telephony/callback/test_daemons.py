"""Several daemons on one database: the engines run as they do in the service, awake by LISTEN and by the poll."""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from telephony.callback.engine import Engine
from telephony.callback.policy.model import RequestState
from telephony.directory.csv_import import read_managers
from telephony.directory.model import CustomerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.numbers import Canonical
from telephony.postgres.embedded import EmbeddedServer
from telephony.postgres.migrations import migrate
from telephony.postgres.pool import open_pool
from tests.builders import CUSTOMER, PBX
from tests.folders import server_folder
from tests.integration.telephony.callback.stage import Make, Stage, set_stage, settings_with
from tests.waiting import PATIENCE


@asynccontextmanager
async def running(*engines: Engine) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(engine.run(), name="engine") for engine in engines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.02)


async def test_a_miss_wakes_the_engine_and_the_phone_rings(make: Make) -> None:
    stage = await make(poll_seconds=600)
    async with running(stage.engine):
        await asyncio.sleep(0.3)  # asleep by now: only the hint can wake it
        await stage.missed()

        async def rung() -> bool:
            return bool(stage.pbx.rung)

        await until(rung)


async def test_a_session_of_ours_that_only_the_server_believes_in_does_not_hold_the_engine_up(make: Make) -> None:
    stage = await make(poll_seconds=0.1)
    number = stage.engine._daemon  # noqa: SLF001 - what a cable cut under the engine leaves behind
    async with stage.pool.acquire() as cut_off:
        await cut_off.execute("SELECT pg_advisory_lock($1)", number)
        async with running(stage.engine):
            await stage.missed()

            async def rung() -> bool:
                return bool(stage.pbx.rung)

            await until(rung)
        with pytest.raises(asyncpg.InterfaceError):  # it was ended
            await cut_off.execute("SELECT 1")


async def test_two_daemons_never_ring_two_phones_for_one_request(make: Make) -> None:
    stage = await make(poll_seconds=0.2, originates_per_minute=1000)
    managers = "id,name,endpoint,group\n" + "".join(f"m{n},M{n},{n},g{n}\n" for n in range(200, 230))
    await DirectoryStore(stage.pool).replace_managers(read_managers(managers, "PJSIP"))
    customers = [f"+3806700000{n:02}" for n in range(30)]
    await DirectoryStore(stage.pool).put_customers(
        [CustomerEntry(Canonical(one), "", ManagerId(f"m{200 + n}")) for n, one in enumerate(customers)]
    )
    others = [stage.callbacks.engine({PBX: stage.pbx}, random.Random(n)) for n in (7, 8)]  # noqa: S311
    async with running(stage.engine, *others):
        for one in customers:
            await stage.missed(one, seconds=0)

        async def all_ring() -> bool:
            return len(stage.pbx.rung) >= len(customers)

        await until(all_ring)
        await asyncio.sleep(0.5)  # time for a second ring, if there were one
    assert sorted(stage.pbx.rung) == [f"PJSIP/{n}" for n in range(200, 230)]
    assert all(one.state is RequestState.RINGING for one in await stage.requests())


async def test_one_manager_is_not_rung_for_two_customers_at_once(stage: Stage) -> None:
    customers = [CUSTOMER, "+380670000002"]
    await DirectoryStore(stage.pool).put_customers(
        [CustomerEntry(Canonical(one), "", ManagerId("ivan")) for one in customers]
    )
    for one in customers:
        await stage.missed(one, seconds=0)
    await stage.turn()
    await stage.new_engine().turn(stage.spawn)
    assert stage.pbx.rung == ["PJSIP/101"]


async def test_a_living_daemons_attempt_is_left_alone_and_a_dead_ones_is_looked_for(make: Make) -> None:
    stage = await make(poll_seconds=0.1)
    await stage.own()
    other = stage.new_engine()
    async with running(stage.engine):
        await stage.missed()

        async def rung() -> bool:
            return bool(stage.pbx.rung)

        await until(rung)
        look_at = await stage.pool.fetchval("SELECT look_at FROM callback_attempts")
        await other.adopt()
        assert await stage.pool.fetchval("SELECT look_at FROM callback_attempts") == look_at
    await other.adopt()
    assert await stage.pool.fetchval("SELECT look_at FROM callback_attempts") == stage.clock.now


async def test_the_engine_outlives_its_database_connections(make: Make) -> None:
    stage = await make(poll_seconds=0.2)
    async with running(stage.engine):
        await asyncio.sleep(0.2)
        await stage.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await stage.missed()

        async def rung() -> bool:
            return bool(stage.pbx.rung)

        await until(rung)


async def test_a_port_that_hangs_is_waited_for_only_so_long(make: Make) -> None:
    stage = await make(owner_lookup_seconds=0.2)

    async def hangs(_: Canonical) -> ManagerId | None:
        await asyncio.Event().wait()
        return None

    stage.callbacks = type(stage.callbacks)(stage.pool, stage.settings, stage.clock, assigned=[hangs])
    stage.engine = stage.new_engine()
    await stage.missed()
    await stage.turn()
    assert len(stage.pbx.rung) == 3, "served as if nobody owned them"


async def test_a_port_that_breaks_leaves_the_local_directory_to_answer(make: Make) -> None:
    stage = await make()
    await stage.own("maria")

    async def breaks(_: Canonical) -> ManagerId | None:
        raise RuntimeError("a CRM's defect")

    stage.callbacks = type(stage.callbacks)(stage.pool, stage.settings, stage.clock, assigned=[breaks])
    stage.engine = stage.new_engine()
    await stage.missed()
    await stage.turn()
    assert stage.pbx.rung == ["PJSIP/103"]


async def test_the_database_restarted_while_a_phone_rings_and_the_request_goes_on() -> None:
    folder = server_folder("rb-restart-")
    server = EmbeddedServer(folder / "pg")
    await server.start()
    try:
        await migrate(server.dsn)
        pool = await open_pool(server.dsn, size=5)
        stage = await set_stage(pool, settings_with(poll_seconds=0.2))
        await DirectoryStore(pool).put_customers([CustomerEntry(Canonical(CUSTOMER), "", ManagerId("ivan"))])
        async with running(stage.engine):
            await stage.missed()

            async def rung() -> bool:
                return bool(stage.pbx.rung)

            await until(rung)
            await server.stop()
            await server.start()
            await stage.phone_ends(await stage.attempt(), cause=21)

            async def deputy() -> bool:
                return stage.pbx.rung == ["PJSIP/101", "PJSIP/102"]

            await until(deputy)
        await stage.close()
        await pool.close()
    finally:
        await server.stop()
        shutil.rmtree(folder)
