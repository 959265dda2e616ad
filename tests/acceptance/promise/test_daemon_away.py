"""Nobody works, and the daemon is down, too: the caller hears that we will call back, and CEL makes us do it."""

import pytest

from deploy.lab.company import Did
from telephony.callback.policy.model import RequestState, WaitReason
from telephony.settings import HoursSettings
from tests.acceptance.callback.company import ANNA, close_company, open_company, settings_for
from tests.acceptance.promise.conftest import Place, caller
from tests.acceptance.voice.ears import ALIKE, envelope, find

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_request_is_made_from_cel_when_the_daemon_is_back(place: Place, database: str) -> None:
    lab = place.lab
    settings = settings_for(lab, database, place.folder, place.agi_port)
    pbx = settings.pbx[0].model_copy(update={"cel_file": lab.pbx.cel_file})
    never = HoursSettings(schedule="2020 Jan 01 09:00-10:00", timezone="Europe/Kyiv")
    settings = settings.model_copy(update={"pbx": (pbx,), "hours": never})
    before = await open_company(lab, settings)
    await before.until(lambda: before.pool.fetchval("SELECT true FROM cel_positions"))
    await close_company(before)

    leg = await lab.world.call(ANNA, Did.SCRATCH, script=caller())
    await leg.gone()
    await lab.idle()
    assert leg.heard is not None
    general = place.folder / "prompts" / "published" / "en" / "closed.wav"
    assert find(envelope(general), envelope(leg.heard))[0] > ALIKE

    after = await open_company(lab, settings)
    try:
        request = await after.becomes(lambda it: it.waits_for is WaitReason.CLOSED)
        assert (request.customer, request.state, request.misses) == (ANNA, RequestState.WAITING, 1)
        [call] = await after.pool.fetch("SELECT disposition, missed_reason, repaired FROM calls")
        assert tuple(call) == ("missed", "off_hours", True)
    finally:
        await close_company(after)
