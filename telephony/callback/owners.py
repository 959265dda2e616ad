"""Whose customer a new request is: asked of the ports, with a deadline; else who spoke with them last; or nobody."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import structlog

from telephony.callback.policy.model import RequestId
from telephony.callback.policy.roster import Roster, roster
from telephony.callback.presence.absences import Absences
from telephony.callback.rows import SQL
from telephony.directory.last_known import LastKnown
from telephony.directory.model import Absence, AssignedManager, Endpoint, ManagerEntry, ManagerId
from telephony.directory.store import DirectoryStore, LocalDirectory
from telephony.model import PbxName
from telephony.numbers import Canonical, canonical
from telephony.ports import Clock
from telephony.postgres.outages import is_worldly
from telephony.postgres.pool import Pool
from telephony.settings import TelephonySettings
from telephony.voice.dialogs.caller_port import Caller

_log = structlog.get_logger(__name__)

_AT_ONCE: Final = 1000
_ROSTER_SECONDS: Final = 5.0
_HERE_SECONDS: Final = 0.4
"""For our own database while somebody is on the line; then what was known last has to do."""


def _now() -> datetime:
    return datetime.now(UTC)


class OwnedRequests(NamedTuple):
    """Requests, and beside each its owner, if there is one."""

    requests: list[RequestId]
    owners: list[ManagerId | None]


class Owners:
    """Asks the ``ports`` in their order, then the local directory, each for those who are still unknown."""

    def __init__(
        self,
        pool: Pool,
        settings: TelephonySettings,
        ports: Sequence[AssignedManager],
        last_known: LastKnown | None = None,
        clock: Clock = _now,
    ) -> None:
        self._pool = pool
        self._last_known = last_known
        self._asking: set[asyncio.Task[dict[Canonical, ManagerId]]] = set()
        self._settings = settings
        self._ports = tuple(ports)
        self._directory = DirectoryStore(pool)
        self._local = LocalDirectory(pool)
        self._absences = Absences(pool, clock)
        self._roster: Roster | None = None
        self._roster_read = float("-inf")

    async def find(self, up: list[PbxName]) -> OwnedRequests:
        """Find the owners of requests that have not been asked about, for these PBXs; the next batch writes them."""
        rows = await self._pool.fetch(SQL.unasked, up, _AT_ONCE)
        customers = {Canonical(row["customer"]) for row in rows}
        if not customers:
            return OwnedRequests([], [])
        owners = await self._told(customers)
        owners |= await self._local.owners([one for one in customers if one not in owners])
        owners |= await self._last_talkers([one for one in customers if one not in owners])
        return OwnedRequests([row["request_id"] for row in rows], [owners.get(row["customer"]) for row in rows])

    async def owner_of(self, customer: Canonical, within_seconds: float) -> ManagerId | None:
        """Return whose customer somebody is who is on the line now; the ports are waited for no longer than so long."""
        owners: dict[Canonical, ManagerId] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                owners = await self._told({customer})
        return (owners or await self._here(customer)).get(customer)

    async def _here(self, customer: Canonical) -> dict[Canonical, ManagerId]:
        """Ask our own database, or what is known of it if it is away or says nothing: somebody is on the line."""
        if self._last_known is None:
            return await self._in_database(customer)
        # A question to a server that stands still cannot be taken back: it is left to itself until it fails.
        asking = asyncio.create_task(self._in_database(customer), name="callback-owner")
        self._asking.add(asking)
        asking.add_done_callback(self._answered)
        await asyncio.wait({asking}, timeout=_HERE_SECONDS)
        error = asking.exception() if asking.done() else None
        if asking.done() and error is None:
            return asking.result()
        if error is not None and not is_worldly(error):
            raise error
        owner = await self._last_known.owner_of(customer)
        return {customer: owner} if owner is not None else {}

    def _answered(self, asking: asyncio.Task[dict[Canonical, ManagerId]]) -> None:
        self._asking.discard(asking)
        if not asking.cancelled():
            asking.exception()  # who asked has heard of it, or had to go on without

    async def _in_database(self, customer: Canonical) -> dict[Canonical, ManagerId]:
        return await self._local.owners([customer]) or await self._last_talkers([customer])

    async def roster(self) -> Roster:
        """Return the directory's managers, read again every few seconds while they are needed."""
        now = asyncio.get_running_loop().time()
        if self._roster is None or now - self._roster_read >= _ROSTER_SECONDS:
            managers, absences = await self._managers(), await self._away()
            if self._roster is None or (managers, absences) != (self._roster.managers, self._roster.absences):
                settings = self._settings
                self._roster = roster(managers, settings.callback, settings.hours, settings.numbers.region, absences)
            self._roster_read = now
        return self._roster

    def forget_roster(self) -> None:
        """Somebody left or came back: the directory is read anew when it is asked for."""
        self._roster_read = float("-inf")

    async def _managers(self) -> tuple[ManagerEntry, ...]:
        try:
            return await self._directory.managers()
        except Exception as error:
            if self._last_known is None or not is_worldly(error):
                raise
            return self._roster.managers if self._roster is not None else await self._last_known.managers()

    async def _away(self) -> tuple[Absence, ...]:
        """Read who is away; while the database is, those of whom it was known."""
        try:
            return await self._absences.standing()
        except Exception as error:
            if self._last_known is None or not is_worldly(error):
                raise
            return self._roster.absences if self._roster is not None else ()

    async def _told(self, customers: set[Canonical]) -> dict[Canonical, ManagerId]:
        owners: dict[Canonical, ManagerId] = {}
        for port in self._ports:
            asking = {one: asyncio.ensure_future(port(one)) for one in customers - owners.keys()}
            if not asking:
                break
            await _wait(list(asking.values()), self._settings.callback.owner_lookup_seconds)
            for customer, answer in asking.items():
                owner = _read(customer, answer)
                if owner is not None:
                    owners[customer] = owner
        return owners

    async def _last_talkers(self, customers: list[Canonical]) -> dict[Canonical, ManagerId]:
        if not customers:
            return {}
        known = await self.roster()
        rows = await self._pool.fetch(SQL.last_talkers, customers)
        found = {row["customer"]: known.whose(row["manager"], row["answered_by_channel"] or "") for row in rows}
        return {customer: manager for customer, manager in found.items() if manager is not None}


