"""Calendars read in a process of their own, which is ended when it takes too long or too much.

A text can keep the unrolling of its events busy for hours (a rule that comes every second, a rule that never comes),
and Python has no way to stop a thread. The process gets the bytes on its standard input, says the days as JSON on its
standard output, and has limits on time and memory.
"""

import asyncio
import json
import os
import resource
import sys
from datetime import date
from pathlib import Path
from typing import Final

from telephony.schedule.errors import ScheduleUnreadable
from telephony.schedule.rules.days import DayRule, day_rule
from telephony.schedule.rules.icalendar_files import ClosedDays, PlannedDays, closed_days

SECONDS: Final = 20.0
_BYTES: Final = 1 << 30
_HERE: Final = str(Path(__file__).parents[2])
_MANY: Final = "it takes too long or too much memory to read: that is no calendar of holidays"


async def unrolled(body: bytes, window: PlannedDays, source: str, seconds: float = SECONDS) -> ClosedDays:
    """Read a calendar's closed days as `closed_days` does, but within ``seconds``.

    Raises:
        ScheduleUnreadable: it is no calendar, or reading it took too long or too much.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", __name__, window.first.isoformat(), window.last.isoformat(), source),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": _HERE, "PYTHONUTF8": "1"},
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate(body)
    except TimeoutError:
        raise ScheduleUnreadable(f"{source}: {_MANY}") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ScheduleUnreadable(f"{source}: {_MANY}")
    return _read(output, source)


def _read(output: bytes, source: str) -> ClosedDays:
    parsed = json.loads(output)
    if "error" in parsed:
        raise ScheduleUnreadable(parsed["error"])
    return ClosedDays(
        tuple(_rule(first, last, note, source) for first, last, note in parsed["days"]), parsed["passed_over"]
    )


def _rule(first: str, last: str, note: str, source: str) -> DayRule:
    return day_rule(f"{first}/{last}", "", note, source)


def _main(first: str, last: str, source: str) -> None:
    """Be that process."""
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS) + 1, int(SECONDS) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # calls go first
    window = PlannedDays(date.fromisoformat(first), date.fromisoformat(last))
    try:
        found = closed_days(sys.stdin.buffer.read(), window, source)
    except ScheduleUnreadable as error:
        json.dump({"error": str(error)}, sys.stdout)
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, that text did it
        json.dump({"error": f"{source}: no calendar: {type(error).__name__}"}, sys.stdout)
        return
    days = [(rule.first.date().isoformat(), rule.last.date().isoformat(), rule.note) for rule in found.days]
    json.dump({"days": days, "passed_over": found.passed_over}, sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
