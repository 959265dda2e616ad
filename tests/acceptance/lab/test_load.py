"""Call load by sipp."""

from pathlib import Path

from deploy.lab import load
from deploy.lab.laboratory import Lab


async def test_every_call_of_a_small_load_is_answered(tmp_path: Path) -> None:
    async with Lab.start(tmp_path) as lab, load.agents(lab):
        told = await load.run(lab, calls=20, rate=20, talk_seconds=0.3)
        await lab.idle()
    assert (told.answered, told.failed) == (20, 0)
    assert told.seconds < 10
