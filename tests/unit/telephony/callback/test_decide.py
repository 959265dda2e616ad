"""What is done with a request that is due: the order of the questions is the policy."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from telephony.callback.policy.decide import Circumstances, CloseRequest, Decision, Hold, Ring, TrunkPace, Wait, decide
from telephony.callback.policy.guards import Barred, Waking
from telephony.callback.policy.ladder import People, Presence, Rung
from telephony.callback.policy.model import ClosedReason, Outcome, Request, Step, WaitReason
from telephony.directory.model import ManagerId
from telephony.numbers import Canonical
from telephony.schedule.rules.hours import weekly
from telephony.settings import CallbackSettings
from telephony.tolls.rules import TollCause, TollRefusal
from tests.builders import CUSTOMER, NOON, after, callback_request

IVAN, OLENA = ManagerId("ivan"), ManagerId("olena")
USUAL = CallbackSettings()
ALWAYS = weekly("24/7", "UTC")
OFFICE = weekly("Mo-Fr 09:00-18:00", "UTC")
OPEN = Circumstances(
    calendar=ALWAYS,
    opening=NOON,
    waking=(),
    barred=Barred(),
    people=People(owner=(IVAN,), group=(IVAN, OLENA)),
    presence={IVAN: Presence.FREE, OLENA: Presence.FREE},
    rung=(),
    on_a_call=False,
    pace=TrunkPace(left=1, frees_at=after(17)),
    toll=None,
    toll_cap=None,
)
"""We work, everybody is free, nothing forbids the call."""


def decided(
    request: Request | None = None,
    at: datetime = NOON,
    settings: CallbackSettings = USUAL,
    **facts: Any,  # noqa: ANN401
) -> Decision:
    return decide(at, request or callback_request(), replace(OPEN, **{"opening": at, **facts}), settings)


def test_the_owner_is_rung_when_nothing_is_in_the_way() -> None:
    assert decided() == Ring(Step.OWNER, (IVAN,))


@pytest.mark.parametrize("early", [0, 1])
def test_a_request_is_given_up_at_the_end_of_its_life_and_not_before(early: int) -> None:
    end = NOON + timedelta(days=USUAL.life_days, seconds=-early)
    decision = decided(callback_request(due_at=end), end)
    assert (decision == CloseRequest(ClosedReason.TOO_OLD)) is not bool(early)


@pytest.mark.parametrize(
    ("request_", "barred", "reason"),
    [
        (callback_request(customer=Canonical("")), Barred(), ClosedReason.HIDDEN),
        (callback_request(), Barred(own=frozenset({Canonical(CUSTOMER)})), ClosedReason.OWN_NUMBER),
        (callback_request(), Barred(employees=frozenset({Canonical(CUSTOMER)})), ClosedReason.EMPLOYEE),
        (callback_request(), Barred(do_not_call=frozenset({Canonical(CUSTOMER)})), ClosedReason.DO_NOT_CALL),
        (callback_request(do_not_call=True), Barred(), ClosedReason.DO_NOT_CALL),
        (callback_request(customer=Canonical("112")), Barred(), ClosedReason.UNDIALABLE),
        (callback_request(customer=Canonical("anonymous")), Barred(), ClosedReason.UNDIALABLE),
    ],
)
def test_who_is_never_called_back_is_closed_with_the_reason(
    request_: Request, barred: Barred, reason: ClosedReason
) -> None:
    assert decided(request_, barred=barred) == CloseRequest(reason)


def test_a_number_that_the_tolls_forbid_is_closed_with_their_cause() -> None:
    refusal = TollRefusal(TollCause.COUNTRY, "no calls to Cuba")
    assert decided(toll=refusal) == CloseRequest(ClosedReason.TOLL_COUNTRY)


def test_after_an_outage_a_person_is_asked_before_a_customer_is_surprised() -> None:
    just, late = after(USUAL.stale_seconds), after(USUAL.stale_seconds + 1)
    assert isinstance(decided(at=just), Ring)
    assert decided(at=late) == Hold(WaitReason.STALE)


def test_a_night_between_is_no_outage() -> None:
    evening = NOON.replace(hour=17, minute=59)
    morning = (NOON + timedelta(days=1)).replace(hour=9)
    request = callback_request(first_missed_at=evening, last_missed_at=evening, due_at=evening, round_began_at=evening)
    assert isinstance(decided(request, morning, calendar=OFFICE), Ring)


def test_while_we_are_closed_it_waits_for_the_next_opening() -> None:
    opening = after(3600)
    assert decided(opening=opening) == Wait(opening, WaitReason.CLOSED)


def test_without_any_opening_it_looks_again_tomorrow() -> None:
    assert decided(opening=None) == Wait(NOON + timedelta(days=1), WaitReason.CLOSED)


def test_a_customer_who_sleeps_is_rung_in_their_morning_by_a_new_round() -> None:
    asleep = Waking("+380", weekly("Mo-Su 14:00-20:00", "UTC"))
    assert decided(waking=(asleep,)) == Wait(NOON.replace(hour=14), WaitReason.ASLEEP, new_round=True)


def test_a_customer_who_never_wakes_is_looked_at_tomorrow() -> None:
    never = Waking("+380", weekly("off", "UTC"))
    assert decided(waking=(never,)) == Wait(NOON + timedelta(days=1), WaitReason.ASLEEP, new_round=True)


def test_a_customer_on_a_call_with_us_is_not_dialled() -> None:
    assert decided(on_a_call=True) == Wait(after(2), WaitReason.ON_A_CALL)


def test_the_round_counts_working_seconds_only() -> None:
    """Missed a minute before closing: the next morning the owner's own time is not over yet."""
    evening = NOON.replace(hour=17, minute=59)
    morning = (NOON + timedelta(days=1)).replace(hour=9)
    request = callback_request(first_missed_at=evening, due_at=morning, round_began_at=evening)
    tried = (Rung(IVAN, Outcome.MANAGER_NO_ANSWER, evening),)
    decision = decided(request, morning, calendar=OFFICE, rung=tried)
    assert decision == Ring(Step.OWNER, (IVAN,))


