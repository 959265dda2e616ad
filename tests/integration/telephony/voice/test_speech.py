"""Speech on the disk and by real subprocesses: rendered once, bounded, and never waited for too long."""

import asyncio
import os
import sys
import textwrap
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from telephony.voice.errors import SpeechFailed
from telephony.voice.speech.sounds import Sounds
from telephony.voice.speech.speaker import Speaker
from telephony.voice.speech.tts import Tts, TtsCommand
from telephony.voice.words.phrases import Language, LaterNoted, Line

SPEAKS = """
import sys, struct, os
text = sys.stdin.buffer.read()
with open(sys.argv[1], "ab") as log: log.write(text)
sound = struct.pack("<100h", *([9000, -9000] * 50)) * 40
rate = int(sys.argv[2])
sys.stdout.buffer.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 0x7ffff000, b"WAVE", b"fmt ", 16, 1, 1, rate,
    rate * 2, 2, 16, b"data", 0x7ffff000) + sound)
"""


def program(folder: Path, source: str, *arguments: str) -> tuple[str, ...]:
    path = folder / "speak.py"
    path.write_text(textwrap.dedent(source))
    return (sys.executable, str(path), *arguments)


def tts(folder: Path, source: str = SPEAKS, rate: int = 8000, seconds: float = 10.0) -> Tts:
    return Tts(TtsCommand(program(folder, source, str(folder / "said.log"), str(rate)), {}, seconds))


def said(folder: Path) -> list[str]:
    log = folder / "said.log"
    return log.read_text().splitlines() if log.exists() else []


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob("*.part"))


@asynccontextmanager
async def speaker(folder: Path, voice: Tts, most_bytes: int = 10**8) -> AsyncIterator[Speaker]:
    before = asyncio.all_tasks()
    speaking = Speaker(Sounds(folder / "prompts", "/pbx/prompts", most_bytes), voice, "UA")
    try:
        yield speaking
    finally:
        await speaking.stop()
    assert asyncio.all_tasks() == before, "a task was left behind"
    assert not leftovers(folder), "a file was left behind"


async def test_a_sentence_is_rendered_once_and_then_costs_nothing(tmp_path: Path) -> None:
    async with speaker(tmp_path, tts(tmp_path)) as speaking:
        first = await speaking.prepare(Language.RU, [Line.DEALT, Line.CONNECTING], 5)
        again = await speaking.prepare(Language.RU, [Line.DEALT, Line.CONNECTING], 0)
        assert first == again
        assert None not in first
        assert sorted(said(tmp_path)) == ["Соединяю.", "Хорошо, звонок закрыт."]


async def test_asterisk_gets_its_own_path_without_suffix_of_a_file_it_can_read(tmp_path: Path) -> None:
    async with speaker(tmp_path, tts(tmp_path)) as speaking:
        path = await speaking.render(Language.EN, Line.DEALT)
    file = tmp_path / "prompts" / (path.removeprefix("/pbx/prompts/") + ".wav")
    assert file.stat().st_mode & 0o777 == 0o644
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getnframes()) == (8000, 1, 4000)


async def test_two_callers_at_once_cost_one_rendering(tmp_path: Path) -> None:
    async with speaker(tmp_path, tts(tmp_path)) as speaking:
        found = await asyncio.gather(*(speaking.prepare(Language.UK, [LaterNoted(15)], 5) for _ in range(20)))
        assert len(set(found)) == 1
        assert len(said(tmp_path)) == 1


async def test_another_voice_is_another_sound(tmp_path: Path) -> None:
    sounds = Sounds(tmp_path, "/pbx", 10**8)
    keys = [("voice a", "text"), ("voice b", "text"), ("voice", "a"), ("voice", "b")]
    assert len({sounds.store(voice, text, bytes(8000)) for voice, text in keys}) == 4


async def test_another_rate_is_converted(tmp_path: Path) -> None:
    samples = await tts(tmp_path, rate=22050).render(Language.EN, "text")
    assert 1400 <= len(samples) // 2 <= 1500  # 4000 samples of 22,050 a second


