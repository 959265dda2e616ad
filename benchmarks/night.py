"""Out of hours on the real Asterisk: how soon after the answer callers who come at once hear the first word.

    python -m benchmarks night

The daemon runs as a process of its own; each caller is a telephone of the lab's world with real RTP, on the same two
cores, so the machine is the limit, not the PBX alone. Times are the PBX's own, from "Up" to the first sound's begin.
Every caller's whole call is recorded meanwhile, and each is told a time of their own, which is rendered for them.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.daemon import running_daemon, write_config
from benchmarks.ledger import server
from benchmarks.row import Row
from deploy.lab.company import Did
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.ports import free_port
from deploy.lab.telephones.leg import Leg
from telephony.settings import VoiceSettings
from telephony.voice.dialplan import Kind, render

CALLERS = int(os.environ.get("BENCH_NIGHT_CALLERS", "75"))
_CLOSED = """
[scratch]
exten => s,1,Gosub(ringback-inbound,s,1)
 same => n,Goto(ringback-closed,s,1)
"""
_PATIENCE = 120.0


class _Ears:
    """When each channel was answered and when the first sound began, in seconds by the PBX's clock."""

    def __init__(self) -> None:
        self.answered: dict[str, float] = {}
        self.first_word: dict[str, float] = {}

    def __call__(self, event: Mapping[str, str]) -> None:
        channel, at = event.get("Uniqueid", ""), float(event.get("Timestamp", "0"))
        match event.get("Event"):
            case "Newstate" if event.get("ChannelState") == "6":
                self.answered.setdefault(channel, at)
            case "AGIExecStart" if event.get("Command", "").startswith("STREAM FILE"):
                self.first_word.setdefault(channel, at)

    def waits(self) -> list[float]:
        """Milliseconds of each caller who heard something."""
        return [(at - self.answered[channel]) * 1000 for channel, at in self.first_word.items()]


def rows() -> list[Row]:
    """Measure one night."""
    return asyncio.run(_night())


async def _night() -> list[Row]:
    folder, port = Path(tempfile.mkdtemp(prefix="rb-bench-night-")), free_port()
    try:
        async with server() as running, Lab.start(folder, PbxPlan(agi_port=port)) as lab:
            await lab.pbx.add_dialplan("ringback", render(VoiceSettings(port=port, language="en"), Kind.ASTERISK))
            await lab.pbx.add_dialplan("closed", _CLOSED)
            config = write_config(lab, folder, port, running.dsn)
            config.write_text(config.read_text().replace('"24/7"', '"Mo-Su 03:00-03:01"'))
            async with running_daemon(config):
                await _call(lab, 0)  # what is always said is rendered now, as on any other night
                await lab.idle()
                ears = _Ears()
                lab.pbx.listen(ears)
                await asyncio.gather(*(_call(lab, n) for n in range(1, CALLERS + 1)))
                await lab.idle()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    waits = ears.waits()
    assert len(waits) == CALLERS, f"{CALLERS - len(waits)} callers heard nothing"
    name = f"voice: {CALLERS} callers at once on the real Asterisk while closed, first word"
    return [
        Row(f"{name}, p50", statistics.median(waits), "ms"),
        Row(f"{name}, slowest", max(waits), "ms", "limit", 1000.0),
    ]


async def _call(lab: Lab, number: int) -> None:
    async def hears_it_out(leg: Leg) -> None:
        await leg.talk()

    leg = await lab.world.call(f"+38067{number:07}", Did.SCRATCH, script=hears_it_out)
    await asyncio.wait_for(leg.gone(), _PATIENCE)
