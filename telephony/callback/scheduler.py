"""One batch of due requests: claimed, decided and written in one transaction; what is to be rung comes out.

One daemon decides at a time (the others wait for the milliseconds that it takes): managers and trunks belong to all.

Decisions influence each other inside a batch: who is being rung for one request is busy for the next, and the trunk's
originates are counted down. Most decisions are "later" and are written by one statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

import structlog

from telephony.callback.owners import OwnedRequests
from telephony.callback.phones import Phones
from telephony.callback.policy import transitions
from telephony.callback.policy.context import CallbackContext
from telephony.callback.policy.decide import Circumstances, CloseRequest, Hold, Ring, TrunkPace, Wait, decide
from telephony.callback.policy.dialling import DIAL, DialCustomer, Dialling, dial_variables, is_trunk
from telephony.callback.policy.guards import outside_number
from telephony.callback.policy.ladder import People, Presence, Rung
from telephony.callback.policy.lifecycle import Verb
from telephony.callback.policy.model import Attempt, ClosedReason, Outcome, Request, RequestId, WaitReason
from telephony.callback.policy.roster import Roster
from telephony.callback.repository import CallbackRepository
from telephony.callback.rows import SQL, attempt_from, request_from
from telephony.directory.model import ManagerEntry, ManagerId
from telephony.errors import Refused
from telephony.model import CallId, PbxName
from telephony.numbers import Canonical, canonical
from telephony.ports import Row, Transaction
from telephony.tolls.gate import DayLedger

_log = structlog.get_logger(__name__)

SIZE = 1000
_MINUTE = timedelta(minutes=1)
_ORIGINATE_GRACE = timedelta(seconds=10)
"""An Originate's answer is waited for 5 s; after twice that its channel is looked for."""
_FOR_PEOPLE = frozenset({WaitReason.NOBODY_FREE, WaitReason.LIVE_CALLERS})
_LOOK_SOON = timedelta(seconds=3)
_LOOK_SOON_AT_MOST = 20
_TAKEN_AWAY = timedelta(seconds=1)
_SOURCE = "callback"


class ToRing(NamedTuple):
    """An attempt that is written: its phone is to be rung as soon as the transaction is committed."""

    request: Request
    attempt: Attempt


@dataclass(slots=True)
class _Trunk:
    """One trunk's minute, counted down in this batch."""

    left: int
    slots: list[datetime]
    """When the originates of the last minute leave the window, the next one first."""
    limit: int
    queued: int = 0

    def pace(self, now: datetime) -> TrunkPace:
        """Those that come too late are spread over the minutes to come: not all are looked at again each time."""
        if self.left > 0:
            return TrunkPace(self.left, now)
        slot, minutes = self.queued % self.limit, self.queued // self.limit
        frees_at = self.slots[slot] if slot < len(self.slots) else now + _MINUTE
        return TrunkPace(0, frees_at + minutes * _MINUTE)


