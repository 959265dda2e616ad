"""FastAGI: how soon 200 people who pick up at once hear the first word; what a command and a cached sentence cost."""

import asyncio
import socket
import statistics
import tempfile
import time
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

from panoramisk.fast_agi import Application, Request

from benchmarks.row import Row
from telephony.callback.policy.dialling import DialCustomer
from telephony.numbers import Canonical, canonical
from telephony.settings import VoiceSettings
from telephony.voice.agi.call import AgiCall
from telephony.voice.agi.server import AgiServer, Limits
from telephony.voice.dialogs.caller_port import Booked, Caller, CallerBriefing
from telephony.voice.dialogs.manager_dialog import ManagerDialog
from telephony.voice.dialogs.manager_port import (
    AnswerNoted,
    AttemptId,
    DialReport,
    ManagerAnswer,
    ManagerBriefing,
    Withdrawn,
)
from telephony.voice.service import VoiceService, make_speaker
from telephony.voice.words.moments import moment
from telephony.voice.words.phrases import Language, Line, Promise

NOW = datetime(2026, 12, 18, 8, 30, tzinfo=UTC)
BRIEFING = ManagerBriefing(Language.UK, "Анна Петренко", "+380671234567", NOW, 2)
CALLERS = 200
COMMANDS = 5000
_SILENT_TTS = ("false",)


class Desk:
    """Knows one attempt, and wants it dialled."""

    async def briefing(self, attempt: AttemptId) -> ManagerBriefing:  # noqa: ARG002, D102
        return BRIEFING

    async def withdrawn(self, attempt: AttemptId) -> None:  # noqa: ARG002, D102
        return None

    async def report(  # noqa: D102
        self,
        attempt: AttemptId,  # noqa: ARG002
        answer: ManagerAnswer,  # noqa: ARG002
    ) -> DialCustomer | Withdrawn | AnswerNoted:
        return DialCustomer("+380671234567", "+380442000101", "PJSIP/carrier")

    async def calls_us(self, attempt: AttemptId) -> bool:  # noqa: ARG002, D102
        return False

    async def dialled(self, attempt: AttemptId, report: DialReport) -> None:  # noqa: D102
        pass

    async def greet(self, caller: Caller) -> CallerBriefing:  # noqa: D102
        return CallerBriefing(Language.UK, canonical(caller.number, "UA"))

    async def book(self, caller: Caller, number: Canonical, later_than: datetime | None) -> Booked:  # noqa: ARG002, D102
        return Booked(NOW)

    async def accepted(self, caller: Caller, number: Canonical) -> None:  # noqa: D102
        pass

    async def message(self, caller: Caller, number: Canonical, file: str) -> None:  # noqa: D102
        pass


def rows() -> list[Row]:
    """Measure everything."""
    with tempfile.TemporaryDirectory(prefix="rb-bench-") as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Row]:
    settings = VoiceSettings(folder=folder, tts_command=_SILENT_TTS, port=_free_port())
    _fill_cache(settings)
    voice = VoiceService(settings, Desk(), clock=lambda: NOW, zone=ZoneInfo("Europe/Kyiv"), region="UA", callers=Desk())
    await voice.start()
    await voice.warmed()
    try:
        managers = await asyncio.gather(*(_caller(voice.port, "manager", number) for number in range(CALLERS)))
        callers = await asyncio.gather(*(_caller(voice.port, "closed", number) for number in range(CALLERS)))
    finally:
        await voice.stop()
    ours, theirs = await _ours(), await _theirs()
    return [
        *_first_words(f"{CALLERS} callers at once while closed", callers),
        *_first_words(f"{CALLERS} managers at once", managers),
        Row("voice: AGI commands, one after the other", ours, "1/s", "panoramisk 1.4", theirs),
        Row("voice: a cached sentence, from phrase to file", await _cached(settings), "µs", "limit", 1000),
    ]


def _first_words(who: str, seconds: list[float]) -> list[Row]:
    return [
        Row(f"voice: {who}, first word, p50", statistics.median(seconds) * 1000, "ms"),
        Row(f"voice: {who}, first word, slowest", max(seconds) * 1000, "ms", "limit", 1000),
    ]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _fill_cache(settings: VoiceSettings) -> None:
    """Lay all sentences of the conversation into the cache, as an earlier day would have."""
    speaker = make_speaker(settings, "UA")
    local = NOW.astimezone(ZoneInfo("Europe/Kyiv"))
    talk = ManagerDialog(BRIEFING, moment(local, local))
    for phrase in (*talk.phrases, *Line, Promise(moment(local, local))):
        for language in Language:
            speaker.keep(language, phrase, b"\x10\x20" * 8000)


async def _caller(port: int, script: str, number: int) -> float:
    """Be Asterisk for one channel: return the seconds from connecting to the first sound; press 1, take the rest."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    opening = [f"agi_network_script: {script}", f"agi_channel: PJSIP/101-{number}", f"agi_arg_1: rb-cb-{number}-x"]
    writer.write("\n".join([*opening, f"agi_callerid: +38067{number:07}", "", ""]).encode())
    first = 0.0
    while line := await reader.readline():
        if line.startswith(b"STREAM FILE") and not first:
            first = time.perf_counter() - began
            writer.write(b"200 result=49 endpos=8000\n")
        elif line.startswith(b"STREAM FILE"):
            writer.write(b"200 result=0 endpos=8000\n")
        else:
            writer.write(b"200 result=1\n")
    writer.close()
    assert first, "no sound was played"
    return first


async def _ours() -> float:
    async def talk(call: AgiCall) -> None:
        for _ in range(COMMANDS):
            await call.set_variable("A", "b")

    server = AgiServer(limits=Limits(), allowed=(ip_network("127.0.0.0/8"),))
    server.add_route("talk", talk)
    await server.start("127.0.0.1", 0)
    try:
        return await _commands_a_second(server.port)
    finally:
        await server.stop()


async def _theirs() -> float:
    async def talk(request: Request) -> None:
        for _ in range(COMMANDS):
            await request.send_command('SET VARIABLE "A" "b"')

    application = Application(loop=asyncio.get_running_loop())
    application.add_route("talk", talk)
    server = await asyncio.start_server(application.handler, "127.0.0.1", 0)
    try:
        return await _commands_a_second(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


async def _commands_a_second(port: int) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"agi_network_script: talk\nagi_channel: PJSIP/101-1\n\n")
    began, count = time.perf_counter(), 0
    while await reader.readline():
        count += 1
        writer.write(b"200 result=1\n")
    writer.close()
    assert count == COMMANDS
    return count / (time.perf_counter() - began)


async def _cached(settings: VoiceSettings) -> float:
    speaker = make_speaker(settings, "UA")
    began = time.perf_counter()
    for _ in range(COMMANDS):
        assert speaker.ready(Language.UK, Line.PRESS_NOW)
    return (time.perf_counter() - began) / COMMANDS * 1e6
