"""``ringback prompts`` and ``ringback dialplan``."""

import argparse
import sys
from pathlib import Path

from telephony.settings import TelephonySettings
from telephony.voice import prompts
from telephony.voice.dialplan import Kind, by_hand, render
from telephony.voice.house import make_speaker
from telephony.voice.language import Language

_WHERE = {Kind.ASTERISK: "/etc/asterisk/ringback.conf", Kind.FREEPBX: "/etc/asterisk/ringback.conf"}


def add_prompts_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``list|render|play``."""
    orders = parser.add_subparsers(dest="order", metavar="ORDER", required=True)
    listing = orders.add_parser("list", help="every sentence, and whether it is recorded, rendered or missing")
    rendering = orders.add_parser("render", help="render what is missing, so that nobody waits for it")
    for one in (listing, rendering):
        one.add_argument("--language", choices=[language.value for language in Language], help="only this one")
    playing = orders.add_parser("play", help="hear one on this machine; without a player, its file is told")
    playing.add_argument("title", help="as `list` shows it")
    playing.add_argument("--language", choices=[language.value for language in Language], default=Language.EN.value)


def add_dialplan_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the kind of PBX."""
    parser.add_argument(
        "kind",
        nargs="?",
        choices=[kind.value for kind in Kind],
        default=Kind.ASTERISK.value,
        help="a plain Asterisk, or FreePBX and its kin",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there (default: print it)")


def run_dialplan(asked: argparse.Namespace, settings: TelephonySettings) -> None:
    """Print or write the file for the PBX; tell the lines that are to be written by hand."""
    kind = Kind(asked.kind)
    text = render(settings.voice, kind)
    if asked.output is None:
        sys.stdout.write(text)
    else:
        asked.output.write_text(text, encoding="utf-8")
    path = str(asked.output.absolute()) if asked.output else _WHERE[kind]
    told = "".join(f"  {line}\n" for line in by_hand(kind, path))
    sys.stderr.write(f"Now, by hand:\n{told}Then: asterisk -rx 'dialplan reload'\n")


async def run_prompts(asked: argparse.Namespace, settings: TelephonySettings) -> int:
    """List, render or play; the exit code is 1 if something could not be rendered or played."""
    speaker = make_speaker(settings.voice, settings.numbers.region)
    languages = [Language(asked.language)] if asked.language else list(Language)
    failed = False
    try:
        match asked.order:
            case "list":
                for prompt in prompts.listed(speaker, languages):
                    sys.stdout.write(f"{prompt}\n")
            case "render":
                async for prompt, failure in prompts.render(speaker, languages):
                    sys.stdout.write(f"{prompt}{f'  FAILED: {failure}' if failure else ''}\n")
                    failed = failed or bool(failure)
            case _:
                file = await prompts.spoken(speaker, languages[0], asked.title)
                failed = not await prompts.play(file)
                if failed:
                    sys.stderr.write(f"no player was found on this machine (aplay, paplay, ffplay): {file}\n")
    finally:
        await speaker.stop()
    return int(failed)
