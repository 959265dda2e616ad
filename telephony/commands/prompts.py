"""``ringback prompts``: list, render, play; a sheet to read aloud, its recording cut, a sentence on a telephone."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from telephony.checkup.pbx import logged_in
from telephony.commands.cut_report import report
from telephony.errors import NotReady, Refused
from telephony.model import Party
from telephony.pbx.asking import ring
from telephony.pbx.requests import Originate, ToApplication
from telephony.settings import TelephonySettings
from telephony.voice.service import make_speaker
from telephony.voice.speech import cutting, prompts
from telephony.voice.speech.fitting import fit
from telephony.voice.speech.recorded import put_down, samples_of
from telephony.voice.speech.script import ScriptLine, as_html, as_text, chosen, script
from telephony.voice.speech.speaker import Speaker
from telephony.voice.words.phrases import Language

_RING_SECONDS: Final = 30.0
_SILENCE: Final = "silence/1"
"""A sound of Asterisk's own: who picks up needs a moment to bring the receiver to the ear."""


def add_prompts_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to do with the prompts; without anything they are listed."""
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--render", action="store_true", help="render what is missing, so that nobody waits for it")
    doing.add_argument("--play", metavar="TITLE", help="hear one on this machine; without a player, its file is told")
    doing.add_argument(
        "--script",
        nargs="?",
        const="text",
        choices=("text", "html"),
        help="print the sheet to read aloud: numbered sentences, as text or as a page",
    )
    doing.add_argument("--cut", type=Path, metavar="FILE", help="cut one recording of the sheet into the prompts")
    doing.add_argument(
        "--listen", metavar="WHAT", help="play a line of the sheet (its number), a prompt (its title) or a text to --to"
    )
    languages = [language.value for language in Language]
    parser.add_argument(
        "--language", choices=languages, help="only this one (default: all; one at a time: voice.language)"
    )
    parser.add_argument(
        "--lines", default="", metavar="1-4,7", help="with --cut: the lines that were read (default: all)"
    )
    parser.add_argument(
        "--pause",
        type=float,
        default=cutting.PAUSE_SECONDS,
        metavar="SECONDS",
        help=f"with --cut: who is quiet for longer is between two lines (default: {cutting.PAUSE_SECONDS})",
    )
    parser.add_argument("--sure", action="store_true", help="with --cut: take lines of a doubtful length, too")
    parser.add_argument("--to", default="", metavar="EXTENSION", help="with --listen: who is rung, 101 or PJSIP/101")


async def run_prompts(asked: argparse.Namespace, settings: TelephonySettings) -> int:
    """Do it; the exit code is 1 if something could not be rendered, played or cut.

    Raises:
        RingbackError: it cannot be done; the text says what to do.
    """
    language = Language(asked.language or settings.voice.language)
    if asked.script:
        sys.stdout.write(as_html(language) if asked.script == "html" else as_text(language))
        return 0
    speaker = make_speaker(settings.voice, settings.numbers.region)
    try:
        if asked.cut is not None:
            return await _cut(asked, settings, speaker, language)
        if asked.listen is not None:
            return await _listen(asked, settings, speaker, language)
        if asked.play:
            return await _play(speaker, language, asked.play)
        languages = [language] if asked.language else list(Language)
        if asked.render:
            return await _render(speaker, languages)
        sys.stdout.writelines(f"{prompt}\n" for prompt in prompts.listed(speaker, languages))
        return 0
    finally:
        await speaker.stop()


async def _play(speaker: Speaker, language: Language, title: str) -> int:
    file = await prompts.spoken(speaker, language, title)
    if await prompts.play(file):
        return 0
    sys.stderr.write(f"no player was found on this machine (aplay, paplay, ffplay): {file}\n")
    return 1


async def _render(speaker: Speaker, languages: Sequence[Language]) -> int:
    failed = False
    async for prompt, failure in prompts.render(speaker, languages):
        sys.stdout.write(f"{prompt}{f'  FAILED: {failure}' if failure else ''}\n")
        failed = failed or bool(failure)
    return int(failed)


async def _cut(asked: argparse.Namespace, settings: TelephonySettings, speaker: Speaker, language: Language) -> int:
    """Cut a recording; write nothing unless each line has its piece."""
    try:
        lines = chosen(script(language), asked.lines)
    except ValueError as error:
        raise Refused(f"--lines {asked.lines}: {error}") from None
    samples = cutting.louder(await samples_of(asked.cut, settings.voice.ffmpeg))
    try:
        pieces = await asyncio.to_thread(cutting.pieces, samples, asked.pause)
    except cutting.TooNoisy as error:
        raise Refused(f"{asked.cut}: {error}: record it in a quieter place, nearer to the mouth") from None
    fits = fit([line.text for line in lines], [piece.seconds for piece in pieces])
    well = all(each.is_well or (each.doubted and asked.sure) for each in fits)
    sys.stdout.write(report(lines, pieces, fits, taken=well))
    if not well:
        return 1
    sounds = {line.line: cutting.cut(samples, piece) for line, piece in zip(lines, pieces, strict=True)}
    try:
        place = await asyncio.to_thread(put_down, speaker.sounds.folder, language, sounds)
    except OSError as error:
        raise Refused(f"{error.filename}: {error.strerror}: run this as the service's user, or as root") from None
    await asyncio.to_thread(prompts.publish, speaker, [language])
    sys.stdout.write(f"{len(sounds)} prompts are in {place}; what they replaced, if anything, is in {place}/earlier\n")
    return 0


async def _listen(asked: argparse.Namespace, settings: TelephonySettings, speaker: Speaker, language: Language) -> int:
    """Ring a telephone and play one sentence to it."""
    if not asked.to:
        raise Refused("--listen needs --to EXTENSION: the telephone that is to ring")
    if not settings.pbx:
        raise Refused("no PBX is in the settings: [[pbx]] names it")
    endpoint = asked.to if "/" in asked.to else f"{settings.directory.technology}/{asked.to}"
    file = await _file_of(asked.listen, speaker, language)
    sound = ToApplication("Playback", f"{_SILENCE}&{speaker.sounds.for_pbx(file)}")
    number = asked.to.rpartition("/")[2]
    asking = Originate(endpoint, sound, caller=Party(number, "Ringback"), ring_seconds=_RING_SECONDS)
    async with logged_in(settings.pbx[0]) as line:
        sys.stdout.write(f"{endpoint} rings\n")
        sys.stdout.flush()
        went = await ring(line.link, asking, timeout_seconds=_RING_SECONDS + 10)
    if not went.answered:
        raise NotReady(f"{endpoint} did not answer ({went.reason.name.lower()})")
    sys.stdout.write(f"it was answered, and hears {file}\n")
    return 0


async def _file_of(what: str, speaker: Speaker, language: Language) -> Path:
    """Return the file of a line by its number, a prompt by its title, or any other text, spoken."""
    lines: list[ScriptLine] = script(language)
    if what.isascii() and what.isdecimal():
        if not 1 <= int(what[:9]) <= len(lines):
            raise Refused(f"the sheet has the lines 1 to {len(lines)}")
        return await prompts.spoken(speaker, language, lines[int(what) - 1].line.value)
    if what in prompts.TITLES:
        return await prompts.spoken(speaker, language, what)
    return await speaker.speak(language, what)
