"""Conversations with an Asterisk of ten lines: hung up at every moment, with a desk that fails, without any sound."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from telephony.callback.policy.dialling import DialCustomer
from telephony.errors import DatabaseUnavailable
from telephony.numbers import Canonical
from telephony.settings import VoiceSettings
from telephony.voice.dialogs.caller_port import Booked, Caller, CallerBriefing, NoSlot
from telephony.voice.dialogs.manager_dialog import ManagerDialog
from telephony.voice.dialogs.manager_port import (
    AnswerNoted,
    AttemptId,
    DialReport,
    ManagerAnswer,
    ManagerBriefing,
    Withdrawn,
)
from telephony.voice.living import Liveness
from telephony.voice.service import VoiceService
from telephony.voice.words.moments import moment
from telephony.voice.words.phrases import Language, Line, Phrase, Promise
from tests.waiting import PATIENCE

NOW = datetime(2026, 12, 18, 8, 30, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Kyiv")
LOCAL = NOW.astimezone(ZONE)
BRIEFING = ManagerBriefing(Language.EN, "Anna", "+380671234567", NOW, 1)
SAID: tuple[Phrase, ...] = (
    *ManagerDialog(BRIEFING, moment(LOCAL, LOCAL)).phrases,
    *Line,
    Promise(moment(LOCAL, LOCAL)),
)


class Desk:
    """Both desks; ``trouble`` says which question fails, and how."""

    def __init__(self, trouble: str = "", how: str = "") -> None:
        self.trouble, self.how = trouble, how
        self.answers: list[ManagerAnswer] = []
        self.reports: list[DialReport] = []
        self.booked = 0

    async def _maybe(self, question: str) -> None:
        if question == self.trouble:
            match self.how:
                case "hangs":
                    await asyncio.sleep(60)
                case "away":
                    raise DatabaseUnavailable
                case _:
                    raise ZeroDivisionError

    async def briefing(self, attempt: AttemptId) -> ManagerBriefing:
        await self._maybe("briefing")
        assert attempt == "rb-cb-1-x"
        return BRIEFING

    async def withdrawn(self, attempt: AttemptId) -> Withdrawn | None:
        await self._maybe("withdrawn")
        assert attempt == "rb-cb-1-x"
        return None

    async def report(self, attempt: AttemptId, answer: ManagerAnswer) -> DialCustomer | AnswerNoted:
        await self._maybe("report")
        assert attempt == "rb-cb-1-x"
        self.answers.append(answer)
        return DialCustomer("+380671234567", "", "PJSIP/c") if answer is ManagerAnswer.ACCEPTED else AnswerNoted()

    async def calls_us(self, attempt: AttemptId) -> bool:
        await self._maybe("calls_us")
        assert attempt == "rb-cb-1-x"
        return False

    async def dialled(self, attempt: AttemptId, report: DialReport) -> None:
        await self._maybe("dialled")
        assert attempt == "rb-cb-1-x"
        self.reports.append(report)

    async def greet(self, caller: Caller) -> CallerBriefing:
        await self._maybe("greet")
        return CallerBriefing(Language.EN, Canonical(caller.number))

    async def book(self, caller: Caller, number: Canonical, later_than: datetime | None) -> Booked | NoSlot:
        await self._maybe("book")
        assert caller.number == number
        self.booked += 1
        return NoSlot() if later_than else Booked(NOW)

    async def accepted(self, caller: Caller, number: Canonical) -> None:
        await self._maybe("accepted")
        assert caller.number == number

    async def message(self, caller: Caller, number: Canonical, file: str) -> None:
        await self._maybe("message")
        assert file.endswith(f"rb-message-{caller.uniqueid}.wav")
        assert number


@asynccontextmanager
async def speaking(folder: Path, desk: Desk, *, sounds: bool = True) -> AsyncIterator[VoiceService]:
    before = asyncio.all_tasks()
    settings = VoiceSettings(port=free_port(), folder=folder, language="en", tts_command=("false",), key_seconds=0.5)
    voice = VoiceService(settings, desk, clock=lambda: NOW, zone=ZONE, region="UA", callers=desk)
    for phrase in SAID if sounds else ():
        voice.speaker.keep(Language.EN, phrase, b"\x10\x20" * 800)
    await voice.start()
    await voice.warmed()
    try:
        yield voice
        async with asyncio.timeout(PATIENCE):
            while voice.conversations:
                await asyncio.sleep(0.005)
    finally:
        await voice.stop()
    assert asyncio.all_tasks() == before, "a task was left behind"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def asterisk(
    voice: VoiceService,
    script: str,
    *arguments: str,
    keys: str = "",
    until: int = 1000,
    hangup: bytes = b"",
) -> list[str]:
    """Be Asterisk for one channel: answer ``until`` commands, then end; ``keys`` are pressed one a sound.

    Returns the commands that came.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", voice.port)
    opening = [
        f"agi_network_script: {script}",
        "agi_channel: PJSIP/101-1",
        "agi_uniqueid: 17.1",
        "agi_callerid: +380671",
    ]
    opening += [f"agi_arg_{number}: {argument}" for number, argument in enumerate(arguments, 1)]
    writer.write("\n".join([*opening, "", ""]).encode())
    commands: list[str] = []
    pressed = list(keys)
    while line := (await reader.readline()).decode().strip():
        commands.append(line)
        if len(commands) > until:
            writer.write(hangup)
            break
        if line.startswith("WAIT"):
            await asyncio.sleep(0.02)  # or silence would cost no time at all
        key = ord(pressed.pop(0)) if line.startswith(("STREAM", "SAY")) and pressed else 0
        writer.write(f"200 result={key} endpos={16000}\n".encode())
    writer.close()
    return commands


