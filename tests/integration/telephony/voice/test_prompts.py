"""``ringback prompts``: what is there, what is missing, and the files that the dialplan plays by itself."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from telephony.errors import Refused
from telephony.settings import VoiceSettings
from telephony.voice.errors import SpeechFailed
from telephony.voice.service import make_speaker
from telephony.voice.speech.prompts import EXAMPLES, PUBLISHED, PromptSource, listed, publish, render, spoken
from telephony.voice.speech.speaker import Speaker
from telephony.voice.words.phrases import Language
from tests.integration.telephony.voice.test_speech import SPEAKS, program

EN = (Language.EN,)


def settings(folder: Path, command: tuple[str, ...]) -> VoiceSettings:
    return VoiceSettings(folder=folder / "prompts", pbx_folder="/pbx", tts_command=command)


@pytest_asyncio.fixture
async def speaker(tmp_path: Path) -> AsyncIterator[Speaker]:
    made = make_speaker(settings(tmp_path, program(tmp_path, SPEAKS, str(tmp_path / "log"), "8000")), "UA")
    yield made
    await made.stop()


async def test_all_that_can_be_said_is_listed_with_its_sentence_and_where_it_comes_from(speaker: Speaker) -> None:
    prompts = list(listed(speaker, Language))
    assert len(prompts) == len(EXAMPLES) * len(Language)
    assert {prompt.source for prompt in prompts} == {PromptSource.MISSING}
    assert "closed" in str(next(prompt for prompt in prompts if prompt.title == "closed"))


async def test_rendering_fills_in_what_is_missing_and_publishes(speaker: Speaker) -> None:
    rendered = [prompt async for prompt, failure in render(speaker, EN) if not failure]
    assert len(rendered) == len(EXAMPLES)
    assert {prompt.source for prompt in listed(speaker, EN)} == {PromptSource.RENDERED}
    published = {path.name for path in (speaker.sounds.folder / "published" / "en").iterdir()}
    assert published == {f"{line.value}.wav" for line in PUBLISHED}


async def test_a_failure_is_told_with_each_prompt_and_nothing_stops(tmp_path: Path) -> None:
    made = make_speaker(settings(tmp_path, (sys.executable, "-c", "raise SystemExit('no voice')")), "UA")
    failures = [failure async for _, failure in render(made, EN)]
    await made.stop()
    assert len(failures) == len(EXAMPLES)
    assert all("no voice" in failure for failure in failures)


async def test_one_prompt_is_had_by_its_title(speaker: Speaker) -> None:
    path = await spoken(speaker, Language.EN, "promise")
    assert path.read_bytes().startswith(b"RIFF")
    with pytest.raises(Refused, match="connecting"):
        await spoken(speaker, Language.EN, "no_such_prompt")


async def test_a_recording_is_listed_and_published_in_place_of_the_rendered_sentence(speaker: Speaker) -> None:
    _ = [prompt async for prompt in render(speaker, EN)]
    recorded = speaker.sounds.folder / "recorded" / "en"
    recorded.mkdir(parents=True)
    (recorded / "closed.gsm").write_bytes(b"recorded")
    publish(speaker, EN)
    published = speaker.sounds.folder / "published" / "en"
    assert [path.name for path in published.glob("closed.*")] == ["closed.gsm"]
    assert [p.source for p in listed(speaker, EN) if p.title == "closed"] == [PromptSource.RECORDED]


async def test_publishing_again_touches_nothing(speaker: Speaker) -> None:
    _ = [prompt async for prompt in render(speaker, EN)]
    place = speaker.sounds.folder / "published" / "en" / "closed.wav"
    os.utime(place, (1, 1))
    publish(speaker, EN)
    assert place.stat().st_mtime == 1


async def test_a_missing_tts_names_itself_and_the_setting(tmp_path: Path) -> None:
    made = make_speaker(settings(tmp_path, ("no-such-tts",)), "UA")
    with pytest.raises(SpeechFailed, match="no-such-tts"):
        await spoken(made, Language.EN, "closed")
    await made.stop()
