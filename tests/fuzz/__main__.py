"""Try targets by atheris, each in a process of its own; say how many inputs each had.

python -m tests.fuzz [NAME ...] [--seconds 60] [--corpus FOLDER]
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

_DONE = re.compile(r"Done (\d+) runs? in")
_LONGEST = {
    "ami": 2048,
    "agi": 2048,
    "cel": 2048,
    "calendar": 4096,
    "multistatus": 2048,
    "cursor": 512,
    "numbers": 128,
    "answers": 1024,
    "cells": 512,
}
"""Bytes: what is longer takes longer and shows nothing new; what must be long to break something is a seed."""
_LONGEST_SEED = 8192
_SLOWEST_SECONDS = 10
_MOST_MEGABYTES = 1024


def main() -> int:
    """Give the exit code: 1 if any input broke a promise."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--seconds", type=int, default=60, help="for each")
    parser.add_argument("--corpus", type=Path, help="where inputs are kept from run to run")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(TARGETS)
    if unknown:
        parser.error(f"nothing is named {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="rb-fuzz-") as folder:
        results = [_run(name, asked.seconds, asked.corpus or Path(folder)) for name in asked.names or TARGETS]
    return 0 if all(results) else 1


def _run(name: str, seconds: int, corpus: Path) -> bool:
    """Try one target for so long; tell whether all held."""
    folder = corpus / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        for part in range(0, len(seed[:_LONGEST_SEED]), _LONGEST[name]):
            (folder / f"seed-{number}-{part}").write_bytes(seed[part : part + _LONGEST[name]])
        TARGETS[name](seed)
    limits = [f"-max_total_time={seconds}", f"-max_len={_LONGEST[name]}", f"-timeout={_SLOWEST_SECONDS}"]
    limits += [f"-rss_limit_mb={_MOST_MEGABYTES}", "-print_final_stats=1", f"-artifact_prefix={corpus}/{name}-broken-"]
    command = [sys.executable, "-m", "tests.fuzz.one", name, *limits, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - ours
    said = done.stdout + done.stderr
    inputs = next((int(found[1]) for found in _DONE.finditer(said)), 0)
    held = done.returncode == 0 and inputs > 0
    sys.stdout.write(f"{name:<12} {inputs:>12,} inputs  {'held' if held else 'BROKEN'}\n")
    if not held:
        sys.stdout.write(said[-4000:])
    sys.stdout.flush()
    return held


if __name__ == "__main__":
    sys.exit(main())
