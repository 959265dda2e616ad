"""The lab as a whole: started, used, gone."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deploy.lab.ami import EventListener
from deploy.lab.company import EMPLOYEES
from deploy.lab.configuration import REGISTERS_AT_ONCE, LabPorts, PbxPlan, Secrets, write_pbx, write_world
from deploy.lab.instance import Instance
from deploy.lab.programs import find
from deploy.lab.world import World

__all__ = ["Lab", "Pbx", "PbxPlan", "Wire"]


class Pbx(Instance):
    """The PBX under test."""

    def __init__(self, folder: Path, asterisk: find.Asterisk, ports: LabPorts, words: Secrets) -> None:
        super().__init__("pbx", folder, asterisk, ports.pbx_ami, words.observer)
        self.ami_user = "ringback"
        self.ami_secret = words.ringback
        """Secret of the AMI user ``ringback``, with the rights and filters of deploy/asterisk/manager.conf."""
        self.ami_tls_port = ports.pbx_ami_tls
        self.ami_tls_ca = folder / "etc" / "ami.pem"
        self.sip_port = ports.pbx_sip

    @property
    def recordings(self) -> Path:
        """The folder where this PBX writes recordings (``monitor``)."""
        return self.folder / "spool" / "monitor"

    @property
    def sounds(self) -> Path:
        """Where a prompt may be put: ``sounds/<language>/...``; play it by its path without the suffix."""
        return self.folder / "share" / "sounds"

    async def add_dialplan(self, name: str, text: str) -> None:
        """Add ``text`` to the dialplan as a file ``name`` and load it; the same name replaces what was there.

        It may add extensions to ``from-trunk-first`` and ``from-internal-first``, which come before the company's own,
        and to ``scratch``, which is behind `Did.SCRATCH`.
        """
        (self.folder / "etc" / "added" / f"{name}.conf").write_text(text)
        await self.command("dialplan reload")

    async def set_global(self, name: str, value: str) -> None:
        """Set a global variable of the dialplan, e.g. ``RING_SECONDS``."""
        await self.command(f"dialplan set global {name} {value}")

    async def forward(self, extension: str, to: str = "") -> None:
        """Forward all calls of an extension; empty ends it."""
        action, words = ("DBPut", {"Val": to}) if to else ("DBDel", {})
        await self.ami.action(action, {"Family": "CF", "Key": extension, **words})


class Wire(Protocol):
    """The AMI link that is being watched, for scenarios that break it."""

    async def cut(self) -> None:
        """Lose the link at once."""
        ...

    async def mend(self) -> None:
        """Let it come back, and return when it is up."""
        ...


@dataclass(slots=True)
class Lab:
    """Two Asterisks on loopback."""

    folder: Path
    pbx: Pbx
    world: World
    ports: LabPorts
    wire: Wire | None = None
    """Told by whoever watches the PBX's AMI; only scenarios that cut it need it."""

    @classmethod
    @asynccontextmanager
    async def start(
        cls, folder: Path, plan: PbxPlan | None = None, *, hear_world: EventListener | None = None
    ) -> "AsyncIterator[Lab]":
        """Start both in new folders below ``folder`` and stop them at the end.

        Raises:
            ProgramsMissing: there is no Asterisk and none can be unpacked.
            InstanceFailed: one of them does not come up.
        """
        asterisk = await asyncio.to_thread(find.asterisk)
        chosen = plan or PbxPlan()
        ports = LabPorts()
        words = Secrets(*(secrets.token_hex(12) for _ in range(3)))
        pbx = Pbx(folder / "pbx", asterisk, ports, words)
        instance = Instance("world", folder / "world", asterisk, ports.world_ami, words.observer)
        if hear_world:
            instance.listen(hear_world)
        for old in (pbx.folder, instance.folder):
            if old.exists():
                await asyncio.to_thread(shutil.rmtree, old)
        await asyncio.to_thread(write_pbx, pbx.folder, asterisk, ports, words, chosen)
        world = World(instance, pbx)
        await world.agi.start()
        await asyncio.to_thread(write_world, instance.folder, asterisk, ports, words, world.agi.port, chosen.rtp_ports)
        lab = cls(folder, pbx, world, ports)
        try:
            await asyncio.gather(pbx.start(), instance.start())
            await lab.settle(again=asterisk.major < REGISTERS_AT_ONCE)
            yield lab
        finally:
            await world.agi.stop()
            await asyncio.gather(pbx.stop(), instance.kill())

    async def settle(self, *, again: bool = True) -> None:
        """Return when all telephones are registered; call it after ``lab.pbx.restart()``.

        ``again`` makes them register anew; it takes Asterisk a second, which at the start has already begun. What the
        PBX remembers of them from before is forgotten first: it would look registered, and not be.
        """
        everybody = {employee.extension for employee in EMPLOYEES}
        if again:
            await self._all("PJSIPUnregister", everybody)
            await self.world.wait_registered(everybody, expected=False)
            await self._all("PJSIPRegister", everybody)
        await self.world.wait_registered(everybody)
        await self.pbx.forward("105", "106")
        await self.pbx.forward("104", "0501110104")

    async def _all(self, action: str, extensions: set[str]) -> None:
        for extension in sorted(extensions):
            await self.world.instance.ami.action(action, {"Registration": extension})

    async def idle(self, timeout_seconds: float = 60.0) -> None:
        """Return when no call exists any more on either side."""
        await asyncio.gather(self.pbx.idle(timeout_seconds), self.world.instance.idle(timeout_seconds))