async def _wait(asked: Sequence[asyncio.Future[ManagerId | None]], seconds: float) -> None:
    """Wait for all, or for so long; nobody goes on asking after that, nor after we were cancelled."""
    try:
        await asyncio.wait(asked, timeout=seconds)
    finally:
        for one in asked:
            one.cancel()


def _read(customer: Canonical, asked: asyncio.Future[ManagerId | None]) -> ManagerId | None:
    """Read a port's answer; who is late or fails leaves the customer unowned."""
    if not asked.done() or asked.cancelled():
        _log.warning("callback.owner_lookup_late", customer=customer)
        return None
    error = asked.exception()
    if error is not None:  # a CRM that is down, or a defect in its code, must not stop the phones
        _log.warning("callback.owner_lookup_failed", customer=customer, reason=repr(error))
        return None
    return asked.result()


# Whose customer is on the line: what an inbound call asks before it rings a group.
_PORTS_SECONDS: Final = 1.2
"""For the CRMs; what is left of the route's deadline is for our own directory."""


class CallersOwner:
    """A `telephony.voice.runners.owner_runner.OwnerDesk`: who is asked, and in which order, is `Owners`'.

    ``dnd``: whether a manager's phone says that it does not disturb. ``several_pbxs``: then a manager whose phone
    is told to be on one of them is left to the dialplan, because a caller's channel does not tell which PBX it is
    on.
    """

    def __init__(
        self, owners: Owners, region: str, clock: Clock, *, several_pbxs: bool, dnd: Callable[[ManagerEntry], bool]
    ) -> None:
        self._owners = owners
        self._dnd = dnd
        self._region = region
        self._clock = clock
        self._several_pbxs = several_pbxs

    async def owner_phone(self, caller: Caller, /) -> Endpoint | None:
        """Return the phone of the caller's own manager if they are at work now; of the deputy while they are away."""
        customer = canonical(caller.number, self._region)
        owner = await self._owners.owner_of(customer, _PORTS_SECONDS) if customer else None
        if owner is None:
            return None
        roster = await self._owners.roster()
        now, manager = self._clock(), roster.by_id.get(owner)
        if manager is not None and (roster.away(owner, now) is not None or self._dnd(manager)):
            manager = roster.by_id.get(manager.deputy) if manager.deputy is not None else None
        if manager is None or not roster.here(manager.manager_id, now) or self._dnd(manager):
            return None
        return None if self._several_pbxs and manager.pbx else manager.endpoint
