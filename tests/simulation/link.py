"""The AMI link of one daemon to the simulated PBX: what is said on it comes in order, but late, or not at all.

Made from AMI's rules (one TCP stream: order is kept; a cut stream loses what was on its way; an action that was sent
may have been carried out whether or not its answer comes). What `telephony.ami.link` promises of each error is kept
here.
"""

import asyncio
import random
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from telephony.channel_events import ChannelEvent, ChannelHungUp, PbxSnapshot
from telephony.errors import ActionRefused, ActionTimedOut, PbxUnavailable

if TYPE_CHECKING:
    from tests.simulation.pbx import Pbx
    from tests.simulation.process import Process

Headers = Mapping[str, str | list[str]]
_AT_ONCE = 0.1
_ORIGINATES_LOST_EVERY = 25
_NEVER = 120.0
"""Seconds: nobody waits for so long."""
_SILENCE_NOTICED = 15.0
"""Seconds: ping and pong. A link that says nothing for longer is cut."""


class Link:
    """See the module. It is what the engine calls a `PbxLine`."""

    def __init__(self, pbx: "Pbx", process: "Process", rng: random.Random) -> None:
        self.connected = asyncio.Event()
        self.synced = asyncio.Event()
        self.late_every = 0
        """So many actions on the average, and one's answer comes too late; 0 is never."""
        self._pbx = pbx
        self._process = process
        self._rng = rng
        self._hear: Any = None
        self._resync: Any = None
        self.connection = 0
        """Grows with each connection, and with each end of one."""
        self._last_delivery = 0.0
        self._heard_at: datetime | None = None
        self.heard_ends: list[tuple[float, str]] = []
        """Of channels, and when."""
        self._pending: dict[int, asyncio.Future[Mapping[str, str]]] = {}
        self._actions = 0
        process.on_death.append(self.cut)

    def plug_in(self, hear: Any, resync: Any) -> None:  # noqa: ANN401 - Hearing's
        self._hear, self._resync = hear, resync

    # --- the connection's life ----------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Log in; the picture of all that lives comes a moment later, at its exact place among the events."""
        if self.connected.is_set() or not self._process.alive:
            return
        self.connection += 1
        self._last_delivery = 0.0
        self.connected.set()
        self._pbx.links.append(self)
        self._process.story.tell(self._process.name, "AMI is up")
        self._later(self._deliver_snapshot, self._pbx.snapshot(self._heard_at))

    def cut(self) -> None:
        """What is on its way is lost, in both directions."""
        if not self.connected.is_set():
            return
        self.connection += 1
        self.connected.clear()
        self.synced.clear()
        self._pbx.links.remove(self)
        self._process.story.tell(self._process.name, "AMI is cut")
        self._process.story.count("fault: AMI cut")
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(PbxUnavailable("the link was cut before the answer"))
                waiting.exception()
        self._pending.clear()

    def freeze(self, seconds: float, *, noticed: bool = True) -> None:
        """Nothing comes for a while; what was said comes afterwards, unless the silence is noticed before."""
        if not self.connected.is_set():
            return
        loop = asyncio.get_running_loop()
        self._process.story.tell(self._process.name, f"AMI is frozen for {seconds:.1f} s")
        self._process.story.count("fault: AMI frozen")
        self._last_delivery = max(self._last_delivery, loop.time() + seconds)
        if noticed and seconds > _SILENCE_NOTICED:
            connection = self.connection
            loop.call_later(_SILENCE_NOTICED, lambda: self.cut() if self.connection == connection else None)

    # --- what the PBX says --------------------------------------------------------------------------------------------

    def hear(self, event: ChannelEvent) -> None:
        self._later(self._deliver, event)

    def _later(self, deliver: Any, *what: object) -> None:  # noqa: ANN401
        loop = asyncio.get_running_loop()
        self._last_delivery = max(self._last_delivery + 1e-6, loop.time() + self._rng.uniform(0.0002, 0.004))
        loop.call_at(self._last_delivery, self._in_order, self.connection, deliver, what)

    def _in_order(self, connection: int, deliver: Any, what: tuple[Any, ...]) -> None:  # noqa: ANN401
        if connection == self.connection:
            self._heard_at = self._pbx.now()
            deliver(*what)

    def _deliver(self, event: ChannelEvent) -> None:
        self._hear(event)
        if isinstance(event, ChannelHungUp):
            self.heard_ends.append((asyncio.get_running_loop().time(), event.channel.uniqueid))

    @property
    def flows(self) -> bool:
        """Whether what the PBX says is heard at once."""
        return self.synced.is_set() and self._last_delivery <= asyncio.get_running_loop().time() + _AT_ONCE

    @property
    def hears(self) -> bool:
        """Whether its daemon lives, and hears at once."""
        return self._process.alive and not self._process.frozen and self.flows

    def _deliver_snapshot(self, picture: PbxSnapshot) -> None:
        self._resync(picture)
        self.synced.set()

    # --- what we ask of it --------------------------------------------------------------------------------------------

    async def __call__(
        self, action: str, /, headers: Headers | None = None, *, timeout_seconds: float = 5.0
    ) -> Mapping[str, str]:
        waiting, late = await self._sent(action)
        try:
            answer = self._pbx.act(action, headers or {})
        except ActionRefused as error:
            self._fail_later(waiting, error, late)
        else:
            self._answer_later(waiting, answer, late)
        return await self._awaited(action, waiting, timeout_seconds)

    async def until_event(
        self, action: str, event: str, /, headers: Headers, *, timeout_seconds: float
    ) -> Mapping[str, str]:
        assert (action, event) == ("Originate", "OriginateResponse")
        waiting, late = await self._sent(action)
        connection = self.connection

        def told(response: Mapping[str, str]) -> None:
            if connection == self.connection:
                self._answer_later(waiting, response, late)

        try:
            self._pbx.originate(headers, told)
        except ActionRefused as error:
            self._fail_later(waiting, error, late)
        return await self._awaited(action, waiting, timeout_seconds)

    async def _sent(self, action: str) -> tuple["asyncio.Future[Mapping[str, str]]", float]:
        await self._process.thawed()
        if not self.connected.is_set():
            raise PbxUnavailable("the PBX is not connected")
        self._actions += 1
        number, connection = self._actions, self.connection
        waiting: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()
        self._pending[number] = waiting
        waiting.add_done_callback(lambda _: self._pending.pop(number, None))
        await asyncio.sleep(self._rng.uniform(0.0002, 0.002))
        await self._process.thawed()
        if connection != self.connection:
            raise PbxUnavailable("the link was cut before the action was sent")
        late = 0.0
        if self.late_every and self._rng.random() * self.late_every < 1:
            late = self._rng.choice((1.0, 4.0, 12.0, 120.0))
        elif self.late_every and action == "Originate" and self._rng.random() * _ORIGINATES_LOST_EVERY < 1:
            late = _NEVER
        if late:
            self._process.story.tell(self._process.name, f"the answer to {action} comes {late:g} s late")
            self._process.story.count("fault: late answer")
        return waiting, late

    def _answer_later(
        self, waiting: "asyncio.Future[Mapping[str, str]]", answer: Mapping[str, str], late: float
    ) -> None:
        def arrives() -> None:
            if not waiting.done():
                waiting.set_result(answer)

        asyncio.get_running_loop().call_later(late, self._later, arrives)

    def _fail_later(self, waiting: "asyncio.Future[Mapping[str, str]]", error: Exception, late: float) -> None:
        def arrives() -> None:
            if not waiting.done():
                waiting.set_exception(error)

        asyncio.get_running_loop().call_later(late, self._later, arrives)

    async def _awaited(
        self, action: str, waiting: "asyncio.Future[Mapping[str, str]]", timeout_seconds: float
    ) -> Mapping[str, str]:
        try:
            async with asyncio.timeout(timeout_seconds):
                answer = await waiting
        except TimeoutError:
            raise ActionTimedOut(f"the PBX did not answer {action} within {timeout_seconds:g} s") from None
        await self._process.thawed()
        return answer
