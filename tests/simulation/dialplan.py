"""What channels do in the dialplan of dialplan/*.conf, and in an ordinary company's for inbound calls.

Written from the .conf files, line by line: where a FastAGI connection breaks or nobody listens, ``AGISTATUS`` is not
SUCCESS and the dialplan goes on; a hang-up runs the hang-up handler; a redirect does not.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from telephony import channel_events as ce
from telephony.voice.dialogs.manager_port import DialReport
from tests.simulation.channels import RING, RINGING, UP, Channel, HungUp, SentElsewhere
from tests.simulation.pbx import TRUNK, Pbx
from tests.simulation.people import Customer, Phone, Ring

_CAUSES = {Ring.BUSY: 17, Ring.REFUSE: 21, Ring.OFF: 20, Ring.UNKNOWN: 1, Ring.CONGESTION: 34, Ring.SILENT: 0}
_STATUS = {
    Ring.BUSY: "BUSY",
    Ring.REFUSE: "BUSY",  # 603: chan_pjsip makes a busy of it, with cause 21
    Ring.OFF: "CHANUNAVAIL",
    Ring.UNKNOWN: "CHANUNAVAIL",
    Ring.CONGESTION: "CONGESTION",
    Ring.SILENT: "NOANSWER",
}


class Listener(Protocol):
    """A daemon's FastAGI port."""

    def manager(self, attempt: str, gone: "asyncio.Future[Any]") -> Coroutine[Any, Any, Mapping[str, str] | None]: ...

    def dialled(self, attempt: str, report: DialReport) -> Coroutine[Any, Any, None]: ...

    def closed(self, uniqueid: str, customer: Customer, did: str) -> Coroutine[Any, Any, bool]: ...

    def serve(self, work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]": ...


