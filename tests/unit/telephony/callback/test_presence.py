"""How each phone stands, and what is told of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from telephony.callback.policy.roster import Roster, roster
from telephony.callback.presence.board import Engagement, PhoneState, PresenceBoard, Sighting
from telephony.directory.model import Absence, Endpoint, ManagerEntry, ManagerId
from telephony.model import CallId
from telephony.settings import CallbackSettings, HoursSettings

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday
IVAN, PHONE = ManagerId("ivan"), Endpoint("PJSIP/101")
CALL = CallId("pbx:1.1")


def people(*absences: Absence, hours: str = "") -> Roster:
    ivan = ManagerEntry(IVAN, "Іван", PHONE, group="sales", hours=hours)
    return roster([ivan], CallbackSettings(), HoursSettings(timezone="UTC"), "UA", absences)


def absence(since: int = -1, until: int | None = 1) -> Absence:
    ends = None if until is None else NOW + timedelta(hours=until)
    return Absence(1, IVAN, NOW + timedelta(hours=since), ends, "ill", "boss")


def seen(state: str = "NOT_INUSE", **other: object) -> Sighting:
    return replace(Sighting(people(), {}, {PHONE: state} if state else {}, frozenset(), NOW), **other)  # type: ignore[arg-type] # fields by name


@pytest.mark.parametrize(
    ("sighting", "state"),
    [
        (seen(), PhoneState.FREE),
        (seen(""), PhoneState.UNKNOWN),
        (seen("UNKNOWN"), PhoneState.FREE),  # chan_sip without qualify tells no more
        (seen("UNAVAILABLE"), PhoneState.UNREGISTERED),
        (seen("INUSE"), PhoneState.ON_A_CALL),
        (seen("RINGING"), PhoneState.RINGING),
        (seen(roster=people(hours="Tu 09:00-18:00")), PhoneState.OFF_HOURS),
        (seen("UNAVAILABLE", roster=people(hours="Tu 09:00-18:00")), PhoneState.OFF_HOURS),
        (seen(roster=people(absence())), PhoneState.AWAY),
        (seen(roster=people(absence(until=None))), PhoneState.AWAY),
        (seen(roster=people(absence(since=1, until=2))), PhoneState.FREE),
        (seen(roster=people(absence(since=-2, until=-1))), PhoneState.FREE),
        (seen(dnd=frozenset({IVAN})), PhoneState.AWAY),
        (seen("INUSE", roster=people(absence())), PhoneState.ON_A_CALL),
        (seen("", engaged={PHONE: Engagement(CALL, NOW, rings=True)}), PhoneState.RINGING),
        (seen("NOT_INUSE", engaged={PHONE: Engagement(CALL, NOW, rings=False)}), PhoneState.ON_A_CALL),
    ],
)
def test_the_first_that_holds_is_how_a_phone_stands(sighting: Sighting, state: PhoneState) -> None:
    [told] = PresenceBoard().look(sighting)
    assert told.state is state


def test_only_what_changes_is_told_and_a_state_keeps_its_begin() -> None:
    board = PresenceBoard()
    assert len(board.look(seen())) == 1
    assert board.look(seen(now=NOW + timedelta(seconds=9))) == []
    [shown] = board.everybody()
    assert shown.since == NOW
    [gone] = board.look(seen("UNAVAILABLE", now=NOW + timedelta(seconds=12)))
    assert gone.since == NOW + timedelta(seconds=12)
    [away] = board.look(seen("UNAVAILABLE", roster=people(absence()), now=NOW + timedelta(seconds=13)))
    assert (away.until, away.reason) == (NOW + timedelta(hours=1), "ill")


def test_who_left_the_directory_is_shown_no_more() -> None:
    board = PresenceBoard()
    board.look(seen())
    nobody = roster([], CallbackSettings(), HoursSettings(), "UA")
    assert board.look(seen(roster=nobody)) == []
    assert board.everybody() == []


def test_of_two_absences_the_one_that_ends_last_is_told() -> None:
    known = people(absence(until=1), absence(until=None), absence(until=5))
    found = known.away(IVAN, NOW)
    assert found is not None
    assert found.until is None
    assert known.away(IVAN, NOW - timedelta(hours=3)) is None
