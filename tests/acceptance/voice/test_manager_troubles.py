"""A manager's phone when not all is well: the daemon away, no voice, a slow one, a hostile name, ten calls at once."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from deploy.lab.telephones.scripts import answers
from telephony.voice.dialogs.manager_port import ManagerAnswer
from telephony.voice.words.phrases import Language, Line
from tests.acceptance.voice.conftest import BRIEFING, CUSTOMER, Stage
from tests.acceptance.voice.ears import ALIKE, envelope, first_sound
from tests.acceptance.voice.phone import complaints, heard_in, manager, sentence
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
    await asyncio.wait_for(stage.desk.reported.wait(), PATIENCE)
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


async def test_the_pbx_complained_of_the_daemon_that_was_away_and_of_nothing_else(stage: Stage) -> None:
    expected = ("Connection refused", "FastAGI failed")
    assert [line for line in complaints(stage) if not any(words in line for words in expected)] == []
