"""FreePBX's ring groups play tones to the caller before they ring (Send Progress), and a tape that runs by then may
lose whoever answers: so on FreePBX ours begins at the answer (docs/decisions/0017).

With RINGBACK_COUNT_TONES=4 in the environment both ways are counted, so many rounds of six calls each.
"""

import asyncio
import os
import sys

import pytest

from deploy.lab.telephones.scripts import answers, talks
from tests.acceptance.recording.hearing import LOUD
from tests.acceptance.recording.stack import Stack

_PHONES = ("101", "102", "103", "104", "105", "106")
_DIALPLAN = """
[from-trunk-first]
exten => _+38044200070[1-6],1,Gosub(ringback-record,s,1(customer))
 same => n,Goto(tones,10${EXTEN:-1},1)
exten => _+38044200071[1-6],1,Goto(tones,10${EXTEN:-1},1)

[tones]
exten => _10X,1,Progress()
 same => n,Playtones(ring)
 same => n,Wait(1)
 same => n,Dial(PJSIP/${EXTEN},20,tTkK)
 same => n,Hangup()
"""
ROUNDS = int(os.environ.get("RINGBACK_COUNT_TONES", "0"))
BEFORE, AT_THE_ANSWER = "+38044200070", "+38044200071"


async def one_sided(made: Stack, way: str, round_number: int = 0) -> int:
    """Call all six at once; return in how many recordings the manager cannot be heard."""
    await made.lab.pbx.add_dialplan("tones", _DIALPLAN)

    async def call(phone: str) -> bool:
        customer = f"+38067{way[-1]}{round_number:03}0{phone}"
        made.lab.world.phone(phone).behaviour(answers(after=0.5))
        await made.lab.world.call(customer, f"{way}{phone[-1]}", script=talks(4))
        ended = await made.ended(customer)
        _, recordings = await made.done(ended)
        assert recordings, "every answered call has a recording"
        return all(made.heard(one).loudest(1) < LOUD for one in recordings)

    return sum(await asyncio.gather(*map(call, _PHONES)))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_tape_that_begins_at_the_answer_has_the_manager_after_the_tones_of_a_group(recording: Stack) -> None:
    assert await one_sided(recording, AT_THE_ANSWER) == 0


@pytest.mark.skipif(not ROUNDS, reason="a count, not a test: set RINGBACK_COUNT_TONES")
@pytest.mark.asyncio(loop_scope="module")
async def test_how_many_are_one_sided(recording: Stack) -> None:
    before = [await one_sided(recording, BEFORE, number) for number in range(1, ROUNDS + 1)]
    after = [await one_sided(recording, AT_THE_ANSWER, number) for number in range(1, ROUNDS + 1)]
    sys.stdout.write(f"one-sided of {len(_PHONES)}: begun before the tones {before}, at the answer {after}\n")
    assert sum(after) == 0
