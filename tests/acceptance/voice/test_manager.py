"""A manager's phone rings on a real Asterisk: what it heard, which keys did what, and whom the customer saw calling."""

import asyncio
import dataclasses
import wave
from pathlib import Path

import pytest

from deploy.lab.company import Did
from deploy.lab.telephones.scripts import Script, answers, busy, machine, never_answers
from telephony.callback.policy.model import WithdrawnReason
from telephony.voice.dialogs.manager_port import ManagerAnswer, Withdrawn
from telephony.voice.words.phrases import Language, Line
from tests.acceptance.voice.conftest import BRIEFING, CUSTOMER, Stage
from tests.acceptance.voice.ears import ALIKE, envelope, first_sound
from tests.acceptance.voice.phone import complaints, heard_in, manager, sentence
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_key_1_during_the_prompt_connects_the_customer(stage: Stage) -> None:
    phone = stage.lab.world.phone("101").behaviour(manager("1", after=2))
    customer = stage.lab.world.phone(CUSTOMER).behaviour(answers(after=1, talk=1.5))
    await stage.ring()
    leg = await phone.rings()
    called = await customer.rings()
    await asyncio.gather(leg.gone(), called.gone())
    await asyncio.wait_for(stage.desk.reported.wait(), PATIENCE)

    assert stage.desk.answers == [ManagerAnswer.ACCEPTED]
    assert leg.shown == (CUSTOMER, "Анна"), "the manager's display shows the customer"
    assert called.shown[0] == Did.IVAN, "the customer sees the number that they had called"
    (report,) = stage.desk.reports
    assert report.dialstatus == "ANSWER"
    assert 1 <= report.talk_seconds <= 3
    assert len(stage.played) == 2, "the key interrupted the first sentence"
    ((likeness, at),) = heard_in(leg, stage.files()[1:])
    assert likeness > ALIKE
    assert at > 1.5


async def test_who_knows_the_menu_presses_1_at_once(stage: Stage) -> None:
    stage.lab.world.phone("101").behaviour(manager("1", after=0.02))
    customer = stage.lab.world.phone(CUSTOMER).behaviour(answers(after=0.2, talk=0.5))
    await stage.ring()
    await (await customer.rings()).gone()
    assert stage.desk.answers == [ManagerAnswer.ACCEPTED]


async def test_the_first_word_comes_within_a_second_of_the_answer(stage: Stage) -> None:
    stage.lab.world.phone("101").behaviour(manager(after=2.5, stays=0))
    await stage.ring()
    leg = await stage.listened()
    assert leg.heard is not None
    assert first_sound(envelope(leg.heard)) < 1


async def test_without_a_key_all_is_said_three_times_and_nobody_is_dialled(stage: Stage) -> None:
    phone = stage.lab.world.phone("101").behaviour(manager())
    await stage.ring()
    leg = await phone.rings()
    await asyncio.wait_for(leg.gone(), 90)
    assert stage.desk.answers == [ManagerAnswer.NO_KEY]
    files = stage.files()
    assert files[:5] == files[5:10] == files[10:15]
    assert len(files) == 16
    assert files[-1] == await sentence(stage, Language.RU, Line.NO_KEY)
    places = heard_in(leg, [*files[:5], files[-1]])
    assert min(likeness for likeness, _ in places) > ALIKE
    assert not stage.lab.world.phone(CUSTOMER).legs


async def test_an_answering_machine_accepts_nothing(stage: Stage) -> None:
    phone = stage.lab.world.phone("101").behaviour(machine(greeting=2, listen=60))
    await stage.ring()
    leg = await phone.rings()
    await asyncio.wait_for(leg.gone(), 90)
    assert stage.desk.answers == [ManagerAnswer.NO_KEY]
    assert not stage.lab.world.phone(CUSTOMER).legs


@pytest.mark.parametrize(
    ("key", "answer"), [("2", ManagerAnswer.LATER), ("3", ManagerAnswer.HAND_OVER), ("9", ManagerAnswer.DEALT)]
)
async def test_the_other_keys_are_confirmed_and_nobody_is_dialled(
    stage: Stage, key: str, answer: ManagerAnswer
) -> None:
    stage.lab.world.phone("101").behaviour(manager(key))
    await stage.ring()
    leg = await stage.listened()
    assert stage.desk.answers == [answer]
    ((likeness, _),) = heard_in(leg, stage.files()[-1:])
    assert likeness > ALIKE
    assert not stage.lab.world.phone(CUSTOMER).legs


