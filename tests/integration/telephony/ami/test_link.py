"""The link to one PBX over real TCP: login, resync, watchdog, reconnects, TLS, the stop."""

import asyncio
import contextlib
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any  # settings and log lines are of any type

import pytest
import structlog

from telephony.ami.capture import Capture
from telephony.ami.counters import Anomaly
from telephony.ami.link import AmiLink
from telephony.ami.parser import Message, Parser
from telephony.ami.states import LinkChange, LinkState
from telephony.channel_events import ChannelEvent, ChannelSeen, PbxSnapshot, QueueJoined, RecordingStarted
from telephony.errors import ActionRefused, ActionTimedOut, PbxUnavailable
from telephony.settings import PbxSettings
from tests.integration.telephony.ami.fake_pbx import FakePbx, block, channel_event, until

CERTIFICATES = Path(__file__).parent / "certificates"
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
        "login_seconds": 0.3,
        "ping_seconds": 0.1,
        "pong_seconds": 0.2,
        "resync_seconds": 1.0,
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
        async with asyncio.timeout(5):
            await link.synced.wait()
        yield link


async def stop(task: asyncio.Task[None]) -> float:
    """Cancel; return the seconds until it has ended."""
    began = asyncio.get_running_loop().time()
    task.cancel()
    await asyncio.wait([task])
    return asyncio.get_running_loop().time() - began


# --- login ------------------------------------------------------------------------------------------------------------


async def test_it_logs_in_and_tells_its_states_in_order() -> None:
    heard = Heard()
    async with FakePbx().listening() as pbx, linked(pbx, heard) as link:
        assert heard.states == [LinkState.UP, LinkState.SYNCED]
        assert link.connected.is_set()
        assert link.version == "11.0.0"
        login = pbx.actions[0]
        assert (login["Action"], login["Username"], login["Secret"], login["Events"]) == (
            "Login",
            "ringback",
            "right",
            "on",
        )


async def test_a_wrong_secret_is_told_once_with_user_host_and_cure_and_tried_again() -> None:
    heard = Heard()
    with structlog.testing.capture_logs() as log:
        async with FakePbx().listening() as pbx, running(link_to(settings_for(pbx, secret="wrong"), heard)) as link:
            for _ in range(3):
                await pbx.seen("Login")
            told: Logged = [line for line in log if line["log_level"] == "error"]
            assert len(told) == 1
            assert told[0]["error_id"] == "login-refused"
            for word in ("'ringback'", f"127.0.0.1:{pbx.port}", "manager.conf", "`secret`"):
                assert word in told[0]["reason"]
            with pytest.raises(PbxUnavailable, match="does not take the user"):
                await link("Ping")
            pbx.secret = "wrong"  # somebody corrected manager.conf
            async with asyncio.timeout(2):
                await link.synced.wait()
    assert heard.states == [LinkState.DOWN, LinkState.UP, LinkState.SYNCED]
    assert "wrong" not in str(log)


async def test_a_peer_that_takes_the_connection_and_says_nothing_is_left_in_bounded_time() -> None:
    heard = Heard()
    pbx = FakePbx()
    pbx.silent = True
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), running(link_to(settings_for(pbx, login_seconds=0.1), heard)):
            await pbx.seen("connection")
            await pbx.seen("connection")
    assert "said nothing that AMI would say" in log[0]["reason"]
    assert pbx.actions == []


async def test_a_peer_that_is_no_ami_does_not_learn_the_secret() -> None:
    pbx = FakePbx()
    pbx.banner = b"SSH-2.0-OpenSSH_9.2\r\n"
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), running(link_to(settings_for(pbx, login_seconds=0.1), Heard())):
            await pbx.seen("connection")
            await pbx.seen("connection")
    assert "is it AMI" in next(line for line in log if line["event"] == "ami_link_down")["reason"]
    assert pbx.raw == b""


async def test_a_peer_that_hangs_up_before_it_greets_is_told_at_once() -> None:
    pbx = FakePbx()
    pbx.silent = True
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), running(link_to(settings_for(pbx, login_seconds=60), Heard())) as link:
            await pbx.seen("connection")
            pbx.drop()
            await until(lambda: link.counters.failures == 1)
    assert "before it said anything" in log[0]["reason"]


async def test_nobody_listening_is_told_once_and_found_when_it_comes() -> None:
    pbx = FakePbx()
    async with pbx.listening():
        pass
    with structlog.testing.capture_logs() as log:
        async with running(link_to(settings_for(pbx), Heard())) as link:
            await until(lambda: link.counters.failures >= 4)
            assert [line["log_level"] for line in log].count("error") == 1
            async with pbx.listening(), asyncio.timeout(2):
                await link.synced.wait()


