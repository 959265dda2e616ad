"""What is said of people lives as long as its conversation, and is read by the PBX at most."""

import asyncio
import os
import stat
import time
from pathlib import Path

from telephony.voice.errors import SpeechFailed
from telephony.voice.speech.private import FOLDER, PrivateSounds, sweep
from telephony.voice.speech.sounds import Sounds
from telephony.voice.speech.speaker import Speaker
from telephony.voice.speech.tts import Tts
from telephony.voice.words.phrases import Language, Line, ReadBack
from tests.waiting import PATIENCE

NUMBER = ReadBack("+380671234567")


class Mouth(Tts):
    """Speaks at once, or when it is let."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.may.set()
        self.spoken = 0

    def voice(self, language: Language) -> str:
        return language.value

    async def render(self, language: Language, text: str) -> bytes:
        if not text:
            raise SpeechFailed(language.value)
        await self.may.wait()
        self.spoken += 1
        return b"\x10\x20" * 800


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.wav"))


async def test_two_conversations_have_files_of_their_own_that_go_with_them(tmp_path: Path) -> None:
    speaker = Speaker(Sounds(tmp_path, "/pbx", 10_000_000), Mouth(), "UA")
    first, second = speaker.private(), speaker.private()
    (one,) = await speaker.prepare(Language.UK, [NUMBER], 5, first)
    (other,) = await speaker.prepare(Language.UK, [NUMBER], 5, second)
    assert one is not None
    assert other is not None
    assert one != other
    assert one.startswith(f"/pbx/{FOLDER}/")
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)} == {0o640}
    assert speaker.ready(Language.UK, NUMBER, first) == one
    first.close()
    assert len(files(tmp_path)) == 1
    second.close()
    assert files(tmp_path) == []


async def test_a_sentence_that_comes_after_the_end_goes_at_once(tmp_path: Path) -> None:
    mouth = Mouth()
    mouth.may.clear()
    speaker = Speaker(Sounds(tmp_path, "/pbx", 10_000_000), mouth, "UA")
    own = speaker.private()
    assert await speaker.prepare(Language.UK, [NUMBER], 0.01, own) == (None,)
    own.close()
    mouth.may.set()
    async with asyncio.timeout(PATIENCE):
        while not mouth.spoken or len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)
    assert files(tmp_path) == []


async def test_what_says_nothing_of_anybody_is_kept_for_all(tmp_path: Path) -> None:
    mouth = Mouth()
    speaker = Speaker(Sounds(tmp_path, "/pbx", 10_000_000), mouth, "UA")
    for _ in range(2):
        own = speaker.private()
        await speaker.prepare(Language.UK, [Line.CLOSED], 5, own)
        own.close()
    assert (mouth.spoken, len(files(tmp_path))) == (1, 1)


def test_what_a_killed_daemon_left_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    own = PrivateSounds(tmp_path)
    old, new = (own.keep(Language.UK, text, b"\0\0") for text in ("a", "b"))
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    sweep(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
