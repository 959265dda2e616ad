"""A manager's phone: what it does, what it heard, and what its PBX says of it all."""

from pathlib import Path

from deploy.lab.telephones.leg import Leg
from deploy.lab.telephones.scripts import Script
from telephony.voice.words.phrases import Language, Line
from tests.acceptance.voice.conftest import Stage
from tests.acceptance.voice.ears import envelope, find


def manager(key: str = "", after: float = 1.0, stays: float | None = None) -> Script:
    """Pick up, listen, perhaps press a key, and listen on."""

    async def script(leg: Leg) -> None:
        await leg.ring(0.1)
        await leg.answer()
        await leg.listen(after)
        if key:
            await leg.press(key)
        await leg.listen(stays)
        await leg.hangup()

    return script


def heard_in(leg: Leg, files: list[Path]) -> list[tuple[float, float]]:
    """Return likeness and second of each file in what the phone heard."""
    assert leg.heard is not None
    heard = envelope(leg.heard)
    return [find(envelope(file), heard) for file in files]


async def sentence(stage: Stage, language: Language, line: Line) -> Path:
    assert stage.voice is not None
    return Path(f"{await stage.voice.speaker.render(language, line)}.wav")


def complaints(stage: Stage) -> list[str]:
    """What the PBX has warned of since its start."""
    return [line for line in stage.lab.pbx.log.splitlines() if "WARNING" in line or "ERROR" in line]
