"""A daemon hands over to its successor, twice, while people call: nobody is lost, counted twice, or hears silence."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from deploy.lab.company import TRUNK_GLOB, Did
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from deploy.lab.programs.find import program
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import answers, talks
from telephony.postgres.embedded import EmbeddedServer
from telephony.settings import VoiceSettings
from telephony.voice.dialplan import Kind, render
from telephony.voice.service import make_speaker
from telephony.voice.words.phrases import Language, Line
from tests import folders
from tests.acceptance.callback.conftest import warm
from tests.acceptance.daemon.process import Daemon, daemon
from tests.acceptance.promise.conftest import CLOSED
from tests.acceptance.voice.ears import ALIKE, envelope, find
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")

_CALLERS = 14
_EVERY = 0.6
_LOUD = 100
_SPEECH = 0.8
"""Seconds of sound that make a sentence."""


class Place:
    def __init__(self, lab: Lab, folder: Path, voice: VoiceSettings) -> None:
        self.lab = lab
        self.folder = folder
        self.voice = voice

    def general(self) -> Path:
        """Return the sentence that holds without a time."""
        file = make_speaker(self.voice, "UA").file(Language.EN, Line.REGISTERED)
        assert file is not None
        return file

    def config(self, database: str, *, http: int) -> Path:
        """Write the settings; we work six hours from now, so whoever calls is promised a time."""
        lab, opens = self.lab, (datetime.now(UTC) + timedelta(hours=6)).hour
        words = ", ".join(f'"{word}"' for word in self.voice.tts_command)
        file = self.folder / "ringback.toml"
        file.write_text(f"""
            [[pbx]]
            name = "office"
            port = {lab.pbx.ami_port}
            secret = "{lab.pbx.ami_secret}"
            trunks = ["{TRUNK_GLOB}"]
            retry_first_seconds = 0.1
            retry_cap_seconds = 0.3
            cel_file = "{lab.pbx.cel_file}"
            monitor_folder = "{lab.pbx.recordings}"
            [database]
            {database}
            spool_folder = "{self.folder}/spool"
            [recording]
            folder = "{self.folder}/kept"
            pbx_folder = "{lab.pbx.recordings}/ringback"
            shared = [{{ there = "{lab.pbx.recordings}", here = "{lab.pbx.recordings}" }}]
            settle_seconds = 0.2
            disk_floor_megabytes = 1
            disk_floor_percent = 0
            [hours]
            schedule = "Mo-Su {opens:02}:00-{opens:02}:50"
            timezone = "UTC"
            [http]
            port = {http}
            [voice]
            port = {self.voice.port}
            folder = "{self.voice.folder}"
            language = "en"
            tts_command = [{words}]
        """)
        return file


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place() -> AsyncIterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="rb-succession-"))
    port = free_port()
    command = (program("espeak-ng"), "-v", "{voice}", "-s", "400", "--stdin", "--stdout")
    voice = VoiceSettings(port=port, folder=folder / "prompts", language="en", tts_command=command)
    try:
        async with Lab.start(folder, PbxPlan(agi_port=port)) as lab:
            await lab.pbx.add_dialplan("ringback", render(voice, Kind.ASTERISK))
            await lab.pbx.add_dialplan("closed", CLOSED)
            await warm(voice)
            yield Place(lab, folder, voice)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def likeness(sentence: list[float], leg: Leg) -> float:
    assert leg.heard is not None
    return find(sentence, envelope(leg.heard))[0]


async def listens(leg: Leg) -> None:
    await leg.listen()


def seconds_of_sound(leg: Leg) -> float:
    assert leg.heard is not None
    return sum(loudness > _LOUD for loudness in envelope(leg.heard)) / 100


async def reload(running: Daemon, pid: int) -> int:
    """Ask for a successor; return its pid once it hears the PBX."""
    before = len(running.said)
    os.kill(pid, signal.SIGHUP)
    successor = int(str((await fresh(running, before, "succession.hands_over"))["successor"]))
    await fresh(running, before, "ami.link", state="synced")
    return successor


async def fresh(running: Daemon, before: int, event: str, **fields: object) -> dict[str, object]:
    """Wait for a log event that comes after the first ``before`` ones."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for said in running.said[before:]:
                if {"event": event, **fields}.items() <= said.items():
                    return said
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("own", [False, True], ids=["a server that stays", "our own server, handed on"])
async def test_nobody_is_lost_counted_twice_or_left_in_silence(place: Place, database: str, *, own: bool) -> None:
    """Own: the successor works on the first one's server until its last conversation is over, then has its own."""
    home = folders.server_folder("rb-daemon-")
    told = f'folder = "{home}/pg"' if own else f'dsn = "{database}"'
    dsn = EmbeddedServer(home / "pg").dsn if own else database
    lab, http = place.lab, free_port()
    try:
        async with daemon("--config", place.config(told, http=http)) as running:
            running.patience = 60
            await running.says("ami.link", state="synced")
            lab.world.phone("101").behaviour(answers(0.3, 15.0))
            talk = await lab.world.call("+380671110000", Did.IVAN, script=talks())
            pids, legs = [running.process.pid], []
            reloads = {_CALLERS // 3, 2 * _CALLERS // 3}
            asked: list[asyncio.Task[int]] = []
            for count in range(_CALLERS):
                if count in reloads:
                    if asked:
                        pids.append(await asked[-1])
                    asked.append(asyncio.create_task(reload(running, pids[-1])))
                legs.append(await lab.world.call(f"+3806722200{count:02}", Did.SCRATCH, script=listens))
                await asyncio.sleep(_EVERY)
            pids.append(await asked[-1])
            for leg in (*legs, talk):
                await asyncio.wait_for(leg.gone(), 90)
            await lab.idle()
            calls = await ledger(dsn, _CALLERS + 1)
            os.kill(pids[-1], signal.SIGTERM)
            await running.ended()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    assert len(set(pids)) == 3
    silent = [index for index, leg in enumerate(legs) if seconds_of_sound(leg) < _SPEECH]
    assert silent == [], "nobody spoke to them"
    assert Counter(call["direction"] for call in calls) == {"inbound": _CALLERS + 1}
    assert Counter(call["disposition"] for call in calls) == {"missed": _CALLERS, "answered": 1}
    missed = {str(call["customer"]): call for call in calls if call["disposition"] == "missed"}
    assert [call["requests"] for call in missed.values()] == [1] * _CALLERS, "each is owed a call"
    unpromised = [leg for leg in legs if not missed[leg.number]["promises"]]
    # Who calls while our own server is handed on, or while a busy machine's database does not answer before the
    # greeting is over, hears that we call back, without a time.
    print(f"{len(unpromised)} of {_CALLERS} heard no time")  # noqa: T201 - `make test-reload` is run to know it
    general = envelope(place.general())
    assert [leg.number for leg in unpromised if likeness(general, leg) < ALIKE] == [], "another sentence was heard"
    assert [call["recordings"] for call in calls if call["disposition"] == "answered"] == [1]
    broken = [said for said in running.said if said.get("level") == "critical" or "traceback" in str(said).lower()]
    assert broken == []


async def ledger(dsn: str, many: int) -> list[dict[str, object]]:
    """Wait until so many calls have ended, each with all that follows from it."""
    query = """
        SELECT c.direction, c.disposition, c.customer, c.ended_at,
               (SELECT count(*) FROM published.promises p JOIN callback_requests r USING (request_id)
                 WHERE r.customer = c.customer) AS promises,
               (SELECT count(*) FROM callback_requests r WHERE r.customer = c.customer) AS requests,
               (SELECT count(*) FROM recordings x WHERE x.call_id = c.call_id AND x.bytes > 0) AS recordings
        FROM calls c ORDER BY c.started_at"""
    rows: list[dict[str, object]] = []
    for _ in range(150):
        try:
            connection = await asyncpg.connect(dsn)
            try:
                rows = [dict(row) for row in await connection.fetch(query)]
            finally:
                await connection.close()
        except (OSError, asyncpg.PostgresError):
            rows = []
        answered = [row for row in rows if row["disposition"] == "answered"]
        owed = [row for row in rows if row["requests"]]
        followed = all(row["recordings"] for row in answered) and len(owed) + len(answered) == len(rows)
        if len(rows) >= many and all(row["ended_at"] for row in rows) and followed:
            return rows
        await asyncio.sleep(0.2)
    return rows
