"""The picture of the PBX: after each login, when asked for, and at its exact place among the events."""

from datetime import UTC, datetime

import pytest
import structlog

from telephony.ami.counters import LinkAnomaly
from telephony.ami.states import LinkState
from tests.asterisk_words import NO_SUCH_CHANNEL
from tests.integration.telephony.ami.fake_pbx import FakePbx, block, channel_event, until
from tests.integration.telephony.ami.stage import Heard, Logged, link_to, linked, running, settings_for
from tests.waiting import PATIENCE


async def test_the_snapshot_stands_at_its_exact_place_among_the_events() -> None:
    heard, pbx = Heard(), FakePbx()
    pbx.channels = ["1", "2"]
    pbx.answers["CoreShowChannels"] = lambda action: (
        channel_event("before") + pbx.channel_list(action["ActionID"]) + channel_event("after")
    )
    async with pbx.listening(), linked(pbx, heard):
        pbx.say(channel_event("later"))
        await until(lambda: "later" in heard.all)
    assert heard.all == ["before", ("1", "2"), "after", "later"]


async def test_the_snapshot_tells_the_time_of_the_pbx() -> None:
    heard = Heard()
    pbx = FakePbx()
    pbx.clock = lambda: 1795298173.003205
    async with pbx.listening(), linked(pbx, heard):
        assert heard.snapshots[0].at == datetime.fromtimestamp(1795298173.003205, UTC)


async def test_recordings_and_queues_that_were_told_before_we_came_are_asked_for_once() -> None:
    heard, pbx = Heard(), FakePbx()
    pbx.channels = ["1", "2", "gone"]
    pbx.rows["1"] = {"Application": "Queue", "ApplicationData": "sales,t,,,60"}
    pbx.rows["2"] = {"Application": "Queue", "ApplicationData": "sales", "BridgeId": "b1"}
    pbx.answers["Getvar"] = lambda action: {
        "PJSIP/1": block(Response="Success", ActionID=action["ActionID"], Value=""),
        "PJSIP/2": block(Response="Success", ActionID=action["ActionID"], Value="/rec/2.wav") + channel_event("after"),
        "PJSIP/gone": block(Response="Error", ActionID=action["ActionID"], Message=NO_SUCH_CHANNEL),
    }[action["Channel"]]
    async with pbx.listening(), linked(pbx, heard) as link:
        await until(lambda: "after" in heard.all)
        link.resync_soon()
        await until(lambda: len(heard.snapshots) == 2)
        await link("Ping")
    listed = ("1", "2", "gone")
    assert heard.all == [listed, "1 waits in sales", "2 is recorded to /rec/2.wav", "after", listed]


def _talks(pbx: FakePbx, answers: dict[tuple[str, str], str]) -> None:
    pbx.channels = ["1", "2", "3", "rb-cb-4-x", "5", "6"]
    bridges = {"1": "b1", "2": "b1", "3": "b2", "rb-cb-4-x": "b3", "5": "b3"}
    pbx.rows = {channel: {"BridgeId": bridge} for channel, bridge in bridges.items()}

    def answer(action: dict[str, str]) -> bytes:
        if action["Channel"] == "PJSIP/5":
            return block(Response="Error", ActionID=action["ActionID"], Message=NO_SUCH_CHANNEL)
        value = answers.get((action["Channel"], action["Variable"]), "")
        return block(Response="Success", ActionID=action["ActionID"], Value=value)

    pbx.answers["Getvar"] = answer


async def test_since_when_two_have_talked_is_asked_of_the_pbx() -> None:
    heard, pbx = Heard(), FakePbx()
    cdr = "CDR(answer,u)"
    _talks(
        pbx,
        {
            ("PJSIP/1", cdr): "1795298100.500000",
            ("PJSIP/2", cdr): "1795298105.250000",
            ("PJSIP/3", cdr): "1795298105.250000",
            ("PJSIP/rb-cb-4-x", cdr): "1795298105.250000",
            ("PJSIP/rb-cb-4-x", "RINGBACK_TALK_BEGAN"): "1795298110",
        },
    )
    async with pbx.listening(), linked(pbx, heard) as link:
        link.resync_soon()
        await until(lambda: len(heard.snapshots) == 2)
    assert heard.snapshots[0].talks == {
        "b1": heard.snapshots[0].at - datetime.fromtimestamp(1795298105.25, UTC),
        "b3": heard.snapshots[0].at - datetime.fromtimestamp(1795298110, UTC),
    }
    assert heard.snapshots[1].talks == {}, "what is heard need not be asked for"


async def test_a_pbx_that_keeps_no_cdr_tells_nothing_of_talks() -> None:
    heard, pbx = Heard(), FakePbx()
    _talks(pbx, {("PJSIP/1", "CDR(answer,u)"): "0.000000"})
    async with pbx.listening(), linked(pbx, heard):
        assert heard.snapshots[0].talks == {}


