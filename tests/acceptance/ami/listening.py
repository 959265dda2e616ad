"""What a daemon has between the socket and the ledger, and a cable to it that can be cut."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from deploy.lab.company import TRUNK_GLOB, Did
from deploy.lab.laboratory import Lab
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import answers
from telephony.ami.capture import Capture
from telephony.ami.link import AmiLink
from telephony.ami.states import LinkChange
from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.channel_events import ChannelEvent, PbxSnapshot
from telephony.events import CallAnswered, CallEnded, CallEvent, CallRecorded, CallStarted
from telephony.model import Call, PbxName
from telephony.settings import PbxSettings
from tests.waiting import PATIENCE

CUSTOMER = "+380671234567"


async def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for something that tells nobody when it happens."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def talking(lab: Lab, number: str = CUSTOMER, extension: str = "101", did: Did = Did.IVAN) -> Leg:
    """A customer and a manager talk; returns the customer's leg."""
    lab.world.phone(extension).behaviour(answers(after=0.1))
    rung = len(lab.world.phone(extension).legs)
    leg = await lab.world.call(number, did.value, name="Тарас")
    await lab.world.phone(extension).rings(rung + 1)
    async with asyncio.timeout(PATIENCE):
        await leg.trace.answered.wait()
    return leg


class Listening:
    """A link with its tracker."""

    def __init__(self, settings: PbxSettings, capture: Capture | None = None) -> None:
        self.told: list[CallEvent] = []
        self.snapshots: list[PbxSnapshot] = []
        self.changes: list[LinkChange] = []
        self.tracker = Tracker(PbxName(settings.name), TrunkRules((TRUNK_GLOB,), ()))
        self.link = AmiLink(
            settings,
            self._hear,
            on_snapshot=self._resync,
            on_state=self.changes.append,
            clock=lambda: datetime.now(UTC),
            rng=random.Random(),  # noqa: S311 - jitter is no secret
            capture=capture,
        )

    def _hear(self, event: ChannelEvent) -> None:
        self.told += self.tracker.receive(event)

    def _resync(self, snapshot: PbxSnapshot) -> None:
        self.snapshots.append(snapshot)
        self.told += self.tracker.resync(snapshot)

    async def lose(self, cable: "Cable") -> None:
        """Have the line cut, and notice it."""
        cable.cut()
        await until(lambda: not self.link.connected.is_set())

    @property
    def started(self) -> list[Call]:
        return [event.call for event in self.told if isinstance(event, CallStarted)]

    @property
    def answered(self) -> list[Call]:
        return [event.call for event in self.told if isinstance(event, CallAnswered)]

    @property
    def recorded(self) -> list[Call]:
        return [event.call for event in self.told if isinstance(event, CallRecorded)]

    @property
    def ended(self) -> list[Call]:
        return [event.call for event in self.told if isinstance(event, CallEnded)]


class Cable:
    """A TCP line to the PBX's AMI."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self.deaf = False
        """Lose what the PBX says, and keep the line open."""
        self._plugged = True
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Cable"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1")
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.cut()
            server.close()
            await server.wait_closed()
            await asyncio.sleep(0)

    def cut(self) -> None:
        self._plugged = False
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self._plugged, self.deaf = True, False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if not self._plugged:
                return
            from_pbx, to_pbx = await asyncio.open_connection("127.0.0.1", self._to)
            self._writers.add(to_pbx)
            try:
                await asyncio.gather(self._pass(reader, to_pbx, said=False), self._pass(from_pbx, writer, said=True))
            finally:
                to_pbx.transport.abort()
                self._writers.discard(to_pbx)
        except OSError:
            pass
        finally:
            writer.transport.abort()
            self._writers.discard(writer)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, said: bool) -> None:
        while chunk := await reader.read(65536):
            if not (said and self.deaf):
                writer.write(chunk)
        writer.transport.abort()


def settings_for(lab: Lab, **changed: object) -> PbxSettings:
    """Settings of the lab's PBX, impatient."""
    quick = {"ping_seconds": 0.5, "pong_seconds": 0.5, "retry_first_seconds": 0.05, "retry_cap_seconds": 0.5}
    told = {"port": lab.pbx.ami_port, "username": lab.pbx.ami_user, "secret": lab.pbx.ami_secret}
    return PbxSettings.model_validate({**told, **quick, **changed})


@asynccontextmanager
async def listening(
    settings: PbxSettings, *, synced: bool = True, capture: Capture | None = None
) -> AsyncIterator[Listening]:
    """Listen while inside; entered when in step with the PBX."""
    ears = Listening(settings, capture)
    task = asyncio.create_task(ears.link.run())
    try:
        if synced:
            async with asyncio.timeout(PATIENCE):
                await ears.link.synced.wait()
        yield ears
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
