"""Each defect of panoramisk 1.4 that the link closes, as one promise, kept by us and broken by panoramisk as it comes.

A promise is written once, against the small `Client`. If a newer panoramisk keeps one, the second test says so, and our
own code for it can go.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol

import pytest
from panoramisk import Manager, Message

from telephony.ami.link import AmiLink
from telephony.channel_events import ChannelEvent, ChannelSeen
from telephony.errors import ActionTimedOut, HostileText, PbxUnavailable
from telephony.settings import PbxSettings
from tests.integration.telephony.ami.fake_pbx import FakePbx, channel_event, until
from tests.waiting import PATIENCE

_BROKEN_AFTER = 2.5
"""Seconds until a promise counts as broken by panoramisk, whose shortest ping interval is one second."""


class Client(Protocol):
    """One AMI client under test."""

    patience: float
    """Seconds until a promise of it counts as broken."""
    heard: list[tuple[str, str]]
    """(uniqueid, caller's name) of each channel that it was told of; it raises for the uniqueid ``bad``."""

    def bytes_read(self) -> int: ...

    def send(self, action: str, headers: Mapping[str, str]) -> Awaitable[object]: ...


class Ours:
    """`AmiLink`."""

    patience = PATIENCE

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, str]] = []
        self.link = AmiLink(
            PbxSettings(
                port=port,
                secret="right",
                ping_seconds=0.2,
                pong_seconds=0.2,
                retry_first_seconds=0.02,
                logoff_seconds=0.1,
            ),
            self._hear,
            on_snapshot=lambda _: None,
            on_state=lambda _: None,
            clock=lambda: datetime.now(UTC),
            rng=random.Random(1),  # noqa: S311 - jitter is no secret
        )

    def _hear(self, event: ChannelEvent) -> None:
        assert isinstance(event, ChannelSeen)
        if event.channel.uniqueid == "bad":
            raise ZeroDivisionError
        self.heard.append((event.channel.uniqueid, event.channel.caller_name))

    def bytes_read(self) -> int:
        return self.link.counters.bytes_received

    def send(self, action: str, headers: Mapping[str, str]) -> Awaitable[object]:
        return self.link(action, dict(headers), timeout_seconds=1.5)


class Bare:
    """Panoramisk's own `Manager`."""

    patience = _BROKEN_AFTER

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, str]] = []
        self._read = 0
        self.manager = Manager(
            host="127.0.0.1",
            port=port,
            username="ringback",
            secret="right",
            loop=asyncio.get_running_loop(),
            ping_delay=1,
            ping_interval=1,
            reconnect_timeout=0,
            on_connect=self._count_bytes,
        )
        self.manager.register_event("Newchannel", self._hear)

    def _hear(self, _: Manager, event: Message) -> None:
        if event.uniqueid == "bad":
            raise ZeroDivisionError
        self.heard.append((event.uniqueid, event.calleridname))

    def _count_bytes(self, manager: Manager) -> None:
        protocol = manager.protocol
        inner = protocol.data_received

        def counting(data: bytes) -> None:
            self._read += len(data)
            inner(data)

        protocol.data_received = counting

    def bytes_read(self) -> int:
        return self._read

    def send(self, action: str, headers: Mapping[str, str]) -> Awaitable[object]:
        sent: Awaitable[object] = self.manager.send_action({"Action": action, **headers})
        return sent


@asynccontextmanager
async def ours(pbx: FakePbx) -> AsyncIterator[Client]:
    client = Ours(pbx.port)
    running = asyncio.create_task(client.link.run())
    await client.link.synced.wait()
    yield client
    running.cancel()
    await asyncio.wait([running])


@asynccontextmanager
async def bare(pbx: FakePbx) -> AsyncIterator[Client]:
    client = Bare(pbx.port)
    await client.manager.connect()
    await pbx.seen("Login")
    await until(lambda: bool(client.manager.authenticated))
    yield client
    client.manager.forgetable_actions = ("originate", "slow")
    client.manager.close()
    client.manager.connect = lambda: None  # it would go on for ever
    for _ in range(5):
        await asyncio.sleep(0.01)