class Dialplan:
    """See the module. ``agi`` gives who listens on the FastAGI port now, if anybody."""

    def __init__(self, pbx: Pbx, agi: Callable[[], Listener | None], open_now: Callable[[], bool]) -> None:
        self._pbx = pbx
        self._agi = agi
        self._open_now = open_now
        pbx.dialplan = self

    async def _asked(self, channel: Channel | None, ask: Callable[[Listener], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401
        """AGI(): the answer, or None for any AGISTATUS but SUCCESS.

        Raises:
            HungUp, SentElsewhere: the channel was gone first; whoever serves it is told by ``gone``.
        """
        listener = self._agi()
        if listener is None:
            return None
        serving = listener.serve(ask(listener), "agi")
        if channel is None:
            await asyncio.wait([serving], timeout=30)
        else:
            await channel.until(serving)
        if not serving.done() or serving.cancelled() or serving.exception() is not None:
            return None
        return serving.result()

    # --- [ringback-manager] -------------------------------------------------------------------------------------------

    async def manager(self, channel: Channel, phone: Phone) -> None:
        """From the answer to the end of the channel."""
        pbx = self._pbx
        attempt = channel.uniqueid
        channel.context, channel.exten = "ringback-manager", "s"
        dialled: dict[str, Any] = {}
        self._note(attempt, "began")
        while True:
            try:
                channel.settle_down()
                order = await self._asked(channel, lambda it: it.manager(attempt, channel.asked))
                if order is None:
                    await channel.until(3.0)  # the apology
                    break
                await self._dial(channel, order, dialled, phone)
                break
            except SentElsewhere:
                pbx.watch.told("pbx", f"{channel.name} is in ringback-manager again")
            except HungUp:
                break
        channel.hang_up(16)
        if dialled:  # hangup_handler_push: on a dead channel, nobody hears it
            await self._report(channel, dialled, here=False)

    def _note(self, attempt: str, stage: str) -> None:
        """[ringback-witness]"""
        self._pbx.variables[f"RINGBACK_WITNESS_{attempt.split('-')[2][-2:]}"] = f"{attempt}/{stage}"

    async def _dial(self, channel: Channel, order: Mapping[str, str], dialled: dict[str, Any], phone: Phone) -> None:
        dialled |= {"status": "", "cause": 0, "began": None}
        self._note(channel.uniqueid, "dialling")
        customer = self._pbx.customer_of(order["dial"])
        if customer is None:
            dialled |= {"status": "CHANUNAVAIL"}
        else:
            await self._dial_customer(channel, customer, order, dialled, phone)
        await self._report(channel, dialled, here=True)

    async def _report(self, channel: Channel, dialled: Mapping[str, Any], *, here: bool) -> None:
        """[ringback-dialled]"""
        if channel.reported:
            return
        channel.reported = True
        began = dialled["began"]
        talked = int(self._pbx.now().timestamp()) - began if began is not None else 0
        cause = dialled["cause"] if here else ""  # RINGBACK_CAUSE is set after Dial, which a hang-up never reaches
        self._note(channel.uniqueid, f"ended/{dialled['status']}/{cause}/{talked}")
        report = DialReport(dialled["status"], int(cause or 0), talked)
        self._pbx.watch.told("pbx", f"reports {channel.uniqueid}: {report.dialstatus} {talked} s")
        await self._asked(channel if here else None, lambda it: it.dialled(channel.uniqueid, report))
        if here:
            await channel.until(2.0)

    async def _dial_customer(
        self, channel: Channel, customer: Customer, order: Mapping[str, str], dialled: dict[str, Any], phone: Phone
    ) -> None:
        pbx = self._pbx
        pbx.cel.dials(channel, f"{order['dial']},{order['seconds']},U(ringback-talk)")
        other = pbx.birth(TRUNK, "", "from-trunk", "s", of=channel)
        other.app, other.app_args = "AppDial", "(Outgoing Line)"
        customer.channels[other.uniqueid] = None
        pbx.watch.customer_rings(customer, channel.uniqueid)
        try:
            other.number = customer.number
            pbx.tell(ce.ChannelSeen(pbx.now(), other.facts()))
            pbx.tell(ce.DialBegan(pbx.now(), channel.facts(), other.facts(), order["dial"].partition("/")[2]))
            kind = await self._customer_rung(channel, other, customer, float(order["seconds"]))
            if kind is not Ring.ANSWER:
                dialled |= {"status": _STATUS[kind], "cause": _CAUSES[kind]}
                pbx.tell(ce.DialEnded(pbx.now(), channel.facts(), other.facts(), _STATUS[kind]))
                other.cause = _CAUSES[kind]
                return
            pbx.state(other, UP)
            pbx.tell(ce.DialEnded(pbx.now(), channel.facts(), other.facts(), "ANSWER"))
            dialled |= {"status": "ANSWER", "began": int(pbx.now().timestamp())}
            self._note(channel.uniqueid, "answered")
            await self._talk(channel, other, customer, f"callback {channel.uniqueid} by {phone.manager}")
            raise HungUp  # Dial without "g": who dialled ends with it
        except (HungUp, SentElsewhere):
            dialled["status"] = dialled["status"] or "CANCEL"
            if dialled["status"] == "CANCEL":
                pbx.tell(ce.DialEnded(pbx.now(), channel.facts(), other.facts(), "CANCEL"))
            raise
        finally:
            pbx.watch.customer_rings_no_more(customer)
            customer.channels.pop(other.uniqueid, None)
            pbx.cel.dialled(channel, dialled["status"])
            pbx.gone(other, other.cause or 16)

    async def _customer_rung(self, channel: Channel, other: Channel, customer: Customer, seconds: float) -> Ring:
        kind, after = self._pbx.people.customer_rung()
        if len(customer.channels) > 1:
            kind, after = Ring.BUSY, min(after, 2.0)
        patience = self._pbx.people.manager_waits()
        if kind in {Ring.ANSWER, Ring.SILENT, Ring.REFUSE}:
            await channel.until(min(0.4, after))
            self._pbx.state(other, RINGING)
            self._pbx.tell(ce.DialRang(self._pbx.now(), other.facts()))
        waits = seconds if kind is Ring.SILENT else min(after, seconds)
        await channel.until(min(waits, patience))
        if patience < waits:
            channel.hang_up(16)
            raise HungUp
        return kind if after < seconds or kind is Ring.SILENT else Ring.SILENT

    async def _talk(self, first: Channel, second: Channel, customer: Customer, what: str) -> None:
        """Both in one bridge, until one of them hangs up or is taken out."""
        pbx = self._pbx
        bridge = f"bridge-{second.uniqueid}"
        for one, peer in ((second, None), (first, second)):
            one.bridge, one.talked = bridge, True
            pbx.cel.enters(one, bridge, peer)
            pbx.tell(ce.BridgeEntered(pbx.now(), bridge, one.facts()))
        pbx.watch.talk_begins(customer, what)
        began, began_at = asyncio.get_running_loop().time(), pbx.now()
        try:
            await first.until(pbx.people.talks_for(), second.asked)
            by = second if pbx.people.customer_hangs_up_first() else first
            first.hung_up_by = second.hung_up_by = by.name
            pbx.tell(ce.HangupAsked(pbx.now(), by.facts(), by_pbx=False))
        finally:
            lasted = asyncio.get_running_loop().time() - began
            pbx.watch.talk_ends(customer, what, lasted, (pbx.now() - began_at).total_seconds())
            for one, peer in ((second, first), (first, None)):
                one.bridge = ""
                pbx.cel.leaves(one, bridge, peer)
                pbx.tell(ce.BridgeLeft(pbx.now(), bridge, one.facts()))
            pbx.tell(ce.BridgeGone(pbx.now(), bridge))

    # --- inbound ------------------------------------------------------------------------------------------------------

    async def inbound(self, customer: Customer, did: str) -> None:
        """A customer calls us."""
        pbx = self._pbx
        channel = pbx.birth(TRUNK, customer.number, "from-trunk", did)
        channel.caller_name = customer.name
        customer.channels[channel.uniqueid] = None
        pbx.watch.calls_us(customer, channel.uniqueid)
        answered = False
        try:
            pbx.state(channel, RING)
            if not self._open_now():
                await self._closed(channel, customer, did)
            else:
                answered = await self._rings_the_office(channel, customer)
        except HungUp:
            pass
        finally:
            customer.channels.pop(channel.uniqueid, None)
            if not (answered or channel.talked):
                pbx.watch.missed(customer, channel.uniqueid)
            pbx.gone(channel, channel.cause or 16)

    async def _closed(self, channel: Channel, customer: Customer, did: str) -> None:
        """[ringback-closed]"""
        pbx = self._pbx
        channel.context, channel.exten, channel.app = "ringback-closed", "s", "Answer"
        pbx.state(channel, UP)
        channel.app = ""
        pbx.tell(ce.OffHoursHeard(pbx.now(), channel.facts()))
        pbx.run(self._patience(channel, pbx.people.seconds(2, 30)), "patience")
        await channel.until(0.3)
        if not await self._asked(channel, lambda it: it.closed(channel.uniqueid, customer, did)):
            await channel.until(5.0)  # the general sentence
        channel.hung_up_by = "dialplan/builtin"
        channel.hang_up(16)

    async def _patience(self, channel: Channel, seconds: float) -> None:
        await asyncio.sleep(seconds)
        channel.hang_up(16)

    async def _rings_the_office(self, channel: Channel, customer: Customer) -> bool:
        """Dial one free phone, else wait; True if somebody answered."""
        pbx = self._pbx
        free = [it for it in pbx.phones.values() if it.registered and not it.channels and "@" not in it.dialstring]
        waits = pbx.people.caller_waits()
        if not free:
            await channel.until(waits)
            channel.hung_up_by = channel.name
            return False
        phone = free[int(waits * 1000) % len(free)]
        dialstatus = "CANCEL"
        pbx.cel.dials(channel, f"{phone.dialstring},60,tTkK")
        target = pbx.birth(phone.dialstring, phone.number, "from-internal", "s", of=channel)
        target.app, target.app_args = "AppDial", "(Outgoing Line)"
        phone.channels[target.uniqueid] = None
        try:
            pbx.tell(ce.DialBegan(pbx.now(), channel.facts(), target.facts(), phone.number))
            await channel.until(0.1)
            pbx.state(target, RINGING)
            pbx.tell(ce.DialRang(pbx.now(), target.facts()))
            await channel.until(waits)
            if not pbx.people.gets_answered():
                pbx.tell(ce.DialEnded(pbx.now(), channel.facts(), target.facts(), "CANCEL"))
                target.cause, channel.hung_up_by = 26, channel.name
                return False
            dialstatus = "ANSWER"
            pbx.state(target, UP)
            pbx.tell(ce.DialEnded(pbx.now(), channel.facts(), target.facts(), "ANSWER"))
            pbx.state(channel, UP)
            await self._talk(channel, target, customer, f"their own call {channel.uniqueid}")
            return True
        finally:
            phone.channels.pop(target.uniqueid, None)
            pbx.cel.dialled(channel, dialstatus)
            pbx.gone(target, target.cause or 16)
