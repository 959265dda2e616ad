"""One PBX heard: what its tracker tells is passed on, and what ended unheard is closed, once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import cast

from telephony.calls.store import LedgerStore
from telephony.channel_events import ChannelFacts, ChannelHungUp, ChannelSeen, LiveChannel, PbxSnapshot
from telephony.daemon.pbx_session import PbxSession
from telephony.events import CallEnded, CallEvent, CallStarted
from telephony.model import Call, CallId, Disposition, PbxName
from telephony.settings import PbxSettings
from tests.builders import inbound

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FACTS = ChannelFacts(
    "1.1", "PJSIP/carrier-00000001", "1.1", number="+380671234567", context="from-trunk", exten="101", state=4
)


class Store:
    """A ledger that holds some calls open, and is away at first if told so."""

    def __init__(self, held_open: list[Call], *, away: int = 0) -> None:
        self.held_open = held_open
        self.away = away

    async def open_calls(self, _pbx: PbxName) -> list[Call]:
        if self.away:
            self.away -= 1
            raise ConnectionRefusedError("away")
        return self.held_open


def hearing(store: Store, told: list[CallEvent]) -> PbxSession:
    settings = PbxSettings(name="pbx", trunks=("PJSIP/carrier-*",))
    return PbxSession(settings, told.append, cast("LedgerStore", store), lambda: AT)


async def closed(one: PbxSession) -> None:
    task = asyncio.create_task(one.close_leftovers())
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})


async def test_channel_events_become_call_events() -> None:
    told: list[CallEvent] = []
    one = hearing(Store([]), told)
    one._hear(ChannelSeen(AT, FACTS, born=True))  # noqa: SLF001 - as the link calls it
    one._hear(ChannelHungUp(AT + timedelta(seconds=3), FACTS, 16))  # noqa: SLF001
    assert [type(event) for event in told] == [CallStarted, CallEnded]


async def test_calls_that_ended_while_nobody_listened_are_closed_after_the_first_resync() -> None:
    told: list[CallEvent] = []
    one = hearing(Store([inbound("0.9")]), told)
    await closed(one)
    assert told == []
    one._resync(PbxSnapshot(AT, ()))  # noqa: SLF001
    await closed(one)
    (end,) = told
    assert isinstance(end, CallEnded)
    assert (end.call.call_id, end.call.disposition, end.call.repaired) == ("pbx:0.9", Disposition.MISSED, True)


async def test_ends_that_nobody_heard_are_guesses_for_who_knows_better() -> None:
    told: list[CallEvent] = []
    guesses: list[list[CallEnded]] = []
    one = hearing(Store([inbound("0.9")]), told)
    one.on_unheard = lambda ends: guesses.append(list(ends))
    one._hear(ChannelSeen(AT, FACTS, born=True))  # noqa: SLF001
    one._resync(PbxSnapshot(AT, ()))  # noqa: SLF001
    await closed(one)
    assert [type(event) for event in told] == [CallStarted]
    assert [[end.call.call_id for end in ends] for ends in guesses] == [["pbx:1.1"], ["pbx:0.9"]]


async def test_the_end_of_a_call_that_was_found_in_its_midst_is_a_guess_too() -> None:
    """When it was answered nobody heard: CEL may know."""
    told: list[CallEvent] = []
    guesses: list[CallId] = []
    one = hearing(Store([]), told)
    one.on_unheard = lambda ends: guesses.extend(end.call.call_id for end in ends)
    one._resync(PbxSnapshot(AT, (LiveChannel(FACTS, "", 5),)))  # noqa: SLF001
    one._hear(ChannelHungUp(AT, FACTS, 16))  # noqa: SLF001
    assert not any(isinstance(event, CallEnded) for event in told)
    assert guesses == ["pbx:1.1"]


async def test_a_call_that_lives_on_or_ended_in_our_hearing_is_not_closed_again() -> None:
    told: list[CallEvent] = []
    lives, ended = inbound("1.1"), inbound("2.2")
    one = hearing(Store([lives, ended]), told)
    other = FACTS._replace(uniqueid="2.2", linkedid="2.2", name="PJSIP/carrier-00000002")
    one._resync(PbxSnapshot(AT, (LiveChannel(FACTS, "", 5), LiveChannel(other, "", 5))))  # noqa: SLF001
    one._hear(ChannelHungUp(AT, other, 16))  # noqa: SLF001
    before = list(told)
    await closed(one)
    assert told == before
    assert {CallId("pbx:1.1"), CallId("pbx:2.2")} == {event.call.call_id for event in told}


async def test_a_link_that_is_down_is_not_healthy_and_says_why() -> None:
    part = hearing(Store([]), []).part()
    assert (part.name, part.healthy, part.stuck) == ("ami pbx", False, False)
    assert part.said == "it was not tried yet"
