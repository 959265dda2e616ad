"""A stranger's calendar is read in a process that is ended when it takes too long."""

import asyncio
from datetime import date

import pytest

from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.rules.icalendar_files import around
from telephony.schedule.unrolling import unrolled
from tests.unit.telephony.schedule.test_icalendar_files import CHRISTMAS, calendar

WINDOW = around(date(2026, 11, 21))
NEVER = calendar(*["DTSTART;VALUE=DATE:20250101\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"] * 500).encode()
"""Rules that come on each 30th of February: a day that is looked for until the year 9999, each time."""


async def test_what_a_good_one_tells_comes_out() -> None:
    found = await unrolled(calendar(CHRISTMAS, "DTSTART:20261225T100000Z").encode(), WINDOW, "-h ї")
    assert [str(rule) for rule in found.days] == [
        "2026 Dec 25 off (Різдво), told in -h ї",
        "2027 Dec 25 off (Різдво), told in -h ї",
    ]
    assert found.passed_over == 1


async def test_one_that_takes_for_ever_is_ended_and_the_loop_goes_on_meanwhile() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    async with asyncio.TaskGroup() as group:
        living = group.create_task(others())
        with pytest.raises(ScheduleUnreadable, match="too long"):
            await unrolled(NEVER, WINDOW, "h", seconds=1.5)
        living.cancel()
    assert turns > 20


async def test_what_it_says_of_a_bad_one_is_what_we_say() -> None:
    with pytest.raises(ScheduleUnreadable, match="h: no calendar: a web page, perhaps one to log in"):
        await unrolled(b"<html>", WINDOW, "h")


async def test_who_is_cancelled_leaves_no_process_behind() -> None:
    reading = asyncio.create_task(unrolled(NEVER, WINDOW, "h"))
    await asyncio.sleep(0.3)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
