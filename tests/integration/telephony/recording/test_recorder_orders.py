"""What persons order of the recorder: pause and resume, start and stop."""

import pytest

from telephony.events import CallRecorded, CallTransferred
from telephony.model import ChannelName
from telephony.postgres.pool import Pool
from telephony.recording import store
from telephony.recording.errors import NotRecording
from telephony.recording.plan.policy import Rules
from telephony.recording.plan.rows import OrderKind
from tests.integration.telephony.recording.recorder_stage import FakePbx, answered, running
from tests.unit.telephony.recording.calls import (
    ANSWER,
    CUSTOMER,
    MANAGER,
    START,
    foreign,
    inbound,
    outbound,
    tape,
    transferred,
)


async def test_a_pause_mutes_what_records_and_lasts_over_a_transfer(pool: Pool) -> None:
    pbx = FakePbx()
    ours = tape("1.1", MANAGER, "/monitor/ringback/rb-1.1-5-m.raw")
    async with running(pool, pbx) as recorder:
        recorder.hear(CallRecorded(outbound(answered=False), START, ours))
        recorder.hear(answered(outbound()))
        await recorder.settled()
        await recorder.pause(outbound().call_id, "olena")
        call = transferred(outbound(), "101", "102")
        recorder.hear(CallTransferred(call, ANSWER, call.transfers[0]))
        await recorder.settled()
        await recorder.resume(call.call_id, "olena")
        async with pool.acquire() as connection:
            orders = await store.orders(connection, call.call_id)
    muted = [(h["Channel"], h["State"]) for action, h in pbx.done if action == "MixMonitorMute"]
    assert muted == [(MANAGER, "1"), (CUSTOMER, "1"), (CUSTOMER, "0")]
    assert [(order.kind, order.by) for order in orders] == [(OrderKind.PAUSE, "olena"), (OrderKind.RESUME, "olena")]


async def test_a_pause_between_two_tapes_is_not_lost(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx, grace=1) as recorder:
        recorder.hear(CallRecorded(inbound(answered=False), START, tape("1.1")))
        recorder.hear(answered(inbound()))
        await recorder.settled()
        call = transferred(inbound(), "101", "102")
        recorder.hear(CallTransferred(call, ANSWER, call.transfers[0]))
        await pbx.until("StopMixMonitor")
        await recorder.pause(call.call_id, "olena")
        await recorder.settled()
    assert pbx.actions == ["StopMixMonitor", "MixMonitor", "MixMonitorMute"]


async def test_what_nothing_records_cannot_be_paused(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx, Rules(record=False)) as recorder:
        with pytest.raises(NotRecording):
            await recorder.pause(inbound().call_id, "olena")
        recorder.hear(answered(inbound()))
        await recorder.settled()
        with pytest.raises(NotRecording):
            await recorder.pause(inbound().call_id, "olena")
        recorder.hear(CallRecorded(inbound(), ANSWER, foreign("1.1")))
        await recorder.settled()
        pbx.gone.add(CUSTOMER)
        with pytest.raises(NotRecording):
            await recorder.pause(inbound().call_id, "olena")


async def test_by_order_a_call_is_recorded_and_no_longer_recorded(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx, Rules(record=False)) as recorder:
        recorder.hear(answered(inbound()))
        await recorder.settled()
        assert pbx.actions == []
        await recorder.start(inbound().call_id, "olena")
        await recorder.stop(inbound().call_id, "olena")
    assert pbx.actions == ["MixMonitor", "StopMixMonitor"]


async def test_an_order_to_stop_reaches_the_pbx_own_tape_too(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx) as recorder:
        recorder.hear(CallRecorded(inbound(), ANSWER, foreign("1.1")))
        await recorder.settled()
        await recorder.stop(inbound().call_id, "olena")
    assert pbx.done == [("StopMixMonitor", {"Channel": CUSTOMER})]


async def test_a_daemon_that_was_restarted_remembers_tape_and_pause(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await store.add_segment(connection, inbound(), tape("1.1"), wanted=True, now=START)
    async with running(pool, FakePbx()) as recorder:
        recorder.hear(CallRecorded(inbound(), ANSWER, tape("1.1")))
        await recorder.settled()
        await recorder.pause(inbound().call_id, "olena")
    pbx = FakePbx()
    async with running(pool, pbx) as recorder:
        recorder.hear(answered(inbound()))
        await recorder.settled()
        assert pbx.actions == []
        moved = ChannelName("PJSIP/carrier-00000001")
        recorder.hear(CallRecorded(inbound(), ANSWER, tape("1.1", moved, "/monitor/ringback/rb-1.1-9-c.raw")))
        await recorder.settled()
    assert pbx.actions == ["MixMonitorMute"]