async def a_letter_cut_between_two_segments_is_whole(client: Client, pbx: FakePbx) -> None:
    event = channel_event("1", caller="Иван")
    cut = event.index("в".encode()) + 1
    already = client.bytes_read()
    pbx.say(event[:cut])
    await until(lambda: client.bytes_read() >= already + cut, client.patience)
    pbx.say(event[cut:])
    await until(lambda: bool(client.heard), client.patience)
    assert client.heard == [("1", "Иван")]


async def an_originate_goes_out_once_whatever_happens_to_the_link(client: Client, pbx: FakePbx) -> None:
    pbx.mute.add("Originate")
    answer = asyncio.ensure_future(client.send("Originate", {"Channel": "PJSIP/101"}))
    await pbx.seen("Originate")
    logins = pbx.count("Login")
    pbx.drop()
    await until(lambda: pbx.count("Login") > logins, client.patience)
    await asyncio.sleep(0.2)  # nothing tells when nothing is sent
    answer.cancel()
    await asyncio.wait([answer])
    assert pbx.count("Originate") == 1


async def a_bug_in_a_callback_costs_neither_the_chunk_nor_the_link(client: Client, pbx: FakePbx) -> None:
    pbx.say(channel_event("1") + channel_event("bad") + channel_event("3"))
    await until(lambda: len(client.heard) >= 2, client.patience)
    pbx.say(channel_event("4"))
    await until(lambda: len(client.heard) >= 3, client.patience)
    assert [uniqueid for uniqueid, _ in client.heard] == ["1", "3", "4"]
    assert pbx.connections == 1


async def a_peer_that_says_nothing_more_is_noticed(client: Client, pbx: FakePbx) -> None:
    assert client.heard == []
    pbx.silent = True
    await until(lambda: pbx.connections > 1, client.patience)


async def an_action_without_an_answer_ends(client: Client, pbx: FakePbx) -> None:
    pbx.mute.add("Slow")
    async with asyncio.timeout(client.patience):
        with pytest.raises(ActionTimedOut):
            await client.send("Slow", {})


async def who_waits_on_a_dead_link_is_told_at_once(client: Client, pbx: FakePbx) -> None:
    pbx.mute.add("Slow")
    answer = asyncio.ensure_future(client.send("Slow", {}))
    await pbx.seen("Slow")
    pbx.drop()
    async with asyncio.timeout(client.patience):  # the action itself has longer
        with pytest.raises(PbxUnavailable):
            await answer


async def a_line_break_in_a_value_is_not_sent(client: Client, pbx: FakePbx) -> None:
    hostile = 'Eve"\r\n\r\nAction: Originate\r\nChannel: PJSIP/premium\r\nX: "'
    try:
        await client.send("Setvar", {"Value": hostile})
    except HostileText:
        await client.send("Ping", {})
    assert pbx.count("Originate") == 0
    assert b"premium" not in pbx.raw


async def plain_talk_works(client: Client, pbx: FakePbx) -> None:
    await client.send("Setvar", {"Value": "1"})
    pbx.say(channel_event("1", caller="Іван"))
    await until(lambda: client.heard == [("1", "Іван")], client.patience)


PROMISES = [
    a_letter_cut_between_two_segments_is_whole,
    an_originate_goes_out_once_whatever_happens_to_the_link,
    a_bug_in_a_callback_costs_neither_the_chunk_nor_the_link,
    a_peer_that_says_nothing_more_is_noticed,
    an_action_without_an_answer_ends,
    who_waits_on_a_dead_link_is_told_at_once,
    a_line_break_in_a_value_is_not_sent,
]
Promise = Callable[[Client, FakePbx], Awaitable[None]]


@pytest.mark.parametrize("promise", PROMISES)
async def test_we_keep(promise: Promise) -> None:
    async with FakePbx().listening() as pbx, ours(pbx) as client:
        await promise(client, pbx)


@pytest.mark.parametrize("promise", PROMISES)
async def test_bare_panoramisk_breaks(promise: Promise) -> None:
    """If this fails, panoramisk keeps the promise by itself now: look what of ours can go."""
    async with FakePbx().listening() as pbx, bare(pbx) as client:
        with pytest.raises((AssertionError, TimeoutError)):
            await promise(client, pbx)


async def test_the_two_clients_are_fairly_compared() -> None:
    async with FakePbx().listening() as pbx, ours(pbx) as client:
        await plain_talk_works(client, pbx)
    async with FakePbx().listening() as pbx, bare(pbx) as client:
        await plain_talk_works(client, pbx)
