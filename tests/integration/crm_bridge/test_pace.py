"""One pace for all daemons: none is too fast together, and what is urgent waits for nobody's backlog."""

import asyncio
import time
from datetime import timedelta

import pytest

from crm_bridge.outbox.pace import SharedPace, urgently
from telephony.postgres.pool import Pool
from tests.waiting import PATIENCE

NOT_YET = 0.3
"""Seconds in which a turn does not come that is many minutes away."""


async def test_two_daemons_keep_one_pace_together(pool: Pool) -> None:
    daemons = [SharedPace(pool, "crm", 40) for _ in range(2)]
    began = time.monotonic()
    await asyncio.gather(*(daemon.turn() for daemon in daemons for _ in range(10)))
    assert time.monotonic() - began > 19 / 40 - 0.02


async def test_paces_of_two_names_do_not_know_each_other(pool: Pool) -> None:
    async with asyncio.timeout(PATIENCE):
        await SharedPace(pool, "crm", 0.0001).turn()
        await SharedPace(pool, "other", 0.0001).turn()


async def test_after_a_rest_a_burst_may_go_at_once_and_no_more_than_that(pool: Pool) -> None:
    pace = SharedPace(pool, "crm", 0.001, burst=3)
    async with asyncio.timeout(PATIENCE):
        for _ in range(3):
            await pace.turn()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(NOT_YET):
            await pace.turn()


async def test_the_urgent_go_before_all_who_only_stand_in_line(pool: Pool) -> None:
    pace = SharedPace(pool, "crm", 4)
    order: list[str] = []

    async def turn(name: str) -> None:
        await pace.turn()
        order.append(name)

    in_line = [asyncio.create_task(turn("backlog"), name="backlog") for _ in range(8)]
    await asyncio.sleep(0)
    with urgently():
        await turn("urgent")
    assert len(order) <= 3, "one on its way, one that has its turn already, and the urgent one"
    await asyncio.gather(*in_line)


async def test_where_a_burst_is_allowed_the_urgent_do_not_wait_and_others_pay_for_it(pool: Pool) -> None:
    pace, other = (SharedPace(pool, "crm", 0.001, burst=3) for _ in range(2))
    for _ in range(3):
        await pace.turn()
    with urgently():
        async with asyncio.timeout(PATIENCE):
            for _ in range(2):
                await other.turn()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(NOT_YET):
                await other.turn()


async def test_who_was_told_too_fast_holds_all_daemons(pool: Pool) -> None:
    pace, other = (SharedPace(pool, "crm", 1000) for _ in range(2))
    began = time.monotonic()
    await pace.hold(timedelta(seconds=0.5))
    await other.turn()
    assert time.monotonic() - began > 0.45


async def test_a_hold_is_short_however_long_the_crm_wishes(pool: Pool) -> None:
    pace = SharedPace(pool, "crm", 1000)
    await pace.hold(timedelta(hours=1))
    async with asyncio.timeout(PATIENCE):
        await pace.turn()


async def test_a_clock_that_is_set_back_holds_nobody_up(pool: Pool) -> None:
    pace = SharedPace(pool, "crm", 100)
    await pace.turn()
    await pool.execute("update outbox_paces set next_at = now() + interval '1 hour'")
    async with asyncio.timeout(PATIENCE):
        await pace.turn()
