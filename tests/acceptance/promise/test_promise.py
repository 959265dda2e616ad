"""A Friday night on a real Asterisk: callers are promised times, and on Monday they are kept, as the ledger proves."""

import asyncio
from pathlib import Path

import pytest

from deploy.lab.company import Did
from deploy.lab.telephones.scripts import answers, never_answers, talks
from telephony.callback.policy.model import ClosedReason
from telephony.voice.words.phrases import Line
from tests.acceptance.callback.company import ANNA, presses
from tests.acceptance.promise.conftest import Night, caller
from tests.acceptance.recording.hearing import hear

pytestmark = pytest.mark.asyncio(loop_scope="module")
BORYS = "+380671234568"


async def test_what_is_promised_on_friday_night_is_kept_on_monday(night: Night) -> None:
    company = night.company
    for number in (ANNA, BORYS):
        await company.own("ivan", number)
        company.phone(number, answers(after=0.3, talk=2.5))
    company.phone("101", presses("1"))

    heard = await night.calls(caller((2, "2"), (2, "1")))
    told = [await night.told("09:05"), await night.told("09:10")]
    assert [sound for sound in heard if sound in told] == told
    assert heard[-1] == await night.file_of(Line.PROMISE_ACCEPTED)
    assert await night.told("09:05") in await night.calls(caller((2, "1")), BORYS), "another caller, another slot"
    again = await night.calls(caller((6, "1")))
    assert told[1] in again, "who rings again hears the same promise"
    assert told[0] not in again
    assert night.sounded(told[1])
    assert await night.promises() == [(BORYS, "Mon 09:05", None), (ANNA, "Mon 09:10", None)]
    assert await company.pool.fetchval("SELECT count(*) FROM published.promises WHERE accepted_at IS NOT NULL") == 2

    night.clock.move(night.monday("09:04:58"))
    assert not company.legs("101"), "nobody was rung in the night"
    await night.verdict(BORYS, "kept")
    assert not company.legs(ANNA), "her time has not come"
    await company.lab.idle()
    night.clock.move(night.monday("09:09:58"))
    await night.verdict(ANNA, "kept")
    assert (await company.rings("101", 2)).shown[0] == ANNA
    requests = await company.requests()
    await company.until(lambda: _all_reached(night))
    assert len(requests) == 2
    assert len(company.legs(ANNA)) == len(company.legs(BORYS)) == 1


async def _all_reached(night: Night) -> bool:
    return {one.closed_for for one in await night.company.requests()} == {ClosedReason.REACHED}


async def test_who_gets_through_in_hours_releases_it(night: Night) -> None:
    company = night.company
    company.phone("101", never_answers())
    company.phone("102", answers(after=0.2))
    await night.calls(caller((2, "1")))
    assert await night.promises() == [(ANNA, "Mon 09:05", None)]
    night.clock.move(night.monday("09:00:30"))
    await night.calls(talks(1.5), did=Did.OLENA)
    await night.verdict(ANNA, "released")
    night.clock.move(night.monday("09:05:01"))
    await asyncio.sleep(2)
    assert not company.legs("101")
    assert not company.legs(ANNA)


async def test_the_call_is_recorded_and_the_message_left_is_on_the_ledger(night: Night) -> None:
    company = night.company
    heard = await night.calls(caller((2, "0"), talks=2))
    call, reason = await night.missed()
    assert reason == "off_hours"
    keeping, recording = await night.kept(call)
    assert keeping == "unanswered"
    sound = hear(recording, 2)
    assert night.leg is not None
    assert sound.strength(0, night.leg.tone) > 100, "what the caller said"
    assert sound.loudest(1) > 1000, "what they were told"
    assert heard[-1] == await night.file_of(Line.MESSAGE_TAKEN)
    [message] = await company.pool.fetch("SELECT call_id, file, request_id FROM published.caller_messages")
    assert (message["call_id"], message["request_id"]) == (call, (await company.request()).request_id)
    assert Path(message["file"]).stat().st_size > 16_000
