"""The lab by hand: ``python -m deploy.lab [--folder F] [--play SCENARIO ...]`` until ^C."""

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
from pathlib import Path

from deploy.lab.company import EMPLOYEES, TRUNK_GLOB, Did
from deploy.lab.errors import LabError
from deploy.lab.laboratory import Lab, PbxPlan
from deploy.lab.scenarios.catalogue import ALL


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _introduce(lab: Lab) -> None:
    _say(f"pbx    Asterisk {lab.pbx.version}, pid {lab.pbx.pid}, folder {lab.pbx.folder}")
    _say(f"       AMI 127.0.0.1:{lab.pbx.ami_port} user {lab.pbx.ami_user} secret {lab.pbx.ami_secret}")
    _say(f"       AMI over TLS :{lab.pbx.ami_tls_port}, CA {lab.pbx.ami_tls_ca}")
    _say(f"       trunk {TRUNK_GLOB}, recordings in {lab.pbx.recordings}, CEL in {lab.pbx.cel_file}")
    _say(f"world  pid {lab.world.instance.pid}; telephones " + ", ".join(f"{e.extension} {e.name}" for e in EMPLOYEES))
    _say("DIDs   " + ", ".join(f"{did.name} {did.value}" for did in Did))


async def _run(folder: Path, play: list[str], ring_seconds: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Lab.start(folder, PbxPlan(ring_seconds=ring_seconds)) as lab:
        _introduce(lab)
        for name in play:
            lab.world.forget()
            _say(f"{name}: {ALL[name].__doc__}")
            for call in (await ALL[name](lab)).calls:
                _say(f"    {call}")
        if not play:
            _say("running until ^C")
            await stop.wait()


def main() -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m deploy.lab", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where (default: a temporary folder, removed at the end)")
    parser.add_argument("--play", nargs="+", default=[], choices=ALL, metavar="SCENARIO", help="play these, then end")
    parser.add_argument("--ring-seconds", type=int, default=20)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ringback-lab-")))
        try:
            asyncio.run(_run(folder, options.play, options.ring_seconds))
        except LabError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
