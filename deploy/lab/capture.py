"""What an administrator would see of one scenario: raw AMI bytes, CEL rows, and the truth of what was played."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.lab.ami import login_packet
from deploy.lab.company import TRUNK_GLOB
from deploy.lab.laboratory import Lab, Pbx
from deploy.lab.scenarios.truth import Played, Scenario

_QUIET_SECONDS = 0.2


class RawLink:
    """An AMI connection of the user ``ringback`` that keeps every byte and understands none."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx
        self.received = bytearray()
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, log in and wait for the answer. What came before, over an earlier connection, is kept."""
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._pbx.ami_port)
        start = len(self.received)
        self._task = asyncio.create_task(self._read(reader), name="lab-raw-ami")
        self._writer.write(login_packet(self._pbx.ami_user, self._pbx.ami_secret))
        await self.until(b"Event: FullyBooted", start)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(65536):
            self.received += chunk

    def send(self, packet: bytes) -> None:
        """Send an action as it stands."""
        if self._writer:
            self._writer.write(packet)

    async def until(self, text: bytes, start: int = 0) -> None:
        """Return when ``text`` has come at or after the offset ``start``."""
        async with asyncio.timeout(10):
            while self.received.find(text, start) < 0:  # noqa: ASYNC110 - ten looks, at most, at bytes
                await asyncio.sleep(0.01)

    async def cut(self) -> None:
        """Lose the link."""
        await self.close()

    async def mend(self) -> None:
        """Log in again, and ask what a daemon asks then: which channels and bridges there are."""
        await self.open()
        await self._listed("CoreShowChannels", b"Event: CoreShowChannelsComplete", "")
        start = len(self.received)
        await self._listed("BridgeList", b"Event: BridgeListComplete", "")
        for bridge in set(re.findall(rb"BridgeUniqueid: ([-0-9a-f]+)", self.received[start:])):
            await self._listed("BridgeInfo", b"Event: BridgeInfoComplete", f"BridgeUniqueid: {bridge.decode()}\r\n")

    async def _listed(self, action: str, end: bytes, words: str) -> None:
        start = len(self.received)
        self.send(f"Action: {action}\r\nActionID: resync-{action}\r\n{words}\r\n".encode())
        await self.until(end, start)

    async def close(self) -> None:
        """Leave."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._writer:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()


@dataclass(frozen=True, slots=True)
class Capture:
    """One scenario as it was recorded."""

    name: str
    promise: str
    asterisk: str
    ami: bytes
    cel: bytes
    played: Played

    def write(self, folder: Path) -> None:
        """Write ``<name>.ami``, ``<name>.cel`` and ``<name>.json``."""
        (folder / f"{self.name}.ami").write_bytes(self.ami)
        (folder / f"{self.name}.cel").write_bytes(self.cel)
        truth = {
            "scenario": self.name,
            "promise": self.promise,
            "asterisk": self.asterisk,
            "trunks": [TRUNK_GLOB],
            **asdict(self.played),
        }
        (folder / f"{self.name}.json").write_text(json.dumps(truth, ensure_ascii=False, indent=2) + "\n")


@asynccontextmanager
async def raw_link(pbx: Pbx) -> AsyncIterator[RawLink]:
    """Open a raw link for a while."""
    link = RawLink(pbx)
    await link.open()
    try:
        yield link
    finally:
        await link.close()


async def _settled(size: Callable[[], int]) -> None:
    """Return when nothing was added for a moment."""
    before = -1
    while size() != before:
        before = size()
        await asyncio.sleep(_QUIET_SECONDS)


async def record(lab: Lab, name: str, scenario: Scenario) -> Capture:
    """Play one scenario and keep what the PBX said meanwhile."""
    lab.world.forget()
    cel = lab.pbx.cel_file
    before = cel.stat().st_size if cel.exists() else 0
    async with raw_link(lab.pbx) as link:
        lab.wire = link
        try:
            played = await scenario(lab)
        finally:
            lab.wire = None
        await _settled(lambda: len(link.received))
        await _settled(lambda: cel.stat().st_size if cel.exists() else 0)
        ami = bytes(link.received)
    rows = cel.read_bytes()[before:] if cel.exists() else b""
    promise = (scenario.__doc__ or name).strip()
    return Capture(name, promise, lab.pbx.version, ami, rows, played)
