"""Keeps one connection in step with the PBX: a snapshot of all living channels, at one exact place among the events.

Three actions are written in one go: ``Ping`` (its answer tells the PBX's clock), ``CoreShowChannels`` (each row names
the bridge that the channel is in, so channels and bridges are of one moment) and ``BridgeList`` (which of the bridges
connect nobody). From the response to ``CoreShowChannels`` on, events are held back; `telephony.ami.inbound` says why
that leaves no gap and doubles nothing.

It is taken after the login, when somebody asks for it, and when nothing was heard for long: a PBX that is quiet for a
minute and yet has other channels than before is one whose events our user may not hear.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from telephony.ami.counters import LinkAnomaly, LinkCounters
from telephony.ami.inbound import Inbound
from telephony.ami.late_state import ask_for_recordings, ask_for_talks, queues_joined
from telephony.ami.pending import ActionAnswer, Completion, Headers
from telephony.ami.protocol.messages import snapshot
from telephony.ami.protocol.parser import AmiMessage
from telephony.ami.protocol.times import moment_of
from telephony.ami.rights import CURE, deaf
from telephony.ami.wire import Wire
from telephony.channel_events import PbxSnapshot
from telephony.errors import ActionRefused
from telephony.settings import PbxSettings


class Resync:
    """The resync of one connection.

    Args:
        wire: the connection, logged in.
        inbound: holds the events back.
        settings: the PBX's.
        clock: the snapshot's time if the PBX tells none.
        counters: counted into.
        wanted: somebody sets it to ask for a snapshot.
        on_snapshot: hears it. A raise of it is logged and counted.
    """

    def __init__(
        self,
        wire: Wire,
        inbound: Inbound,
        settings: PbxSettings,
        clock: Callable[[], datetime],
        *,
        counters: LinkCounters,
        wanted: asyncio.Event,
        on_snapshot: Callable[[PbxSnapshot], None],
    ) -> None:
        self._wire = wire
        self._inbound = inbound
        self._settings = settings
        self._clock = clock
        self._counters = counters
        self._wanted = wanted
        self._on_snapshot = on_snapshot
        self._unheard = True
        """True until what was said before this connection has been asked for."""
        self._last: PbxSnapshot | None = None
        self._heard = 0
        """How many events had come when the last snapshot was handed over."""
        self._log = structlog.get_logger(__name__).bind(pbx=settings.name)

    async def run(self) -> None:
        """Keep in step until cancelled.

        Raises:
            ActionTimedOut, PbxUnavailable: the PBX does not answer, or the connection is gone.
        """
        while True:
            self._wanted.clear()
            events = self._counters.events
            found = await self._once()
            if found and self._unheard:
                self._unheard = False
                await ask_for_recordings(
                    self._wire, found, self._inbound.take, timeout_seconds=self._settings.resync_seconds
                )
            while not await self._is_time(events):
                events = self._counters.events

    async def _is_time(self, events: int) -> bool:
        """Wait; return True when a snapshot is wanted, or no event came for long."""
        try:
            async with asyncio.timeout(self._settings.quiet_seconds):
                await self._wanted.wait()
        except TimeoutError:
            return self._counters.events == events
        await asyncio.sleep(self._settings.ping_seconds)  # wishes come in swarms, and a list of thousands costs
        return True

    async def _once(self) -> PbxSnapshot | None:
        try:
            silent = self._inbound.silent_seconds
            found, rows = await self._take()
            if self._unheard:
                talks = await ask_for_talks(self._wire, found, timeout_seconds=self._settings.resync_seconds)
                found = found._replace(
                    talks=talks, lost_at=None if silent is None else found.at - timedelta(seconds=silent)
                )
        except ActionRefused as error:
            self._inbound.release()
            self._log.error("ami.resync_refused", reason=str(error), cure=CURE)
            return None
        if not self._inbound.holding:  # so much came meanwhile that it was let go: the snapshot's place is lost
            self._wanted.set()
            return None
        self._hand_over(found, rows)
        if self._counters.events == self._heard and deaf(self._last, found):
            self._log.error("ami.deaf", cure="check `read` and the eventfilter lines of our user in manager.conf")
        self._last, self._heard = found, self._counters.events
        return found

    async def _take(self) -> tuple[PbxSnapshot, tuple[AmiMessage, ...]]:
        seconds, limit = self._settings.resync_seconds, self._settings.list_limit
        send = self._wire.send
        ping = send({}, Completion("Ping", seconds))
        channels = send({}, Completion("CoreShowChannels", seconds, rows=limit, on_first=self._hold))
        bridges = send({}, Completion("BridgeList", seconds, rows=limit))
        pong, listed, bridged = await asyncio.gather(ping, channels, bridges, return_exceptions=True)
        rows = _rows(listed)
        return snapshot(_moment(pong) or self._clock(), rows, _rows_if_known(bridged)), rows

    def _hold(self, _: Headers) -> None:
        self._inbound.hold()

    def _hand_over(self, found: PbxSnapshot, rows: tuple[AmiMessage, ...]) -> None:
        """Give the snapshot and then the held events; no await in here, or the order is lost."""
        try:
            self._on_snapshot(found)
        except Exception:  # noqa: BLE001 - a bug in what hears it must not cost the events behind it
            self._counters.anomalies[LinkAnomaly.EVENT_FAILED] += 1
            self._log.exception("ami.snapshot_failed", snapshot=found)
        self._inbound.release(queues_joined(found.at, rows) if self._unheard else ())
        self._counters.resyncs += 1


def _moment(pong: ActionAnswer | BaseException) -> datetime | None:
    return None if isinstance(pong, BaseException) else moment_of(pong.headers.get("Timestamp", ""))


def _rows(listed: ActionAnswer | BaseException) -> tuple[AmiMessage, ...]:
    if isinstance(listed, BaseException):
        raise listed
    return listed.rows


def _rows_if_known(bridged: ActionAnswer | BaseException) -> tuple[AmiMessage, ...]:
    """Asterisk 11 knows no bridges: what it refuses is not missed."""
    return () if isinstance(bridged, ActionRefused) else _rows(bridged)
