"""``ringback crm``: try the CRMs, see how they stand, look somebody up, compare a day."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import aiohttp

from crm_bridge.crm.audit import Difference, audit
from crm_bridge.crm.connect import Connected, connect
from crm_bridge.crm.errors import CrmError
from crm_bridge.crm.links import SQL
from crm_bridge.crm.player_links import PlayerLinks
from crm_bridge.crm.policy.types import CrmFinding
from crm_bridge.crm.sync.policy import IsOpen, always_open
from crm_bridge.errors import NoSuchThing
from crm_bridge.outbox.standing import troubles
from crm_bridge.outbox.store import OutboxStore, Standing
from crm_bridge.settings import CrmSettings
from telephony.numbers import canonical
from telephony.ports import Clock
from telephony.postgres.pool import Pool

OK, FAILED = 0, 1
_SHOWN = 20
"""Refused parts of a CRM, the newest first."""
_UNREACHABLE = (CrmError, aiohttp.ClientError, TimeoutError, OSError)
Opened = Callable[[], AbstractAsyncContextManager[Pool]]
"""Gives the database for a moment."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the command stands on; see `connect.Given`."""

    pool: Pool
    clock: Clock
    region: str
    zone: ZoneInfo
    is_open: IsOpen = always_open
    """A command makes no leads: it needs no calendar."""


def add_crm_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``test|status|find|audit``."""
    orders = parser.add_subparsers(dest="order", metavar="ORDER", required=True)
    testing = orders.add_parser("test", help="try address, key and rights of each CRM; nothing is written there")
    standing = orders.add_parser("status", help="what waits for each CRM since when, what died, and what it refused")
    finding = orders.add_parser("find", help="say who has a number, and whose customer that is")
    finding.add_argument("number", help="in any spelling")
    auditing = orders.add_parser("audit", help="compare a day's calls with what each CRM has of them")
    auditing.add_argument("--day", type=_day, metavar="YYYY-MM-DD", help="which day (default: yesterday)")
    for order in (testing, standing, finding, auditing):
        order.add_argument("--crm", metavar="NAME", help="only this one (default: all that the settings name)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2026-11-21") from None


async def crm(
    asked: argparse.Namespace, settings: CrmSettings, opened: Opened, clock: Clock, region: str, zone: ZoneInfo
) -> int:
    """Carry out an order; gives the exit code: 1 if something lacks.

    Raises:
        NoSuchThing: the settings name no such CRM.
    """
    async with opened() as pool, AsyncExitStack() as stack:
        ground = Ground(pool, clock, region, zone)
        crms = _chosen(await connect(settings, ground, stack), asked.crm)
        match asked.order:
            case "test":
                return await _test(crms, settings, ground)
            case "status":
                return await _status(crms, ground)
            case "find":
                return await _find(crms, canonical(asked.number, region))
            case _:
                return await _audit(crms, ground, asked.day or clock().astimezone(zone).date() - timedelta(days=1))


def _chosen(crms: Sequence[Connected], name: str | None) -> list[Connected]:
    chosen = [each for each in crms if name in {None, each.row.name}]
    if not chosen:
        known = ", ".join(each.row.name for each in crms) or "none"
        raise NoSuchThing(f"the settings have no such CRM; they name: {known} (docs/crm.md shows how)")
    return chosen


async def _test(crms: Sequence[Connected], settings: CrmSettings, ground: Ground) -> int:
    findings = [(each.row.name, finding) for each in crms for finding in await each.gateway.examine()]
    findings += [("links", finding) for finding in await _links(settings, ground)]
    for name, finding in findings:
        verdict = "fail" if finding.cure else "ok"
        cure = f"  Cure: {finding.cure}" if finding.cure else ""
        _say(f"{verdict:<4}  {name:<9}  {finding.what:<20}  {finding.told}{cure}")
    return FAILED if any(finding.cure for _, finding in findings) else OK


async def _status(crms: Sequence[Connected], ground: Ground) -> int:
    standings = {each.target: each for each in await OutboxStore(ground.pool).standings()}
    now, code = ground.clock(), OK
    for crm in (each.row.name for each in crms):
        standing = standings.get(crm) or Standing(crm, 0, 0, None, 0, "")
        wrong = [trouble.words for trouble in troubles([standing], now)]
        since = (
            f", the oldest since {standing.oldest_at.astimezone(ground.zone):%Y-%m-%d %H:%M}"
            if standing.oldest_at
            else ""
        )
        verdict = "fail" if wrong else ("warn" if standing.dead else "ok")
        _say(f"{verdict:<4}  {crm:<9}  {standing.waiting} messages wait{since}; {standing.dead} dead letters")
        for words in wrong:
            _say(f"      {words}")
        for row in await ground.pool.fetch(SQL.refused_parts, crm, _SHOWN):
            at = f"{row['refused_at'].astimezone(ground.zone):%Y-%m-%d %H:%M}"
            _say(f"      {at}  {row['key']}  {row['part']}: {row['reason']}")
        code = FAILED if wrong or standing.dead else code
    return code


async def _links(settings: CrmSettings, ground: Ground) -> list[CrmFinding]:
    """Look whether recordings can be played from the CRM."""
    if not settings.public_url:
        return [CrmFinding("recordings", "no links: crm.public_url and crm.link_key are not told")]
    links = PlayerLinks(ground.pool, ground.clock, public_url=settings.public_url, key_id=settings.link_key, days=1)
    try:
        await links(1)
    except CrmError as error:
        return [CrmFinding("recordings", str(error), "make such a key, and tell its id as crm.link_key")]
    return [CrmFinding("recordings", f"played from {settings.public_url}")]


async def _find(crms: Sequence[Connected], number: str) -> int:
    code = OK
    for each in crms:
        try:
            found = await each.gateway.find(number)
        except _UNREACHABLE as error:
            _say(f"{each.row.name}: {type(error).__name__}: {error}")
            code = FAILED
            continue
        if found is None:
            _say(f"{each.row.name}: nobody has {number}")
        else:
            owner = found.owner or "nobody"
            extension = f", extension {found.owner_extension}" if found.owner_extension else ""
            _say(f"{each.row.name}: {number} is {found.name} ({found.crm_id}), owner {owner}{extension}")
    return code


async def _audit(crms: Sequence[Connected], ground: Ground, day: date) -> int:
    code = OK
    for each in crms:
        try:
            expected, found = await audit(each.row.name, each.gateway, ground.pool, day, ground.zone, ground.clock())
        except _UNREACHABLE as error:
            _say(f"{each.row.name}  {day}: could not be asked: {type(error).__name__}: {error}")
            code = FAILED
            continue
        _say(f"{each.row.name}  {day}: {expected} calls, {len(found)} missing or double")
        for difference in found:
            _say(_line(difference, ground.zone))
        code = FAILED if found else code
    return code


def _line(difference: Difference, zone: ZoneInfo) -> str:
    call = difference.call
    at = f"{call.started_at.astimezone(zone):%H:%M:%S}"
    return f"  {difference.gap:<8}{at}  {call.call_id}  {call.customer}  {call.disposition}: {difference.why}"


def _say(text: str) -> None:
    """Write one line; what a CRM or a caller said must not command the terminal."""
    sys.stdout.write("".join(letter if letter.isprintable() else "?" for letter in text) + "\n")
