"""Every task has an owner, a name and an end."""

import asyncio

import pytest

from telephony.daemon.supervisor import LoopDied, Supervisor


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_loop_that_raises_stops_the_service_with_its_reason() -> None:
    async def dies() -> None:
        raise ValueError("no disk")

    supervisor = Supervisor()
    supervisor.spawn("recorder", dies())
    with pytest.raises(LoopDied, match="recorder: ValueError: no disk") as caught:
        await supervisor.wait(asyncio.Event())
    assert isinstance(caught.value.__cause__, ValueError)


async def test_a_loop_that_just_ends_is_dead_too() -> None:
    async def ends() -> None:
        pass

    supervisor = Supervisor()
    supervisor.spawn("pump", ends())
    with pytest.raises(LoopDied, match="pump: ended without a reason"):
        await supervisor.wait(asyncio.Event())


async def test_asked_to_stop_it_stops_in_the_reverse_order() -> None:
    order: list[str] = []

    async def loop(name: str) -> None:
        try:
            await forever()
        finally:
            order.append(name)

    async def close_pool() -> None:
        order.append("pool")

    supervisor, stop = Supervisor(), asyncio.Event()
    supervisor.on_stop("pool", close_pool)
    supervisor.spawn("pump", loop("pump"))
    supervisor.spawn("link", loop("link"))
    await asyncio.sleep(0)
    stop.set()
    await supervisor.wait(stop)
    await supervisor.close(1)
    assert order == ["link", "pump", "pool"]


async def test_a_step_that_hangs_or_fails_is_passed_over_in_its_time() -> None:
    closed: list[str] = []

    async def close_pool() -> None:
        closed.append("pool")

    async def fails() -> None:
        raise OSError("gone")

    supervisor = Supervisor()
    supervisor.on_stop("pool", close_pool)
    supervisor.on_stop("port", fails)
    supervisor.on_stop("recorder", forever, limit_seconds=0.05)
    began = asyncio.get_running_loop().time()
    await supervisor.close(60)
    assert closed == ["pool"]
    assert asyncio.get_running_loop().time() - began < 30, "the minute was not used up"


async def test_a_stop_cancels_only_its_own_and_leaves_no_task_behind() -> None:
    supervisor, stop = Supervisor(), asyncio.Event()
    supervisor.spawn("link", forever())
    stop.set()
    await supervisor.wait(stop)
    await supervisor.close(1)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
