"""The world around the PBX: telephones, customers, the carrier - and what each of them received."""

import asyncio
import itertools
from pathlib import Path
from urllib.parse import quote

from deploy.lab.ami import Headers
from deploy.lab.company import BY_EXTENSION
from deploy.lab.errors import ActionFailed, LabError, LegGone
from deploy.lab.instance import Instance
from deploy.lab.telephones.agi import AgiChannel, AgiServer
from deploy.lab.telephones.leg import Leg, Trace, now
from deploy.lab.telephones.scripts import Script, answers, talks

SIP_HEADERS = ("From", "To", "P-Asserted-Identity", "Privacy", "Diversion", "Alert-Info", "Call-Info")


class Phone:
    """One telephone: a manager's on the PBX (``101``), or any number in the outside world."""

    def __init__(self, world: "World", number: str) -> None:
        self._world = world
        self.number = number
        self.script: Script = answers()
        self.legs: list[Leg] = []
        """Every call that reached this telephone, in order."""
        self._arrived = asyncio.Condition()

    @property
    def is_employee(self) -> bool:
        """Whether this is a telephone on the PBX."""
        return self.number in BY_EXTENSION

    def behaviour(self, script: Script) -> "Phone":
        """Return what it does with the calls that come from now on."""
        self.script = script
        return self

    async def add(self, leg: Leg) -> None:
        """Note a call that came in; called by `World`."""
        async with self._arrived:
            self.legs.append(leg)
            self._arrived.notify_all()

    async def rings(self, times: int = 1, timeout_seconds: float = 60.0) -> Leg:
        """Return the ``times``-th call ever received, waiting for it if need be.

        Raises:
            LabError: it did not come in time.
        """
        try:
            async with asyncio.timeout(timeout_seconds), self._arrived:
                await self._arrived.wait_for(lambda: len(self.legs) >= times)
        except TimeoutError:
            raise LabError(f"{self.number} did not ring {times} time(s) in {timeout_seconds} s") from None
        return self.legs[times - 1]

    async def call(self, to: str, script: Script | None = None, name: str = "") -> Leg:
        """Dial ``to`` from this telephone; see `World.call`."""
        return await self._world.call(self.number, to, name=name, script=script)

    async def unregister(self) -> None:
        """Be gone: the PBX knows no address of this telephone any more."""
        await self._register("PJSIPUnregister", expected=False)

    async def register(self) -> None:
        """Be back."""
        await self._register("PJSIPRegister", expected=True)

    async def _register(self, action: str, *, expected: bool) -> None:
        await self._world.instance.ami.action(action, {"Registration": self.number})
        await self._world.wait_registered({self.number}, expected=expected)


