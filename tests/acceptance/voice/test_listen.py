"""``ringback prompts --listen``: a telephone rings, and whoever picks it up hears the sentence."""

import asyncio
import os
import sys

import pytest

from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script
from tests.acceptance.daemon.process import ROOT
from tests.acceptance.voice.conftest import Stage
from tests.acceptance.voice.ears import ALIKE, envelope, find

pytestmark = pytest.mark.asyncio(loop_scope="module")


def picks_up() -> Script:
    async def script(leg: Leg) -> None:
        await leg.answer()
        await leg.listen()

    return script


async def test_any_sentence_is_played_to_a_telephone(stage: Stage) -> None:
    lab, voice = stage.lab, stage.settings
    words = ", ".join(f'"{word}"' for word in voice.tts_command)
    config = lab.pbx.folder / "listen.toml"
    config.write_text(f"""
        [[pbx]]
        name = "office"
        port = {lab.pbx.ami_port}
        secret = "{lab.pbx.ami_secret}"
        trunks = ["PJSIP/trunk-*"]
        [voice]
        folder = "{voice.folder}"
        language = "en"
        tts_command = [{words}]
    """)
    lab.world.phone("101").behaviour(picks_up())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service", "prompts", "--config", str(config)),
        *("--listen", "Every sentence that you like is played to you.", "--to", "101"),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    leg = await lab.world.phone("101").rings()
    await leg.gone()
    assert leg.shown[0] == "101"
    (file,) = [path for path in (voice.folder / "cache").rglob("*.wav") if str(path) in said.decode()]
    assert leg.heard is not None
    likeness, second = find(envelope(file), envelope(leg.heard))
    assert likeness > ALIKE
    assert second > 0.5  # who picks up has a moment