@pytest.mark.parametrize(
    "hangup", [b"", b"HANGUP\n", b"HANGUP\n200 result=-1 endpos=10\n", b"200 result=-1 endpos=0\n"]
)
@pytest.mark.parametrize("until", range(0, 22, 3))
async def test_a_manager_may_hang_up_at_every_moment(tmp_path: Path, until: int, hangup: bytes) -> None:
    desk = Desk()
    async with speaking(tmp_path, desk) as voice:
        await asterisk(voice, "manager", "rb-cb-1-x", until=until, hangup=hangup)
    three_hearings = 1 + 3 * 6
    assert desk.answers == [ManagerAnswer.HUNG_UP if until < three_hearings else ManagerAnswer.NO_KEY]


@pytest.mark.parametrize("until", range(12))
async def test_a_caller_may_hang_up_at_every_moment(tmp_path: Path, until: int) -> None:
    desk = Desk()
    async with speaking(tmp_path, desk) as voice:
        await asterisk(voice, "closed", keys="20", until=until, hangup=b"HANGUP\n")
    assert 1 <= desk.booked <= 2


async def test_key_1_tells_the_dialplan_what_to_dial(tmp_path: Path) -> None:
    async with speaking(tmp_path, Desk()) as voice:
        commands = await asterisk(voice, "manager", "rb-cb-1-x", keys="1")
    assert 'SET VARIABLE "RINGBACK_DIAL" "PJSIP/+380671234567@c"' in commands
    assert commands[-1] == 'SET VARIABLE "RINGBACK_NEXT" "dial"'


async def test_a_channel_that_nobody_can_vouch_for_is_spoken_to_and_nothing_is_booked(tmp_path: Path) -> None:
    async def unsure(_told: object) -> Liveness:
        return Liveness.UNSURE

    desk = Desk()
    async with speaking(tmp_path, desk) as voice:
        voice.ask_of_channels(unsure)
        commands = await asterisk(voice, "closed")
    assert len([one for one in commands if one.startswith("STREAM")]) == 1
    assert 'SET VARIABLE "RINGBACK_HEARD" "yes"' in commands
    assert desk.booked == 0


async def test_a_forged_channel_hears_nothing(tmp_path: Path) -> None:
    async def forged(_told: object) -> Liveness:
        return Liveness.FORGED

    desk = Desk()
    async with speaking(tmp_path, desk) as voice:
        voice.ask_of_channels(forged)
        assert await asterisk(voice, "closed") == []
        assert await asterisk(voice, "manager", "rb-cb-1-x") == []
    assert (desk.booked, desk.answers) == (0, [])


async def test_a_key_before_the_first_word_counts(tmp_path: Path) -> None:
    desk = Desk()
    async with speaking(tmp_path, desk) as voice:
        reader, writer = await asyncio.open_connection("127.0.0.1", voice.port)
        writer.write(b"agi_network_script: manager\nagi_channel: PJSIP/101-1\nagi_arg_1: rb-cb-1-x\n\n")
        assert await reader.readline() == b'WAIT FOR DIGIT "300"\n'
        writer.write(b"200 result=57\n")
        assert (await reader.readline()).startswith(b"STREAM FILE")
        writer.write(b"200 result=0 endpos=8000\n")
        assert await reader.read() == b""
        writer.close()
    assert desk.answers == [ManagerAnswer.DEALT]


