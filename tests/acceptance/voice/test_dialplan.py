"""The generated dialplan on a real Asterisk: loaded without a word of complaint, and what callers hear by it."""

import asyncio
from pathlib import Path

import pytest

from deploy.lab.company import Did
from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import answers, listens
from telephony.voice.dialplan import Kind, render
from tests.acceptance.voice.conftest import CUSTOMER, Stage
from tests.acceptance.voice.ears import ALIKE, envelope, find
from tests.waiting import PATIENCE

_BYTES_A_SECOND = 32_000

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def published(stage: Stage, title: str) -> Path:
    assert stage.voice is not None
    await stage.voice.warmed()
    return stage.settings.folder / "published" / "ru" / f"{title}.wav"


def likeness(leg: Leg, prompt: Path) -> float:
    assert leg.heard is not None
    return find(envelope(prompt), envelope(leg.heard))[0]


@pytest.mark.parametrize("kind", list(Kind))
async def test_it_is_loaded_without_warnings(stage: Stage, kind: Kind) -> None:
    before = len(stage.lab.pbx.log)
    settings = stage.settings.model_copy(update={"recording_notice": True})
    await stage.lab.pbx.add_dialplan("ringback", render(settings, kind))
    shown = await stage.lab.pbx.command("dialplan show ringback-manager")
    assert "ringback-dialled" in shown
    assert stage.lab.pbx.log[before:] == ""


async def test_closed_is_told_and_recorded_also_while_the_daemon_is_away(stage: Stage) -> None:
    closed = await published(stage, "closed")
    await stage.stop()
    await stage.lab.pbx.add_dialplan("scratch", "[scratch]\nexten => s,1,Goto(ringback-closed,s,1)\n")
    leg = await stage.lab.world.call(CUSTOMER, Did.SCRATCH, script=listens())
    await asyncio.wait_for(leg.gone(), PATIENCE)
    assert likeness(leg, closed) > ALIKE
    await stage.lab.idle()
    [tape] = (stage.lab.pbx.recordings / "ringback").glob("rb-*-w.raw")
    assert tape.stat().st_size > 2 * _BYTES_A_SECOND


async def test_callers_are_told_that_they_may_be_recorded_if_the_operator_wants_it(stage: Stage) -> None:
    notice = await published(stage, "recording_notice")
    settings = stage.settings.model_copy(update={"recording_notice": True})
    await stage.lab.pbx.add_dialplan("ringback", render(settings, Kind.ASTERISK))
    await stage.lab.pbx.add_dialplan(
        "scratch", "[scratch]\nexten => s,1,Answer()\n same => n,Gosub(ringback-inbound,s,1)\n same => n,Hangup()\n"
    )
    leg = await stage.lab.world.call(CUSTOMER, Did.SCRATCH, script=listens())
    await asyncio.wait_for(leg.gone(), PATIENCE)
    assert likeness(leg, notice) > ALIKE


async def test_freepbx_calls_pass_our_door_and_go_on_and_their_tape_is_left_to_the_daemon(stage: Stage) -> None:
    settings = stage.settings.model_copy(update={"recording_notice": True})
    await stage.lab.pbx.add_dialplan("ringback", render(settings, Kind.FREEPBX))
    await stage.lab.pbx.add_dialplan(
        "scratch",
        "[scratch]\nexten => s,1,Goto(ringback-from-trunk,${CALLERID(dnid)},1)\n"
        f"[from-trunk-first]\nexten => {Did.SCRATCH},1,Goto(ringback-from-trunk,{Did.IVAN},1)\n",
    )
    stage.lab.world.phone("101").behaviour(answers(after=0.3, talk=1.5))
    folder = stage.lab.pbx.recordings / "ringback"
    before = set(folder.glob("rb-*-c.raw"))
    leg = await stage.lab.world.call(CUSTOMER, Did.SCRATCH)
    await asyncio.wait_for(leg.gone(), PATIENCE)
    await stage.lab.idle()
    assert stage.lab.world.phone("101").legs, "the call went on to from-trunk and rang"
    assert set(folder.glob("rb-*-c.raw")) == before, "the daemon begins it at the answer, and none runs here"
    await stage.lab.pbx.add_dialplan("scratch", "")
