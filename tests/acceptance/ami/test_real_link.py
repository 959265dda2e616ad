"""The link on a real Asterisk: calls are right whatever happens to the line or to Asterisk itself."""

import asyncio
import io
import json
import os
import signal
from datetime import datetime
from pathlib import Path

import pytest
import structlog

from deploy.lab.company import TRUNK_GLOB, Did
from deploy.lab.laboratory import Lab
from deploy.lab.telephones.scripts import answers, never_answers
from telephony.ami.capture import Capture
from telephony.ami.states import LinkState
from telephony.errors import ActionRefused, ActionTimedOut, NoSuchChannel, PbxUnavailable
from telephony.model import Disposition, MissedReason
from telephony.pbx.asking import ask, ring, value_of
from telephony.pbx.requests import (
    GetVariable,
    HangUp,
    MuteRecording,
    Originate,
    OriginateEnd,
    PbxRequest,
    Redirect,
    SetGlobal,
    StartRecording,
    StopRecording,
    ToApplication,
    ToExtension,
    device_state,
)
from telephony.replay import run as replay
from tests import asterisk_words as words
from tests.acceptance.ami.listening import CUSTOMER, Cable, listening, settings_for, talking, until
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_it_logs_in_with_the_rights_of_our_sample_and_hears_a_call(lab: Lab) -> None:
    async with listening(settings_for(lab)) as ears:
        assert ears.link.version
        await until(lambda: ears.link.rights.known)
        assert ears.link.rights.missing == ()
        leg = await talking(lab)
        await asyncio.sleep(1.0)
        await lab.world.hang_up(leg)
        await until(lambda: len(ears.ended) == 1)
        (call,) = ears.ended
        assert (call.disposition, call.caller.number, call.caller.name) == (Disposition.ANSWERED, CUSTOMER, "Тарас")
        assert call.answered_by
        assert call.answered_by.number == "101"
        assert call.talk_seconds >= 0.9
        assert not call.repaired
        assert ears.tracker.is_empty()
        assert not ears.link.counters.anomalies


async def test_over_tls_with_the_pbx_own_certificate(lab: Lab) -> None:
    settings = settings_for(lab, port=lab.pbx.ami_tls_port, tls=True, tls_ca=lab.pbx.ami_tls_ca)
    async with listening(settings) as ears:
        assert (await ears.link("Ping"))["Ping"] == "Pong"


async def test_a_wrong_secret_is_told_once(lab: Lab) -> None:
    with structlog.testing.capture_logs() as log:
        async with listening(settings_for(lab, secret="wrong"), synced=False) as ears:
            await until(lambda: ears.link.counters.failures == 2)
    assert [line["error_id"] for line in log if line["log_level"] == "error"] == ["login-refused"]


async def test_a_call_goes_on_while_the_line_is_cut(lab: Lab) -> None:
    with structlog.testing.capture_logs():
        async with Cable(lab.pbx.ami_port).laid() as cable, listening(settings_for(lab, port=cable.port)) as ears:
            leg = await talking(lab)
            await until(lambda: len(ears.answered) == 1)
            await ears.lose(cable)
            await asyncio.sleep(0.5)
            cable.mend()
            await ears.link.synced.wait()
            await asyncio.sleep(0.5)
            await lab.world.hang_up(leg)
            await until(lambda: len(ears.ended) == 1)
            assert len(ears.started) == 1
            call = ears.ended[0]
            assert call.disposition is Disposition.ANSWERED
            assert call.talk_seconds >= 1.0
            assert ears.tracker.is_empty()


async def test_what_happened_while_the_line_was_cut_is_mended_and_marked(lab: Lab) -> None:
    with structlog.testing.capture_logs():
        async with Cable(lab.pbx.ami_port).laid() as cable, listening(settings_for(lab, port=cable.port)) as ears:
            ends_unheard = await talking(lab)
            await until(lambda: len(ears.answered) == 1)
            await ears.lose(cable)
            await lab.world.hang_up(ends_unheard)
            await lab.idle()
            begins_unheard = await talking(lab, "+380939876543", "102", Did.OLENA)
            cable.mend()
            await until(lambda: len(ears.ended) == 1)
            assert ears.ended[0].repaired
            assert ears.ended[0].disposition is Disposition.ANSWERED
            await lab.world.hang_up(begins_unheard)
            await until(lambda: len(ears.ended) == 2)
            second = ears.ended[1]
            assert second.repaired
            assert second.disposition is Disposition.ANSWERED
            assert second.caller.number == "+380939876543"
            assert ears.tracker.is_empty()