async def test_the_wait_between_tries_grows_to_the_cap_and_is_jittered() -> None:
    pbx = FakePbx()
    async with pbx.listening():
        pass
    settings = settings_for(pbx, retry_first_seconds=0.01, retry_cap_seconds=0.04)
    with structlog.testing.capture_logs() as log:
        async with running(link_to(settings, Heard())) as link:
            await until(lambda: link.counters.failures >= 8)
    waits = [line["retry_seconds"] for line in log if line["event"] == "ami_link_down"]
    assert all(wait <= 0.04 for wait in waits)
    assert max(waits[3:]) > max(waits[:1])
    assert len(set(waits[3:])) > 1


async def test_a_login_that_is_dropped_at_once_does_not_make_a_busy_loop() -> None:
    pbx = FakePbx()
    pbx.answers["Login"] = lambda _: b""
    settings = {"retry_cap_seconds": 1, "retry_first_seconds": 0.05}
    async with pbx.listening(), running(link_to(settings_for(pbx, **settings), Heard())):
        for _ in range(3):
            await pbx.seen("Login")
            pbx.drop()
        began = asyncio.get_running_loop().time()
        await pbx.seen("Login")
        assert asyncio.get_running_loop().time() - began > 0.05


# --- events, oddities -------------------------------------------------------------------------------------------------


async def test_garbage_and_oversized_messages_do_not_end_the_link() -> None:
    heard = Heard()
    with structlog.testing.capture_logs():
        async with FakePbx().listening() as pbx, linked(pbx, heard) as link:
            pbx.say(b"\xff\xfe\x00garbage\r\n\r\n" + b"Event: Big\r\nX: " + b"a" * 3_000_000 + b"\r\n\r\n")
            pbx.say(channel_event("1", caller="\udcff".encode("utf-8", "surrogatepass").decode("utf-8", "replace")))
            await until(lambda: heard.all == [(), "1"])
            assert link.counters.anomalies[Anomaly.UNREADABLE] == 2
            assert pbx.connections == 1


async def test_an_answer_that_comes_too_late_is_no_event_and_confuses_no_other() -> None:
    pbx = FakePbx()
    pbx.mute.add("Slow")
    with structlog.testing.capture_logs():
        async with pbx.listening(), linked(pbx) as link:
            with pytest.raises(ActionTimedOut):
                await link("Slow", timeout_seconds=0.02)
            slow = next(action for action in pbx.actions if action["Action"] == "Slow")
            pbx.say(block(Response="Error", ActionID=slow["ActionID"], Message="late"))
            assert (await link("Ping"))["Ping"] == "Pong"
            assert link.counters.anomalies == {Anomaly.LATE_ANSWER: 1}


async def test_a_list_is_collected_and_a_longer_one_than_allowed_is_refused() -> None:
    pbx = FakePbx()
    pbx.channels = ["1", "2", "3"]
    async with pbx.listening(), linked(pbx) as link:
        assert len(await link.collect("CoreShowChannels")) == 3
    with structlog.testing.capture_logs():
        async with pbx.listening(), running(link_to(settings_for(pbx, list_limit=2), Heard())) as link:
            await link.connected.wait()
            with pytest.raises(ActionRefused, match="more than 2"):
                await link.collect("CoreShowChannels")


async def test_an_originate_can_be_waited_for_to_its_end() -> None:
    pbx = FakePbx()
    pbx.answers["Originate"] = lambda action: (
        block(Response="Success", ActionID=action["ActionID"], Message="Originate successfully queued")
        + block(Event="OriginateResponse", ActionID=action["ActionID"], Response="Failure", Reason="5", Uniqueid="rb-1")
    )
    async with pbx.listening(), linked(pbx) as link:
        headers: dict[str, str | list[str]] = {"Channel": "PJSIP/101"}
        told = await link.until_event("Originate", "OriginateResponse", headers, timeout_seconds=1)
        assert (told["Response"], told["Reason"]) == ("Failure", "5")


async def test_without_a_connection_an_action_is_refused_at_once_with_the_reason() -> None:
    link = link_to(PbxSettings(), Heard())
    with pytest.raises(PbxUnavailable, match="not tried yet"):
        await link("Ping")


# --- resync -----------------------------------------------------------------------------------------------------------


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
    async with FakePbx().listening() as pbx, linked(pbx, heard):
        assert heard.snapshots[0].at == datetime.fromtimestamp(1795298173.003205, UTC)


