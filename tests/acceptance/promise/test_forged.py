"""Who speaks AGI to the daemon without being a channel of the PBX gets nothing; real callers get all, beside it."""

import asyncio

import pytest

from deploy.lab.company import Did
from tests.acceptance.callback.company import ANNA
from tests.acceptance.promise.conftest import Night, caller

pytestmark = pytest.mark.asyncio(loop_scope="module")
VICTIM = "+380931112233"


async def speak(port: int, **told: str) -> bytes:
    """Claim to be a channel; return the first command, or nothing if we are turned away."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [
        "agi_network: yes",
        "agi_network_script: closed",
        *(f"agi_{name}: {value}" for name, value in told.items()),
    ]
    writer.write("\n".join([*lines, "", ""]).encode())
    try:
        return await asyncio.wait_for(reader.readline(), 10)
    finally:
        writer.close()


async def test_a_made_up_channel_and_a_living_one_with_another_caller_are_turned_away(night: Night) -> None:
    port = night.company.house.settings.voice.port
    forged = {"callerid": VICTIM, "dnid": Did.SCRATCH.value}
    assert await speak(port, channel="PJSIP/carrier-00000099", uniqueid="1772445600.99", **forged) == b""
    call = asyncio.create_task(night.calls(caller((3, "1"))))
    tracker = night.company.house.hearings[0].tracker
    async with asyncio.timeout(20):
        while not (living := [leg for each in tracker.calls_in_progress() for leg in each.legs]):
            await asyncio.sleep(0.05)
    real = {"channel": str(living[0].channel), "uniqueid": str(living[0].uniqueid)}
    assert await speak(port, **real, **forged) == b"", "a living channel, and somebody else's number"
    assert await speak(port, **real, callerid=ANNA, dnid=Did.SCRATCH.value) != b"", "the channel itself is served"
    await call
    assert {request.customer for request in await night.company.requests()} == {ANNA}


async def test_real_callers_are_promised_times_while_others_forge(night: Night) -> None:
    port = night.company.house.settings.voice.port
    stop = asyncio.Event()

    async def forger() -> int:
        tries = 0
        while not stop.is_set():
            assert (
                await speak(port, channel=f"PJSIP/carrier-{tries:08x}", uniqueid=f"1.{tries}", callerid=VICTIM) == b""
            )
            tries += 1
        return tries

    forging = [asyncio.create_task(forger()) for _ in range(4)]
    await asyncio.gather(*(night.calls(caller((2, "1")), f"+38067123456{n}") for n in range(5)))
    stop.set()
    assert sum(await asyncio.gather(*forging)) > 20
    assert {who for who, _, _ in await night.promises()} == {f"+38067123456{n}" for n in range(5)}
