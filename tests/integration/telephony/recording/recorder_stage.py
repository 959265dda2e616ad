"""A stage for the recorder: a PBX of a few lines that takes its actions down, and the recorder running."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from prometheus_client import CollectorRegistry

from telephony.errors import PbxUnavailable
from telephony.events import CallAnswered
from telephony.model import Call, PbxName
from telephony.postgres.pool import Pool
from telephony.recording.alarms import RecordingMetrics
from telephony.recording.plan.policy import Rules, decide
from telephony.recording.recorder import Recorder
from telephony.settings import RecordingSettings
from tests.asterisk_words import refused_channel
from tests.unit.telephony.recording.calls import ANSWER
from tests.waiting import PATIENCE

PBX = PbxName("pbx")


class FakePbx:
    """Takes actions down; answers `Getvar` from ``variables``; refuses what concerns channels that are ``gone``."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Mapping[str, str | list[str]]]] = []
        self.variables: dict[tuple[str, str], str] = {}
        self.gone: set[str] = set()
        self.up = True
        self.did = asyncio.Condition()

    async def __call__(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 5.0
    ) -> Mapping[str, str]:
        del timeout_seconds
        told = headers or {}
        if not self.up:
            raise PbxUnavailable("no link")
        if told.get("Channel") in self.gone:
            raise refused_channel(action, str(told["Channel"]))
        if action == "Getvar":
            return {"Value": self.variables.get((str(told["Channel"]), str(told["Variable"])), "")}
        self.done.append((action, told))
        async with self.did:
            self.did.notify_all()
        return {"MixMonitorID": "0x1"} if action == "MixMonitor" else {}

    async def until(self, action: str) -> None:
        """Return when such an action was done."""
        async with asyncio.timeout(PATIENCE), self.did:
            await self.did.wait_for(lambda: action in self.actions)

    @property
    def actions(self) -> list[str]:
        return [action for action, _ in self.done]


@asynccontextmanager
async def running(
    pool: Pool, pbx: FakePbx, rules: Rules | None = None, *, grace: float = 0.02, room: bool = True
) -> AsyncIterator[Recorder]:
    recorder = Recorder(
        pool,
        {PBX: pbx},
        partial(decide, rules or Rules()),
        RecordingSettings(grace_seconds=grace),
        RecordingMetrics(CollectorRegistry()),
        lambda: ANSWER,
        lambda: room,
    )
    task = asyncio.create_task(recorder.run(), name="recorder")
    try:
        yield recorder
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def answered(call: Call) -> CallAnswered:
    assert call.answered_by is not None
    return CallAnswered(call, ANSWER, call.answered_by.channel, call.legs[1].uniqueid)