async def test_a_daemon_that_starts_in_mid_call_takes_the_call_in(lab: Lab) -> None:
    leg = await talking(lab)
    await asyncio.sleep(2)
    async with listening(settings_for(lab)) as ears:
        (snapshot,) = ears.snapshots
        assert len({live.bridge_id for live in snapshot.channels}) == 1
        await lab.world.hang_up(leg)
        await until(lambda: len(ears.ended) == 1)
        assert ears.ended[0].repaired
        assert leg.trace.ended_at
        assert leg.trace.answered_at
        talked = (leg.trace.ended_at - leg.trace.answered_at).total_seconds()
        assert talked > 2
        assert ears.ended[0].talk_seconds == pytest.approx(talked, abs=0.5), "since the answer, not since we came"
        assert ears.tracker.is_empty()


async def test_a_recording_that_began_before_we_came_is_known(lab: Lab) -> None:
    leg = await talking(lab, did=Did.RECORDED)
    async with listening(settings_for(lab)) as ears:
        await until(lambda: len(ears.recorded) == 1)
        ears.link.resync_soon()
        await lab.world.hang_up(leg)
        await until(lambda: len(ears.ended) == 1)
        (segment,) = ears.ended[0].recordings
        assert segment.path.endswith(".wav")
        await until(ears.tracker.is_empty)


async def test_a_caller_who_waited_in_a_queue_before_we_came_abandons_the_queue(lab: Lab) -> None:
    for extension in ("101", "102", "103"):
        lab.world.phone(extension).behaviour(never_answers())
    leg = await lab.world.call(CUSTOMER, Did.QUEUE.value)
    await lab.world.phone("101").rings()
    async with listening(settings_for(lab)) as ears:
        await until(lambda: bool(ears.snapshots))
        await lab.world.hang_up(leg)
        await until(lambda: len(ears.ended) == 1)
        call = ears.ended[0]
        assert call.missed_reason is MissedReason.ABANDONED_WAITING
        assert call.queue
        await until(ears.tracker.is_empty)


async def test_resyncs_in_the_middle_of_calls_change_nothing(lab: Lab) -> None:
    async with listening(settings_for(lab, ping_seconds=0.05, quiet_seconds=0.05)) as ears:
        leg = await talking(lab)
        for _ in range(20):
            ears.link.resync_soon()
            await asyncio.sleep(0.05)
        await lab.world.hang_up(leg)
        await until(lambda: len(ears.ended) == 1)
        assert ears.link.counters.resyncs > 5
        assert len(ears.started) == 1
        assert not ears.ended[0].repaired
        assert ears.ended[0].disposition is Disposition.ANSWERED
        await until(ears.tracker.is_empty)


async def test_an_originate_whose_answer_is_lost_is_found_by_its_own_id_and_rang_once(lab: Lab) -> None:
    phone = lab.world.phone("101").behaviour(never_answers())
    wish = Originate("PJSIP/101", ToApplication("Wait", "60"), "rb-cb-lost-1", ring_seconds=30)
    with structlog.testing.capture_logs():
        async with Cable(lab.pbx.ami_port).laid() as cable, listening(settings_for(lab, port=cable.port)) as ears:
            cable.deaf = True
            with pytest.raises((ActionTimedOut, PbxUnavailable)):
                await ask(ears.link, wish)
            await ears.lose(cable)
            cable.mend()
            await ears.link.synced.wait()
            await phone.rings()
            assert await value_of(ears.link, GetVariable("UNIQUEID", "rb-cb-lost-1")) == "rb-cb-lost-1"
            await ask(ears.link, HangUp("rb-cb-lost-1"))
            await lab.idle()
            assert len(phone.legs) == 1


async def test_the_typed_requests_do_on_asterisk_what_they_say(lab: Lab) -> None:
    lab.world.phone("101").behaviour(answers(after=0.1))
    name = 'ТОВ "Ромашка" (Київ), відділ \\ 2'
    async with listening(settings_for(lab)) as ears:
        pbx = ears.link
        assert await value_of(pbx, device_state("PJSIP/101")) == "NOT_INUSE"
        wish = Originate("PJSIP/101", ToApplication("Wait", "60"), "rb-click-1", variables={"WHO": name})
        assert await ring(pbx, wish, timeout_seconds=30) == (True, OriginateEnd.ANSWERED)
        assert await value_of(pbx, GetVariable("WHO", "rb-click-1")) == name
        await ask(pbx, SetGlobal("NOTE", "a, b"))
        assert await value_of(pbx, GetVariable("NOTE")) == "a, b"
        assert await value_of(pbx, device_state("PJSIP/101")) == "INUSE"
        assert (await value_of(pbx, GetVariable("CHANNEL", "rb-click-1"))).startswith("PJSIP/101-")
        await lab.pbx.add_dialplan("ami-test", "[ami-test]\nexten => waits,1,Wait(60)\n")
        await ask(pbx, Redirect("rb-click-1", ToExtension("ami-test", "waits")))
        async with asyncio.timeout(PATIENCE):
            while await value_of(pbx, GetVariable("CONTEXT", "rb-click-1")) != "ami-test":
                await asyncio.sleep(0.01)
        path = lab.pbx.recordings / "Іван 1.wav"
        await ask(pbx, StartRecording("rb-click-1", str(path), "b"))
        await ask(pbx, MuteRecording("rb-click-1", muted=True))
        await ask(pbx, MuteRecording("rb-click-1", muted=False))
        await until(path.exists)
        await ask(pbx, StopRecording("rb-click-1"))
        with pytest.raises(ActionRefused) as error:  # none runs any more
            await ask(pbx, StopRecording("rb-click-1"))
        assert not isinstance(error.value, NoSuchChannel)
        await ask(pbx, HangUp("rb-click-1"))
        await lab.idle()
        busy = await ring(pbx, Originate("PJSIP/999", ToApplication("Wait", "1"), "rb-click-2"), timeout_seconds=30)
        assert not busy.answered


