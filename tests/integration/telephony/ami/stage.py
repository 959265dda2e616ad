"""A stage for the link: a link to the fake PBX with short times, and all that it tells."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any  # settings and log lines are of any type

from telephony.ami.capture import Capture
from telephony.ami.link import AmiLink
from telephony.ami.states import LinkChange, LinkState
from telephony.channel_events import ChannelEvent, ChannelSeen, PbxSnapshot, PbxStopped, QueueJoined, RecordingStarted
from telephony.settings import PbxSettings
from tests.integration.telephony.ami.fake_pbx import FakePbx
from tests.waiting import PATIENCE

Logged = list[Any]


class Heard:
    """One link's ears, in order: uniqueids of events, snapshots as tuples of uniqueids, and what else was told."""

    def __init__(self) -> None:
        self.all: list[str | tuple[str, ...]] = []
        self.snapshots: list[PbxSnapshot] = []
        self.changes: list[LinkChange] = []
        self.fail_on_snapshot = False

    def event(self, event: ChannelEvent) -> None:
        match event:
            case ChannelSeen():
                self.all.append(event.channel.uniqueid)
            case QueueJoined():
                self.all.append(f"{event.channel.uniqueid} waits in {event.queue}")
            case RecordingStarted():
                self.all.append(f"{event.channel.uniqueid} is recorded to {event.path}")
            case PbxStopped():
                pass  # since when it runs, told at each login
            case _:
                raise AssertionError(event)

    def snapshot(self, snapshot: PbxSnapshot) -> None:
        if self.fail_on_snapshot:
            raise ZeroDivisionError
        self.snapshots.append(snapshot)
        self.all.append(tuple(live.facts.uniqueid for live in snapshot.channels))

    @property
    def states(self) -> list[LinkState]:
        return [change.state for change in self.changes]


def settings_for(pbx: FakePbx, **changed: object) -> PbxSettings:
    quick = {
        "login_seconds": 1.0,  # a busy machine stands still for half a second
        "ping_seconds": 0.1,
        "pong_seconds": 0.6,
        "resync_seconds": 5.0,
        "retry_first_seconds": 0.02,
        "retry_cap_seconds": 0.1,
        "logoff_seconds": 0.2,
    }
    return PbxSettings.model_validate({"port": pbx.port, "secret": "right", **quick, **changed})


def link_to(settings: PbxSettings, heard: Heard, capture: Capture | None = None) -> AmiLink:
    return AmiLink(
        settings,
        heard.event,
        on_snapshot=heard.snapshot,
        on_state=heard.changes.append,
        clock=lambda: datetime.now(UTC),
        rng=random.Random(7),  # noqa: S311 - jitter is no secret
        capture=capture,
    )


@asynccontextmanager
async def running(link: AmiLink) -> AsyncIterator[AmiLink]:
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def linked(pbx: FakePbx, heard: Heard | None = None, **changed: object) -> AsyncIterator[AmiLink]:
    async with running(link_to(settings_for(pbx, **changed), heard or Heard())) as link:
        async with asyncio.timeout(PATIENCE):
            await link.synced.wait()
        yield link