async def test_a_recorded_file_replaces_the_phrase_as_soon_as_it_is_there(tmp_path: Path) -> None:
    async with speaker(tmp_path, tts(tmp_path)) as speaking:
        folder = tmp_path / "prompts" / "recorded" / "ru"
        folder.mkdir(parents=True)
        assert speaking.ready(Language.RU, Line.DEALT) is None
        await asyncio.sleep(0.02)  # the folder's time of change must differ
        (folder / "dealt.gsm").write_bytes(b"recorded")
        (folder / "later_noted.txt").write_bytes(b"no sound")
        assert speaking.ready(Language.RU, Line.DEALT) == "/pbx/prompts/recorded/ru/dealt"
        assert speaking.ready(Language.RU, LaterNoted(15)) is None
        assert speaking.ready(Language.UK, Line.DEALT) is None


async def test_a_late_rendering_is_not_waited_for_but_is_there_the_next_time(tmp_path: Path) -> None:
    slow = "import time\ntime.sleep(2)\n" + SPEAKS
    async with speaker(tmp_path, tts(tmp_path, slow)) as speaking:
        assert await speaking.prepare(Language.EN, [Line.DEALT], 0.1) == (None,)
        assert await speaking.prepare(Language.EN, [Line.DEALT], 60) != (None,)
        assert len(said(tmp_path)) == 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import sys; sys.exit('no voice')", "ended with 1: no voice"),
        ("pass", "ended with|0.00 s"),
        ("import sys; sys.stdout.write('RIFF')", "ended with"),
        ("import time; time.sleep(60)", "more than 1 s"),
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "more than 1 s"),
        ("import os, time\nif os.fork() == 0: time.sleep(60)", "more than 1 s"),
    ],
)
async def test_each_way_to_fail_is_told_and_leaves_no_process(tmp_path: Path, source: str, reason: str) -> None:
    voice = tts(tmp_path, source, seconds=1)
    with pytest.raises(SpeechFailed, match=reason):
        await voice.render(Language.EN, "text")
    assert not _running(str(tmp_path))


def _running(word: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if word in line and "pytest" not in line:
                found.append(line)
    return found


async def test_a_missing_command_is_told_by_name() -> None:
    with pytest.raises(SpeechFailed, match="no-such-tts"):
        await Tts(TtsCommand(("no-such-tts",), {})).render(Language.EN, "text")


async def test_a_text_is_never_an_argument(tmp_path: Path) -> None:
    await tts(tmp_path).render(Language.EN, "--help; touch x")
    assert said(tmp_path) == ["--help; touch x"]


async def test_the_cache_forgets_what_was_not_played_for_longest_and_never_what_plays(tmp_path: Path) -> None:
    sounds = Sounds(tmp_path, "/pbx", 50_000)
    samples = bytes(8000)
    for number in range(5):
        hour_ago = time.time() - 3600 + number
        os.utime(sounds.store("voice", f"old {number}", samples), (hour_ago, hour_ago))
    assert sounds.cached("voice", "old 0")  # played now
    sounds.store("voice", "new 1", samples)
    sounds.store("voice", "new 2", samples)
    kept = [
        text for text in ("old 0", "old 1", "old 2", "old 3", "old 4", "new 1", "new 2") if sounds.cached("voice", text)
    ]
    assert kept == ["old 0", "old 4", "new 1", "new 2"]


async def test_leftovers_of_a_killed_daemon_go(tmp_path: Path) -> None:
    left = tmp_path / "cache" / "ab" / ".x.1.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    Sounds(tmp_path, "/pbx", 50_000).store("voice", "text", bytes(8000))
    assert not left.exists()


async def test_a_folder_that_cannot_be_written_is_told_and_nothing_breaks(tmp_path: Path) -> None:
    (tmp_path / "prompts").write_text("in the way")
    async with speaker(tmp_path, tts(tmp_path)) as speaking:
        assert await speaking.prepare(Language.EN, [Line.DEALT], 5) == (None,)
        with pytest.raises(SpeechFailed, match="cannot be kept"):
            await speaking.render(Language.EN, Line.DEALT)


async def test_without_a_tts_warming_stops_at_once(tmp_path: Path) -> None:
    async with speaker(tmp_path, tts(tmp_path, "import sys; sys.exit(1)")) as speaking:
        await speaking.warm([Language.EN, Language.RU])
        assert speaking.ready(Language.EN, Line.DEALT) is None