async def test_recordings_and_queues_that_were_told_before_we_came_are_asked_for_once() -> None:
    heard, pbx = Heard(), FakePbx()
    pbx.channels = ["1", "2", "gone"]
    pbx.rows["1"] = {"Application": "Queue", "ApplicationData": "sales,t,,,60"}
    pbx.rows["2"] = {"Application": "Queue", "ApplicationData": "sales", "BridgeId": "b1"}
    pbx.answers["Getvar"] = lambda action: {
        "PJSIP/1": block(Response="Success", ActionID=action["ActionID"], Value=""),
        "PJSIP/2": block(Response="Success", ActionID=action["ActionID"], Value="/rec/2.wav") + channel_event("after"),
        "PJSIP/gone": block(Response="Error", ActionID=action["ActionID"], Message="No such channel"),
    }[action["Channel"]]
    async with pbx.listening(), linked(pbx, heard) as link:
        await until(lambda: "after" in heard.all)
        link.resync_soon()
        await until(lambda: len(heard.snapshots) == 2)
        await link("Ping")
    listed = ("1", "2", "gone")
    assert heard.all == [listed, "1 waits in sales", "2 is recorded to /rec/2.wav", "after", listed]


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
    refused: Logged = [line for line in log if line["event"] == "ami_resync_refused"]
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
            assert link.counters.anomalies == {Anomaly.EVENT_FAILED: 1}
    assert [line["event"] for line in log if line["log_level"] == "error"] == ["ami_snapshot_failed"]


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
            await until(lambda: any(line["event"] == "ami_deaf" for line in log))


async def test_a_quiet_pbx_whose_channels_stay_is_not_called_deaf() -> None:
    heard, pbx = Heard(), FakePbx()
    pbx.channels = ["1"]
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), linked(pbx, heard, quiet_seconds=0.02):
            await until(lambda: len(heard.snapshots) >= 3)
    assert not any(line["event"] == "ami_deaf" for line in log)


async def test_missing_rights_are_told_with_what_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.ami.rights.BOOTING_SECONDS", 0.01)
    pbx = FakePbx()
    pbx.answers["ListCommands"] = lambda action: block(
        Response="Success", ActionID=action["ActionID"], Ping="Keepalive (Priv: <none>)", Status="(Priv: call,all)"
    )
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), linked(pbx) as link:
            await until(lambda: any(line["event"] == "ami_rights_missing" for line in log))
            assert link.rights.known
            assert "Originate" in link.rights.missing
            assert "Status" not in link.rights.missing


# --- a link that is half dead -----------------------------------------------------------------------------------------


async def test_a_half_open_link_is_noticed_within_ping_and_pong_seconds() -> None:
    pbx = FakePbx()
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), linked(pbx) as link:
            pbx.silent = True
            began = asyncio.get_running_loop().time()
            await until(lambda: not link.connected.is_set())
            assert asyncio.get_running_loop().time() - began < 0.1 + 0.2 + 0.2
            await until(lambda: link.counters.failures >= 1)
    assert "has not answered" in next(line for line in log if line["log_level"] == "error")["reason"]


async def test_a_pbx_that_is_busy_talking_may_leave_two_pings_unanswered_but_not_three() -> None:
    heard, pbx = Heard(), FakePbx()
    with structlog.testing.capture_logs():
        async with pbx.listening(), linked(pbx, heard, pong_seconds=0.05, ping_seconds=0.02) as link:
            pbx.mute.add("Ping")
            before = pbx.count("Ping")
            while link.connected.is_set():
                pbx.say(channel_event("1"))
                await asyncio.sleep(0.01)
            assert pbx.count("Ping") - before == 3


# --- several, TLS -----------------------------------------------------------------------------------------------------


async def test_several_pbxs_live_side_by_side_and_one_that_is_down_disturbs_no_other() -> None:
    first, second = Heard(), Heard()
    with structlog.testing.capture_logs():
        async with (
            FakePbx().listening() as kyiv,
            FakePbx().listening() as lviv,
            linked(kyiv, first, name="kyiv") as one,
            linked(lviv, second, name="lviv") as two,
        ):
            kyiv.say(channel_event("k"))
            lviv.say(channel_event("l"))
            await until(lambda: (first.all, second.all) == ([(), "k"], [(), "l"]))
            kyiv.silent = True
            await until(lambda: not one.connected.is_set())
            assert two.connected.is_set()
            assert (await two("Ping"))["Ping"] == "Pong"
    assert {change.pbx for change in second.changes} == {"lviv"}
    assert LinkState.DOWN not in second.states


def server_side(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / certificate)
    return context


async def test_over_tls_it_works_when_the_ca_is_ours() -> None:
    heard, pbx = Heard(), FakePbx()
    ca = CERTIFICATES / "ca.pem"
    async with pbx.listening(server_side("loopback.pem")), linked(pbx, heard, tls=True, tls_ca=ca):
        pbx.say(channel_event("1"))
        await until(lambda: heard.all == [(), "1"])