@pytest.mark.parametrize("language", list(Language))
async def test_each_manager_is_spoken_to_in_their_language(stage: Stage, language: Language) -> None:
    stage.desk.briefed = dataclasses.replace(BRIEFING, language=language)
    stage.lab.world.phone("102").behaviour(manager("9", after=0.5))
    await stage.ring("102")
    leg = await stage.listened("102")
    said = await sentence(stage, language, Line.DEALT)
    assert stage.files()[-1] == said
    assert heard_in(leg, [said])[0][0] > ALIKE


async def test_who_listens_while_the_customer_gets_through_hears_why_and_is_released(stage: Stage) -> None:
    phone = stage.lab.world.phone("101").behaviour(manager())
    await stage.ring()
    leg = await phone.rings()
    await asyncio.wait_for(leg.trace.answered.wait(), PATIENCE)
    stage.desk.gone = Withdrawn(WithdrawnReason.GOT_THROUGH)
    await asyncio.wait_for(leg.gone(), PATIENCE)
    why = await sentence(stage, Language.RU, Line.WITHDRAWN_GOT_THROUGH)
    assert stage.files()[-1] == why
    assert heard_in(leg, [why])[0][0] > ALIKE
    assert stage.desk.answers == []


async def test_a_dial_that_is_not_wanted_any_more_goes_back_to_the_voice_which_tells_why(stage: Stage) -> None:
    stage.desk.briefed = dataclasses.replace(BRIEFING, language=Language.EN)
    stage.lab.world.phone("101").behaviour(manager("1"))
    customer = stage.lab.world.phone(CUSTOMER).behaviour(never_answers())
    attempt = await stage.ring()
    called = await customer.rings()
    stage.desk.briefed = Withdrawn(WithdrawnReason.GOT_THROUGH)
    headers = {"Channel": attempt, "Context": "ringback-manager", "Exten": "s", "Priority": "1"}
    await stage.lab.pbx.ami.action("Redirect", headers)
    leg = await stage.listened()
    await called.gone()
    why = await sentence(stage, Language.EN, Line.WITHDRAWN_GOT_THROUGH)
    assert stage.files()[-1] == why
    assert heard_in(leg, [why])[0][0] > ALIKE


async def test_who_accepts_too_late_hears_why(stage: Stage) -> None:
    stage.desk.order = Withdrawn(WithdrawnReason.TAKEN)
    stage.lab.world.phone("101").behaviour(manager("1"))
    await stage.ring()
    await stage.listened()
    assert stage.files()[-1] == await sentence(stage, Language.RU, Line.WITHDRAWN_TAKEN)
    assert not stage.lab.world.phone(CUSTOMER).legs


@pytest.mark.parametrize(
    ("script", "status", "line"),
    [(busy(), "BUSY", Line.CUSTOMER_BUSY), (never_answers(), "NOANSWER", Line.CUSTOMER_NO_ANSWER)],
)
async def test_who_waits_for_a_customer_in_vain_hears_ringing_and_then_why(
    stage: Stage, script: Script, status: str, line: Line
) -> None:
    stage.lab.world.phone("101").behaviour(manager("1"))
    stage.lab.world.phone(CUSTOMER).behaviour(script)
    await stage.ring()
    leg = await stage.listened()
    assert [report.dialstatus for report in stage.desk.reports] == [status]
    why = await sentence(stage, Language.RU, line)
    assert stage.files()[-1] == why
    connecting, told = heard_in(leg, [stage.files()[-2], why])
    assert told[0] > ALIKE
    if status == "NOANSWER":
        assert leg.heard is not None
        ringing = envelope(leg.heard)[
            int((connecting[1] + _seconds(stage.files()[-2]) + 0.2) * 100) : int(told[1] * 100)
        ]
        assert max(ringing) > 500, "a ringback tone between the two sentences"


def _seconds(file: Path) -> float:
    with wave.open(str(file)) as sound:
        return float(sound.getnframes() / sound.getframerate())


async def test_who_hangs_up_during_the_prompt_has_answered_so(stage: Stage) -> None:
    stage.lab.world.phone("101").behaviour(manager(after=1, stays=0))
    await stage.ring()
    await stage.listened()
    await stage.lab.idle()
    assert stage.desk.answers == [ManagerAnswer.HUNG_UP]


async def test_who_hangs_up_while_the_customer_is_rung_stops_the_ringing(stage: Stage) -> None:
    stage.lab.world.phone("101").behaviour(manager("1", stays=3))
    customer = stage.lab.world.phone(CUSTOMER).behaviour(never_answers())
    await stage.ring()
    await stage.listened()
    await (await customer.rings()).gone()
    await asyncio.wait_for(stage.desk.reported.wait(), PATIENCE)
    assert [report.dialstatus for report in stage.desk.reports] == ["CANCEL"]


async def test_the_pbx_had_nothing_to_complain_about(stage: Stage) -> None:
    assert complaints(stage) == []