def test_a_round_that_is_over_pauses_and_begins_anew() -> None:
    late = after(USUAL.target_seconds)
    tried = tuple(Rung(one, Outcome.MANAGER_NO_ANSWER, NOON) for one in (IVAN, OLENA))
    decision = decided(callback_request(due_at=late), late, rung=tried)
    pause = timedelta(seconds=USUAL.next_round_seconds[0])
    assert decision == Wait(late + pause, WaitReason.NEXT_ROUND, new_round=True)


def test_a_trunk_without_a_slot_left_makes_it_wait_for_one() -> None:
    assert decided(pace=TrunkPace(left=0, frees_at=after(17))) == Wait(after(17), WaitReason.PACE)


def test_managers_are_kept_free_for_live_callers() -> None:
    keep = CallbackSettings(keep_free_managers=2)
    again = Wait(after(keep.again_seconds), WaitReason.LIVE_CALLERS)
    assert decided(settings=keep) == again
    assert decided(settings=CallbackSettings(keep_free_managers=1)) == Ring(Step.OWNER, (IVAN,))


def test_a_busy_manager_is_not_counted_as_free() -> None:
    busy = {IVAN: Presence.FREE, OLENA: Presence.BUSY}
    keep = CallbackSettings(keep_free_managers=1)
    assert decided(presence=busy, settings=keep) == Wait(after(keep.again_seconds), WaitReason.LIVE_CALLERS)


def test_no_more_of_a_group_are_rung_than_may_be_taken_from_live_callers() -> None:
    group = People(group=(IVAN, OLENA))
    assert decided(people=group, settings=CallbackSettings(keep_free_managers=1)) == Ring(Step.GROUP, (IVAN,))
    assert decided(people=group) == Ring(Step.GROUP, (IVAN, OLENA))


def test_a_days_limit_holds_it_for_a_person() -> None:
    full = TollRefusal(TollCause.DAY_CAP, "300 calls were made today")
    assert decided(toll_cap=full) == Hold(WaitReason.TOLL_DAY_CAP)


def test_a_days_limit_is_nobodys_question_while_nobody_may_be_rung() -> None:
    full = TollRefusal(TollCause.DAY_CAP, "300 calls were made today")
    keep = CallbackSettings(keep_free_managers=2)
    assert decided(toll_cap=full, settings=keep) == Wait(after(keep.again_seconds), WaitReason.LIVE_CALLERS)
