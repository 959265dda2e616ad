"""Each figure is the length of the list that it leads to: for any ledger, zone and filter, summed or not."""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm_bridge.api.filters.callbacks import CallbackListParams
from crm_bridge.api.filters.callbacks import filters as callback_filters
from crm_bridge.api.resources.calls import FilterParams
from crm_bridge.api.resources.calls import filters as call_filters
from crm_bridge.figures.reader import FigureFilter, FigureReader
from crm_bridge.figures.registry import FIGURES, ListName, Summed
from crm_bridge.figures.rollups import DayMarks, RollupKeeper
from crm_bridge.figures.spans import DaySpan
from crm_bridge.people.access import Access
from crm_bridge.queries.console import ConsoleQueries
from telephony.model import CallKind, Direction, Disposition, MissedReason
from telephony.postgres.pool import Pool
from tests.integration.crm_bridge.figures.ledger import ended, write_call, write_request

ZONES = {
    "Asia/Kathmandu": date(2026, 11, 12),
    "Europe/Kyiv": date(2026, 10, 25),
    "America/Santiago": date(2026, 9, 6),  # where the clock skips midnight
    "America/Havana": date(2026, 11, 1),  # and where midnight comes twice
}
"""Each with a day in the middle of what is tried."""
DIDS = ("+380440000001", "+380440000002", "")
OF_CALLS = [each for each in FIGURES.values() if each.rows is ListName.CALLS and each.summed is Summed.ROWS]
REASONS = [each.value for each in MissedReason]


def seeded(seed: object) -> random.Random:
    return random.Random(str(seed))  # noqa: S311 - a story that can be told again


def some_call(chance: random.Random, middle: datetime) -> dict[str, Any]:
    direction = chance.choice(list(Direction)).value
    disposition = chance.choice(
        [Disposition.ANSWERED, Disposition.NO_ANSWER, Disposition.BUSY, Disposition.IN_PROGRESS]
    ).value
    if direction == "inbound" and chance.random() < 0.5:
        disposition = "missed"
    at = middle + timedelta(seconds=chance.choice([0, 1, 3600, 1800]) * chance.randint(-90, 90))
    return {
        "direction": direction,
        "kind": chance.choice(list(CallKind)).value,
        "disposition": disposition,
        "missed_reason": chance.choice(REASONS) if disposition == "missed" else None,
        "did": chance.choice(DIDS),
        "queue": chance.choice(["sales", "care", ""]),
        "manager": chance.choice(["101", "102", ""]),
        "started_at": at,
        "wait": chance.choice([0, 4.999, 5, 9, 10, 19.5, 20, 31, 60, 61]),
        "talk": chance.choice([0, 12.5, 300]),
    }


async def counted(pool: Pool, rows: ListName, chosen: Mapping[str, object], span: DaySpan, zone: ZoneInfo) -> int:
    """How many rows the list has that a figure leads to."""
    since, until = span.moments(zone)
    several = {name: (value,) if isinstance(value, str) else value for name, value in chosen.items()}
    asked = {"since": since, "until": until} | several
    console = ConsoleQueries(pool)
    if rows is ListName.CALLS:
        found = call_filters(FilterParams.model_validate(asked), "UA", zone.key)
        return await console.count_calls(found, Access.ALL, datetime.now(UTC))
    return await console.count_callbacks(callback_filters(CallbackListParams.model_validate(asked), "UA"), Access.ALL)


AXES: Mapping[str, Callable[[str], Mapping[str, object]]] = {
    "all": lambda _: {},
    "hour": lambda axis: {"hour": (int(axis),)},
    "week_hour": lambda axis: {"weekday": (int(axis.split("-")[0]),), "hour": (int(axis.split("-")[1]),)},
    "did": lambda axis: {"did": (axis,)},
    "queue": lambda axis: {"queue": (axis,)},
    "manager": lambda axis: {"manager": (axis,)},
}


@pytest.mark.parametrize("place", ZONES)
async def test_each_figure_of_calls_is_the_length_of_its_list(pool: Pool, place: str) -> None:
    zone, chance = ZoneInfo(place), seeded(place)
    middle = datetime.combine(ZONES[place], datetime.min.time(), zone).astimezone(UTC)
    now = middle + timedelta(days=4)
    for number in range(160):
        await write_call(pool, f"pbx:{number}.1", some_call(chance, middle))
    keeper = RollupKeeper(pool, lambda: now, zone)
    for _ in range(chance.randint(2, 5)):  # some days have sums, some have not
        await keeper.work()
    reader = FigureReader(pool, zone)
    local = middle.astimezone(zone).date()
    for span in (DaySpan(local, local), DaySpan(local - timedelta(days=2), local + timedelta(days=1))):
        for axis, of in AXES.items():
            found = await reader.calls(span, axis)
            named = sorted(key for key in found if key or axis == "all")  # what has no name has no list
            for key in chance.sample(named, min(len(named), 6)):
                counts = found[key]
                for figure in chance.sample(OF_CALLS, len(OF_CALLS) if axis == "all" else 1):
                    if axis == "manager" and "wait_to" in figure.chosen:
                        continue
                    listed = await counted(pool, ListName.CALLS, {**figure.chosen, **of(key)}, span, zone)
                    assert figure.of_calls(counts) == listed, (figure.name, axis, key)
        only = await reader.calls(span, "day", FigureFilter(dids=[DIDS[0]], queues=["sales"]))
        for day, counts in only.items():
            one = DaySpan(date.fromisoformat(day), date.fromisoformat(day))
            chosen = {**FIGURES["missed"].chosen, "did": (DIDS[0],), "queue": ("sales",)}
            assert FIGURES["missed"].of_calls(counts) == await counted(pool, ListName.CALLS, chosen, one, zone)


