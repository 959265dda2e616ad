"""A customer calls while nobody works: a time is promised aloud, and written down before it is said."""

import asyncio
import wave
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.lab.company import Did
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script
from telephony.voice.speech.private import FOLDER
from telephony.voice.words.moments import moment
from telephony.voice.words.phrases import Language, Line, Phrase, Promise
from tests.acceptance.voice.conftest import CUSTOMER, MONDAY, NOW, Stage
from tests.acceptance.voice.ears import ALIKE, envelope, find, first_sound
from tests.acceptance.voice.keys import Key, at_once, caller
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")
UK = Language.UK


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def closed(stage: Stage) -> AsyncIterator[None]:
    await stage.lab.pbx.add_dialplan("scratch", "[scratch]\nexten => s,1,Goto(ringback-closed,s,1)\n")
    assert stage.voice is not None
    await stage.voice.speaker.warm([UK])
    yield
    await stage.lab.pbx.add_dialplan("scratch", "")


async def called(stage: Stage, script: Script, *, hidden: bool = False) -> Leg:
    leg = await stage.lab.world.call(CUSTOMER, Did.SCRATCH, script=script, hidden=hidden)
    await asyncio.wait_for(leg.gone(), PATIENCE)
    await stage.lab.idle()
    return leg


async def file_of(stage: Stage, phrase: Phrase) -> Path:
    assert stage.voice is not None
    return Path(f"{await stage.voice.speaker.render(UK, phrase)}.wav")


def accepts(stage: Stage, sentences: int = 1) -> Key:
    return Key("1", lambda: bool(stage.promises.said_yes), lambda: len(stage.played) >= sentences)


def another_time(stage: Stage) -> Key:
    return Key("2", lambda: len(stage.promises.booked) == 2)


async def message(stage: Stage) -> Key:
    asks = str((await file_of(stage, Line.LEAVE_MESSAGE)).with_suffix(""))
    return Key("0", lambda: asks in stage.played)


def number(stage: Stage, keys: str) -> Key:
    """Taken when what is to be read back was rendered."""
    folder = stage.settings.folder / FOLDER
    return Key(keys, lambda: folder.is_dir() and any(folder.iterdir()), at_once, again_seconds=4)


async def promise(stage: Stage, minutes: int = 0) -> Path:
    zone = stage.zone
    at = (MONDAY + timedelta(minutes=minutes)).astimezone(zone)
    return await file_of(stage, Promise(moment(at, NOW.astimezone(zone))))


def likeness(leg: Leg, prompt: Path) -> float:
    assert leg.heard is not None
    return find(envelope(prompt), envelope(leg.heard))[0]


async def test_the_promised_time_is_heard_and_1_accepts_it(stage: Stage) -> None:
    leg = await called(stage, caller(stage.played, accepts(stage, sentences=2)))
    assert stage.promises.booked == [(CUSTOMER, MONDAY)]
    assert stage.promises.said_yes == [CUSTOMER]
    assert stage.files()[:2] == [await file_of(stage, Line.GREETING), await promise(stage)]
    assert stage.files()[-1] == await file_of(stage, Line.PROMISE_ACCEPTED)
    assert likeness(leg, stage.files()[1]) > ALIKE
    assert likeness(leg, stage.files()[-1]) > ALIKE
    assert leg.heard is not None
    assert first_sound(envelope(leg.heard)) < 5, "a second on a machine at rest"


async def test_who_says_nothing_hears_it_twice_and_the_promise_stands(stage: Stage) -> None:
    await called(stage, caller(stage.played))
    told = await promise(stage)
    assert stage.files().count(told) == 2
    assert stage.promises.booked == [(CUSTOMER, MONDAY)]
    assert stage.promises.said_yes == []


async def test_who_hangs_up_at_once_is_promised_a_time_all_the_same(stage: Stage) -> None:
    async def script(leg: Leg) -> None:
        await stage.promises.greeted.wait()
        await leg.listen(0.3)
        await leg.hangup()

    await called(stage, script)
    assert stage.promises.booked == [(CUSTOMER, MONDAY)]


async def test_2_is_another_time_later_than_the_first(stage: Stage) -> None:
    leg = await called(stage, caller(stage.played, another_time(stage), accepts(stage)))
    later = MONDAY + timedelta(minutes=30)
    assert stage.promises.booked == [(CUSTOMER, MONDAY), (CUSTOMER, later)]
    assert await promise(stage, 30) in stage.files()
    assert stage.promises.said_yes == [CUSTOMER]
    assert leg.digits == ""