@pytest.mark.parametrize(
    ("certificate", "ca"), [("elsewhere.pem", CERTIFICATES / "ca.pem"), ("loopback.pem", None)], ids=["name", "ca"]
)
async def test_a_certificate_of_another_host_or_an_unknown_ca_is_refused(certificate: str, ca: Path | None) -> None:
    pbx = FakePbx()
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(server_side(certificate)):
            link = link_to(settings_for(pbx, tls=True, tls_ca=ca), Heard())
            async with running(link):
                await until(lambda: link.counters.failures >= 2)
                assert not link.connected.is_set()
    assert "is not trusted" in log[0]["reason"]
    assert "`tls_ca`" in log[0]["reason"]
    assert pbx.actions == []


async def test_tls_on_one_side_only_is_told_and_sends_no_secret_in_the_clear() -> None:
    pbx = FakePbx()
    with structlog.testing.capture_logs() as log:
        async with pbx.listening():
            link = link_to(settings_for(pbx, tls=True, connect_seconds=0.5), Heard())
            async with running(link):
                await until(lambda: link.counters.failures >= 1)
    assert "cannot be reached" in log[0]["reason"]
    assert b"right" not in pbx.raw


async def test_a_ca_file_that_is_not_there_is_told_by_its_setting(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as log:
        link = link_to(PbxSettings(tls=True, tls_ca=tmp_path / "none.pem"), Heard())
        async with running(link):
            await until(lambda: link.counters.failures >= 1)
    assert "none.pem (`tls_ca`)" in log[0]["reason"]


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_a_clean_stop_logs_off() -> None:
    pbx = FakePbx()
    async with pbx.listening():
        link = link_to(settings_for(pbx), Heard())
        task = asyncio.create_task(link.run())
        await link.synced.wait()
        assert await stop(task) < 0.2
        assert pbx.actions[-1]["Action"] == "Logoff"
        assert not link.connected.is_set()


async def test_a_silent_peer_does_not_hold_up_the_stop() -> None:
    pbx = FakePbx()
    async with pbx.listening():
        link = link_to(settings_for(pbx, ping_seconds=60), Heard())
        task = asyncio.create_task(link.run())
        await link.synced.wait()
        pbx.silent = True
        assert await stop(task) < 0.2 + 0.3


async def test_a_stop_while_it_connects_or_waits_is_immediate() -> None:
    pbx = FakePbx()
    pbx.silent = True
    with structlog.testing.capture_logs():
        async with pbx.listening():
            task = asyncio.create_task(link_to(settings_for(pbx, login_seconds=60), Heard()).run())
            await pbx.seen("connection")
            assert await stop(task) < 0.5
        link = link_to(settings_for(pbx, retry_first_seconds=60, retry_cap_seconds=60), Heard())
        task = asyncio.create_task(link.run())
        await until(lambda: link.counters.failures == 1)
        assert await stop(task) < 0.5


async def test_a_bug_of_ours_outside_the_events_ends_run_with_its_reason() -> None:
    def broken(_: LinkChange) -> None:
        raise ZeroDivisionError

    async with FakePbx().listening() as pbx:
        link = AmiLink(
            settings_for(pbx),
            lambda _: None,
            on_snapshot=lambda _: None,
            on_state=broken,
            clock=lambda: datetime.now(UTC),
            rng=random.Random(7),  # noqa: S311 - jitter is no secret
        )
        with pytest.raises(ZeroDivisionError):
            await link.run()


# --- the capture ------------------------------------------------------------------------------------------------------


async def test_a_capture_over_a_reconnect_holds_whole_messages_only_and_no_secret(tmp_path: Path) -> None:
    heard, pbx = Heard(), FakePbx()
    capture = Capture(tmp_path / "raw.ami")
    with structlog.testing.capture_logs():
        async with pbx.listening(), running(link_to(settings_for(pbx), heard, capture)) as link:
            await link.synced.wait()
            pbx.say(channel_event("1", caller="Іван") + channel_event("cut off")[:-7])
            await until(lambda: "1" in heard.all)
            pbx.drop()
            await until(lambda: len(heard.snapshots) == 2)
            pbx.say(channel_event("2"))
            await until(lambda: "2" in heard.all)
    capture.close()
    raw = (tmp_path / "raw.ami").read_bytes()
    found = [m for m in Parser().feed(raw) if isinstance(m, Message) and m.name == "Newchannel"]
    assert [m.headers.get("uniqueid") for m in found] == ["1", "2"]
    assert found[0].headers["calleridname"] == "Іван"
    assert b"right" not in raw
