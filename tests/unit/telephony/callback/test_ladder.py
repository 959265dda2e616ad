"""Whom the ladder rings, and when."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from telephony.callback.policy.ladder import LookAgain, People, Presence, RingThem, RoundOver, Rung, climb
from telephony.callback.policy.model import Outcome, Step, WaitReason
from telephony.directory.model import ManagerId
from telephony.settings import CallbackSettings

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
IVAN, OLENA, MARIA, BOSS = map(ManagerId, ("ivan", "olena", "maria", "boss"))
ALL = (IVAN, OLENA, MARIA, BOSS)
PEOPLE = People(owner=(IVAN,), deputy=(OLENA,), group=(IVAN, OLENA, MARIA), head=(BOSS,))
FREE = dict.fromkeys(ALL, Presence.FREE)
USUAL = CallbackSettings()


def rung(who: ManagerId, outcome: Outcome, seconds_ago: float = 0) -> Rung:
    return Rung(who, outcome, NOW - timedelta(seconds=seconds_ago))


def test_the_owner_is_rung_at_once() -> None:
    assert climb(NOW, 0, PEOPLE, FREE, [], USUAL) == RingThem(Step.OWNER, (IVAN,))


def test_the_deputys_turn_comes_at_its_time() -> None:
    tried = [rung(IVAN, Outcome.MANAGER_NO_ANSWER, 10)]
    assert climb(NOW, 35, PEOPLE, FREE, tried, USUAL) == LookAgain(NOW + timedelta(seconds=40), WaitReason.LADDER)
    assert climb(NOW, 75, PEOPLE, FREE, tried, USUAL) == RingThem(Step.DEPUTY, (OLENA,))


def test_the_group_rings_all_at_once_without_those_who_were_rung_a_moment_ago() -> None:
    tried = [rung(IVAN, Outcome.MANAGER_NO_ANSWER, 130), rung(OLENA, Outcome.MANAGER_NO_ANSWER, 50)]
    assert climb(NOW, 150, PEOPLE, FREE, tried, USUAL) == RingThem(Step.GROUP, (IVAN, MARIA))


def test_a_refusal_brings_the_next_ones_turn_at_once_and_lasts_for_the_round() -> None:
    tried = [rung(IVAN, Outcome.REFUSED)]
    assert climb(NOW, 5, PEOPLE, FREE, tried, USUAL) == RingThem(Step.DEPUTY, (OLENA,))
    assert climb(NOW, 200, PEOPLE, FREE, tried, USUAL) == RingThem(Step.GROUP, (OLENA, MARIA))


def test_nobody_to_own_the_customer_rings_the_group_at_once() -> None:
    people = People(group=(OLENA, MARIA), head=(BOSS,))
    assert climb(NOW, 0, people, FREE, [], USUAL) == RingThem(Step.GROUP, (OLENA, MARIA))


def test_a_late_start_begins_with_the_owner_all_the_same() -> None:
    assert climb(NOW, 4000, PEOPLE, FREE, [], USUAL) == RingThem(Step.OWNER, (IVAN,))


def test_a_busy_owner_is_looked_at_again_after_the_pause() -> None:
    busy = FREE | {IVAN: Presence.BUSY}
    assert climb(NOW, 0, PEOPLE, busy, [], USUAL) == LookAgain(NOW + timedelta(seconds=60), WaitReason.NOBODY_FREE)


def test_an_empty_directory_waits_and_then_the_round_is_over() -> None:
    assert isinstance(climb(NOW, 0, People(), {}, [], USUAL), LookAgain)
    assert climb(NOW, 300, People(), {}, [], USUAL) == RoundOver()


def test_when_the_time_is_up_and_all_were_rung_the_round_is_over() -> None:
    tried = [rung(one, Outcome.MANAGER_NO_ANSWER, 400) for one in ALL]
    assert climb(NOW, 500, PEOPLE, FREE, tried, USUAL) == RoundOver()


outcomes = st.sampled_from(
    [Outcome.MANAGER_NO_ANSWER, Outcome.MANAGER_BUSY, Outcome.REFUSED, Outcome.NO_KEY, Outcome.UNREGISTERED]
)
presences = st.fixed_dictionaries({one: st.sampled_from(Presence) for one in ALL})
histories = st.lists(st.builds(rung, st.sampled_from(ALL), outcomes, st.floats(0, 600)), max_size=8)


@given(st.floats(0, 1000), presences, histories)
def test_only_free_people_on_the_ladder_are_rung_and_nobody_twice_within_the_pause(
    elapsed: float, presence: dict[ManagerId, Presence], tried: list[Rung]
) -> None:
    match climb(NOW, elapsed, PEOPLE, presence, tried, USUAL):
        case RingThem(_, managers):
            assert managers
            for one in managers:
                assert presence[one] is Presence.FREE
                assert not [it for it in tried if it.manager == one and it.outcome is Outcome.REFUSED]
                assert not [it for it in tried if it.manager == one and it.ended_at + timedelta(seconds=60) > NOW]
        case LookAgain(at, _):
            assert NOW < at <= NOW + timedelta(seconds=60)
        case RoundOver():
            assert elapsed >= USUAL.head_after_seconds or not _some_left(presence, tried)


def _some_left(presence: dict[ManagerId, Presence], tried: list[Rung]) -> bool:
    return any(presence[one] is not Presence.AWAY and one not in {it.manager for it in tried} for one in ALL)


@given(presences, st.data())
def test_every_climb_ends_within_a_bounded_number_of_rings(
    presence: dict[ManagerId, Presence], data: st.DataObject
) -> None:
    now, elapsed, tried = NOW, 0.0, list[Rung]()
    for _ in range(100):
        match climb(now, elapsed, PEOPLE, presence, tried, USUAL):
            case RingThem(_, managers):
                now, elapsed = now + timedelta(seconds=25), elapsed + 25
                tried += [Rung(one, data.draw(outcomes), now) for one in managers]
            case LookAgain(at, _):
                now, elapsed = at, elapsed + (at - now).total_seconds()
            case RoundOver():
                return
    raise AssertionError("phones would ring for ever")
