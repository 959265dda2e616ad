"""Keeps the board of phones current: a call is looked at at once, device states are asked for every few seconds."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from telephony.callback.owners import Owners
from telephony.callback.phones import PbxLine, Phones
from telephony.callback.presence.board import PhonePresence, PresenceBoard, Sighting
from telephony.directory.model import Endpoint, ManagerId
from telephony.errors import NotReady
from telephony.events import CallEvent
from telephony.model import PbxName
from telephony.ports import Clock
from telephony.postgres.patience import Patience

_log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 5.0
"""Absences and hours come and go by themselves; a phone that lost its registration is seen no later."""
_SHORTEST_SECONDS: Final = 0.1
"""Between two looks: many events of a call are one change."""
_KINDEST: Final = (
    "RINGING",
    "RINGINUSE",
    "INUSE",
    "ONHOLD",
    "BUSY",
    "NOT_INUSE",
    "UNKNOWN",
    "",
    "UNAVAILABLE",
    "INVALID",
)


class PresenceWatch:
    """A `telephony.ports.CallListener` and a loop.

    Args:
        pbxs: the links by their PBX's name.
        phones: who is on a call, and how the PBX says that phones are.
        owners: the directory's managers.
        clock: now.
        tell: hears of each phone whose state has changed.
    """

    def __init__(
        self,
        pbxs: Mapping[PbxName, PbxLine],
        phones: Phones,
        owners: Owners,
        clock: Clock,
        tell: Callable[[PhonePresence], None] | None = None,
    ) -> None:
        self._pbxs = pbxs
        self._phones = phones
        self._owners = owners
        self._clock = clock
        self._tell = tell
        self._board = PresenceBoard()
        self._wake = asyncio.Event()
        self._patience = Patience("presence of phones")

    def __call__(self, _: CallEvent) -> None:
        """Hear of a call: whoever is in it is looked at."""
        self.hint()

    def hint(self) -> None:
        """Look soon."""
        self._wake.set()

    def everybody(self) -> list[PhonePresence]:
        """Return all managers' phones as they were seen last."""
        return self._board.everybody()

    async def run(self) -> None:
        """Watch until cancelled; a database that is away is waited for."""
        await self._patience.forever(self._turn)

    async def _turn(self) -> None:
        self._wake.clear()
        await self.look()
        self._patience.well()
        await asyncio.sleep(_SHORTEST_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._wake.wait()

    async def look(self) -> None:
        """Look once, and tell what has changed."""
        roster, now = await self._owners.roster(), self._clock()
        states: dict[Endpoint, str] = {}
        dnd: set[ManagerId] = set()
        for name, line in self._pbxs.items():
            managers = roster.on(name)
            try:
                found = await self._phones.states(name, line, managers, now)
            except NotReady:
                continue  # what was seen before is told as unknown
            dnd |= {one.manager_id for one in managers if self._phones.does_not_disturb(one)}
            _join(states, found)
        for presence in self._board.look(Sighting(roster, self._phones.engaged(), states, frozenset(dnd), now)):
            _log.debug("presence.changed", manager=presence.manager_id, state=presence.state)
            if self._tell is not None:
                self._tell(presence)


def _join(states: dict[Endpoint, str], found: Mapping[Endpoint, str]) -> None:
    """A phone that may be on any PBX stands as it does where it is most alive."""
    for endpoint, state in found.items():
        known = states.get(endpoint)
        states[endpoint] = state if known is None else min(known, state, key=_rank)


def _rank(state: str) -> int:
    return _KINDEST.index(state) if state in _KINDEST else _KINDEST.index("UNKNOWN")
