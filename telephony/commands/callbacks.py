"""``ringback callbacks ...`` and ``ringback directory ...``: arguments in, text out.

Here is what they do; `service.py` gives them their place on the command line and a database. Times that are typed have
no zone: they are in the company's.
"""

import argparse
import os
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from telephony.callback.operations import CallbackOperations, CallbackOrderRefused, Whole
from telephony.callback.policy.model import Request, RequestId
from telephony.callback.presence.absences import Absences
from telephony.directory.csv_import import read_customers, read_managers
from telephony.directory.errors import CsvUnreadable
from telephony.directory.model import Absence, ManagerId
from telephony.directory.store import DirectoryStore

_DURATION = re.compile(r"\+?(\d{1,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LISTED = 50


def add_callbacks_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``list|show|snooze|cancel|reassign|done``."""
    orders = parser.add_subparsers(dest="order", metavar="ORDER", required=True)
    listing = orders.add_parser("list", help="the open requests, newest first")
    listing.add_argument("--all", action="store_true", help="closed ones, too")
    listing.add_argument("--limit", type=int, default=_LISTED, metavar="N", help=f"at most so many ({_LISTED})")
    orders.add_parser("show", help="everything about one request").add_argument("request", type=int)
    snooze = orders.add_parser("snooze", help="ring later; `now` rings at once, and releases a held one")
    snooze.add_argument("request", type=int)
    snooze.add_argument("until", help="now, 15m, 2h, 1d, 14:30 or 2026-03-01T09:00")
    orders.add_parser("cancel", help="nobody needs to be called back").add_argument("request", type=int)
    orders.add_parser("done", help="it was dealt with otherwise").add_argument("request", type=int)
    reassign = orders.add_parser("reassign", help="make somebody else the owner, and ring them")
    reassign.add_argument("request", type=int)
    reassign.add_argument("manager", help="an id of the directory")


def add_directory_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``import|list|away|back``."""
    orders = parser.add_subparsers(dest="order", metavar="ORDER", required=True)
    importing = orders.add_parser("import", help="read a CSV of managers (replaces all) or customers (adds to them)")
    importing.add_argument("what", choices=("managers", "customers"))
    importing.add_argument("file", type=Path, help="UTF-8, columns named in the first line; see docs/callbacks.md")
    listing = orders.add_parser("list", help="what the directory has")
    listing.add_argument("what", choices=("managers", "customers"), nargs="?", default="managers")
    listing.add_argument("--limit", type=int, default=1000, metavar="N", help="at most so many customers (1000)")
    away = orders.add_parser("away", help="a manager is away: not rung, but the deputy is; without a name, who is")
    away.add_argument("manager", nargs="?", help="an id of the directory, usually the extension")
    away.add_argument("--since", metavar="TIME", help="14:30, 2026-12-24T18:00, 2h; now if it is left out")
    away.add_argument("--until", metavar="TIME", help="the same; until further notice if it is left out")
    away.add_argument("--reason", default="", metavar="TEXT", help="for whoever asks")
    back = orders.add_parser("back", help="a manager is here again")
    back.add_argument("manager")


async def absences(asked: argparse.Namespace, store: Absences, zone: ZoneInfo, now: datetime) -> str:
    """Announce, end or list absences; give what to print.

    Raises:
        AbsenceRefused: it cannot be carried out.
    """
    by = os.environ.get("SUDO_USER") or os.environ.get("USER") or "command line"
    if asked.order == "back":
        ended = await store.back(ManagerId(asked.manager), by)
        return f"{asked.manager} is here again\n" if ended else f"{asked.manager} was not away\n"
    if asked.manager is None:
        lines = [_away(one, zone) for one in await store.standing()]
        return "".join(lines) or "nobody is away\n"
    since, until = (moment(text, now, zone) if text else None for text in (asked.since, asked.until))
    return _away(
        await store.announce(ManagerId(asked.manager), since=since, until=until, reason=asked.reason, by=by), zone
    )


def _away(absence: Absence, zone: ZoneInfo) -> str:
    ends = f"{absence.until.astimezone(zone):%Y-%m-%d %H:%M}" if absence.until else "further notice"
    begins = f"{absence.since.astimezone(zone):%Y-%m-%d %H:%M}"
    words = f" ({absence.reason})" if absence.reason else ""
    return f"{absence.manager_id} is away from {begins} until {ends}{words}\n"


async def callbacks(asked: argparse.Namespace, operations: CallbackOperations, zone: ZoneInfo, now: datetime) -> str:
    """Carry out an order; give what to print.

    Raises:
        NoSuchRequest, CallbackOrderRefused, UnexpectedTransition: it cannot be carried out.
    """
    by = os.environ.get("SUDO_USER") or os.environ.get("USER") or "command line"
    match asked.order:
        case "list":
            return listed(await operations.page(asked.limit, closed=asked.all), zone)
        case "show":
            return shown(await operations.show(RequestId(asked.request)), zone)
        case "snooze":
            request = await operations.snooze(RequestId(asked.request), moment(asked.until, now, zone), by)
        case "cancel":
            request = await operations.cancel(RequestId(asked.request), by)
        case "done":
            request = await operations.done(RequestId(asked.request), by)
        case _:
            request = await operations.reassign(RequestId(asked.request), ManagerId(asked.manager), by)
    return listed([request], zone)


async def directory(asked: argparse.Namespace, store: DirectoryStore, technology: str, region: str) -> str:
    """Import or list; give what to print.

    Raises:
        CsvUnreadable: the file; nothing was imported.
    """
    if asked.order == "import":
        return await _import(asked.what, _read(asked.file), store, technology, region)
    if asked.what == "managers":
        rows = [
            (it.manager_id, it.name, it.endpoint, it.mobile, it.language, it.group, it.deputy or "", it.hours)
            for it in await store.managers()
        ]
        return table(("id", "name", "endpoint", "mobile", "lang", "group", "deputy", "hours"), rows)
    customers = await store.customers(asked.limit)
    return table(
        ("number", "name", "manager", "do not call"),
        [(it.number, it.name, it.manager_id or "", "yes" if it.do_not_call else "") for it in customers],
    )


def moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read when: ``now``, ``15m``, ``14:30`` (the next one), ``2026-03-01T09:00``.

    Raises:
        CallbackOrderRefused: it is none of these, or it is past.
    """
    if text == "now":
        return now
    if length := _DURATION.fullmatch(text):
        return now + timedelta(**{_UNITS[length[2]]: int(length[1])})
    try:
        if re.fullmatch(r"\d{1,2}:\d\d", text):
            hour, minute = map(int, text.split(":"))
            at = now.astimezone(zone).replace(hour=hour, minute=minute, second=0, microsecond=0)
            return at if at > now else at + timedelta(days=1)
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CallbackOrderRefused(f"{text!r} is no time: write now, 15m, 2h, 14:30 or 2026-03-01T09:00") from error
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    if at < now:
        raise CallbackOrderRefused(f"{text} is past")
    return at


def listed(requests: Iterable[Request], zone: ZoneInfo) -> str:
    """Show requests as a table."""
    rows = [
        (
            str(it.request_id),
            it.state if it.is_open else f"{it.state}: {it.closed_for}",
            it.waits_for if it.state in {"waiting", "held"} else "",
            it.customer or "hidden",
            it.name,
            str(it.misses),
            _time(it.first_missed_at, zone),
            _time(it.due_at, zone) if it.state == "waiting" else "",
            it.owner or "",
        )
        for it in requests
    ]
    return table(("id", "state", "waits for", "customer", "name", "misses", "missed at", "due at", "owner"), rows)


def shown(whole: Whole, zone: ZoneInfo) -> str:
    """Show everything about one request."""
    figures = whole.figures
    attempts = [
        (
            it.manager,
            it.step,
            str(it.round),
            _time(it.written_at, zone),
            _time(it.rang_at, zone),
            _time(it.accepted_at, zone),
            _time(it.ended_at, zone),
            it.outcome or "in flight",
        )
        for it in whole.attempts
    ]
    lines = [(_time(it.at, zone), it.verb, it.state, it.reason, it.by) for it in whole.history]
    return "\n".join(
        [
            listed([whole.request], zone),
            f"working seconds to first ring {_seconds(figures.to_first_ring)}, acceptance "
            f"{_seconds(figures.to_acceptance)}, talk {_seconds(figures.to_talk)}; target {figures.target}"
            + (f": {figures.why_not}" if figures.why_not else ""),
            f"unanswered dials {whole.request.spent}; missed calls: "
            + ", ".join(f"{call} ({_time(at, zone)})" for call, at in whole.misses),
            "",
            table(("manager", "step", "round", "written", "rang", "accepted", "ended", "outcome"), attempts),
            table(("at", "verb", "state", "reason", "by"), lines),
        ]
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows under their heads; letters that would move the terminal's cursor are left out."""
    cells = [[_plain(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    laid = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(laid) + "\n"


async def _import(what: str, text: str, store: DirectoryStore, technology: str, region: str) -> str:
    if what == "managers":
        managers = read_managers(text, technology)
        await store.replace_managers(managers)
        return f"{len(managers)} managers: these are all there are now\n"
    customers = read_customers(text, region)
    await store.put_customers(customers)
    return f"{len(customers)} customers added or replaced\n"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CsvUnreadable(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CsvUnreadable(f"{file}: not UTF-8: save it as CSV UTF-8") from error


def _plain(cell: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in cell)


def _time(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f}"
