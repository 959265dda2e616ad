"""The login to one PBX over real TCP: what is told, how it is tried again, and who does not learn the secret."""

import asyncio

import pytest
import structlog

from telephony.ami.states import LinkState
from telephony.errors import PbxUnavailable
from tests.integration.telephony.ami.fake_pbx import FakePbx, until
from tests.integration.telephony.ami.stage import Heard, Logged, link_to, linked, running, settings_for
from tests.waiting import PATIENCE


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
            async with asyncio.timeout(PATIENCE):
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
            async with pbx.listening(), asyncio.timeout(PATIENCE):
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
