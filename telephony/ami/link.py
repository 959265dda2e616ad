"""The link to one PBX: always being made, logged in, resynced and watched, until it is told to stop.

One connection's life is a straight line; whatever ends it ends all of it, and the next one begins after a wait::

    connect ──▶ log in ──▶ UP ──▶ resync ──▶ SYNCED ──▶ lost, silent, refused ──▶ DOWN ──▶ wait, longer each time ──┐
       ▲                                                                                                            │
       └────────────────────────────────────────────────────────────────────────────────────────────────────────────┘

While it is up two tasks run: one asks for signs of life (a half-open link is noticed within ``ping_seconds +
pong_seconds`` of its last word, or of the third unanswered ping if it still says something), one keeps us synced: after
the login, when `AmiLink.resync_soon` asks for it, and when nothing has been heard for long.

Nothing is sent twice: an action belongs to the connection it was sent on, and dies with it, at once.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from telephony.ami import rights
from telephony.ami.capture import Capture
from telephony.ami.clock_offset import ClockOffset
from telephony.ami.counters import LinkCounters
from telephony.ami.inbound import Inbound
from telephony.ami.pending import Completion, Headers, Pending
from telephony.ami.protocol.parser import AmiMessage
from telephony.ami.resync import Resync
from telephony.ami.states import LinkChange, LinkState
from telephony.ami.wire import Wire, connect
from telephony.channel_events import ChannelEvent, PbxSnapshot
from telephony.errors import ActionRefused, ActionTimedOut, LoginRefused, PbxUnavailable, RingbackError
from telephony.settings import PbxSettings

# How long to wait before the next try: doubling, capped, with jitter; a pure function of (failures, chance).
_DOUBLINGS = 32
"""More would overflow nothing, but mean nothing either."""


def delay_seconds(failures: int, chance: float, *, first: float, cap: float) -> float:
    """Return the wait after the ``failures``-th failure in a row (from 1); ``chance`` is uniform in [0, 1)."""
    whole = min(cap, first * 2.0 ** min(max(failures - 1, 0), _DOUBLINGS))
    return whole * (0.5 + chance / 2)


_PINGS_UNHEEDED = 3
"""Pings in a row that a peer may leave unanswered while it still says other things."""


class AmiLink:
    """The link to one PBX. It is itself a `telephony.ports.Actions`: call it to send an action.

    Args:
        settings: where, who and all times.
        on_event: hears each channel event, in order. Must return at once; a raise of it is logged and counted.
        on_snapshot: hears what lives on the PBX, after each login, at its exact place among the events.
        on_state: hears each change of state.
        clock: the time of changes, and of events of a PBX without ``timestampevents``.
        rng: jitter, and the ids of actions.
        capture: where the raw bytes go, if anywhere. It stays the caller's to close.
    """

    def __init__(
        self,
        settings: PbxSettings,
        on_event: Callable[[ChannelEvent], None],
        *,
        on_snapshot: Callable[[PbxSnapshot], None],
        on_state: Callable[[LinkChange], None],
        clock: Callable[[], datetime],
        rng: random.Random,
        capture: Capture | None = None,
    ) -> None:
        self.settings = settings
        self.counters = LinkCounters()
        self.clock_offset = ClockOffset(settings.name, clock)
        self.connected = asyncio.Event()
        """Set while actions can be sent."""
        self.synced = asyncio.Event()
        """Set from the snapshot's hand-over to the connection's end."""
        self.rights = rights.Rights(known=False)
        """What our AMI user lacks, as found out after the last login."""
        self.down_reason = "it was not tried yet"
        """Why the link is, or last was, down."""
        self._on_snapshot = on_snapshot
        self._on_state = on_state
        self._clock = clock
        self._rng = rng
        self._log = structlog.get_logger(__name__).bind(pbx=settings.name)
        self._inbound = Inbound(settings.name, on_event, clock, self.counters, capture, on_bug=self.resync_soon)
        self._resync_wanted = asyncio.Event()
        self._wire: Wire | None = None
        self._told = ""

    # --- what others call ---------------------------------------------------------------------------------------------

    async def __call__(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 5.0
    ) -> Headers:
        """Send one action; return its response's headers. See `telephony.ports.Actions` for the errors."""
        return (await self._up_wire().send(headers or {}, Completion(action, timeout_seconds))).headers

    async def collect(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 10.0
    ) -> tuple[AmiMessage, ...]:
        """Send an action that answers with a list; return its rows (at most ``list_limit``, else `ActionRefused`)."""
        wanted = Completion(action, timeout_seconds, rows=self.settings.list_limit)
        return (await self._up_wire().send(headers or {}, wanted)).rows

    async def until_event(
        self, action: str, event: str, /, headers: Mapping[str, str | list[str]], *, timeout_seconds: float
    ) -> Headers:
        """Send an action that is over when ``event`` tells so (``OriginateResponse``); return that event's headers."""
        return (await self._up_wire().send(headers, Completion(action, timeout_seconds, event=event))).headers

    def resync_soon(self) -> None:
        """Ask for a snapshot: something about the calls in progress was not understood."""
        self._resync_wanted.set()

    @property
    def version(self) -> str:
        """AMI's version as the PBX greeted, or empty."""
        return self._inbound.version

    async def run(self) -> None:
        """Keep the link until cancelled; then log off and return within ``logoff_seconds``."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            reason = await self._one_connection()
            lasted = asyncio.get_running_loop().time() - began
            failures = 1 if lasted >= self.settings.retry_cap_seconds else failures + 1
            self.counters.failures += 1
            wait = delay_seconds(
                failures,
                self._rng.random(),
                first=self.settings.retry_first_seconds,
                cap=self.settings.retry_cap_seconds,
            )
            self._tell_down(reason, wait)
            await asyncio.sleep(wait)

    # --- one connection -----------------------------------------------------------------------------------------------

    async def _one_connection(self) -> RingbackError:
        """Live through one connection; return why it ended."""
        prefix = f"rb{self._rng.getrandbits(32):08x}-"
        pending = Pending(self.settings.name, self.counters.action_done)
        wire = Wire(self._inbound, pending, prefix)
        self._inbound.connected(pending, prefix)
        try:
            await connect(self.settings, wire)
        except PbxUnavailable as error:
            return error
        try:
            await self._log_in(wire)
            await self._serve(wire)
        except RingbackError as error:
            return error
        except asyncio.CancelledError:
            await self._log_off(wire)
            raise
        finally:
            self._wire = None
            self.connected.clear()
            self.synced.clear()
            await wire.gone()
            self._inbound.disconnected()
        return PbxUnavailable("it ended without a reason")  # pragma: no cover - _serve only ever raises

    async def _log_in(self, wire: Wire) -> None:
        settings = self.settings
        credentials: dict[str, str | list[str]] = {
            "Username": settings.username,
            "Secret": settings.secret.get_secret_value(),
            "Events": "on",
        }
        try:
            async with asyncio.timeout(settings.login_seconds):
                await self._greeted(wire)
            await wire.send(credentials, Completion("Login", settings.login_seconds))
        except ActionRefused as error:
            raise LoginRefused(
                f"AMI at {settings.host}:{settings.port} does not take the user {settings.username!r} with our secret "
                f"({error}). Correct `username` and `secret` of the PBX {settings.name!r} in the settings, or the "
                f"section [{settings.username}] in manager.conf (then `manager reload`); its `permit` must name us."
            ) from error
        except (ActionTimedOut, TimeoutError) as error:
            raise PbxUnavailable(
                f"{settings.host}:{settings.port} took the connection and then said nothing that AMI would say for "
                f"{settings.login_seconds:g} s: is it AMI, and is `tls` set as the PBX has it?"
            ) from error

    async def _greeted(self, wire: Wire) -> None:
        """Wait for AMI's own greeting: whoever else listens there must not learn the secret."""
        greeting = asyncio.ensure_future(self._inbound.greeted.wait())
        either: list[asyncio.Future[Any]] = [greeting, wire.lost]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            greeting.cancel()
        if wire.lost.done():
            raise PbxUnavailable(f"{self.settings.name}: {wire.lost.result()} before it said anything.")

    async def _serve(self, wire: Wire) -> None:
        """Be up, until something raises."""
        self._wire = wire
        self.counters.connections += 1
        self.connected.set()
        self._told = ""
        self._changed(LinkState.UP)
        name = self.settings.name
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch(wire), name=f"ami-watchdog-{name}")
                tasks.create_task(self._resync(wire).run(), name=f"ami-resync-{name}")
                tasks.create_task(self._look_at_rights(wire), name=f"ami-rights-{name}")
                await asyncio.wait([wire.lost])  # not the future itself: our being cancelled must not cancel it
                raise PbxUnavailable(f"{name}: {wire.lost.result()}.")
        except ExceptionGroup as group:
            raise _cause(group) from None

    def _resync(self, wire: Wire) -> Resync:
        return Resync(
            wire,
            self._inbound,
            self.settings,
            self._clock,
            counters=self.counters,
            wanted=self._resync_wanted,
            on_snapshot=self._synced,
        )

    def _synced(self, snapshot: PbxSnapshot) -> None:
        self._on_snapshot(snapshot)
        if not self.synced.is_set():
            self.synced.set()
            self._changed(LinkState.SYNCED)

    async def _log_off(self, wire: Wire) -> None:
        with contextlib.suppress(RingbackError):
            await wire.send({}, Completion("Logoff", self.settings.logoff_seconds))

    async def _watch(self, wire: Wire) -> None:
        """Ask for signs of life; raise when there are none."""
        unheeded = 0
        while True:
            await asyncio.sleep(self.settings.ping_seconds)
            heard = wire.bytes_heard
            try:
                pong = await wire.send({}, Completion("Ping", self.settings.pong_seconds))
                self.clock_offset.note(pong.headers)
                unheeded = 0
            except ActionTimedOut as error:
                unheeded += 1
                if wire.bytes_heard == heard or unheeded >= _PINGS_UNHEEDED:
                    raise PbxUnavailable(
                        f"{self.settings.name}: the PBX has not answered for {self.settings.pong_seconds:g} s; "
                        "the link is taken for dead."
                    ) from error

    async def _look_at_rights(self, wire: Wire) -> None:
        """Say what our user may not do. A PBX that is just booting has not loaded all: it is asked again."""
        self.rights = rights.Rights(known=False)
        with contextlib.suppress(ActionRefused, ActionTimedOut):
            for pause in (0.0, rights.BOOTING_SECONDS):
                await asyncio.sleep(pause)
                answer = await wire.send({}, Completion("ListCommands", self.settings.resync_seconds))
                self.rights = rights.rights(answer.headers)
                if not self.rights.missing:
                    return
        if self.rights.missing:
            self._log.warning(
                "ami.rights_missing",
                actions=self.rights.missing,
                lost=rights.lost_without(self.rights.missing),
                cure=rights.CURE,
            )

    # --- telling ------------------------------------------------------------------------------------------------------

    def _up_wire(self) -> Wire:
        if self._wire is None:
            raise PbxUnavailable(f"The PBX {self.settings.name} is not connected: {self.down_reason}")
        return self._wire

    def _changed(self, state: LinkState, reason: str = "") -> None:
        if state is not LinkState.DOWN:
            self._log.info("ami.link", state=state.value, host=self.settings.host, ami=self.version)
        self._on_state(LinkChange(self.settings.name, state, self._clock(), reason))

    def _tell_down(self, reason: RingbackError, wait: float) -> None:
        """Tell once why the link is down; the same reason again is told to the debug log only."""
        self.down_reason = str(reason)
        tell = self._log.debug if self._told == self.down_reason else self._log.error
        tell("ami_link_down", error_id=reason.error_id, reason=self.down_reason, retry_seconds=round(wait, 2))
        if self._told != self.down_reason:
            self._told = self.down_reason
            self._changed(LinkState.DOWN, self.down_reason)


def _cause(group: ExceptionGroup[Exception]) -> Exception:
    """The one exception that says most: a bug of ours before what befell the link."""
    flat = [error for error in group.exceptions if not isinstance(error, RingbackError)]
    return flat[0] if flat else group.exceptions[0]
