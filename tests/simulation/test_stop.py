"""A run that is asked to stop ends soon, says what it lived through, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMALL = 2002
"""A seed of few callbacks."""


def test_sigterm_ends_a_run_in_the_midst_of_a_seed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL never runs as root
        whole = [sys.executable, "-m", "tests.simulation", f"{SMALL}-", "--go-on", "--folder", folder]
        run = subprocess.Popen(  # noqa: S603 - ours
            whole, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert run.stdout is not None
        first = run.stdout.readline()
        assert first, run.communicate()
        [running] = Path(folder).rglob("postmaster.pid")
        pid = int(running.read_text().splitlines()[0])
        run.send_signal(signal.SIGTERM)
        told, said = run.communicate(timeout=120)
        assert "all well" in first
        assert "1 seeds in" in told, (told, said)
        assert "destroyed" not in said, said
        assert not list(Path(folder).iterdir())
        assert not Path(f"/proc/{pid}").exists()