class World:
    """Everybody outside the PBX. Made by `deploy.lab.laboratory`."""

    def __init__(self, instance: Instance, pbx: Instance) -> None:
        self.instance = instance
        self.agi = AgiServer(self._channel)
        self.phones: dict[str, Phone] = {}
        self.calls: list[Leg] = []
        """Every call that somebody in the world made, in order."""
        self._pbx = pbx
        self._folder = instance.folder / "spool" / "legs"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._ids = itertools.count(1)
        self._traces: dict[str, Trace] = {}
        self._made: dict[str, tuple[Leg, Script]] = {}
        instance.listen(self._hear)

    def _hear(self, event: Headers) -> None:
        uniqueid = event.get("Uniqueid", "")
        if event.get("Event") == "OriginateResponse":
            trace = self._traces.get(event.get("ActionID", ""))
            if trace and not trace.channel:  # no channel was ever made: nothing else will tell
                trace.ended_at = now()
                trace.ended.set()
        elif uniqueid:
            self._trace(uniqueid).hear(event)

    def _trace(self, uniqueid: str) -> Trace:
        return self._traces.setdefault(uniqueid, Trace(uniqueid))

    def phone(self, number: str) -> Phone:
        """Return the telephone of that number; any number is somebody's, and answers unless told otherwise."""
        return self.phones.setdefault(number, Phone(self, number))

    def forget(self) -> None:
        """Let every telephone be as new: for the next scenario on the same lab."""
        self.phones.clear()
        self.calls.clear()
        self._made.clear()
        self._traces.clear()

    async def call(
        self, from_: str, to: str, *, name: str = "", hidden: bool = False, script: Script | None = None
    ) -> Leg:
        """Dial ``to`` from ``from_``: an employee's extension calls through their desk phone, others through the trunk.

        ``script`` runs when the other side has answered (default: talk until they hang up). Returns at once; the leg
        tells the rest: ``leg.trace.ringing``, ``.answered``, ``.ended``; `hang_up` gives up while it rings.
        """
        call_id = f"lab-{next(self._ids)}-{self.agi.port}"
        leg = Leg(from_, to, self._trace(call_id), self._folder)
        self._made[call_id] = (leg, script or talks())
        self.calls.append(leg)
        endpoint = f"phone{from_}" if from_ in BY_EXTENSION else "trunk"
        headers: dict[str, str | list[str]] = {
            "ActionID": call_id,
            "Channel": f"PJSIP/{to}@{endpoint}" if not hidden else f"PJSIP/{to}@hidden",
            "ChannelId": call_id,
            "CallerID": f'"{name.replace(chr(34), chr(39))}" <{from_}>',  # AMI has no way to write a quote here
            "Application": "AGI",
            "Data": f"agi://127.0.0.1:{self.agi.port}/made/{call_id}",
            "Timeout": "600000",
            "Async": "true",
        }
        await self.instance.ami.action("Originate", headers)
        return leg

    async def hang_up(self, leg: Leg) -> None:
        """Put the receiver of ``leg`` down from outside its script, also while it still rings."""
        leg.hung_up_by_us = True
        if leg.trace.channel and not leg.trace.ended.is_set():
            try:
                await self.instance.ami.action("Hangup", {"Channel": leg.trace.channel, "Cause": "16"})
            except ActionFailed:
                return  # it was quicker
        await leg.gone()

    async def join(self, first: Leg, second: Leg) -> str:
        """Connect the far parties of two calls of one telephone (Replaces); the second may still ring."""

        async def fact(name: str) -> str:
            asked = {"Channel": second.trace.channel, "Variable": f"CHANNEL(pjsip,{name})"}
            return (await self.instance.ami.action("Getvar", asked))["Value"]

        call_id, theirs, ours = [await fact(name) for name in ("call-id", "remote_tag", "local_tag")]
        replaces = quote(f"{call_id};to-tag={theirs};from-tag={ours}", safe="")
        return await first.refer(f"sip:{quote(second.other, safe='*+')}@{await first.far_end()}?Replaces={replaces}")

    async def wait_registered(self, extensions: set[str], *, expected: bool = True) -> None:
        """Return when the PBX knows (or no longer knows) where these telephones are.

        Raises:
            LabError: it did not happen; the text ends with the world's own last words.
        """
        try:
            async with asyncio.timeout(25):  # Asterisk before 20 waits up to ten seconds by chance
                while not await self._registered(extensions, expected=expected):  # noqa: ASYNC110 - it can only be asked
                    await asyncio.sleep(0.02)
        except TimeoutError:
            words = f"pbx: {self._pbx.log[-500:]} world: {self.instance.log[-700:]}"
            raise LabError(f"telephones {sorted(extensions)} did not (un)register. {words}") from None

    async def _registered(self, extensions: set[str], *, expected: bool) -> bool:
        known = await self._pbx.command("pjsip show contacts")
        return all((f" {extension}/sip:" in known) is expected for extension in extensions)

    async def _channel(self, agi: AgiChannel) -> None:
        kind, _, call_id = agi.variables.get("network_script", "").partition("/")
        if kind == "made" and call_id in self._made:
            leg, script = self._made[call_id]
            leg.take(agi)
            await self._run(leg, script, agi, made=True)
            return
        phone = self.phone(agi.variables.get("extension", ""))
        trace = self._trace(agi.variables.get("uniqueid", ""))
        trace.channel = agi.variables.get("channel", "")
        number, name = (agi.variables.get(key, "").replace("unknown", "") for key in ("callerid", "calleridname"))
        trace.shown.insert(0, (number, name))
        leg = Leg(phone.number, number, trace, self._folder)
        leg.take(agi)
        await self._read_headers(leg)
        script = phone.script
        await phone.add(leg)
        await self._run(leg, script, agi, made=False)

    async def _read_headers(self, leg: Leg) -> None:
        try:
            for name in SIP_HEADERS:
                value = await leg.agi.variable(f"${{PJSIP_HEADER(read,{name})}}")
                if value:
                    leg.headers[name] = value
        except LegGone:
            pass

    async def _run(self, leg: Leg, script: Script, agi: AgiChannel, *, made: bool) -> None:
        """Run the script until it is done or the leg is gone, whichever is first."""

        async def whole() -> None:
            if made:
                await leg.start_recording()
            await script(leg)

        running = asyncio.ensure_future(whole())
        gone = asyncio.create_task(agi.gone.wait(), name="lab-leg-gone")
        try:
            await asyncio.wait({running, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (running, gone):
                task.cancel()
            ended = await asyncio.gather(running, gone, return_exceptions=True)
        problem = ended[0]
        if isinstance(problem, Exception) and not isinstance(problem, LegGone):
            leg.failure = problem

    @property
    def legs(self) -> list[Leg]:
        """Every leg of the world so far, made or received."""
        return [*self.calls, *(leg for phone in self.phones.values() for leg in phone.legs)]

    def check(self) -> None:
        """Raise the first error that a script itself made.

        Raises:
            LabError: with the script's own exception as its cause.
        """
        for leg in self.legs:
            if leg.failure:
                raise LabError(f"the script of {leg.number} <-> {leg.other} failed: {leg.failure!r}") from leg.failure


def recordings_in(folder: Path) -> list[Path]:
    """Return all sound files below ``folder``, oldest first."""
    return sorted(folder.rglob("*.wav"), key=lambda path: path.stat().st_mtime)
