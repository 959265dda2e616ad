"""The PBX's clock and ours: an hour's difference holds every callback, and is said."""

import time

from structlog.testing import capture_logs

from telephony.checkup.pbx import check_clock
from tests.integration.telephony.ami.fake_pbx import FakePbx, until
from tests.integration.telephony.ami.stage import linked


async def test_clocks_that_part_are_said_once_and_again_when_they_meet() -> None:
    pbx = FakePbx()
    with capture_logs() as logs:
        async with pbx.listening(), linked(pbx) as link:
            await until(lambda: link.clock_offset.ahead is not None)
            assert not link.clock_offset.is_far
            pbx.clock = lambda: time.time() - 3600
            await until(lambda: link.clock_offset.is_far)
            assert str(link.clock_offset) == "the PBX's clock is 3600 s behind ours"
            for _ in range(3):
                await pbx.seen("Ping")
            pbx.clock = lambda: time.time() + 3
            await until(lambda: not link.clock_offset.is_far)
    clocks = [each["event"] for each in logs if each["event"].startswith("ami.clocks")]
    assert clocks == ["ami.clocks_differ", "ami.clocks_agree"]


async def test_check_fails_on_clocks_that_part_and_says_the_cure() -> None:
    pbx = FakePbx()
    pbx.clock = lambda: time.time() - 3600
    async with pbx.listening(), linked(pbx) as link:
        found = await check_clock("clock office", link)
        assert (found.verdict, found.said) == ("fail", "the PBX's clock is 3600 s behind ours")
        assert found.cure
        pbx.clock = time.time
        await until(lambda: not link.clock_offset.is_far)
        assert (await check_clock("clock office", link)).verdict == "ok"


async def test_a_pbx_that_tells_no_time_is_no_trouble() -> None:
    pbx = FakePbx()
    pbx.clock = lambda: 0
    async with pbx.listening(), linked(pbx) as link:
        for _ in range(2):
            await pbx.seen("Ping")
        assert (link.clock_offset.ahead, link.clock_offset.is_far) == (None, False)
        assert "does not tell" in str(link.clock_offset)