async def test_0_leaves_a_message_that_is_recorded(stage: Stage) -> None:
    leg = await called(stage, caller(stage.played, await message(stage), message_seconds=3))
    ((number, file),) = stage.promises.messages
    assert number == CUSTOMER
    with wave.open(file) as sound:
        assert sound.getnframes() / sound.getframerate() > 1.5
    assert stage.files()[-1] == await file_of(stage, Line.MESSAGE_TAKEN)
    assert likeness(leg, stage.files()[-1]) > ALIKE


async def test_a_message_ended_by_hanging_up_is_kept_too(stage: Stage) -> None:
    await called(stage, caller(stage.played, await message(stage), message_seconds=3, message_end="", stays=0))
    ((_, file),) = stage.promises.messages
    assert Path(file).is_file()


async def test_a_hidden_number_is_keyed_in_read_back_and_confirmed(stage: Stage) -> None:
    right = Key("1", lambda: bool(stage.promises.booked), lambda: any("/heard/" in sound for sound in stage.played))
    leg = await called(stage, caller(stage.played, number(stage, "0671234567#"), right, accepts(stage)), hidden=True)
    assert stage.promises.booked == [(CUSTOMER, MONDAY)]
    assert any(likeness(leg, file) > ALIKE and file.parent.name == "heard" for file in stage.files())
    assert not list((stage.settings.folder / FOLDER).iterdir()), "the number's sound went with the conversation"


async def test_who_keys_in_nothing_is_let_go_after_three_times(stage: Stage) -> None:
    leg = await called(stage, caller(stage.played), hidden=True)
    assert stage.promises.booked == []
    assert stage.files()[-1] == await file_of(stage, Line.CANNOT_CALL_BACK)
    assert likeness(leg, stage.files()[-1]) > ALIKE


async def test_a_desk_that_hangs_leaves_nobody_in_silence(stage: Stage) -> None:
    stage.promises.seconds = 30
    leg = await called(stage, caller(stage.played))
    assert leg.heard is not None
    assert first_sound(envelope(leg.heard)) < stage.promises.seconds / 2
    general = stage.files()[-1]
    assert likeness(leg, general) > ALIKE
    assert stage.promises.booked == []


async def test_while_the_daemon_is_away_the_general_sentence_is_said(stage: Stage) -> None:
    assert stage.voice is not None
    await stage.voice.warmed()
    await stage.stop()
    leg = await called(stage, caller(stage.played))
    assert likeness(leg, stage.settings.folder / "published" / "ru" / "closed.wav") > ALIKE


@pytest.mark.parametrize("after", [0.1, 0.4, 0.8, 2.5, 5])
async def test_a_hang_up_at_any_moment_leaves_no_conversation(stage: Stage, after: float) -> None:
    await called(stage, caller(stage.played, stays=after))
    assert stage.voice is not None
    async with asyncio.timeout(PATIENCE):
        while stage.voice.conversations:
            await asyncio.sleep(0.01)


async def test_who_waits_is_offered_a_callback_and_1_releases_them(stage: Stage) -> None:
    await stage.lab.pbx.add_dialplan(
        "scratch",
        "[scratch]\nexten => s,1,Answer()\n same => n,Gosub(ringback-offer,s,1)\n same => n,Wait(60)\n",
    )
    wanted = str((await file_of(stage, Line.OFFER_TAKEN)).with_suffix(""))
    leg = await called(stage, caller(stage.played, Key("1", lambda: wanted in stage.played, at_once, again_seconds=1)))
    assert stage.files()[-1].is_file()
    assert likeness(leg, stage.files()[-1]) > ALIKE


async def test_who_does_not_want_the_callback_waits_on(stage: Stage) -> None:
    await stage.lab.pbx.add_dialplan(
        "scratch",
        "[scratch]\nexten => s,1,Answer()\n same => n,Gosub(ringback-offer,s,1)\n"
        " same => n,Playback(vm-goodbye)\n same => n,Hangup()\n",
    )
    leg = await called(stage, caller(stage.played))
    goodbye = stage.lab.pbx.sounds / "en" / "vm-goodbye.wav"
    assert likeness(leg, goodbye) > ALIKE
