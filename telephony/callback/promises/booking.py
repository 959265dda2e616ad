"""What the conversation with a caller asks: whom we speak with, a time to promise, and that it is written down."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from telephony.callback.owners import Owners
from telephony.callback.policy import transitions
from telephony.callback.policy.context import CallbackContext
from telephony.callback.policy.lifecycle import Verb, allows
from telephony.callback.policy.model import ClosedReason, NewRequest, Request, RequestState, WithdrawnReason
from telephony.callback.promises.rows import SQL
from telephony.callback.repository import CallbackRepository
from telephony.callback.rows import SQL as CALLBACKS
from telephony.model import CallId, PbxName
from telephony.numbers import Canonical, canonical
from telephony.ports import Clock, Transaction
from telephony.postgres.limits import acquired
from telephony.postgres.outages import is_outage
from telephony.postgres.pool import Pool
from telephony.schedule.rules.hours import Calendar
from telephony.schedule.rules.slots import SlotRules, first_free
from telephony.settings import PromiseSettings, TelephonySettings
from telephony.voice.dialogs.caller_port import Booked, Caller, CallerBriefing, NoSlot, NotCalled
from telephony.voice.words.phrases import Language, spoken_to

_BOOKING_SECONDS: Final = 8.0
"""As long as the longest greeting and the patience after it: then a database that stands still is let go of."""
_COMES_BACK_SECONDS: Final = 3.0
"""A database that is away may come back for so long: the greeting is spoken meanwhile, and little silence follows."""
_AGAIN_SECONDS: Final = 0.1
_OWNER_SECONDS: Final = 0.7
"""So long a CRM is asked whose customer somebody is: they hear nothing meanwhile."""


def slot_rules(settings: PromiseSettings) -> SlotRules:
    """Read the section ``[promise]``."""
    return SlotRules(
        slot=timedelta(minutes=settings.slot_minutes),
        lead=timedelta(minutes=settings.lead_minutes),
        rounding=timedelta(minutes=settings.round_minutes),
        horizon=timedelta(days=settings.horizon_days),
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the operator decides about promises."""

    rules: SlotRules
    group: str
    """Whose slots are given to customers without a manager."""
    pbx: PbxName
    """Where a caller is whose call the ledger does not have yet."""
    language: Language
    languages: Mapping[str, Language]
    """By the beginning of a number in E.164, ours or the caller's; the longest that fits counts."""


def choices(settings: TelephonySettings) -> Choices:
    """Read them from all of telephony's settings."""
    return Choices(
        rules=slot_rules(settings.promise),
        group=settings.callback.default_group,
        pbx=PbxName(settings.pbx[0].name),
        language=Language(settings.voice.language),
        languages={prefix: Language(language) for prefix, language in settings.voice.languages.items()},
    )


class _Line(NamedTuple):
    """The call that the caller is on."""

    call_id: CallId
    pbx: PbxName
    trunk: str
    name: str


_Slot = tuple[str, datetime]
"""Whose it is (`_Server.slot_of`), and when it begins."""


class _Server(NamedTuple):
    """Who will ring a customer at the promised time."""

    slot_of: str
    """``manager:<id>`` or ``group:<name>``."""
    hours: Calendar | None
    """Their own, besides the company's."""


Unwritten = Callable[[str, Canonical], Callable[[], None]]
"""Told, by a caller's channel and the number they keyed in, before that is promised anything: gives what to call if it
could not be, so that the number is called back all the same."""


def _lost(_: str, __: Canonical) -> Callable[[], None]:
    """Where nobody can keep it, as without a PBX."""
    return lambda: None


