"""The recorder starts one tape on each wanted call, whatever the PBX does at the same moment."""

import pytest

from telephony.events import CallEnded, CallMerged, CallRecorded, CallTransferred
from telephony.postgres.pool import Pool
from telephony.recording import store
from telephony.recording.errors import NotRecording
from telephony.recording.plan.policy import Rules
from tests.integration.telephony.recording.recorder_stage import PBX, FakePbx, answered, running
from tests.unit.telephony.recording.calls import (
    ANSWER,
    CUSTOMER,
    END,
    MANAGER,
    START,
    foreign,
    inbound,
    outbound,
    tape,
    transferred,
)


async def test_an_answered_call_that_nothing_records_is_recorded_on_the_customers_channel(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx) as recorder:
        recorder.hear(answered(inbound()))
        await pbx.until("MixMonitor")
        ((action, headers),) = pbx.done
    assert action == "MixMonitor"
    assert headers["Channel"] == CUSTOMER
    assert headers["File"] == f"/var/spool/asterisk/monitor/ringback/rb-1.1-{int(ANSWER.timestamp() * 1000)}-c.raw"
    assert str(headers["Options"]).startswith("Db")


async def test_a_tape_that_the_pbx_starts_within_the_grace_is_not_doubled(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx) as recorder:
        recorder.hear(answered(inbound()))
        recorder.hear(CallRecorded(inbound(), ANSWER, foreign("1.1")))
        await recorder.settled()
    assert pbx.actions == []


async def test_a_tape_that_nobody_told_of_is_asked_for_and_adopted(pool: Pool) -> None:
    pbx = FakePbx()
    pbx.variables[MANAGER, "MIXMONITOR_FILENAME"] = "/var/spool/asterisk/monitor/queue-1.wav"
    async with running(pool, pbx) as recorder:
        recorder.hear(answered(inbound()))
        await recorder.settled()
        async with pool.acquire() as connection:
            tapes = await store.open_tapes(connection)
    assert pbx.actions == []
    assert [segment.path for segment in tapes[inbound().call_id]] == ["/var/spool/asterisk/monitor/queue-1.wav"]


async def test_ours_stops_by_its_id_when_the_pbx_starts_one_later_still(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx) as recorder:
        recorder.hear(answered(inbound()))
        await pbx.until("MixMonitor")
        recorder.hear(CallRecorded(inbound(), ANSWER, foreign("1.12", MANAGER)))
        await recorder.settled()
    assert pbx.actions == ["MixMonitor", "StopMixMonitor"]
    assert pbx.done[1][1] == {"Channel": CUSTOMER, "MixMonitorID": "0x1"}


async def test_hearing_of_our_own_tape_changes_nothing(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx) as recorder:
        recorder.hear(answered(inbound()))
        await pbx.until("MixMonitor")
        path = str(pbx.done[0][1]["File"])
        recorder.hear(CallRecorded(inbound(), ANSWER, tape("1.1", path=path)))
        recorder.hear(answered(inbound()))
        await recorder.settled()
    assert pbx.actions == ["MixMonitor"]


async def test_a_call_that_is_not_wanted_is_not_started_and_the_dialplans_tape_of_it_stops(pool: Pool) -> None:
    pbx = FakePbx()
    pbx.variables[CUSTOMER, "RINGBACK_TAPE"] = "0x77"
    async with running(pool, pbx, Rules(skip_managers=("101",))) as recorder:
        recorder.hear(CallRecorded(inbound(answered=False), START, tape("1.1")))
        await recorder.settled()
        assert pbx.actions == []
        recorder.hear(answered(inbound()))
        await recorder.settled()
    assert pbx.done == [("StopMixMonitor", {"Channel": CUSTOMER, "MixMonitorID": "0x77"})]


async def test_a_transfer_by_who_carries_the_tape_moves_it_to_the_customer(pool: Pool) -> None:
    pbx = FakePbx()
    ours = tape("1.1", MANAGER, "/monitor/ringback/rb-1.1-5-m.raw")
    async with running(pool, pbx) as recorder:
        recorder.hear(CallRecorded(outbound(answered=False), START, ours))
        recorder.hear(answered(outbound()))
        call = transferred(outbound(), "101", "102")
        recorder.hear(CallTransferred(call, ANSWER, call.transfers[0]))
        await recorder.settled()
    assert pbx.actions == ["MixMonitor", "StopMixMonitor"]
    assert [headers["Channel"] for _, headers in pbx.done] == [CUSTOMER, MANAGER]


async def test_after_a_transfer_the_customers_tape_is_made_anew_once_asterisk_has_forgotten_it(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx) as recorder:
        recorder.hear(CallRecorded(inbound(answered=False), START, tape("1.1")))
        recorder.hear(answered(inbound()))
        await recorder.settled()
        pbx.variables[CUSTOMER, "MIXMONITOR_FILENAME"] = tape("1.1").path
        call = transferred(inbound(), "101", "102")
        recorder.hear(CallTransferred(call, ANSWER, call.transfers[0]))
        await pbx.until("StopMixMonitor")
        assert pbx.actions == ["StopMixMonitor"]
        recorder.hear(CallMerged(call, ANSWER, inbound(call_id="pbx:7.1").call_id))
        await recorder.settled()
    assert pbx.actions == ["StopMixMonitor", "MixMonitor"]
    assert pbx.done[1][1]["Channel"] == CUSTOMER


async def test_without_room_nothing_starts_and_the_dialplan_is_told(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx, room=False) as recorder:
        recorder.linked(PBX)
        recorder.hear(answered(inbound()))
        await recorder.settled()
    assert pbx.done == [("Setvar", {"Variable": "RINGBACK_RECORDING", "Value": "no"})]


async def test_a_pbx_that_is_away_costs_that_tape_and_nothing_else(pool: Pool) -> None:
    pbx = FakePbx()
    pbx.up = False
    async with running(pool, pbx) as recorder:
        recorder.hear(answered(inbound()))
        await recorder.settled()
        pbx.up = True
        recorder.hear(answered(inbound(call_id="pbx:5.1")))
        await recorder.settled()
    assert [headers["Channel"] for _, headers in pbx.done] == [CUSTOMER]


async def test_merged_and_ended_calls_are_forgotten(pool: Pool) -> None:
    pbx = FakePbx()
    other = inbound(call_id="pbx:7.1")
    async with running(pool, pbx) as recorder:
        recorder.hear(CallRecorded(other, START, tape("7.1")))
        recorder.hear(CallRecorded(inbound(), START, tape("1.1")))
        recorder.hear(CallMerged(inbound(), START, other.call_id))
        await recorder.settled()
        with pytest.raises(NotRecording):
            await recorder.pause(other.call_id, "olena")
        await recorder.pause(inbound().call_id, "olena")
        recorder.hear(CallEnded(inbound(ended=True), END))
        await recorder.settled()
        with pytest.raises(NotRecording):
            await recorder.pause(inbound().call_id, "olena")


async def test_a_call_that_ends_within_the_grace_starts_nothing(pool: Pool) -> None:
    pbx = FakePbx()
    async with running(pool, pbx) as recorder:
        recorder.hear(answered(inbound()))
        recorder.hear(CallEnded(inbound(ended=True), END))
        await recorder.settled()
    assert pbx.actions == []
