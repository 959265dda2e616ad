"""By when a phone must ring: written with the miss, reckoned anew while it has not rung, and never after."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from telephony.callback.assembly import Callbacks
from telephony.callback.policy.figures import TargetState
from telephony.events import CallEnded, CallStarted
from telephony.postgres.pool import Pool
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.rules.assembly import Amendments, ToldDay
from telephony.settings import HoursSettings, OwnHours
from tests import builders
from tests.integration.telephony.callback.stage import DID, START, Stage, set_stage, settings_with

SCHEDULE = "Mo-Fr 09:00-18:00"
EVENING = START.replace(hour=17, minute=58)
TUESDAY = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


async def test_a_miss_two_minutes_before_closing_must_be_rung_three_minutes_after_the_next_opening(pool: Pool) -> None:
    stage = await set_stage(pool, settings_with(schedule=SCHEDULE))
    stage.clock.now = EVENING - timedelta(seconds=10)
    await stage.missed()
    assert (await stage.request()).ring_by == TUESDAY + timedelta(minutes=3)
    await stage.close()


async def test_a_changed_day_moves_the_deadlines_of_those_who_have_not_been_rung(pool: Pool) -> None:
    settings = settings_with(schedule=SCHEDULE)
    stage = await set_stage(pool, settings)
    stage.clock.now = EVENING - timedelta(seconds=10)
    await stage.missed()
    almanac = Almanac(settings.hours)
    theirs = Callbacks(pool, settings, stage.clock, almanac=almanac)
    almanac.retell(Amendments(days=(ToldDay(date(2026, 3, 3), "", "", "all"),)))
    await theirs.hours_changed()
    assert (await stage.request()).ring_by == TUESDAY + timedelta(days=1, minutes=3)
    stage.clock.now = TUESDAY
    await stage.turn()  # this daemon has not heard of the change, and rings
    await stage.rings(await stage.attempt())
    almanac.retell(Amendments())
    await theirs.hours_changed()
    request = await stage.request()
    assert request.rang_at == TUESDAY
    assert request.ring_by == TUESDAY + timedelta(days=1, minutes=3)
    await stage.close()


async def test_a_daemon_that_starts_reckons_by_its_own_settings(stage: Stage) -> None:
    await stage.missed()
    await stage.pool.execute("UPDATE callback_requests SET ring_by = NULL")  # as a version before left it
    await stage.engine.adopt()
    request = await stage.request()
    assert request.ring_by == request.first_missed_at + timedelta(minutes=5)


async def test_an_earlier_miss_that_is_told_late_brings_the_deadline_forward(stage: Stage) -> None:
    await stage.missed()
    first = await stage.request()
    call = replace(stage.inbound(), started_at=START - timedelta(hours=1))
    before = START - timedelta(minutes=50)
    await stage.tell(CallStarted(call, call.started_at), CallEnded(builders.ended(call, before), before))
    request = await stage.request()
    assert request.request_id == first.request_id
    assert (request.misses, request.ring_by) == (2, before + timedelta(minutes=5))


async def test_hours_of_our_numbers_own_count_for_them(pool: Pool) -> None:
    settings = settings_with(schedule=SCHEDULE)
    own = HoursSettings(timezone="UTC", schedule=SCHEDULE, dids=(OwnHours(names=(DID,), schedule="24/7"),))
    stage = await set_stage(pool, settings.model_copy(update={"hours": own}))
    stage.clock.now = EVENING
    await stage.missed()
    request = await stage.request()
    assert request.ring_by == request.first_missed_at + timedelta(minutes=5)
    stage.clock.now = request.first_missed_at + timedelta(minutes=6)
    figures = (await stage.callbacks.operations.show(request.request_id)).figures
    assert figures.target is TargetState.MISSED
    await stage.close()