class Booking:
    """A `telephony.voice.dialogs.caller_port.CallerPort` over the callbacks' book."""

    def __init__(
        self,
        pool: Pool,
        book: CallbackRepository,
        owners: Owners,
        surroundings: CallbackContext,
        choices: Choices,
        clock: Clock,
        unwritten: Unwritten = _lost,
        comes_back_seconds: float = _COMES_BACK_SECONDS,
    ) -> None:
        self._pool = pool
        self._comes_back_seconds = comes_back_seconds
        self._unwritten = unwritten
        self._book = book
        self._owners = owners
        self._surroundings = surroundings
        self._choices = choices
        self._clock = clock
        self._being_taken: set[_Slot] = set()
        """By transactions of ours that are under way. Without it all who call at once would queue for one slot after
        the other, each behind the commits of those before; the index on promises has the last word all the same."""

    async def greet(self, caller: Caller) -> CallerBriefing:
        """Return how to speak with a caller; their own number's language goes before our number's."""
        number = canonical(caller.number, self._surroundings.region)
        ours = canonical(caller.did, self._surroundings.region)
        return CallerBriefing(spoken_to((number, ours), self._choices.languages, self._choices.language), number)

    async def book(self, caller: Caller, number: Canonical, later_than: datetime | None) -> Booked | NoSlot | NotCalled:
        """Promise a time; see `CallerPort.book`. A number that is known from nowhere else is not lost by a failure."""
        keyed_in = number != canonical(caller.number, self._surroundings.region)
        keep = self._unwritten(caller.uniqueid, number) if keyed_in else None
        refused = self._surroundings.tolls.refusal(number, "caller")
        try:
            if refused is not None:
                await self._not_called(caller, number, ClosedReason(refused.cause), self._clock())
                return NotCalled()
            return await self._patiently(caller, number, later_than)
        except BaseException as error:  # also if nobody waits for us any more: the caller was told that we call back
            if keep is not None:
                keep()
            if refused is not None and is_outage(error):
                return NotCalled()
            raise

    async def _patiently(self, caller: Caller, number: Canonical, later_than: datetime | None) -> Booked | NoSlot:
        """Book, and again if the database went away and comes back meanwhile: who booked already has that time.

        A server of our own is away for a moment when a daemon hands it on to its successor.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._comes_back_seconds
        while True:
            try:
                return await self._booked(caller, number, later_than)
            except Exception as error:
                if not is_outage(error) or loop.time() + _AGAIN_SECONDS > until:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _booked(self, caller: Caller, number: Canonical, later_than: datetime | None) -> Booked | NoSlot:
        now = self._clock()
        server = await self._server(number)
        mine: set[_Slot] = set()
        try:
            async with acquired(self._pool, _BOOKING_SECONDS) as connection, connection.transaction():
                request = await self._request(connection, caller, number, now)
                standing = await connection.fetchval(SQL.standing, request.request_id)
                if standing is not None and (later_than is None or standing > later_than):
                    return Booked(standing)
                if not allows(request.state, Verb.SNOOZE) or request.state is RequestState.TALKING:
                    return NoSlot()
                return await self._take(connection, request, server, now, later_than, mine)
        finally:
            self._being_taken -= mine

    async def _request(self, transaction: Transaction, caller: Caller, number: Canonical, now: datetime) -> Request:
        """Lock the customer's open request, or open one; this call is counted as its miss."""
        line = await self._line(transaction, caller)
        while True:
            request = await self._book.lock_open(transaction, number)
            request = request or await self._opened(transaction, caller, number, line, now)
            if request is not None:
                return request  # else somebody opened it between the two statements

    async def _line(self, transaction: Transaction, caller: Caller) -> _Line:
        row = await transaction.fetchrow(SQL.call_of, caller.uniqueid)
        if row is None:
            return _Line(CallId(f"{self._choices.pbx}:{caller.uniqueid}"), self._choices.pbx, "", "")
        return _Line(row["call_id"], row["pbx"], row["trunk"], row["caller_name"])

    async def _not_called(self, caller: Caller, number: Canonical, reason: ClosedReason, now: datetime) -> None:
        """Keep the miss as a request that is closed at its birth: whoever asks is told why nobody was called back."""
        async with self._pool.acquire() as connection, connection.transaction():
            line = await self._line(connection, caller)
            await self._opened(connection, caller, number, line, now, closed=reason)

    async def _opened(
        self,
        transaction: Transaction,
        caller: Caller,
        number: Canonical,
        line: _Line,
        now: datetime,
        closed: ClosedReason | None = None,
    ) -> Request | None:
        new = NewRequest(
            pbx=line.pbx,
            customer=number,
            heard_number=caller.number or number,
            name=line.name,
            did=caller.did,
            trunk=line.trunk,
            at=now,
            due_at=now,
            call_id=line.call_id,
            state=RequestState.WAITING if closed is None else RequestState.DISCARDED,
            closed_for=closed,
        )
        request = await self._book.open(transaction, new, Verb.MISS)
        if request is not None:
            await transaction.execute(CALLBACKS.note_miss, line.call_id, request.request_id, number, now)
        return request

    async def _take(
        self,
        transaction: Transaction,
        request: Request,
        server: _Server,
        now: datetime,
        later_than: datetime | None,
        mine: set[_Slot],
    ) -> Booked | NoSlot:
        """Take the first slot that nobody has; try the next one if somebody was faster. ``mine`` gets what is tried."""
        slot_of, hours = server
        taken = {row["promised_at"] for row in await transaction.fetch(SQL.taken, slot_of, now)}
        taken |= {slot for whose, slot in self._being_taken if whose == slot_of}
        calendar, zone, rules = (
            self._surroundings.calendar_of(request.did),
            self._surroundings.zone,
            self._choices.rules,
        )

        def is_taken(slot: datetime) -> bool:
            return slot in taken or (hours is not None and not hours.open_at(slot))

        while True:
            slot = first_free(now, calendar, zone, rules, is_taken=is_taken, later_than=later_than)
            if slot is None:
                return NoSlot()
            mine.add((slot_of, slot))
            self._being_taken |= mine
            if await self._exchange(transaction, request, slot_of, slot, now):
                # Who rings or dials for them now would call somebody who is on the line with us, and at the time again.
                await self._book.withdraw(transaction, request, WithdrawnReason.CANCELLED, now)
                await self._book.write(transaction, transitions.promise(request, slot, now))
                return Booked(slot)
            taken.add(slot)

    async def _exchange(
        self, transaction: Transaction, request: Request, slot_of: str, slot: datetime, now: datetime
    ) -> bool:
        """Return the request this slot for the one that it had; False, and nothing changed, if somebody else has it."""
        savepoint = transaction.transaction()
        await savepoint.start()
        await transaction.execute(SQL.withdraw, request.request_id, now)
        taken = await transaction.fetchval(SQL.take, request.request_id, slot_of, slot, now) is not None
        await (savepoint.commit() if taken else savepoint.rollback())
        return taken

    async def _server(self, customer: Canonical) -> _Server:
        """Find the customer's own manager, else take the group."""
        owner = await self._owners.owner_of(customer, _OWNER_SECONDS)
        roster = await self._owners.roster()
        if owner is not None and owner in roster.by_id:
            return _Server(f"manager:{owner}", roster.own_hours.get(owner))
        group = self._choices.group
        return _Server(f"group:{group}", self._surroundings.own_hours_of_group(group))

    async def accepted(self, caller: Caller, number: Canonical) -> None:
        """Note that the caller said yes."""
        del caller
        await self._pool.execute(SQL.accepted, number, self._clock())

    async def message(self, caller: Caller, number: Canonical, file: str) -> None:
        """Keep what the caller left to be heard."""
        async with self._pool.acquire() as connection:
            line = await self._line(connection, caller)
            await connection.execute(SQL.keep_message, number, line.call_id, file, self._clock())
