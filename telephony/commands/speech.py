"""``ringback prompts`` and ``ringback dialplan``."""

import argparse
import sys
from pathlib import Path

from telephony.settings import TelephonySettings
from telephony.voice.dialplan import Kind, by_hand, render
from telephony.voice.service import make_speaker
from telephony.voice.speech import prompts
from telephony.voice.words.phrases import Language

_WHERE = {Kind.ASTERISK: "/etc/asterisk/ringback.conf", Kind.FREEPBX: "/etc/asterisk/ringback.conf"}


def add_prompts_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to do with the prompts; without anything they are listed."""
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--render", action="store_true", help="render what is missing, so that nobody waits for it")
    doing.add_argument("--play", metavar="TITLE", help="hear one on this machine; without a player, its file is told")
    languages = [language.value for language in Language]
    parser.add_argument("--language", choices=languages, help="only this one (default: all; to play: the house's)")


def add_dialplan_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the kind of PBX, and where to write."""
    kinds = [kind.value for kind in Kind]
    parser.add_argument(
        "--kind", choices=kinds, default=Kind.ASTERISK.value, help="a plain Asterisk (default), or FreePBX and its kin"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write it there (default: print it)")


def run_dialplan(asked: argparse.Namespace, settings: TelephonySettings) -> None:
    """Print or write the file for the PBX; tell the lines that are to be written by hand."""
    kind = Kind(asked.kind)
    text = render(settings.voice, kind)
    if asked.out is None:
        sys.stdout.write(text)
    else:
        asked.out.write_text(text, encoding="utf-8")
    path = str(asked.out.absolute()) if asked.out else _WHERE[kind]
    lines = "".join(f"  {line}\n" for line in by_hand(kind, path))
    sys.stderr.write(f"Now, by hand:\n{lines}Then: asterisk -rx 'dialplan reload'\n")


async def run_prompts(asked: argparse.Namespace, settings: TelephonySettings) -> int:
    """List, render or play; the exit code is 1 if something could not be rendered or played."""
    speaker = make_speaker(settings.voice, settings.numbers.region)
    languages = [Language(asked.language)] if asked.language else list(Language)
    failed = False
    try:
        if asked.play:
            language = Language(asked.language or settings.voice.language)
            file = await prompts.spoken(speaker, language, asked.play)
            failed = not await prompts.play(file)
            if failed:
                sys.stderr.write(f"no player was found on this machine (aplay, paplay, ffplay): {file}\n")
        elif asked.render:
            async for prompt, failure in prompts.render(speaker, languages):
                sys.stdout.write(f"{prompt}{f'  FAILED: {failure}' if failure else ''}\n")
                failed = failed or bool(failure)
        else:
            sys.stdout.writelines(f"{prompt}\n" for prompt in prompts.listed(speaker, languages))
    finally:
        await speaker.stop()
    return int(failed)
