"""Who is on the phone: managers that can be rung, customers that are on a call already.

Two witnesses. The calls that are up now, heard from the tracker the moment they change; and the PBX's own device state,
asked when somebody is to be rung (it knows of unregistered phones and of calls that no daemon has seen), and believed
for a second.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from telephony.callback.policy.ladder import Presence
from telephony.callback.policy.roster import Roster
from telephony.callback.presence.board import Engagement
from telephony.directory.model import Endpoint, ManagerEntry, ManagerId, endpoint_of
from telephony.errors import Refused
from telephony.events import CallEnded, CallEvent, CallMerged
from telephony.model import CallId, CallKind, Leg, PbxName
from telephony.numbers import Canonical, canonical
from telephony.pbx.asking import ask, value_of
from telephony.pbx.requests import database_key, device_state
from telephony.ports import Actions, EventualActions

_BELIEVED_FOR: Final = timedelta(seconds=1)
_SEEN_FOR: Final = timedelta(seconds=10)
"""For those who only look."""
_ASK_SECONDS: Final = 2.0
_DOUBTED_AFTER: Final = timedelta(seconds=10)
"""A call of which nothing was heard for so long is doubted, if the PBX says that its phone is idle."""
_IDLE: Final = "NOT_INUSE"
_KEPT: Final = "DB("
"""A key of the PBX's own database: it is there while the phone is not to be disturbed."""
_BUSY: Final = frozenset({"INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"})
_GONE: Final = frozenset({"UNAVAILABLE", "INVALID"})


class _Up(NamedTuple):
    customer: Canonical
    pbx: PbxName
    endpoints: frozenset[Endpoint]
    heard_at: datetime
    legs: tuple[Leg, ...]
    """Those that have not ended."""
    first: Leg | None
    """Of the call: who made it."""
    is_callback: bool


_TALKS_KEPT: Final = 1000


class WithUs(NamedTuple):
    """What the PBX told of a customer's own calls with us; callbacks are not counted."""

    on_call: bool
    talked: CallId | None
    """Their last answered call that is over; the ledger may not have it yet."""


class _Answer(NamedTuple):
    """What the PBX said of a device."""

    at: datetime
    state: str
    to_ring: bool
    """Asked because somebody is to be rung; who only looks may have asked a moment before a phone went away."""


