"""The figures of a closed request: written with its closing, the same for ever."""

from datetime import date

import asyncpg
import pytest

from telephony.callback.assembly import Callbacks
from telephony.callback.policy.figures import TargetState
from telephony.postgres.pool import Pool
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.rules.assembly import Amendments, ToldDay
from telephony.voice.dialogs.manager_port import ManagerAnswer
from tests.integration.telephony.callback.stage import START, Stage, set_stage, settings_with


async def fact(pool: Pool) -> asyncpg.Record:
    [row] = await pool.fetch("SELECT * FROM published.callback_facts")
    return row


async def test_a_talk_is_written_down_with_who_was_rung_first(stage: Stage) -> None:
    await stage.own()
    await stage.missed()
    await stage.turn()
    attempt = await stage.attempt()
    stage.clock.pass_seconds(7)
    await stage.rings(attempt)
    await stage.picks_up(attempt)
    await stage.presses(attempt, ManagerAnswer.ACCEPTED)
    stage.clock.pass_seconds(13)
    await stage.customer(attempt, talk=60)
    row = await fact(stage.pool)
    assert (row["fate"], row["target"], row["manager"], row["owner"]) == ("answered_later", "met", "ivan", "ivan")
    assert (row["to_first_ring"], row["to_acceptance"], row["to_talk"]) == (7, 7, 20)
    assert (row["day"], row["hour"], row["closed_for"]) == (date(2026, 3, 2), 10, "reached")


async def test_a_holiday_told_later_rewrites_no_past(pool: Pool) -> None:
    settings = settings_with(schedule="Mo-Fr 09:00-18:00")
    stage = await set_stage(pool, settings)
    await stage.missed()
    stage.clock.pass_seconds(900)
    almanac = Almanac(settings.hours)
    theirs = Callbacks(pool, settings, stage.clock, almanac=almanac)
    request = await stage.request()
    await theirs.operations.cancel(request.request_id, "olena")
    before = await theirs.operations.show(request.request_id)
    assert (before.figures.target, before.figures.why_not) == (TargetState.MISSED, "new")
    almanac.retell(Amendments(days=(ToldDay(START.date(), "", "", "all"),)))
    await theirs.hours_changed()
    assert (await theirs.operations.show(request.request_id)).figures == before.figures
    row = await fact(pool)
    assert (row["fate"], row["target"]) == ("lost", "missed")
    await stage.close()


async def test_a_customer_who_gets_through_and_one_who_hides(stage: Stage) -> None:
    await stage.missed()
    await stage.ended(await stage.answered())
    assert (await fact(stage.pool))["fate"] == "got_through"
    await stage.pool.execute("DELETE FROM callback_requests")
    assert await stage.pool.fetchval("SELECT count(*) FROM callback_facts") == 0
    await stage.missed("")
    row = await fact(stage.pool)
    assert (row["fate"], row["closed_for"], row["target"]) == ("lost", "hidden", "not_needed")


async def test_the_database_refuses_to_change_a_fact(stage: Stage) -> None:
    await stage.missed("")
    with pytest.raises(asyncpg.RaiseError):
        await stage.pool.execute("UPDATE callback_facts SET target = 'met'")


async def test_what_an_older_version_closed_is_written_in_the_first_turns(stage: Stage) -> None:
    await stage.missed("")
    await stage.pool.execute("DELETE FROM callback_facts")
    await stage.turn()
    assert (await fact(stage.pool))["fate"] == "lost"


async def test_the_view_tells_target_and_fate_of_open_ones_too(stage: Stage) -> None:
    await stage.missed()
    row = await stage.pool.fetchrow("SELECT fate, target, ring_by FROM published.callbacks")
    assert row is not None
    assert (row["fate"], row["target"]) == ("owed", "missed")  # the stage's clock stands in the past
