"""What is free goes back to the kernel."""

import subprocess
import sys

import pytest

from telephony.daemon.memory import give_back

_PROGRAM = """
import sys
from pathlib import Path
from telephony.daemon.memory import give_back

def megabytes():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024

pieces = [bytearray(2_000) for _ in range(50_000)]
highest = bytearray(2_000)
del pieces
before = megabytes()
give_back()
print(before - megabytes())
"""


@pytest.mark.skipif(not give_back(), reason="this libc keeps nothing that it could be asked for")
def test_what_was_freed_below_a_piece_in_use_is_the_kernels_again() -> None:
    run = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)  # noqa: S603
    assert float(run.stdout) > 50
