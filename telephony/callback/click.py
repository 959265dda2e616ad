"""Click-to-call: a manager's phone rings, and when it is answered the dialplan dials the customer.

The call is dialled as a callback's customer is: the same spelling of the number, the same trunk as their last call,
the same number of ours shown. It is told from other calls by its channel's id, ``rb-click-<random>``.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import structlog

from telephony.callback.originate import ring_for_click
from telephony.callback.policy.dialling import DialCustomer, Dialling, dial_variables, is_diallable, is_trunk
from telephony.callback.policy.guards import DIALABLE, outside_number
from telephony.callback.rows import SQL
from telephony.callback.telephones import all_telephones
from telephony.directory.model import ManagerEntry
from telephony.directory.store import DirectoryStore
from telephony.errors import PbxUnavailable, Refused, RingbackError
from telephony.model import CallId, PbxName
from telephony.numbers import Canonical, canonical
from telephony.pbx.asking import ask, value_of
from telephony.pbx.requests import device_state
from telephony.ports import Actions, Clock
from telephony.postgres.pool import Pool
from telephony.settings import TelephonySettings
from telephony.tolls.gate import TollGate, TollRefused

_log = structlog.get_logger(__name__)

PREFIX: Final = "rb-click-"
_SOURCE: Final = "click"
_GONE: Final = frozenset({"UNAVAILABLE", "INVALID"})
_LOOK_BACK: Final = timedelta(days=30)


class NoSuchManager(RingbackError):
    """The directory has nobody of that id or extension."""

    error_id = "no-such-manager"


class ClickRefused(Refused):
    """It cannot be dialled so; no phone rang."""

    error_id = "click-refused"


class Clicks:
    """Dials for people. ``nonce`` makes channel ids unguessable."""

    def __init__(
        self,
        pool: Pool,
        pbxs: Mapping[PbxName, Actions],
        settings: TelephonySettings,
        clock: Clock,
        nonce: Callable[[], str],
        tolls: TollGate,
    ) -> None:
        self._pool = pool
        self._pbxs = pbxs
        self._settings = settings
        self._clock = clock
        self._nonce = nonce
        self._tolls = tolls
        self._dialling = Dialling(settings.voice.trunk, settings.voice.dial, settings.voice.dial_options)

    async def dial(self, manager: str, number: str, by: str) -> CallId:
        """Ring ``manager`` and dial ``number`` when they answer; returns as soon as the PBX has taken it on.

        Args:
            manager: an id of the directory, or the extension of somebody in it.
            number: whom to dial, in any spelling.
            by: who clicked, for the log.

        Raises:
            NoSuchManager, ClickRefused: nobody has that id; the number, the phone or the trunk cannot be used.
            TollRefused: a rule or a limit of [toll] forbids the number.
            PbxUnavailable, ActionTimedOut: the PBX is away, or did not say whether it took it on.
        """
        customer = canonical(number, self._settings.numbers.region)
        if not DIALABLE.fullmatch(customer):
            raise ClickRefused(f"{number[:40]!r} is no number that can be dialled")
        self._tolls.allow(customer, _SOURCE)
        entry = await self._manager(manager)
        pbx, actions = self._pbx_of(entry)
        await self._is_there(actions, entry)
        order = await self._order(pbx, customer)
        channel_id = f"{PREFIX}{self._nonce()}"
        ringing = ring_for_click(
            await all_telephones(actions, entry.endpoint),
            channel_id,
            order.number,
            dial_variables(order, self._dialling),
            self._settings.callback.ring_seconds,
        )
        await self._count(customer)
        await ask(actions, ringing)
        _log.info("click.ringing", pbx=pbx, channel_id=channel_id, manager=entry.manager_id, by=by)
        return CallId(f"{pbx}:{channel_id}")

    async def _count(self, customer: Canonical) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            refused = await self._tolls.spend(connection, customer, _SOURCE, self._clock())
        if refused is not None:
            raise TollRefused(refused.said)

    async def _manager(self, named: str) -> ManagerEntry:
        managers = await DirectoryStore(self._pool).managers()
        by_id = [one for one in managers if one.manager_id == named]
        by_extension = [one for one in managers if one.endpoint.partition("/")[2] == named]
        for found in (*by_id, *by_extension):
            return found
        raise NoSuchManager(f"the directory has no manager {named[:64]!r}: neither by id nor by extension")

    def _pbx_of(self, entry: ManagerEntry) -> tuple[PbxName, Actions]:
        name = PbxName(entry.pbx) if entry.pbx else next(iter(self._pbxs))
        if name not in self._pbxs:
            raise PbxUnavailable(f"manager {entry.manager_id}'s PBX {name!r} is none of ours")
        return name, self._pbxs[name]

    async def _is_there(self, actions: Actions, entry: ManagerEntry) -> None:
        state = await value_of(actions, device_state(entry.endpoint))
        if state in _GONE:
            raise ClickRefused(f"the phone {entry.endpoint} of {entry.manager_id} is not there ({state.lower()})")

    async def _order(self, pbx: PbxName, customer: Canonical) -> DialCustomer:
        callback = self._settings.callback
        route = await self._pool.fetchrow(SQL.last_route, customer)
        trunk, did, heard = "", "", str(customer)
        if route is not None and route["pbx"] == pbx:
            trunk, did, heard = route["trunk"], route["did"], route["heard"]
        if not is_trunk(trunk) and not self._dialling.trunk:
            trunk = await self._pool.fetchval(SQL.last_trunk, pbx, self._clock() - _LOOK_BACK) or ""
        return DialCustomer(
            number=outside_number(customer, heard, self._settings.numbers.region, callback),
            caller_id=did if is_diallable(did) else "",
            trunk=trunk if is_trunk(trunk) else "",
            ring_seconds=max(1, round(callback.customer_ring_seconds)),
        )
