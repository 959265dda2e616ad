"""A simulated Asterisk, from its own behaviour: what it answers to AMI's actions, which events it tells in which order.

The orders of events are those of the transcripts in tests/transcripts (an OriginateResponse comes before the Newstate
of the same answer; Hangup comes last), the refusals those of `tests.asterisk_words`, the causes those that chan_pjsip
gives to SIP's answers. What a channel does in our dialplan is in `dialplan`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from telephony import channel_events as ce
from tests.asterisk_words import DENIED, ID_IN_USE, NOT_UP, UNKNOWN, refused, refused_channel
from tests.simulation.cel import Cel
from tests.simulation.channels import DOWN, RING, RINGING, UP, Channel, HungUp
from tests.simulation.link import Headers, Link
from tests.simulation.people import Customer, People, Phone, Ring

if TYPE_CHECKING:
    from tests.simulation.dialplan import Dialplan
    from tests.simulation.watch import Watch

TRUNK = "PJSIP/carrier"
Told = Callable[[Mapping[str, str]], None]


class Pbx:
    """See the module."""

    def __init__(self, clock: Callable[[], datetime], people: People, watch: "Watch", cel: Cel) -> None:
        self.now = clock
        self.cel = cel
        self.life = 0
        """Grows with each start."""
        self.people = people
        self.watch = watch
        self.links: list[Link] = []
        self.channels: dict[str, Channel] = {}
        self.phones: dict[str, Phone] = {}
        self.customers: dict[str, Customer] = {}
        self.variables: dict[str, str] = {}
        """Asterisk's globals."""
        self.keeps_notes_to_itself = False
        """Our AMI user may not read globals."""
        self.dialplan: Dialplan
        self._born = self._named = 0
        self._given: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """A thread of Asterisk's."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.watch.broken(task)

    def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def restart(self) -> None:
        """Asterisk dies and comes back: its calls and its globals are gone, and nobody was told."""
        self.watch.told("pbx", "DIES")
        self.watch.story.count("fault: Asterisk killed")
        for link in list(self.links):
            link.cut()
        self.stop()
        self.life += 1
        self._born = self._named = 0  # a channel's number and name begin anew; its uniqueid differs by the second
        self.channels.clear()
        self.variables.clear()
        self.cel.killed()

    # --- events -------------------------------------------------------------------------------------------------------

    def tell(self, event: ce.ChannelEvent) -> None:
        for link in self.links:
            link.hear(event)

    def snapshot(self, lost_at: datetime | None) -> ce.PbxSnapshot:
        """CoreShowChannels: ages are whole seconds."""
        now = asyncio.get_running_loop().time()
        living = tuple(ce.LiveChannel(one.facts(), one.bridge, int(now - one.born)) for one in self.channels.values())
        return ce.PbxSnapshot(self.now(), living, lost_at=lost_at)

    # --- channels -----------------------------------------------------------------------------------------------------

    def birth(
        self, endpoint: str, number: str, context: str, exten: str, *, uniqueid: str = "", of: Channel | None = None
    ) -> Channel:
        """Newchannel."""
        made = uniqueid or self._numbered()
        self._named += 1  # no two that live have one name
        channel = Channel(
            made,
            of.linkedid if of else made,
            f"{endpoint}-{self._named - 1:08x}",
            number,
            context,
            exten,
            asyncio.get_running_loop().time(),
            life=self.life,
        )
        self.channels[made] = channel
        self.cel.started(channel)
        self.tell(ce.ChannelSeen(self.now(), channel.facts(), born=True))
        return channel

    def _numbered(self) -> str:
        """A uniqueid: the second and the channel's number; a clock that is set back makes none a second time."""
        while True:
            made = f"{int(self.now().timestamp())}.{self._born}"
            self._born += 1
            if made not in self._given:
                self._given.add(made)
                return made

    def state(self, channel: Channel, state: int) -> None:
        """Newstate."""
        channel.state = state
        if state == UP:
            self.cel.answered(channel)
        self.tell(ce.ChannelSeen(self.now(), channel.facts()))

    def gone(self, channel: Channel, cause: int) -> None:
        """Hangup: the last that is heard of it."""
        if channel.is_gone:
            return
        channel.is_gone = True
        channel.hang_up(cause)
        if channel.life != self.life:
            return
        del self.channels[channel.uniqueid]
        self.cel.gone(channel, cause)
        self.tell(ce.ChannelHungUp(self.now(), channel.facts(), cause))

    def find(self, name: str) -> Channel | None:
        """By uniqueid or by name, as Asterisk does."""
        return self.channels.get(name) or next((one for one in self.channels.values() if one.name == name), None)

    # --- AMI's actions ------------------------------------------------------------------------------------------------

    def act(self, action: str, headers: Headers) -> Mapping[str, str]:
        """Carry an action out.

        Raises:
            ActionRefused: Asterisk's own words.
        """
        match action:
            case "Getvar" if "Channel" not in headers:
                name = str(headers["Variable"])
                if name.startswith("RINGBACK_WITNESS") and self.keeps_notes_to_itself:
                    raise refused(action, DENIED)
                return {"Response": "Success", "Variable": name, "Value": self._global(name)}
            case "Getvar":
                if self.find(str(headers["Channel"])) is None:
                    raise refused_channel(action, str(headers["Channel"]))
                return {"Response": "Success", "Value": "Up"}
            case "Hangup":
                return self._hang_up(headers)
            case "Redirect":
                return self._redirect(headers)
            case _:
                raise refused(action, UNKNOWN)

    def _global(self, name: str) -> str:
        """A function, or a global variable; what is not set is empty."""
        if name.startswith("DEVICE_STATE("):
            return self.device(name.removeprefix("DEVICE_STATE(").removesuffix(")"))
        return self.variables.get(name, "")

    def device(self, endpoint: str) -> str:
        """DEVICE_STATE."""
        phone = self.phones.get(endpoint)
        if phone is None or not phone.registered:
            return "INVALID" if phone is None else "UNAVAILABLE"
        states = {self.channels[one].state for one in phone.channels if one in self.channels}
        if not states:
            return "NOT_INUSE"
        return "INUSE" if UP in states or RING in states else "RINGING"

    def _hang_up(self, headers: Headers) -> Mapping[str, str]:
        channel = self.find(str(headers["Channel"]))
        if channel is None:
            raise refused_channel("Hangup", str(headers["Channel"]))
        self.watch.told("pbx", f"hangs up {channel.name} by AMI")
        channel.hang_up(int(str(headers.get("Cause", "16"))))
        return {"Response": "Success", "Message": "Channel Hungup"}

    def _redirect(self, headers: Headers) -> Mapping[str, str]:
        name = str(headers["Channel"])
        channel = self.find(name)
        if channel is None:
            raise refused_channel("Redirect", name)
        if channel.ends:
            raise refused("Redirect", NOT_UP)
        self.watch.told("pbx", f"sends {channel.name} back to {headers['Context']}")
        channel.redirect()
        return {"Response": "Success", "Message": "Redirect successful"}

    # --- Originate ----------------------------------------------------------------------------------------------------

    def originate(self, headers: Headers, told: Told) -> None:
        """Take the action; ``told`` gets the OriginateResponse.

        Raises:
            ActionRefused: a living channel has that id.
        """
        channel_id, dialstring = str(headers["ChannelId"]), str(headers["Channel"])
        self.watch.originate(channel_id, dialstring)
        if channel_id in self.channels:
            raise refused("Originate", ID_IN_USE)
        self.run(self._originate(headers, told), f"originate {channel_id}")

    async def _originate(self, headers: Headers, told: Told) -> None:
        channel_id, dialstring = str(headers["ChannelId"]), str(headers["Channel"])
        phone = self.phones.get(dialstring)
        failed = {"Response": "Failure", "Channel": dialstring, "Uniqueid": channel_id}
        await asyncio.sleep(self.people.seconds(0.001, 0.01))
        if phone is None or not phone.registered:  # no contact: there never is a channel
            told(failed | {"Reason": "0"})
            return
        number = str(headers["CallerID"]).rpartition("<")[2].rstrip(">")
        channel = self.birth(dialstring, phone.number, "from-internal", "s", uniqueid=channel_id)
        phone.channels[channel_id] = None
        self.watch.rings(channel_id, phone)
        try:
            channel.number, channel.app, channel.app_args = number, "AppDial2", "(Outgoing Line)"
            self.tell(ce.ChannelSeen(self.now(), channel.facts()))
            dialled = dialstring.partition("/")[2]
            self.tell(ce.DialBegan(self.now(), None, channel.facts(), dialled))
            reason = await self._rung(channel, float(str(headers["Timeout"])) / 1000, phone)
            if reason != "4":
                told(failed | {"Reason": reason})
                await asyncio.sleep(0.001)
                return
            self.watch.stops_ringing(channel_id)
            told({"Response": "Success", "Channel": channel.name, "Reason": "4", "Uniqueid": channel_id})
            self.state(channel, UP)
            self.tell(ce.DialEnded(self.now(), None, channel.facts(), "ANSWER"))
            await self.dialplan.manager(channel, phone)
        finally:
            self.watch.stops_ringing(channel_id)
            phone.channels.pop(channel_id, None)
            self.gone(channel, channel.cause or 16)

    async def _rung(self, channel: Channel, seconds: float, phone: Phone) -> str:
        """Ring a manager's phone; give the OriginateResponse's reason, and the channel its cause."""
        kind, after = self.people.manager_rung()
        if len(phone.channels) > 1:
            kind = Ring.BUSY
        try:
            await channel.until(self.people.seconds(0.01, 0.3))
            if kind is Ring.BUSY:
                channel.cause = 17
                self.tell(ce.DialEnded(self.now(), None, channel.facts(), "BUSY"))
                return "5"
            self.state(channel, RINGING)
            self.tell(ce.DialRang(self.now(), channel.facts()))
            await channel.until(seconds if kind is Ring.SILENT else min(after, seconds))
        except HungUp:
            self.tell(ce.DialEnded(self.now(), None, channel.facts(), "CANCEL"))
            return "1"
        if kind is Ring.REFUSE and after < seconds:
            channel.cause = 21
            self.tell(ce.DialEnded(self.now(), None, channel.facts(), "BUSY"))
            return "1"
        if kind is Ring.ANSWER and after < seconds:
            return "4"
        channel.cause = 19
        self.tell(ce.DialEnded(self.now(), None, channel.facts(), "NOANSWER"))
        return "3"

    def customer_of(self, dialstring: str) -> Customer | None:
        """Who answers on the trunk: ``PJSIP/+380...@carrier``."""
        return self.customers.get(dialstring.partition("/")[2].partition("@")[0])


__all__ = ["DOWN", "RING", "RINGING", "TRUNK", "UP", "Pbx"]