class Phones:
    """Hears calls (a `telephony.ports.CallListener`), answers who can be rung.

    ``region`` is the operator's country; ``dnd_patterns`` name the device states that tell of a phone that it does not
    disturb.
    """

    def __init__(self, region: str, dnd_patterns: Iterable[str] = ()) -> None:
        self._region = region
        self._dnd_patterns = tuple(dnd_patterns)
        self.on_freed: Callable[[], None] = _nothing
        """Called when a call that was up is over; the engine sets it."""
        self._up: dict[CallId, _Up] = {}
        self._talked: dict[Canonical, CallId] = {}
        """The last answered call with a customer that has ended; the oldest are forgotten."""
        self._states: dict[tuple[PbxName, Endpoint], _Answer] = {}

    def __call__(self, event: CallEvent) -> None:
        """Hear a call event."""
        call = event.call
        if isinstance(event, CallMerged):
            self._up.pop(event.absorbed, None)
        if isinstance(event, CallEnded):
            ended = self._up.pop(call.call_id, None)
            self._note_talk(event)
            if ended is not None:
                self._forget(ended)
                self.on_freed()
            return
        legs = tuple(leg for leg in call.legs if leg.ended_at is None)
        endpoints = frozenset(endpoint_of(leg.channel) for leg in legs)
        customer, first = canonical(call.customer, self._region), call.legs[0] if call.legs else None
        ours = call.kind is CallKind.CALLBACK
        up = self._up[call.call_id] = _Up(customer, call.pbx, endpoints, event.at, legs, first, ours)
        self._forget(up)

    def _note_talk(self, event: CallEnded) -> None:
        customer = canonical(event.call.customer, self._region)
        if customer and event.call.answered_at is not None and event.call.kind is not CallKind.CALLBACK:
            self._talked.pop(customer, None)
            self._talked[customer] = event.call.call_id
            if len(self._talked) > _TALKS_KEPT:
                del self._talked[next(iter(self._talked))]

    def with_us(self, customer: Canonical) -> WithUs:
        """Return whether a customer is on a call with us, and which one was over last.

        Whether that was before they were missed no clock tells for sure: the ledger decides as soon as it has it.
        """
        if not customer:
            return WithUs(on_call=False, talked=None)
        up = any(one.customer == customer and not one.is_callback for one in self._up.values())
        return WithUs(up, self._talked.get(customer))

    def _forget(self, up: _Up) -> None:
        """What the PBX said of these phones before is not true any more."""
        for endpoint in up.endpoints:
            self._states.pop((up.pbx, endpoint), None)

    def engaged(self) -> dict[Endpoint, Engagement]:
        """Return all phones that are in a call now; a talk goes before a ring."""
        found: dict[Endpoint, Engagement] = {}
        for call_id, up in self._up.items():
            for leg in up.legs:
                rings = leg.answered_at is None and leg is not up.first
                since = (leg.rang_at if rings else leg.answered_at) or leg.started_at
                endpoint = endpoint_of(leg.channel)
                if endpoint not in found or (found[endpoint].rings and not rings):
                    found[endpoint] = Engagement(call_id, since, rings)
        return found

    async def states(
        self, pbx: PbxName, actions: Actions, managers: Iterable[ManagerEntry], now: datetime
    ) -> dict[Endpoint, str]:
        """Return the device states of managers' phones, asked anew where they are not fresh; and learn who is on DND.

        Raises:
            NotReady: the PBX cannot be asked.
        """
        phones = {one.endpoint for one in managers}
        busy = {endpoint for up in self._up.values() for endpoint in up.endpoints if up.pbx == pbx}
        wanted = {*(phones - busy), *(state for one in managers for state in self._dnd_states(one))}
        await self._ask(pbx, actions, wanted, now, to_ring=False)
        return {endpoint: self._state(pbx, endpoint) for endpoint in phones}

    def does_not_disturb(self, manager: ManagerEntry) -> bool:
        """Return whether the PBX said of a manager's phone, the last time it was asked, that it does not disturb."""
        states = frozenset(self._dnd_states(manager))
        return any(endpoint in states and state in _BUSY for (_, endpoint), (_, state, _) in self._states.items())

    def _dnd_states(self, manager: ManagerEntry) -> list[Endpoint]:
        extension = manager.endpoint.partition("/")[2].partition("@")[0]
        return [Endpoint(pattern.replace("{extension}", extension)) for pattern in self._dnd_patterns]

    def customers_on_calls(self) -> dict[Canonical, set[CallId]]:
        """Return all customers that are on a call now, with those calls."""
        found: dict[Canonical, set[CallId]] = {}
        for call_id, up in self._up.items():
            if up.customer:
                found.setdefault(up.customer, set()).add(call_id)
        return found

    async def presence(
        self, pbx: PbxName, actions: Actions, roster: Roster, now: datetime, *, mobiles: bool
    ) -> dict[ManagerId, Presence]:
        """Tell of each manager on this PBX whether they can be rung.

        Raises:
            NotReady: the PBX cannot be asked.
        """
        at_work = [one for one in roster.on(pbx) if roster.here(one.manager_id, now)]
        wanted = {one.endpoint for one in at_work} | {state for one in at_work for state in self._dnd_states(one)}
        await self._ask(pbx, actions, wanted, now, to_ring=True)
        talking = self._talking(pbx, now)
        return {one.manager_id: self._of(pbx, one, talking, mobiles=mobiles) for one in at_work}

    def _talking(self, pbx: PbxName, now: datetime) -> set[Endpoint]:
        """Return the phones that are in a call, unless the PBX has long been saying that they are not."""
        return {
            endpoint
            for up in self._up.values()
            for endpoint in up.endpoints
            if up.pbx == pbx and (now - up.heard_at < _DOUBTED_AFTER or self._state(pbx, endpoint) != _IDLE)
        }

    def rings_mobile(self, pbx: PbxName, manager: ManagerEntry) -> bool:
        """Return whether a manager, free by `presence`, is to be rung on the mobile: the phone is not there."""
        return self._state(pbx, manager.endpoint) in _GONE

    def _of(self, pbx: PbxName, one: ManagerEntry, talking: Collection[Endpoint], *, mobiles: bool) -> Presence:
        if any(self._state(pbx, state) in _BUSY for state in self._dnd_states(one)):
            return Presence.AWAY
        state = self._state(pbx, one.endpoint)
        if one.endpoint in talking or state in _BUSY:
            return Presence.BUSY
        if state in _GONE:
            return Presence.FREE if mobiles and one.mobile else Presence.AWAY
        return Presence.FREE

    def _state(self, pbx: PbxName, endpoint: Endpoint) -> str:
        known = self._states.get((pbx, endpoint))
        return known.state if known else ""

    async def _ask(
        self, pbx: PbxName, actions: Actions, endpoints: Iterable[Endpoint], now: datetime, *, to_ring: bool
    ) -> None:
        old = [one for one in endpoints if not self._fresh(pbx, one, now, to_ring=to_ring)]
        answers = await asyncio.gather(*(_ask_one(actions, one) for one in old))
        for endpoint, state in zip(old, answers, strict=True):
            self._states[pbx, endpoint] = _Answer(now, state, to_ring)

    def _fresh(self, pbx: PbxName, endpoint: Endpoint, now: datetime, *, to_ring: bool) -> bool:
        known = self._states.get((pbx, endpoint))
        if known is None or (to_ring and not known.to_ring):
            return False
        return now - known.at < (_BELIEVED_FOR if to_ring else _SEEN_FOR)


async def _ask_one(actions: Actions, endpoint: Endpoint) -> str:
    try:
        if not endpoint.startswith(_KEPT):
            return await value_of(actions, device_state(endpoint), timeout_seconds=_ASK_SECONDS)
        await ask(actions, database_key(endpoint), timeout_seconds=_ASK_SECONDS)
    except Refused:
        return ""  # not allowed to ask: then only the calls that are up tell, and the ring itself
    return "BUSY"


def _nothing() -> None:
    """Nobody waits for a phone."""


# What callbacks ask of one PBX; `telephony.ami.link.AmiLink` is one.
class PbxLine(Actions, EventualActions, Protocol):
    """Sends actions to one PBX."""

    synced: asyncio.Event
    """Set while the link is up and the calls on the PBX are known."""
