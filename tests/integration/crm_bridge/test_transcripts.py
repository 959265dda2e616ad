"""Transcripts of real sound, by a small program: its text is found, shown with its moment, and gone with the number."""

import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crm_bridge.console_settings import TranscriptionSettings
from crm_bridge.transcripts.keeper import TranscriptKeeper
from deploy.demo.sounds import make_sounds
from telephony.postgres.pool import Pool
from telephony.recording.files import Library
from tests.integration.crm_bridge.conftest import Api
from tests.integration.crm_bridge.test_api_calls import START, call, write
from tests.integration.crm_bridge.things import ask, keep_recording

HEARS = """#!{python}
import json, sys, wave
with wave.open(sys.argv[2]) as sound:
    shape = sound.getframerate(), sound.getnchannels(), sound.getsampwidth()
    seconds = sound.getnframes() / sound.getframerate()
assert shape == (16000, 1, 2), shape
print(json.dumps({{"start": 0.5, "end": seconds, "text": sys.argv[1] + ": скидка " + sys.argv[2][-5]}}))
"""


def program(folder: Path, text: str) -> Path:
    file = folder / "hears"
    file.write_text(text, encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


async def kept(api: Api, pool: Pool) -> None:
    """A call with a recording that ffmpeg can read."""
    await write(pool, [call(1)])
    [sound] = await make_sounds(api.folder, 1)
    number = await keep_recording(pool, api.folder, "pbx:1763.1", START)
    await pool.execute("UPDATE recordings SET path = $2, seconds = $3 WHERE id = $1", number, sound.path, sound.seconds)


def keeper(api: Api, pool: Pool, *command: str, seconds: float = 60) -> TranscriptKeeper:
    wanted = TranscriptionSettings(command=command, language="uk", seconds=seconds, days=36500)
    return TranscriptKeeper(pool, lambda: datetime.now(UTC), Library(api.folder), wanted)


async def test_both_sides_are_heard_found_and_erased_with_the_number(api: Api, pool: Pool, tmp_path: Path) -> None:
    await kept(api, pool)
    hears = program(tmp_path, HEARS.format(python=sys.executable))
    worker = keeper(api, pool, str(hears), "{language}", "{file}")
    assert await worker.work()
    assert not await worker.work(), "each once"
    code, whole = await ask(api, "GET", "/calls/pbx:1763.1/transcript")
    assert (code, [(each["side"], each["text"]) for each in whole["lines"]]) == (
        200, [(0, "uk: скидка 0"), (1, "uk: скидка 1")]
    )  # fmt: skip
    assert [each["call_id"] for each in (await ask(api, "GET", "/calls?said=СКИДКА"))[1]["calls"]] == ["pbx:1763.1"]
    assert (await ask(api, "GET", "/calls?said=цена"))[1]["calls"] == []
    _, known = await ask(api, "POST", "/privacy/export", {"number": "0671234567"})
    assert len(known["transcripts"]) == 2
    assert (await ask(api, "POST", "/privacy/erase", {"number": "0671234567", "reason": "asked"}))[0] == 200
    assert await pool.fetchval("SELECT count(*) FROM transcript_lines") == 0
    assert await pool.fetchval("SELECT count(*) FROM transcripts") == 0


@pytest.mark.parametrize(
    ("text", "seconds", "why"),
    [
        ("import sys; sys.exit('no model')", 60, "ended with 1: no model"),
        ("import time; time.sleep(600)", 0.5, "took longer"),
        ("print('hello')", 60, "not JSON"),
        ("import os\nwhile True: os.write(1, b'x' * 65536)", 60, "wrote more than"),
    ],
)
async def test_a_program_that_fails_hangs_or_babbles_costs_its_try(
    api: Api, pool: Pool, tmp_path: Path, text: str, seconds: float, why: str
) -> None:
    await kept(api, pool)
    bad = program(tmp_path, f"#!{sys.executable}\n{text}\n")
    assert await keeper(api, pool, str(bad), seconds=seconds).work()
    [row] = await pool.fetch("SELECT state, tries, why, lease_until FROM transcripts")
    assert (row["state"], row["tries"]) == ("failed", 1)
    assert why in row["why"]
    assert row["lease_until"] > datetime.now(UTC) - timedelta(minutes=1), "not again at once"
