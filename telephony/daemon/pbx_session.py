"""One PBX heard: its link's events through its tracker to the pump, and the ends of calls that nobody heard.

Everything from the socket to the pump's queue happens in one turn of the loop, without an await, so events keep their
order and nothing is between them. Only what a restart left behind needs the database: the calls that the ledger holds
open and of which the PBX knows nothing any more.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

import structlog

from telephony.ami.capture import Capture
from telephony.ami.link import AmiLink
from telephony.ami.states import LinkChange
from telephony.calls.store import LedgerStore
from telephony.calls.tracking.lifecycle import AnomalyKind
from telephony.calls.tracking.merging import leftovers
from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.channel_events import ChannelEvent, PbxSnapshot
from telephony.daemon.health import HealthCheck, StandstillWatch
from telephony.events import CallEnded, CallEvent
from telephony.model import CallId, PbxName
from telephony.ports import CallListener
from telephony.postgres.patience import Patience
from telephony.settings import PbxSettings

_STUCK_AFTER: Final = 180.0
"""Seconds without a try to connect, while not connected, after which only a restart helps; retries come far oftener."""
_LONGEST_WAIT: Final = 1.0
"""Seconds between two questions to a database that is away."""


async def _at_once() -> None:
    """For whoever writes nothing."""


class StateListener(Protocol):
    """Hears of a link's changes."""

    def __call__(self, change: LinkChange, /) -> None:
        """Return at once."""
        ...


class PbxSession:
    """The chain of one PBX.

    Args:
        settings: the PBX's.
        submit: takes the calls' events: the pump's.
        store: knows the calls that were open before this process began.
        clock: now.
        drained: returns when all that was submitted, or spooled by a process before us, is in the ledger.
        capture: where the PBX's raw words go, if anywhere.
        on_state: hears the link's changes, after us.
    """

    def __init__(
        self,
        settings: PbxSettings,
        submit: CallListener,
        store: LedgerStore,
        clock: Callable[[], datetime],
        *,
        drained: Callable[[], Awaitable[None]] = _at_once,
        capture: Capture | None = None,
        on_state: StateListener | None = None,
    ) -> None:
        self.name = PbxName(settings.name)
        self.tracker = Tracker(self.name, TrunkRules(settings.trunks, settings.trunk_contexts))
        self.link = AmiLink(
            settings,
            self._hear,
            on_snapshot=self._resync,
            on_state=on_state or (lambda _: None),
            clock=clock,
            rng=random.Random(),  # noqa: S311 - jitter and ids guard nothing
            capture=capture,
        )
        self._pass_on = submit
        self.on_unheard: Callable[[Sequence[CallEnded]], None] = self._pass_on_all
        """Takes the ends of calls of which a part was not heard, which are guesses; the pump gets them, if nobody else.
        It is called once for what was left behind before our time, even if that is nothing."""
        self._store = store
        self._clock = clock
        self._drained = drained
        self._log = structlog.get_logger(__name__).bind(pbx=settings.name)
        self._stall = StandstillWatch(_STUCK_AFTER, time.monotonic)
        self._ours: set[CallId] | None = set()
        """Calls that this process has told of: their ends are the tracker's. None once the old ones are done with."""
        self._synced_once = asyncio.Event()

    async def close_leftovers(self) -> None:
        """After the first resync, end the calls that went away while no daemon listened; then rest for ever."""
        await self._synced_once.wait()
        patience = Patience(f"leftovers {self.name}", longest_seconds=_LONGEST_WAIT)
        while self._ours is not None:
            await self._drained()  # what a process before us left on disk may hold the ends
            try:
                held_open = await self._store.open_calls(self.name)
            except Exception as error:  # noqa: BLE001 - it is raised again if it is ours
                await patience.met(error)
                continue
            patience.well()
            # No await from here on: the calls of ours that ended during the query are known as ours.
            ends = leftovers(held_open, self._ours, self._clock())
            self._ours = None
            self.on_unheard(ends)
            if ends:
                self._log.warning("calls.ended_unheard", calls=[end.call.call_id for end in ends])
        await asyncio.Event().wait()

    def part(self) -> HealthCheck:
        """Return how the link is."""
        link = self.link
        up = link.connected.is_set()
        tries = (link.counters.connections, link.counters.failures, link.counters.bytes_received)
        stuck = self._stall.stands_still(tries, at_work=not up)
        summary = f"{len(self.tracker.calls_in_progress())} calls" if up else link.down_reason
        return HealthCheck(f"ami {self.name}", healthy=link.synced.is_set(), said=summary, stuck=stuck)

    def clock_part(self) -> HealthCheck:
        """Return whether the PBX's clock and ours agree."""
        offset = self.link.clock_offset
        return HealthCheck(f"clock {self.name}", healthy=not offset.is_far, said=str(offset))

    def _hear(self, event: ChannelEvent) -> None:
        for happened in self.tracker.receive(event):
            self._submit(happened)
        for anomaly in self.tracker.take_anomalies():
            self._log.warning(
                "call.anomaly", kind=anomaly.kind, channel=anomaly.uniqueid, said=anomaly.detail, raw=event
            )
            if anomaly.kind is AnomalyKind.UNEXPECTED_TRANSITION:
                self.link.resync_soon()

    def _resync(self, snapshot: PbxSnapshot) -> None:
        unheard: list[CallEnded] = []
        for happened in self.tracker.resync(snapshot):
            if isinstance(happened, CallEnded):
                self._is_ours(happened)
                unheard.append(happened)
            else:
                self._submit(happened)
        if unheard:
            self.on_unheard(unheard)
        self._synced_once.set()

    def _submit(self, happened: CallEvent) -> None:
        self._is_ours(happened)
        if isinstance(happened, CallEnded) and happened.call.repaired:
            self.on_unheard([happened])  # a part of it nobody heard (when it was answered): CEL may know better
        else:
            self._pass_on(happened)

    def _is_ours(self, happened: CallEvent) -> None:
        if self._ours is not None:
            self._ours.add(happened.call.call_id)

    def _pass_on_all(self, ends: Sequence[CallEnded]) -> None:
        for end in ends:
            self._pass_on(end)
