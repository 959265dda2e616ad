"""Plays every scenario on real Asterisks and writes what their AMI and CEL said."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

from deploy.lab.capture import record
from deploy.lab.errors import LabError
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.scenarios.catalogue import ALL

FOLDER = Path("tests/transcripts")
RING_SECONDS = 4
"""How long the company's dialplan rings a phone when scenarios are captured."""


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def _work(lab: Lab, names: deque[str], folder: Path, failed: list[str]) -> None:
    while names:
        name = names.popleft()
        began = time.monotonic()
        try:
            async with asyncio.timeout(60):
                capture = await record(lab, name, ALL[name])
        except (LabError, TimeoutError, OSError, IndexError) as error:
            failed.append(name)
            _say(f"FAILED {name}: {error!r}")
            for channel in await lab.pbx.channels():
                await lab.pbx.command(f"channel request hangup {channel}")
            await lab.idle()
            continue
        capture.write(folder)
        sizes = f"{len(capture.ami)} bytes, {len(capture.cel.splitlines())} CEL rows"
        _say(f"{name}: {sizes}, {time.monotonic() - began:.1f} s")


async def capture_all(names: list[str], folder: Path, labs: int) -> list[str]:
    """Capture these scenarios on so many labs side by side; return the names of those that failed."""
    waiting, failed = deque(names), list[str]()

    async def one_lab() -> None:
        with tempfile.TemporaryDirectory(prefix="ringback-lab-") as place:
            async with Lab.start(Path(place), PbxPlan(ring_seconds=RING_SECONDS)) as lab:
                await _work(lab, waiting, folder, failed)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(labs, len(names))):
            group.create_task(one_lab())
    return failed


def main() -> int:
    """Capture what the command line asks for; 1 if a scenario failed."""
    parser = argparse.ArgumentParser(prog="python -m deploy.lab.transcripts", description=__doc__)
    parser.add_argument("names", nargs="*", help="scenarios (default: all)", metavar="NAME")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--labs", type=int, default=3, help="pairs of Asterisks side by side")
    options = parser.parse_args()
    unknown = set(options.names) - set(ALL)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}. There are: {', '.join(ALL)}")
    began = time.monotonic()
    options.folder.mkdir(parents=True, exist_ok=True)
    failed = asyncio.run(capture_all(options.names or list(ALL), options.folder, options.labs))
    _say(f"{len(options.names or ALL) - len(failed)} captured, {len(failed)} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