async def test_the_snapshot_after_a_loss_tells_when_the_line_was_last_heard() -> None:
    heard, pbx = Heard(), FakePbx()
    with structlog.testing.capture_logs():
        async with pbx.listening(), linked(pbx, heard, retry_first_seconds=0.3, retry_cap_seconds=0.3):
            pbx.drop()
            await until(lambda: len(heard.snapshots) == 2)
    first, second = heard.snapshots
    assert first.lost_at is None
    assert second.lost_at is not None
    assert 0.1 < (second.at - second.lost_at).total_seconds() < PATIENCE


async def test_after_each_reconnect_there_is_a_new_snapshot() -> None:
    heard, pbx = Heard(), FakePbx()
    pbx.channels = ["1"]
    with structlog.testing.capture_logs():
        async with pbx.listening(), linked(pbx, heard):
            pbx.channels = ["2"]
            pbx.drop()
            await until(lambda: len(heard.snapshots) == 2)
    assert heard.all == [("1",), ("2",)]
    assert heard.states == [LinkState.UP, LinkState.SYNCED, LinkState.DOWN, LinkState.UP, LinkState.SYNCED]


async def test_a_link_that_dies_in_the_middle_of_a_resync_loses_no_event() -> None:
    heard, pbx = Heard(), FakePbx()
    pbx.answers["CoreShowChannels"] = lambda action: (
        block(Response="Success", ActionID=action["ActionID"], EventList="start") + channel_event("1")
    )
    with structlog.testing.capture_logs():
        async with pbx.listening(), running(link_to(settings_for(pbx, resync_seconds=5), heard)) as link:
            await pbx.seen("CoreShowChannels")
            await until(lambda: link.counters.messages >= 4)
            assert heard.all == []
            del pbx.answers["CoreShowChannels"]
            pbx.drop()
            await link.synced.wait()
    assert heard.all == ["1", ()]


async def test_a_user_that_may_not_list_channels_still_hears_events_and_is_told_the_cure() -> None:
    heard, pbx = Heard(), FakePbx()
    pbx.answers["CoreShowChannels"] = lambda action: block(
        Response="Error", ActionID=action["ActionID"], Message="Permission denied"
    )
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), running(link_to(settings_for(pbx), heard)) as link:
            await pbx.seen("BridgeList")
            pbx.say(channel_event("1"))
            await until(lambda: heard.all == ["1"])
            assert not link.synced.is_set()
    refused: Logged = [line for line in log if line["event"] == "ami.resync_refused"]
    assert len(refused) == 1
    assert refused[0]["cure"].startswith("write =")


async def test_a_bug_in_what_hears_the_snapshot_costs_no_event() -> None:
    heard, pbx = Heard(), FakePbx()
    heard.fail_on_snapshot = True
    pbx.answers["CoreShowChannels"] = lambda action: pbx.channel_list(action["ActionID"]) + channel_event("after")
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), running(link_to(settings_for(pbx), heard)) as link:
            await until(lambda: heard.all == ["after"])
            assert pbx.connections == 1
            assert link.counters.anomalies == {LinkAnomaly.EVENT_FAILED: 1}
    assert [line["event"] for line in log if line["log_level"] == "error"] == ["ami.snapshot_failed"]


async def test_a_resync_can_be_asked_for() -> None:
    heard = Heard()
    async with FakePbx().listening() as pbx, linked(pbx, heard) as link:
        for _ in range(20):
            link.resync_soon()
        await until(lambda: len(heard.snapshots) == 2)
        await link("Ping")
        assert link.counters.resyncs == 2


async def test_channels_that_change_while_no_event_comes_mean_deaf_and_are_told() -> None:
    heard, pbx = Heard(), FakePbx()
    pbx.channels = ["1"]
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), linked(pbx, heard, quiet_seconds=0.05):
            pbx.channels = ["2"]
            await until(lambda: ("2",) in heard.all)
            await until(lambda: any(line["event"] == "ami.deaf" for line in log))


async def test_a_quiet_pbx_whose_channels_stay_is_not_called_deaf() -> None:
    heard, pbx = Heard(), FakePbx()
    pbx.channels = ["1"]
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), linked(pbx, heard, quiet_seconds=0.02):
            await until(lambda: len(heard.snapshots) >= 3)
    assert not any(line["event"] == "ami.deaf" for line in log)


async def test_missing_rights_are_told_with_what_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.ami.rights.BOOTING_SECONDS", 0.01)
    pbx = FakePbx()
    pbx.answers["ListCommands"] = lambda action: block(
        Response="Success", ActionID=action["ActionID"], Ping="Keepalive (Priv: <none>)", Status="(Priv: call,all)"
    )
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), linked(pbx) as link:
            await until(lambda: any(line["event"] == "ami.rights_missing" for line in log))
            assert link.rights.known
            assert "Originate" in link.rights.missing
            assert "Status" not in link.rights.missing