@pytest.mark.parametrize("how", ["hangs", "away", "fails"])
@pytest.mark.parametrize("trouble", ["briefing", "report"])
async def test_when_the_desk_is_broken_there_is_an_apology_and_nobody_is_dialled(
    tmp_path: Path, trouble: str, how: str
) -> None:
    async with speaking(tmp_path, Desk(trouble, how)) as voice:
        commands = await asterisk(voice, "manager", "rb-cb-1-x", keys="1")
        apology = voice.speaker.ready(Language.EN, Line.APOLOGY)
    assert commands[-1] == f'STREAM FILE "{apology}" ""'
    assert not any("RINGBACK_NEXT" in command for command in commands)


@pytest.mark.parametrize("how", ["hangs", "away", "fails"])
async def test_who_may_be_with_us_already_is_not_dialled(tmp_path: Path, how: str) -> None:
    async with speaking(tmp_path, Desk("calls_us", how)) as voice:
        commands = await asterisk(voice, "manager", "rb-cb-1-x", keys="1")
        said = voice.speaker.ready(Language.EN, Line.WITHDRAWN_GOT_THROUGH)
    assert commands[-1] == f'STREAM FILE "{said}" ""'
    assert not any("RINGBACK_NEXT" in command for command in commands)


async def test_a_watch_that_is_broken_disturbs_nobody(tmp_path: Path) -> None:
    desk = Desk("withdrawn", "fails")
    async with speaking(tmp_path, desk) as voice:
        await asterisk(voice, "manager", "rb-cb-1-x")
    assert desk.answers == [ManagerAnswer.NO_KEY]


@pytest.mark.parametrize("how", ["hangs", "away", "fails"])
@pytest.mark.parametrize(("trouble", "said"), [("greet", [Line.CLOSED]), ("book", [Line.GREETING, Line.REGISTERED])])
async def test_when_the_promise_book_is_broken_the_general_sentence_is_said(
    tmp_path: Path, trouble: str, said: list[Line], how: str
) -> None:
    async with speaking(tmp_path, Desk(trouble, how)) as voice:
        commands = await asterisk(voice, "closed")
        general = [voice.speaker.ready(Language.EN, line) for line in said]
    assert commands[:-1] == [f'STREAM FILE "{path}" ""' for path in general]
    assert commands[-1] == 'SET VARIABLE "RINGBACK_HEARD" "yes"'


async def test_without_any_sound_there_are_digits_and_beeps_and_the_keys_work(tmp_path: Path) -> None:
    desk = Desk()
    async with speaking(tmp_path, desk, sounds=False) as voice:
        commands = await asterisk(voice, "manager", "rb-cb-1-x", keys="9")
    said = [command for command in commands if command.startswith(("SAY", "STREAM"))]
    assert said[0] == 'SAY DIGITS "380671234567" "0123456789*#"'
    assert desk.answers == [ManagerAnswer.DEALT]


@pytest.mark.parametrize(
    ("arguments", "report"),
    [
        (("BUSY", "17", "0", "here", "en"), DialReport("BUSY", 17, 0)),
        (("ANSWER", "16", "42", "", ""), DialReport("ANSWER", 16, 42)),
        (("ANSWER", "16", "-3566", "", ""), DialReport("ANSWER", 16, -3566)),
        (("", "", "", "", ""), DialReport("", 0, 0)),
        (("<x>", "-1", "1e9", "gone", "xx"), DialReport("", 0, 0)),
        ((), DialReport("", 0, 0)),
    ],
)
async def test_the_dialplans_report_is_read_whatever_it_holds(
    tmp_path: Path, arguments: tuple[str, ...], report: DialReport
) -> None:
    desk = Desk()
    async with speaking(tmp_path, desk) as voice:
        commands = await asterisk(voice, "dialled", "rb-cb-1-x", *arguments)
    assert desk.reports == [report]
    assert len(commands) == ("here" in arguments)


@pytest.mark.parametrize("attempt", ["", "../x", "a b", "x" * 200, "'; DROP TABLE"])
async def test_what_is_no_attempt_never_reaches_the_desk(tmp_path: Path, attempt: str) -> None:
    desk = Desk()
    async with speaking(tmp_path, desk) as voice:
        assert await asterisk(voice, "manager", attempt) == []
    assert desk.answers == []
