"""``ringback callbacks`` and ``ringback directory``."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from telephony.callback.assembly import Callbacks
from telephony.callback.presence.absences import Absences
from telephony.commands import callbacks
from telephony.commands.ledger import opened
from telephony.directory.store import DirectoryStore
from telephony.postgres.migrations import MigrationSource
from telephony.schedule.rules.almanac import Almanac
from telephony.schedule.watch import CalendarWatch
from telephony.settings import TelephonySettings


def _now() -> datetime:
    return datetime.now(UTC)


async def run_callbacks(
    asked: argparse.Namespace, settings: TelephonySettings, sources: Sequence[MigrationSource]
) -> None:
    """Carry out an order about a request and print what came of it."""
    async with opened(settings.database, sources) as pool:
        almanac = Almanac(settings.hours)
        await CalendarWatch(pool, settings.hours, almanac, _now).begin()
        made = Callbacks(pool, settings, _now, almanac=almanac)
        zone = made.surroundings.zone
        sys.stdout.write(await callbacks.callbacks(asked, made.operations, zone, _now()))


async def run_directory(
    asked: argparse.Namespace, settings: TelephonySettings, sources: Sequence[MigrationSource]
) -> None:
    """Import or list managers and customers; say who is away."""
    async with opened(settings.database, sources) as pool:
        if asked.order in {"away", "back"}:
            zone = ZoneInfo(settings.hours.timezone)
            sys.stdout.write(await callbacks.absences(asked, Absences(pool, _now), zone, _now()))
            return
        technology, region = settings.directory.technology, settings.numbers.region
        sys.stdout.write(await callbacks.directory(asked, DirectoryStore(pool), technology, region))
