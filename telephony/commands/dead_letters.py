"""``ringback ledger dead ...``: call events that could not be written, seen and tried again."""

import argparse
import asyncio
import getpass
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from telephony.calls.revival import POLL_SECONDS, DeadLetter, DeadLetters, NoSuchLetter
from telephony.commands.ledger import opened
from telephony.daemon.terminal_text import plain
from telephony.postgres.migrations import MigrationSource
from telephony.settings import TelephonySettings

OK, STILL_DEAD = 0, 1
_LISTED: Final = 50
_WAIT_SECONDS: Final = 2 * POLL_SECONDS
_LOOK_SECONDS: Final = 0.5


def add_ledger_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``dead list|show|revive``."""
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    dead = parts.add_parser("dead", help="call events that could not be written")
    orders = dead.add_subparsers(dest="order", metavar="ORDER", required=True)
    listing = orders.add_parser("list", help="the newest first, with the reason of each")
    listing.add_argument("--limit", type=int, default=_LISTED, metavar="N", help=f"at most so many ({_LISTED})")
    orders.add_parser("show", help="one of them whole").add_argument("letter", type=int, metavar="ID")
    revive = orders.add_parser("revive", help="have the daemon try them again, once their cause is mended")
    which = revive.add_mutually_exclusive_group(required=True)
    which.add_argument("letters", type=int, nargs="*", default=[], metavar="ID")
    which.add_argument("--all", action="store_true", help="all of them")


async def run_ledger(asked: argparse.Namespace, settings: TelephonySettings, sources: Sequence[MigrationSource]) -> int:
    """Carry out an order and print what came of it; 1 if a letter stays dead.

    Raises:
        NoSuchLetter: there is no letter of that id.
    """
    zone = ZoneInfo(settings.hours.timezone)
    async with opened(settings.database, sources) as pool:
        letters = DeadLetters(pool, lambda: datetime.now(UTC))
        if asked.order == "revive":
            return await _revive(letters, asked)
        if asked.order == "show":
            sys.stdout.write(whole(await letters.one(asked.letter), zone))
        else:
            sys.stdout.write(listed(await letters.page(max(1, asked.limit)), zone))
    return OK


def listed(letters: Sequence[DeadLetter], zone: ZoneInfo) -> str:
    """Lay out a list of letters, one a line."""
    if not letters:
        return "no dead letters: every call event is in the ledger\n"
    return "".join(f"{_line(letter, zone)}\n" for letter in letters)


def whole(letter: DeadLetter, zone: ZoneInfo) -> str:
    """Lay out one letter with its event."""
    hooks = "the call is in the ledger; what follows from it failed" if letter.written else "the call is not written"
    event = json.dumps(json.loads(letter.event), indent=2, ensure_ascii=True)
    tried = (
        f"tried again {letter.tries} times, last {_at(letter.tried_at, zone)}" if letter.tries else "never tried again"
    )
    return f"{_line(letter, zone)}\n{hooks}; {tried}\n{event}\n"


def _line(letter: DeadLetter, zone: ZoneInfo) -> str:
    waits = "  (waits to be tried)" if letter.revive_asked_at else ""
    return plain(f"{letter.id}  {_at(letter.died_at, zone)}  {letter.kind}  {letter.call_id}  {letter.reason}{waits}")


def _at(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else "-"


async def _revive(letters: DeadLetters, asked: argparse.Namespace) -> int:
    by = f"{getpass.getuser()} at the shell"
    if asked.all:
        count = await letters.ask_all(by)
        sys.stdout.write(f"asked for {count}: a daemon that runs tries them within {POLL_SECONDS:g} seconds\n")
        return OK
    for letter in asked.letters:
        await letters.ask(letter, by)
    results = [await _result(letters, letter) for letter in asked.letters]
    return max(results, default=OK)


async def _result(letters: DeadLetters, letter: int) -> int:
    """Wait for a daemon to try it, and print what came of it."""
    for _ in range(int(_WAIT_SECONDS / _LOOK_SECONDS)):
        try:
            tried = await letters.one(letter)
        except NoSuchLetter:
            sys.stdout.write(f"{letter}: written\n")
            return OK
        if tried.revive_asked_at is None:
            sys.stdout.write(plain(f"{letter}: still dead: {tried.reason}") + "\n")
            return STILL_DEAD
        await asyncio.sleep(_LOOK_SECONDS)
    sys.stdout.write(f"{letter}: no daemon tried it yet; it will be tried when one runs\n")
    return STILL_DEAD
