"""The link to one PBX over real TCP: events, half-dead peers, several PBXs, the stop, the capture."""

import asyncio
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from telephony.ami.capture import Capture
from telephony.ami.counters import LinkAnomaly
from telephony.ami.link import AmiLink
from telephony.ami.protocol.parser import AmiMessage, Parser
from telephony.ami.states import LinkChange, LinkState
from telephony.errors import ActionRefused, ActionTimedOut, PbxUnavailable
from telephony.settings import PbxSettings
from tests.integration.telephony.ami.fake_pbx import FakePbx, block, channel_event, until
from tests.integration.telephony.ami.stage import Heard, link_to, linked, running, settings_for

# --- events, oddities -------------------------------------------------------------------------------------------------


async def test_garbage_and_oversized_messages_do_not_end_the_link() -> None:
    heard = Heard()
    with structlog.testing.capture_logs():
        async with FakePbx().listening() as pbx, linked(pbx, heard) as link:
            pbx.say(b"\xff\xfe\x00garbage\r\n\r\n" + b"Event: Big\r\nX: " + b"a" * 3_000_000 + b"\r\n\r\n")
            pbx.say(channel_event("1", caller="\udcff".encode("utf-8", "surrogatepass").decode("utf-8", "replace")))
            await until(lambda: heard.all == [(), "1"])
            assert link.counters.anomalies[LinkAnomaly.UNREADABLE] == 2
            assert pbx.connections == 1


async def test_an_answer_that_comes_too_late_is_no_event_and_confuses_no_other() -> None:
    pbx = FakePbx()
    pbx.mute.add("Slow")
    with structlog.testing.capture_logs():
        async with pbx.listening(), linked(pbx) as link:
            with pytest.raises(ActionTimedOut):
                await link("Slow", timeout_seconds=0.02)
            slow = next(action for action in pbx.actions if action["Action"] == "Slow")
            pbx.say(block(Response="Error", ActionID=slow["ActionID"], AmiMessage="late"))
            assert (await link("Ping"))["Ping"] == "Pong"
            assert link.counters.anomalies == {LinkAnomaly.LATE_ANSWER: 1}


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
        block(Response="Success", ActionID=action["ActionID"], AmiMessage="Originate successfully queued")
        + block(Event="OriginateResponse", ActionID=action["ActionID"], Response="Failure", Reason="5", Uniqueid="rb-1")
    )
    async with pbx.listening(), linked(pbx) as link:
        headers: dict[str, str | list[str]] = {"Channel": "PJSIP/101"}
        told = await link.until_event("Originate", "OriginateResponse", headers, timeout_seconds=10)
        assert (told["Response"], told["Reason"]) == ("Failure", "5")


async def test_without_a_connection_an_action_is_refused_at_once_with_the_reason() -> None:
    link = link_to(PbxSettings(), Heard())
    with pytest.raises(PbxUnavailable, match="not tried yet"):
        await link("Ping")


# --- a link that is half dead -----------------------------------------------------------------------------------------


async def test_a_half_open_link_is_noticed_within_ping_and_pong_seconds() -> None:
    pbx = FakePbx()
    with structlog.testing.capture_logs() as log:
        async with pbx.listening(), linked(pbx) as link:
            pbx.silent = True
            await until(lambda: not link.connected.is_set())
            await until(lambda: link.counters.failures >= 1)
    assert "has not answered" in next(line for line in log if line["log_level"] == "error")["reason"]


async def test_a_pbx_that_is_busy_talking_may_leave_two_pings_unanswered_but_not_three() -> None:
    heard, pbx = Heard(), FakePbx()
    with structlog.testing.capture_logs():
        async with pbx.listening(), linked(pbx, heard, pong_seconds=0.4, ping_seconds=0.02) as link:
            pbx.mute.add("Ping")
            before = pbx.count("Ping")
            while link.connected.is_set():
                pbx.say(channel_event("1"))
                await asyncio.sleep(0.01)
            assert pbx.count("Ping") - before == 3


# --- several PBXs -----------------------------------------------------------------------------------------------------


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


# --- the end ----------------------------------------------------------------------------------------------------------


async def stop(task: asyncio.Task[None]) -> float:
    """Cancel; return the seconds until it has ended."""
    began = asyncio.get_running_loop().time()
    task.cancel()
    await asyncio.wait([task])
    return asyncio.get_running_loop().time() - began


async def test_a_clean_stop_logs_off() -> None:
    pbx = FakePbx()
    async with pbx.listening():
        link = link_to(settings_for(pbx, logoff_seconds=60), Heard())
        task = asyncio.create_task(link.run())
        await link.synced.wait()
        assert await stop(task) < 10
        assert pbx.actions[-1]["Action"] == "Logoff"
        assert not link.connected.is_set()


async def test_a_silent_peer_does_not_hold_up_the_stop() -> None:
    pbx = FakePbx()
    async with pbx.listening():
        link = link_to(settings_for(pbx, ping_seconds=60), Heard())
        task = asyncio.create_task(link.run())
        await link.synced.wait()
        pbx.silent = True
        assert await stop(task) < 0.2 + 5


async def test_a_stop_while_it_connects_or_waits_is_immediate() -> None:
    pbx = FakePbx()
    pbx.silent = True
    with structlog.testing.capture_logs():
        async with pbx.listening():
            task = asyncio.create_task(link_to(settings_for(pbx, login_seconds=60), Heard()).run())
            await pbx.seen("connection")
            assert await stop(task) < 10
        link = link_to(settings_for(pbx, retry_first_seconds=60, retry_cap_seconds=60), Heard())
        task = asyncio.create_task(link.run())
        await until(lambda: link.counters.failures == 1)
        assert await stop(task) < 10


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
    found = [m for m in Parser().feed(raw) if isinstance(m, AmiMessage) and m.name == "Newchannel"]
    assert [m.headers.get("uniqueid") for m in found] == ["1", "2"]
    assert found[0].headers["calleridname"] == "Іван"
    assert b"right" not in raw
