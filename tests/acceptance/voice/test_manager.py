"""A manager's phone rings on a real Asterisk: what it heard, which keys did what, and whom the customer saw calling."""

import asyncio
import dataclasses
import wave
from pathlib import Path

import pytest

from deploy.lab.company import Did
from deploy.lab.leg import Leg
from deploy.lab.scripts import Script, answers, busy, machine, never_answers
from telephony.voice.desk import ManagerAnswer, Withdrawn, WithdrawnReason
from telephony.voice.language import Language
from telephony.voice.words.phrases import Line
from tests.acceptance.voice.conftest import BRIEFING, CUSTOMER, Stage
from tests.acceptance.voice.ears import ALIKE, envelope, find, first_sound

pytestmark = pytest.mark.asyncio(loop_scope="module")


def manager(key: str = "", after: float = 1.0, stays: float | None = None) -> Script:
    """Pick up, listen, perhaps press a key, and listen on."""

    async def script(leg: Leg) -> None:
        await leg.ring(0.1)
        await leg.answer()
        await leg.listen(after)
        if key:
            await leg.press(key)
        await leg.listen(stays)
        await leg.hangup()

    return script


def heard_in(leg: Leg, files: list[Path]) -> list[tuple[float, float]]:
    """Return likeness and second of each file in what the phone heard."""
    assert leg.heard is not None
    heard = envelope(leg.heard)
    return [find(envelope(file), heard) for file in files]


async def sentence(stage: Stage, language: Language, line: Line) -> Path:
    assert stage.voice is not None
    return Path(f"{await stage.voice.speaker.render(language, line)}.wav")


async def test_key_1_during_the_prompt_connects_the_customer(stage: Stage) -> None:
    phone = stage.lab.world.phone("101").behaviour(manager("1", after=2))
    customer = stage.lab.world.phone(CUSTOMER).behaviour(answers(after=1, talk=1.5))
    await stage.ring()
    leg = await phone.rings()
    called = await customer.rings()
    await asyncio.gather(leg.gone(), called.gone())
    await asyncio.wait_for(stage.desk.reported.wait(), 5)

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
    await asyncio.wait_for(leg.trace.answered.wait(), 5)
    stage.desk.gone = Withdrawn(WithdrawnReason.GOT_THROUGH)
    await asyncio.wait_for(leg.gone(), 20)
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
    await asyncio.wait_for(stage.desk.reported.wait(), 5)
    assert [report.dialstatus for report in stage.desk.reports] == ["CANCEL"]


async def test_a_restarting_daemon_does_not_end_the_talk(stage: Stage) -> None:
    phone = stage.lab.world.phone("101").behaviour(manager("1"))
    customer = stage.lab.world.phone(CUSTOMER).behaviour(answers(after=0.2, talk=3))
    await stage.ring()
    called = await customer.rings()
    await called.trace.answered.wait()
    await stage.stop()
    await stage.start()
    leg = await phone.rings()
    await asyncio.gather(leg.gone(), called.gone())
    await asyncio.wait_for(stage.desk.reported.wait(), 5)
    assert [(report.dialstatus, report.talk_seconds >= 2) for report in stage.desk.reports] == [("ANSWER", True)]


async def test_while_the_daemon_is_away_a_manager_hears_an_apology_and_nobody_is_dialled(stage: Stage) -> None:
    apology = await sentence(stage, Language.RU, Line.APOLOGY)
    assert stage.voice is not None
    await stage.voice.warmed()
    await stage.stop()
    stage.lab.world.phone("101").behaviour(manager("1"))
    await stage.ring()
    leg = await stage.listened()
    assert heard_in(leg, [apology])[0][0] > ALIKE
    assert not stage.lab.world.phone(CUSTOMER).legs


async def test_without_a_voice_the_number_is_said_in_asterisks_own_digits(stage: Stage, tmp_path: Path) -> None:
    await stage.stop()
    settings = stage.settings
    stage.settings = settings.model_copy(update={"tts_command": ("false",), "folder": tmp_path})
    await stage.start()
    stage.lab.world.phone("101").behaviour(manager("1", after=6))
    stage.lab.world.phone(CUSTOMER).behaviour(answers(after=0.2, talk=0.5))
    await stage.ring()
    leg = await stage.listened()
    assert leg.heard is not None
    assert stage.played[0] == f"digits:{CUSTOMER[1:]}"
    assert first_sound(envelope(leg.heard)) < 2
    assert stage.desk.answers == [ManagerAnswer.ACCEPTED]


async def test_a_tts_that_hangs_leaves_nobody_in_silence(stage: Stage, tmp_path: Path) -> None:
    await stage.stop()
    stage.settings = stage.settings.model_copy(update={"tts_command": ("sleep", "60"), "folder": tmp_path})
    await stage.start()
    stage.lab.world.phone("101").behaviour(manager("9", after=3))
    await stage.ring()
    leg = await stage.listened()
    assert leg.heard is not None
    assert first_sound(envelope(leg.heard)) < 2
    assert stage.desk.answers == [ManagerAnswer.DEALT]


async def test_a_recorded_sentence_replaces_the_spoken_one(stage: Stage) -> None:
    recorded = stage.settings.folder / "recorded" / "en" / "dealt.wav"
    recorded.parent.mkdir(parents=True, exist_ok=True)
    original = await sentence(stage, Language.EN, Line.CONNECTING)
    recorded.write_bytes(original.read_bytes())
    try:
        stage.desk.briefed = dataclasses.replace(BRIEFING, language=Language.EN)
        stage.lab.world.phone("101").behaviour(manager("9"))
        await stage.ring()
        leg = await stage.listened()
        assert stage.files()[-1] == recorded
        assert heard_in(leg, [original])[0][0] > ALIKE
    finally:
        recorded.unlink()


async def test_a_hostile_name_is_only_a_sound(stage: Stage, tmp_path: Path) -> None:
    name = f'Анна"; ${{SHELL(touch {tmp_path}/x)}} $(touch {tmp_path}/x)\r\nHANGUP\n<b>'
    stage.desk.briefed = dataclasses.replace(BRIEFING, customer_name=name)
    stage.lab.world.phone("101").behaviour(manager("9", after=3))
    await stage.ring()
    await stage.listened()
    assert stage.desk.answers == [ManagerAnswer.DEALT]
    assert stage.played[0].startswith(str(stage.settings.folder))
    assert not list(tmp_path.iterdir())


async def test_ten_managers_at_once_are_all_heard(stage: Stage) -> None:
    extensions = ("101", "102", "103", "104", "106")
    for extension in extensions:
        stage.lab.world.phone(extension).behaviour(manager("9", after=2))
    await asyncio.gather(*(stage.ring(extension) for extension in extensions * 2))
    legs = [await stage.lab.world.phone(extension).rings(times) for extension in extensions for times in (1, 2)]
    await asyncio.gather(*(leg.gone() for leg in legs))
    await stage.lab.idle()
    assert stage.desk.answers == [ManagerAnswer.DEALT] * 10


async def test_the_pbx_had_nothing_to_complain_about(stage: Stage) -> None:
    complaints = [line for line in stage.lab.pbx.log.splitlines() if "WARNING" in line or "ERROR" in line]
    assert [line for line in complaints if not _expected(line)] == []


def _expected(line: str) -> bool:
    """The test of a daemon that is away makes Asterisk say so."""
    return "Connection refused" in line or "FastAGI failed" in line
