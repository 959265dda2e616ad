"""The same seed has the same story. Run it with ``pytest tests/simulation``."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEED = "3"


def story() -> str:
    whole = [sys.executable, "-m", "tests.simulation", SEED, "--story"]
    told = subprocess.run(whole, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)  # noqa: S603
    assert "simulated seconds" in told.stdout, told.stderr
    return "\n".join(line for line in told.stdout.splitlines() if "seeds in" not in line)


def test_the_same_seed_has_the_same_story() -> None:
    first = story()
    assert len(first.splitlines()) > 100
    assert story() == first
