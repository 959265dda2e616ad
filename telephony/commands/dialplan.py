"""``ringback dialplan``."""

import argparse
import sys
from pathlib import Path

from telephony.settings import TelephonySettings
from telephony.voice.dialplan import Kind, by_hand, render

_WHERE = {Kind.ASTERISK: "/etc/asterisk/ringback.conf", Kind.FREEPBX: "/etc/asterisk/ringback.conf"}


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
