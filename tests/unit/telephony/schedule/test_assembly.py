"""Days told by the API: their place among the others, and whose they are."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.rules.assembly import Amendments, ToldDay, calendars
from telephony.schedule.rules.days import day_rule
from telephony.settings import DaySettings, HoursSettings, OwnHours

KYIV = ZoneInfo("Europe/Kyiv")
CHRISTMAS = date(2026, 12, 25)
OURS, OTHER = "+380442000600", "+380322000600"


def noon(day: date = CHRISTMAS) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=KYIV)


def told(hours: str = "", did: str = "", group: str = "", day: date = CHRISTMAS) -> ToldDay:
    return ToldDay(day, hours, "by order", "the CRM", did, group)


def test_each_rule_overrides_those_before_it_in_the_stated_order() -> None:
    """Week, calendars, the settings' days, the API's days, the number's own days, the API's days for the number."""
    file = day_rule("2026-12-25", "", "Christmas", "holidays.ics")
    general = DaySettings(days="2026-12-25", hours="10:00-14:00", note="we open")
    own = OwnHours(names=("+38044*",), days=(DaySettings(days="2026-12-25", hours="11:00-13:00", note="own"),))
    steps = [
        (HoursSettings(), Amendments(), True, "hours.schedule"),
        (HoursSettings(), Amendments((file,)), False, "holidays.ics"),
        (HoursSettings(days=(general,)), Amendments((file,)), True, "hours.days"),
        (HoursSettings(days=(general,)), Amendments((file,), (told(),)), False, "the API by the CRM"),
        (HoursSettings(days=(general,), dids=(own,)), Amendments((file,), (told(),)), True, "hours.dids[0].days"),
        (
            HoursSettings(days=(general,), dids=(own,)),
            Amendments((file,), (told(), told(did=OURS))),
            False,
            "the API by",
        ),
    ]
    for settings, tellings, open_then, source in steps:
        answer = calendars(settings, tellings).of_did(OURS).explain(noon())
        assert answer.open is open_then, source
        assert source in answer.because


def test_a_number_s_day_is_that_number_s_only_and_a_group_s_that_group_s() -> None:
    company = calendars(HoursSettings(), Amendments(days=(told(did=OURS), told(group="sales*"))))
    assert not company.of_did(OURS).explain(noon()).open
    assert company.of_did(OTHER).explain(noon()).open
    assert not company.of_group("sales*").explain(noon()).open
    assert company.of_group("sales-2").explain(noon()).open, "a star in a name is no glob"
    assert company.general.explain(noon()).open
    assert company.own_of_group("support") is None


def test_a_number_of_its_own_zone_and_week_keeps_them_on_its_other_days() -> None:
    own = OwnHours(names=("+380*",), schedule="Mo-Su 08:00-20:00", timezone="Asia/Kolkata")
    schedule = calendars(HoursSettings(dids=(own,)), Amendments(days=(told(did=OURS),))).of_did(OURS)
    assert schedule.zone == ZoneInfo("Asia/Kolkata")
    assert schedule.calendar.open_at(noon(date(2026, 12, 26)))
    assert not schedule.calendar.open_at(noon())


def test_an_almanac_changes_in_one_step_and_only_if_something_changed() -> None:
    almanac = Almanac(HoursSettings())
    before = almanac.calendars
    assert not almanac.retell(Amendments())
    assert almanac.calendars is before
    assert almanac.retell(Amendments(days=(told(),)))
    assert before.general.explain(noon()).open, "who asked before goes on with what they got"
    assert not almanac.calendars.general.explain(noon()).open
    assert almanac.retell(Amendments())
    assert almanac.calendars.general.explain(noon()).open


def test_five_hundred_days_told_every_other_day_are_asked_in_no_time() -> None:
    days = tuple(told(day=date.fromordinal(CHRISTMAS.toordinal() + 2 * n)) for n in range(250))
    company = calendars(HoursSettings(schedule="Mo-Su 09:00-18:00"), Amendments(days=days))
    assert company.general.explain(noon()).next_opening == noon(date(2026, 12, 26)).replace(hour=9)
