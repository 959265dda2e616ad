"""Who speaks AGI to the daemon without being a channel of the PBX gets nothing; real callers get all, beside it."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from deploy.lab.company import Did
from telephony.calls.tracking.tracker import Tracker
from telephony.calls.tracking.trunks import TrunkRules
from telephony.daemon.living import Ear, LivingChannels
from telephony.model import PbxName
from telephony.settings import HoursSettings
from telephony.voice.agi.protocol import Environment
from telephony.voice.living import Liveness
from tests.acceptance.ami.listening import Cable
from tests.acceptance.callback.company import ANNA, close_company, open_company, settings_for
from tests.acceptance.promise.conftest import Night, Place, caller
from tests.acceptance.voice.ears import ALIKE, envelope, find
from tests.waiting import PATIENCE

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
        return await asyncio.wait_for(reader.readline(), PATIENCE)
    finally:
        writer.close()


async def test_a_made_up_channel_and_a_living_one_with_another_caller_are_turned_away(night: Night) -> None:
    port = night.company.house.settings.voice.port
    forged = {"callerid": VICTIM, "dnid": Did.SCRATCH.value}
    assert await speak(port, channel="PJSIP/carrier-00000099", uniqueid="1772445600.99", **forged) == b""
    call = asyncio.create_task(night.calls(caller((3, "1"))))
    tracker = night.company.house.sessions[0].tracker
    async with asyncio.timeout(PATIENCE):
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
        tries = refused = 0
        while not stop.is_set() or not refused:  # one whom a busy PBX could not judge in time is spoken to, no more
            said = await speak(port, channel=f"PJSIP/carrier-{tries:08x}", uniqueid=f"1.{tries}", callerid=VICTIM)
            tries, refused = tries + 1, refused + (said == b"")
        return refused

    forging = [asyncio.create_task(forger()) for _ in range(4)]
    await asyncio.gather(*(night.calls(caller((2, "1")), f"+38067123456{n}") for n in range(5)))
    stop.set()
    assert sum(await asyncio.gather(*forging)) >= len(forging)
    assert {who for who, _, _ in await night.promises()} == {f"+38067123456{n}" for n in range(5)}


async def test_the_pbx_itself_tells_a_living_channel_from_a_forged_one(night: Night) -> None:
    """As if the tracker had not heard of it yet: AMI a moment behind."""
    link = night.company.house.sessions[0].link
    behind = Tracker(PbxName("office"), TrunkRules((), ()))
    living = LivingChannels(lambda: [Ear(link, behind)], "UA", CollectorRegistry())
    call = asyncio.create_task(night.calls(caller((4, "1"))))
    tracker = night.company.house.sessions[0].tracker
    async with asyncio.timeout(PATIENCE):
        while not (legs := [leg for each in tracker.calls_in_progress() for leg in each.legs]):
            await asyncio.sleep(0.05)
    told = Environment("closed", str(legs[0].channel), str(legs[0].uniqueid), ANNA, Did.SCRATCH.value, "", ())
    assert await living(told) is Liveness.LIVING
    assert await living(told._replace(did="")) is Liveness.LIVING
    assert await living(told._replace(caller_number=VICTIM)) is Liveness.FORGED
    assert await living(told._replace(did=Did.OLENA.value)) is Liveness.FORGED
    assert await living(told._replace(uniqueid="1772445600.99")) is Liveness.FORGED
    assert await living(told._replace(channel="PJSIP/carrier-00000099")) is Liveness.FORGED
    await call


async def test_while_ami_is_away_a_caller_is_spoken_to_and_nothing_is_booked(place: Place, database: str) -> None:
    settings = settings_for(place.lab, database, place.folder, place.agi_port)
    never = HoursSettings(schedule="2020 Jan 01 09:00-10:00", timezone="Europe/Kyiv")
    async with Cable(place.lab.pbx.ami_port).laid() as cable:
        pbx = settings.pbx[0].model_copy(update={"port": cable.port})
        company = await open_company(place.lab, settings.model_copy(update={"pbx": (pbx,), "hours": never}))
        try:
            cable.cut()
            async with asyncio.timeout(PATIENCE):
                while company.house.sessions[0].link.synced.is_set():
                    await asyncio.sleep(0.05)
            leg = await place.lab.world.call(ANNA, Did.SCRATCH, script=caller())
            await asyncio.wait_for(leg.gone(), PATIENCE)
            assert leg.heard is not None
            general = place.folder / "prompts" / "published" / "en" / "closed.wav"
            assert find(envelope(general), envelope(leg.heard))[0] > ALIKE
            assert await company.requests() == []
        finally:
            await place.lab.idle()
            await close_company(company)