@dataclass(slots=True)
class Batch:
    """See the module. One is made for each transaction; ``presence`` was asked before it, for the PBXs it speaks of."""

    book: CallbackRepository
    surroundings: CallbackContext
    roster: Roster
    phones: Phones
    presence: Mapping[PbxName, dict[ManagerId, Presence]]
    found: OwnedRequests
    """Owners of new requests, to be written first."""
    now: datetime
    nonce: str
    daemon: int
    trunks: dict[tuple[str, str], _Trunk] = field(default_factory=dict)
    later: list[tuple[Request, Wait]] = field(default_factory=list)
    ringing: list[ToRing] = field(default_factory=list)
    people: dict[tuple[ManagerId | None, ManagerId | None, PbxName], People] = field(default_factory=dict)
    openings: dict[str, datetime | None] = field(default_factory=dict)
    """The next opening of the calendar of each of our numbers."""
    claimed: int = 0
    looking_soon: int = 0

    @property
    def people_wanted(self) -> bool:
        """Whether somebody waits for a phone to become free."""
        return any(decision.reason in _FOR_PEOPLE for _, decision in self.later)

    async def run(self, transaction: Transaction) -> None:
        """Claim, decide and write. Afterwards ``ringing`` holds what to ring, ``claimed`` how many were looked at."""
        await transaction.execute(SQL.decide_alone)
        if self.found.requests:
            await transaction.execute(SQL.asked, *self.found)
        rows = await transaction.fetch(SQL.claim, self.now, list(self.presence), SIZE)
        self.claimed = len(rows)
        if not rows:
            return
        requests = [request_from(row) for row in rows]
        rung = _rung(await transaction.fetch(SQL.rung, [request.request_id for request in requests]))
        await self._mark_in_hand(transaction)
        await self._read_trunks(transaction, requests)
        on_calls = self.phones.customers_on_calls()
        tolls = await self.surroundings.tolls.ledger(transaction, self.now)
        for request in requests:
            await self._one(transaction, request, rung.get(request.request_id, ()), on_calls, tolls)
        await self._write_later(transaction)

    def _opening(self, did: str) -> datetime | None:
        if did not in self.openings:
            self.openings[did] = self.surroundings.calendar_of(did).next_opening(self.now)
        return self.openings[did]

    async def _mark_in_hand(self, transaction: Transaction) -> None:
        """Whoever is being rung, by whichever daemon, is busy."""
        in_hand = {row["manager"] for row in await transaction.fetch(SQL.in_hand)}
        for people in self.presence.values():
            for manager in in_hand & people.keys():
                people[manager] = Presence.BUSY

    async def _read_trunks(self, transaction: Transaction, requests: Iterable[Request]) -> None:
        limit = self.book.settings.originates_per_minute
        for pbx, trunk in sorted({(request.pbx, request.trunk) for request in requests}):
            spent = await transaction.fetch(SQL.trunk_spent, pbx, trunk, self.now - _MINUTE)
            slots = [row["at"] + _MINUTE for row in spent for _ in range(row["phones"])]
            self.trunks[pbx, trunk] = _Trunk(limit - len(slots), slots, limit)

    async def _one(
        self,
        transaction: Transaction,
        request: Request,
        rung: Sequence[Rung],
        on_calls: Mapping[Canonical, set[CallId]],
        tolls: DayLedger,
    ) -> None:
        trunk = self.trunks[request.pbx, request.trunk]
        world = Circumstances(
            calendar=self.surroundings.calendar_of(request.did),
            opening=self._opening(request.did),
            waking=self.surroundings.waking,
            barred=self.roster.barred,
            people=self._people(request),
            presence=self.presence[request.pbx],
            rung=rung,
            on_a_call=bool(on_calls.get(request.customer, set()) - {request.last_call_id}),
            pace=trunk.pace(self.now),
            toll=self.surroundings.tolls.refusal(request.customer, _SOURCE),
            toll_cap=tolls.cap(request.customer),
        )
        decision = decide(self.now, request, world, self.book.settings)
        match decision:
            case Ring():
                await self._ring(transaction, request, decision, trunk)
            case Wait():
                trunk.queued += decision.reason is WaitReason.PACE
                self.later.append((request, self._looked_at_soon(decision)))
            case Hold(reason):
                await self.book.write(transaction, transitions.hold(request, self.now, reason))
                if world.toll_cap is not None and reason is not WaitReason.STALE:
                    gate = self.surroundings.tolls
                    await gate.bites(transaction, request.customer, world.toll_cap, _SOURCE, self.now)
            case CloseRequest(reason):
                await self._discard(transaction, request, reason)
            case _:
                assert_never(decision)

    def _looked_at_soon(self, decision: Wait) -> Wait:
        """A phone's state may lag behind its call: the first few who wait for one look again in seconds."""
        if decision.reason is not WaitReason.NOBODY_FREE or self.looking_soon >= _LOOK_SOON_AT_MOST:
            return decision
        self.looking_soon += 1
        return replace(decision, until=min(decision.until, self.now + _LOOK_SOON))

    def _people(self, request: Request) -> People:
        """Many requests have the same people."""
        key = (request.owner, request.first, request.pbx)
        if key not in self.people:
            self.people[key] = self.roster.people_for(request)
        return self.people[key]

    async def _discard(self, transaction: Transaction, request: Request, reason: ClosedReason) -> None:
        await self.book.write(transaction, transitions.close(request, Verb.DISCARD, reason, self.now))

    async def _ring(self, transaction: Transaction, request: Request, decision: Ring, trunk: _Trunk) -> None:
        mobiles = 0
        written: list[Attempt] = []
        for manager in decision.managers:
            dialstring, mobile = self._dialstring(request, manager)
            self.presence[request.pbx][manager] = Presence.BUSY
            row = await transaction.fetchrow(
                SQL.write_attempt,
                self.nonce,
                request.request_id,
                manager,
                request.pbx,
                dialstring,
                decision.step,
                request.round,
                self.daemon,
                self.now,
                self.now + _ORIGINATE_GRACE,
            )
            if row is not None:
                written.append(attempt_from(row))
                mobiles += mobile
        if not written:  # another daemon was quicker with all of them
            self.later.append((request, Wait(self.now + _TAKEN_AWAY, WaitReason.NOBODY_FREE)))
            return
        ringing = await self.book.write(transaction, transitions.ring(request, self.now, decision.step))
        await transaction.execute(SQL.trunk_spend, request.pbx, request.trunk, self.now, 1 + mobiles)
        trunk.left -= 1 + mobiles
        trunk.slots.extend([self.now + _MINUTE] * (1 + mobiles))
        self.ringing += [ToRing(ringing, attempt) for attempt in written]

    def _dialstring(self, request: Request, manager: ManagerId) -> tuple[str, bool]:
        entry = self.roster.by_id[manager]
        if entry.mobile and self.phones.rings_mobile(request.pbx, entry):
            mobile = self._mobile(request, entry)
            if mobile:
                return mobile, True
        return entry.endpoint, False

    def _mobile(self, request: Request, entry: ManagerEntry) -> str:
        """Return how a manager's mobile is dialled: like a customer. Empty if it cannot be: their phone is rung."""
        around = self.surroundings
        number = canonical(entry.mobile, around.region)
        if around.tolls.refusal(number, "mobile") is not None:
            _log.warning("callback.mobile_not_dialled", manager=entry.manager_id, reason="a rule of [toll] forbids it")
            return ""
        try:
            spelled = outside_number(number, "", around.region, self.book.settings)
            return on_trunk(request.trunk, spelled, around.dialling)
        except Refused as error:
            _log.warning("callback.mobile_not_dialled", manager=entry.manager_id, reason=str(error))
            return ""

    async def _write_later(self, transaction: Transaction) -> None:
        if not self.later:
            return
        await transaction.execute(
            SQL.snooze_many,
            [request.request_id for request, _ in self.later],
            [wait.until for _, wait in self.later],
            [wait.reason for _, wait in self.later],
            [request.round + wait.new_round for request, wait in self.later],
            [wait.until if wait.new_round else request.round_began_at for request, wait in self.later],
            self.now,
        )


def on_trunk(trunk: str, number: str, dialling: Dialling) -> str:
    """Return the dial string of a number on a trunk: ``PJSIP/+380...@carrier``, ``SIP/carrier/380...``.

    Raises:
        Refused: there is no trunk, or the number is none.
    """
    order = DialCustomer(number, "", trunk if is_trunk(trunk) else "")
    return dial_variables(order, dialling)[DIAL]


def _rung(rows: Iterable[Row]) -> dict[RequestId, list[Rung]]:
    """Group who was rung by request. A first lost attempt does not count: the request goes on where it stood."""
    found: dict[RequestId, list[Rung]] = {}
    forgiven: set[tuple[RequestId, ManagerId]] = set()
    for row in rows:
        request, manager, outcome = row["request_id"], row["manager"], Outcome(row["outcome"])
        if outcome is Outcome.LOST and (request, manager) not in forgiven:
            forgiven.add((request, manager))
        elif outcome is not Outcome.WITHDRAWN:
            found.setdefault(request, []).append(Rung(manager, outcome, row["ended_at"]))
    return found
