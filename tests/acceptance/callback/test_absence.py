"""A manager who is away on a real Asterisk: their phone stays silent, the deputy's rings at once."""

import pytest

from deploy.lab.telephones.scripts import answers, never_answers
from telephony.callback.policy.model import ClosedReason
from telephony.directory.model import ManagerId
from tests.acceptance.callback.company import ANNA, Company, presses

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_dnd_then_an_absence_then_back(company: Company) -> None:
    """FreePBX's own way to keep DND, then ours; whose customer she is stays, and who is back is rung again."""
    await company.own("ivan")
    company.phone("101", never_answers())
    company.phone("102", presses("1"))
    company.phone(ANNA, answers(after=0.3, talk=2))

    await company.lab.pbx.command("devstate change Custom:DND101 BUSY")
    missed = await company.missed()
    deputy = await company.rings("102")
    assert missed.trace.ended_at
    assert deputy.trace.rang_at
    assert (deputy.trace.rang_at - missed.trace.ended_at).total_seconds() < 5, (
        "at once: on the ladder the deputy's turn comes after 6 s"
    )
    request = await company.closed()
    assert (request.closed_for, request.owner) == (ClosedReason.REACHED, "ivan")
    assert company.legs("101") == []

    await company.lab.pbx.command("devstate change Custom:DND101 NOT_INUSE")
    absences = company.services[0].absences
    await absences.announce(ManagerId("ivan"), since=None, until=None, reason="ill", by="test")
    await company.quiet()
    await company.missed()
    await company.rings("102", 2)
    await company.becomes(lambda found: found.request_id != request.request_id and not found.is_open)
    assert company.legs("101") == []

    await absences.back(ManagerId("ivan"), "test")
    company.phone("101", presses("1"))
    await company.quiet()
    await company.missed()
    await company.rings("101")
    assert len(company.legs("102")) == 2