async def test_each_figure_of_callbacks_is_the_length_of_its_list(pool: Pool) -> None:
    zone, chance = ZoneInfo("Europe/Kyiv"), seeded(5)
    middle = datetime(2026, 10, 25, tzinfo=UTC)
    for number in range(120):
        await write_request(pool, number, chance, middle + timedelta(hours=chance.randint(-40, 40)))
    reader, span = FigureReader(pool, zone), DaySpan(date(2026, 10, 24), date(2026, 10, 26))
    for axis in ("all", "manager"):
        found = await reader.requests(span, axis)
        assert found
        for key, counts in found.items():
            for figure in FIGURES.values():
                if figure.rows is not ListName.CALLBACKS or (axis == "manager" and "ring_from" in figure.chosen):
                    continue
                chosen = {**figure.chosen, **({"manager": (key,)} if axis == "manager" else {})}
                listed = await counted(pool, ListName.CALLBACKS, chosen, span, zone)
                assert figure.of_requests(counts) == listed, (figure.name, key)
    [counts] = (await reader.requests(span)).values()
    fates = ("answered_later", "got_through", "owed", "lost", "never_call")
    assert sum(FIGURES[f"fate_{fate}"].of_requests(counts) for fate in fates) == FIGURES["requests"].of_requests(counts)


async def test_a_call_that_changes_after_its_day_was_summed_is_counted_as_it_is_now(pool: Pool) -> None:
    zone, at = ZoneInfo("Europe/Kyiv"), datetime(2026, 11, 3, 12, tzinfo=UTC)
    now = at + timedelta(days=2)
    keeper, marks = RollupKeeper(pool, lambda: now, zone), DayMarks(lambda: now, zone)
    call = some_call(seeded(1), at) | {"direction": "inbound", "started_at": at}
    await write_call(pool, "pbx:1.1", call | {"disposition": "in_progress", "missed_reason": None})
    while await keeper.work():
        pass
    reader, span = FigureReader(pool, zone), DaySpan(at.date(), at.date())

    async def answered() -> float:
        return FIGURES["answered"].of_calls((await reader.calls(span, "all"))[""])

    assert await answered() == 0
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("DELETE FROM calls")
        await write_call(connection, "pbx:1.1", call | {"disposition": "answered", "missed_reason": None})
        await marks.ledger_hook(connection, ended(at))
    assert await answered() == 1, "read from the ledger while the day is marked"
    while await keeper.work():
        pass
    assert await answered() == 1
    assert await pool.fetchval("SELECT bool_and(marks = made_marks) FROM figure_days")


async def test_a_mark_that_is_missing_is_found_by_counting_again(pool: Pool) -> None:
    zone, at = ZoneInfo("Europe/Kyiv"), datetime(2026, 11, 3, 12, tzinfo=UTC)
    moment = at + timedelta(days=2)
    keeper = RollupKeeper(pool, lambda: moment, zone)
    call = some_call(seeded(2), at) | {"started_at": at}
    await write_call(pool, "pbx:1.1", call)
    while await keeper.work():
        pass
    await write_call(pool, "pbx:2.1", call)  # and nobody marked the day
    moment += timedelta(days=8)
    while await keeper.work():
        pass
    assert await pool.fetchval("SELECT sum(calls) FROM figure_sums") == 2


async def test_what_is_marked_while_a_day_is_summed_is_not_lost(pool: Pool) -> None:
    zone, at = ZoneInfo("Europe/Kyiv"), datetime(2026, 11, 3, 12, tzinfo=UTC)
    now = at + timedelta(days=2)
    keeper, marks = RollupKeeper(pool, lambda: now, zone), DayMarks(lambda: now, zone)
    call = some_call(seeded(2), at) | {"started_at": at}
    await write_call(pool, "pbx:1.1", call)
    while await keeper.work():
        pass
    async with pool.acquire() as connection:
        change = connection.transaction()
        await change.start()
        await write_call(connection, "pbx:2.1", call)
        await marks.ledger_hook(connection, ended(at))
        waiting = asyncio.ensure_future(pool.execute("UPDATE figure_days SET made_marks = NULL"))
        await change.commit()
        await waiting
    while await keeper.work():
        pass
    assert await pool.fetchval("SELECT sum(calls) FROM figure_sums") == 2
