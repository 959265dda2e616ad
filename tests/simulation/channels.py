"""A channel of the simulated Asterisk: what it is called, how it is, and who wants it to end."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

from telephony.channel_events import ChannelFacts

DOWN, RING, RINGING, UP = 0, 4, 5, 6


class HungUp(Exception):
    """The channel is to end: whatever the dialplan was doing on it is over."""


class SentElsewhere(Exception):
    """AMI's Redirect: the dialplan goes on at another place, whatever it was doing."""


@dataclass(eq=False)
class Channel:
    """See the module. ``born`` is in simulated seconds."""

    uniqueid: str
    linkedid: str
    name: str
    number: str
    context: str
    exten: str
    born: float
    state: int = DOWN
    caller_name: str = ""
    bridge: str = ""
    cause: int = 0
    """Q.850, of the hang-up that was asked for."""
    is_gone: bool = False
    asked: "asyncio.Future[type[Exception]]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    talked: bool = False
    reported: bool = False
    """``RINGBACK_REPORTED``."""
    life: int = 0
    """Which start of Asterisk it was made since: who belongs to a dead one says and does nothing more."""
    app: str = ""
    app_args: str = ""
    dialstatus: str = ""
    hung_up_by: str = ""
    """CEL's hangupsource: a channel's name, or a place in the dialplan."""

    def facts(self) -> ChannelFacts:
        return ChannelFacts(
            self.uniqueid,
            self.name,
            linkedid=self.linkedid,
            number=self.number,
            caller_name=self.caller_name,
            context=self.context,
            exten=self.exten,
            state=self.state,
        )

    def hang_up(self, cause: int) -> None:
        """Ask for its end; the first cause counts."""
        if not self.asked.done():
            self.cause = cause
            self.asked.set_result(HungUp)

    @property
    def ends(self) -> bool:
        """Whether its end was asked for: Asterisk's ``ast_check_hangup``."""
        return self.is_gone or self.asked.done()

    def redirect(self) -> None:
        if not self.asked.done():
            self.asked.set_result(SentElsewhere)

    def settle_down(self) -> None:
        """It has arrived where it was sent."""
        if self.asked.done() and self.asked.result() is SentElsewhere:
            self.asked = asyncio.get_running_loop().create_future()

    async def until(self, what: "Awaitable[Any] | float | None", *others: "asyncio.Future[Any]") -> Any:  # noqa: ANN401
        """Wait for seconds or for something, or for any of the others; its own end comes before all.

        Returns the future that was first (None for time).

        Raises:
            HungUp, SentElsewhere: that came first.
        """
        seconds = float(what) if isinstance(what, float | int) else None
        awaited = [] if what is None or isinstance(what, float | int) else [asyncio.ensure_future(what)]
        futures = [*awaited, *others]
        await asyncio.wait([self.asked, *futures], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if self.asked.done():
            raise self.asked.result()
        return next((one for one in futures if one.done()), None)
