"""The demo's console: a past, so that no page is empty, and the link that lets its first visitor in, once."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from crm_bridge.people.access import UserRole
from crm_bridge.people.store import Purpose, UserStore
from deploy.demo.past.copying import remember
from deploy.demo.past.historian import Historian
from deploy.demo.past.model import Staff
from deploy.demo.past.reviewing import review_past
from deploy.demo.past.surveying import survey_past
from deploy.demo.sounds import make_sounds
from telephony.directory.model import CustomerEntry, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore
from telephony.numbers import Canonical
from telephony.postgres.pool import Pool

_VISITORS = {"ru": "Ольга", "uk": "Ольга", "en": "Olha"}
_USER = "olha"


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


async def remember_past(
    pool: Pool, recordings: Path, pbx: str, zone: ZoneInfo, managers: Sequence[ManagerEntry], days: int
) -> int:
    """Write ``days`` of a company's life into an empty ledger; returns how many calls that are."""
    await asyncio.to_thread(recordings.mkdir, parents=True, exist_ok=True)
    staff = [Staff(manager.endpoint.partition("/")[2], manager.name) for manager in managers]
    dice = random.Random(2026)  # noqa: S311 - a story guards nothing
    historian = Historian(pbx, zone, staff, await make_sounds(recordings), dice)
    past = historian.past(now(), days)
    async with pool.acquire() as connection, connection.transaction():
        await remember(connection, past)
    await review_past(pool, now(), zone, dice)
    await survey_past(pool, now(), dice)
    await DirectoryStore(pool).put_customers(
        [
            CustomerEntry(Canonical(number), name, ManagerId(extension))
            for number, name, extension in historian.directory()
        ]
    )
    return len(past.rows["calls"])


async def visitors_link(pool: Pool, url: str, language: str) -> str:
    """Add the demo's visitor, who may do everything, and return the link that signs them in, once."""
    users = UserStore(pool, now)
    name = _VISITORS[language]
    await users.add(_USER, name, UserRole.ADMIN, manager_id=None, may_listen=True, language=language)
    return f"{url}/console/invitation/{await users.invite(_USER, Purpose.SIGN_IN)}"