@pytest.mark.parametrize(
    "request_",
    [
        HangUp("rb-gone"),
        Redirect("rb-gone", ToExtension("ami-test", "waits")),
        GetVariable("CHANNEL(state)", "rb-gone"),
        StartRecording("rb-gone", "/tmp/gone.wav", "b"),  # noqa: S108 - never made
        StopRecording("rb-gone"),
        MuteRecording("rb-gone", muted=True),
    ],
)
async def test_a_channel_that_is_gone_is_told_in_the_words_that_the_fakes_use(lab: Lab, request_: PbxRequest) -> None:
    async with listening(settings_for(lab)) as ears:
        with pytest.raises(NoSuchChannel) as error:
            await ask(ears.link, request_)
        assert str(error.value).endswith(f": {words.no_channel(request_.action, 'rb-gone')}")


async def test_an_asterisk_that_stands_still_is_noticed_and_taken_up_again(lab: Lab) -> None:
    with structlog.testing.capture_logs():
        async with listening(settings_for(lab)) as ears:
            leg = await talking(lab)
            await until(lambda: len(ears.answered) == 1)
            assert lab.pbx.pid
            os.kill(lab.pbx.pid, signal.SIGSTOP)
            try:
                await until(lambda: not ears.link.connected.is_set())
            finally:
                os.kill(lab.pbx.pid, signal.SIGCONT)
            await ears.link.synced.wait()
            await lab.world.hang_up(leg)
            await until(lambda: len(ears.ended) == 1)
            assert len(ears.started) == 1
            assert ears.ended[0].disposition is Disposition.ANSWERED
            assert ears.tracker.is_empty()


async def test_a_capture_replays_as_the_same_calls_as_were_heard_live(lab: Lab, tmp_path: Path) -> None:
    capture = Capture(tmp_path / "raw.ami")
    with structlog.testing.capture_logs():
        async with (
            Cable(lab.pbx.ami_port).laid() as cable,
            listening(settings_for(lab, port=cable.port), capture=capture) as ears,
        ):
            leg = await talking(lab)
            await until(lambda: len(ears.answered) == 1)
            await ears.lose(cable)
            cable.mend()
            await ears.link.synced.wait()
            await lab.world.hang_up(leg)
            await until(lambda: len(ears.ended) == 1)
    capture.close()
    printed = io.StringIO()
    assert replay([str(capture.path)], trunks=[TRUNK_GLOB], out=printed) == 0
    (replayed,) = [json.loads(line) for line in printed.getvalue().splitlines()]
    (live,) = ears.ended
    assert replayed["call_id"] == live.call_id
    assert replayed["disposition"] == live.disposition
    assert replayed["caller"] == {"number": live.caller.number, "name": live.caller.name}
    assert datetime.fromisoformat(replayed["answered_at"]) == live.answered_at
    assert datetime.fromisoformat(replayed["ended_at"]) == live.ended_at
    assert lab.pbx.ami_secret.encode() not in capture.path.read_bytes()


async def test_kill_9_of_asterisk_in_mid_call_ends_the_call_and_the_next_one_is_heard(lab: Lab) -> None:
    with structlog.testing.capture_logs():
        async with listening(settings_for(lab)) as ears:
            leg = await talking(lab)
            await until(lambda: len(ears.answered) == 1)
            await lab.pbx.kill()
            await until(lambda: not ears.link.connected.is_set())
            await lab.world.hang_up(leg)
            await lab.pbx.start()
            async with asyncio.timeout(PATIENCE):
                await ears.link.synced.wait()
            await until(lambda: len(ears.ended) == 1)
            assert ears.ended[0].repaired
            assert ears.ended[0].disposition is Disposition.ANSWERED
            await lab.settle()
            leg = await talking(lab)
            await until(lambda: len(ears.answered) == 2)
            await lab.world.hang_up(leg)
            await until(lambda: len(ears.ended) == 2)
            assert not ears.ended[1].repaired
            assert ears.tracker.is_empty()
    states = [change.state for change in ears.changes]
    assert states.count(LinkState.SYNCED) >= 2
