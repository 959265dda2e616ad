"""``ringback audit``: what the PBX wrote down against what we know and did, over a span."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from telephony.audit.inspection import inspect
from telephony.audit.model import PlugIn, Span
from telephony.audit.report import as_json, as_table
from telephony.commands.ledger import opened
from telephony.errors import RingbackError
from telephony.postgres.migrations import MigrationSource
from telephony.postgres.pool import Pool
from telephony.settings import TelephonySettings

CLEAN, NOT_CLEAN = 0, 1
_AGO: Final = re.compile(r"(\d{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class SpanUnreadable(RingbackError):
    """The span of an audit cannot be read; the text tells how one is written."""

    error_id = "audit-span"


async def run_audit(
    asked: argparse.Namespace,
    settings: TelephonySettings,
    sources: Sequence[MigrationSource],
    plug_ins: Callable[[Pool], Sequence[PlugIn]],
    now: datetime,
) -> int:
    """Audit and print what was found; 0 if nothing is wrong, 1 if something is.

    Raises:
        SpanUnreadable: ``--since``, ``--until`` or ``--pbx`` cannot be read.
    """
    zone = ZoneInfo(settings.hours.timezone)
    span = Span(moment(asked.since, now, zone), moment(asked.until, now, zone), now, timedelta(minutes=asked.patience))
    if span.since >= span.until:
        raise SpanUnreadable("--since must be before --until")
    if asked.pbx and asked.pbx not in {pbx.name for pbx in settings.pbx}:
        raise SpanUnreadable(f"--pbx {asked.pbx}: the settings know {', '.join(pbx.name for pbx in settings.pbx)}")
    async with opened(settings.database, sources) as pool:
        report = await inspect(pool, settings, span, pbx=asked.pbx, plug_ins=plug_ins(pool))
    sys.stdout.write(as_json(report) + "\n" if asked.json else as_table(report, zone))
    return NOT_CLEAN if report.wrong else CLEAN


def moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read a time of the past: ``now``, ``24h`` (ago), ``2026-03-01``, ``2026-03-01T09:00`` (in the operator's zone).

    Raises:
        SpanUnreadable: it is none of these.
    """
    if text == "now":
        return now
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise SpanUnreadable(f"{text!r} is no time: write now, 24h, 2026-03-01 or 2026-03-01T09:00") from error
    return at if at.tzinfo else at.replace(tzinfo=zone)
