"""The conversation with a caller while nobody works: a promise that was told was booked, and everything ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.errors import UnexpectedTransition
from telephony.numbers import Canonical
from telephony.voice.dialogs.caller_dialog import (
    Ask,
    Book,
    CallerDialog,
    Collect,
    Happening,
    Keyed,
    Leave,
    Recorded,
    RecordMessage,
    Step,
)
from telephony.voice.dialogs.caller_port import Booked, CallerBriefing, NoSlot
from telephony.voice.dialogs.manager_dialog import Broken, Gone, Pressed, Silent
from telephony.voice.words.moments import Moment, moment
from telephony.voice.words.phrases import Language, Line, Promise, ReadBack

FRIDAY = datetime(2026, 12, 18, 22, 40, tzinfo=UTC)
MONDAY = datetime(2026, 12, 21, 9, 5, tzinfo=UTC)
LATER = MONDAY + timedelta(minutes=30)
KNOWN = Canonical("+380671234567")
BOOKED = Booked(MONDAY)


def spoken(at: datetime) -> Moment:
    return moment(at, FRIDAY)


def talk(number: Canonical = KNOWN) -> CallerDialog:
    return CallerDialog(CallerBriefing(Language.UK, number), spoken, "UA")


def last_step(*happenings: Happening, number: Canonical = KNOWN) -> Step:
    conversation = talk(number)
    step = conversation.start()
    for happening in happenings:
        step = conversation.receive(happening)
    return step


def test_a_promise_is_booked_before_it_is_told() -> None:
    assert last_step() == Book(KNOWN, None, meanwhile=Line.GREETING)
    assert last_step(BOOKED) == Ask(
        (Promise(spoken(MONDAY)), Line.PRESS_ACCEPT, Line.PRESS_OTHER_TIME, Line.PRESS_MESSAGE)
    )


def test_1_accepts() -> None:
    assert last_step(BOOKED, Pressed("1")) == Leave((Line.PROMISE_ACCEPTED,), KNOWN, accepted=True)


def test_silence_hears_it_once_more_and_the_promise_stands() -> None:
    assert isinstance(last_step(BOOKED, Silent()), Ask)
    assert last_step(BOOKED, Silent(), Silent()) == Leave((Line.PROMISE_ACCEPTED,), KNOWN)


def test_who_hangs_up_is_not_asked_anything_more() -> None:
    assert last_step(BOOKED, Gone()) == Leave((), KNOWN)


def test_2_asks_for_a_later_time_twice_and_is_not_offered_again() -> None:
    assert last_step(BOOKED, Pressed("2")) == Book(KNOWN, MONDAY)
    third = last_step(BOOKED, Pressed("2"), Booked(LATER), Pressed("2"), Booked(LATER))
    assert third == Ask((Promise(spoken(LATER)), Line.PRESS_ACCEPT, Line.PRESS_MESSAGE))
    more = last_step(BOOKED, Pressed("2"), Booked(LATER), Pressed("2"), Booked(LATER), Pressed("2"))
    assert more == third


@pytest.mark.parametrize("nothing", [NoSlot(), Broken()])
def test_without_another_time_the_first_promise_is_told_again(nothing: Happening) -> None:
    step = last_step(BOOKED, Pressed("2"), nothing)
    assert isinstance(step, Ask)
    assert step.phrases[:2] == (Line.NO_OTHER_TIME, Promise(spoken(MONDAY)))


@pytest.mark.parametrize("nothing", [NoSlot(), Broken()])
def test_without_any_time_the_general_sentence_is_said(nothing: Happening) -> None:
    assert last_step(nothing) == Leave((Line.REGISTERED,), KNOWN)


def test_0_leaves_a_message_and_an_empty_one_is_none() -> None:
    assert last_step(BOOKED, Pressed("0")) == RecordMessage(Line.LEAVE_MESSAGE)
    assert last_step(BOOKED, Pressed("0"), Recorded(7)) == Leave((Line.MESSAGE_TAKEN,), KNOWN, message=True)
    assert last_step(BOOKED, Pressed("0"), Recorded(0.2)) == Leave((Line.PROMISE_ACCEPTED,), KNOWN)


HIDDEN = Canonical("")


def test_a_hidden_number_is_keyed_in_read_back_and_confirmed() -> None:
    assert last_step(number=HIDDEN) == Collect(Line.ENTER_NUMBER)
    read_back = last_step(Keyed("0671234567"), number=HIDDEN)
    assert read_back == Ask((ReadBack("+380671234567"), Line.PRESS_RIGHT))
    assert last_step(Keyed("0671234567"), Pressed("1"), number=HIDDEN) == Book(KNOWN, None)


@pytest.mark.parametrize("happening", [Pressed("2"), Pressed("7"), Silent()])
def test_a_number_that_is_not_confirmed_is_asked_for_again(happening: Happening) -> None:
    assert last_step(Keyed("0671234567"), happening, number=HIDDEN) == Collect(Line.ENTER_NUMBER_AGAIN)


@pytest.mark.parametrize("digits", ["", "12", "0000000000", "1" * 40])
def test_after_three_wrong_numbers_it_ends(digits: str) -> None:
    assert last_step(Keyed(digits), Keyed(digits), Keyed(digits), number=HIDDEN) == Leave(
        (Line.CANNOT_CALL_BACK,), HIDDEN
    )


_HAPPENINGS = st.one_of(
    st.builds(Pressed, st.sampled_from("0123456789*#")),
    st.builds(Keyed, st.text("0123456789", max_size=16)),
    st.sampled_from([Silent(), Gone(), Broken(), NoSlot(), BOOKED, Booked(LATER), Recorded(3)]),
)


@given(st.lists(_HAPPENINGS, max_size=60), st.sampled_from([KNOWN, HIDDEN]))
def test_whatever_happens_it_ends_and_only_a_booked_time_is_told(
    happenings: list[Happening], number: Canonical
) -> None:
    conversation = talk(number)
    steps, booked = [conversation.start()], set()
    for happening in happenings:
        try:
            step = conversation.receive(happening)
        except UnexpectedTransition:
            continue
        steps.append(step)
        if isinstance(happening, Booked):
            booked.add(happening.at)
        if isinstance(step, Ask):
            told = {phrase.at for phrase in step.phrases if isinstance(phrase, Promise)}
            assert told <= {spoken(at) for at in booked}
    assert sum(isinstance(step, Leave) for step in steps) <= 1
    assert len(steps) <= 16, "bounded"
