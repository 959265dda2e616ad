"""Two Asterisks and one daemon: each customer is called back over the PBX and the trunk that they had called."""

from pathlib import Path

import pytest

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.telephones.scripts import answers
from telephony.callback.policy.model import ClosedReason
from telephony.settings import VoiceSettings
from telephony.voice.dialplan import Kind, render
from tests.acceptance.callback.company import ANNA, WAITING, close_company, open_company, presses, settings_for
from tests.acceptance.callback.conftest import Place

pytestmark = pytest.mark.asyncio(loop_scope="module")
BORYS = "+380672223344"


async def test_each_miss_is_called_back_over_its_own_pbx(place: Place, database: str, tmp_path: Path) -> None:
    async with Lab.start(tmp_path, PbxPlan(agi_port=place.agi_port)) as south:
        await south.pbx.add_dialplan("ringback", render(VoiceSettings(port=place.agi_port), Kind.ASTERISK))
        await south.pbx.add_dialplan("waiting", WAITING)
        settings = settings_for(place.lab, database, place.folder, place.agi_port)
        other = settings_for(south, database, place.folder, place.agi_port).pbx[0]
        both = (settings.pbx[0], other.model_copy(update={"name": "south"}))
        company = await open_company(place.lab, settings.model_copy(update={"pbx": both}))
        try:
            for hearing in company.house.sessions:
                await hearing.link.synced.wait()
            for lab, customer in ((place.lab, ANNA), (south, BORYS)):
                await company.own("ivan", customer)
                lab.world.phone("101").behaviour(presses("1"))
                lab.world.phone(customer).behaviour(answers(after=0.3, talk=2))
                leg = await lab.world.call(customer, Did.SCRATCH)
                await leg.trace.ringing.wait()
                await lab.world.hang_up(leg)
                await company.becomes(lambda request: request.is_open)
                request = await company.closed()
                assert (request.customer, request.closed_for) == (customer, ClosedReason.REACHED)
                assert len(lab.world.phone("101").legs) == len(lab.world.phone(customer).legs) == 1
            pbxs = await company.pool.fetch("SELECT pbx, kind FROM calls ORDER BY started_at")
            assert [tuple(row) for row in pbxs] == [
                ("office", "ordinary"),
                ("office", "callback"),
                ("south", "ordinary"),
                ("south", "callback"),
            ]
            await south.idle()
            south.world.check()
        finally:
            await close_company(company)
