"""Every clock that the product looks at is the simulation's: durations too are of simulated seconds.

The product takes its moments from a clock that it is given, but its durations from `time.monotonic`; by the machine's
own a story would depend on how fast the machine is, and what the product waits for would never come.
"""

import asyncio
import sys
import time
from typing import Final

_OURS: Final = ("telephony.", "crm_bridge.")
_NAME: Final = "monotonic"


def simulated_seconds() -> float:
    """Give the seconds of the loop that runs."""
    return asyncio.get_running_loop().time()


def simulate_durations() -> None:
    """Give all of the product's modules that measure durations the simulated clock."""
    for name, module in list(sys.modules.items()):
        if name.startswith(_OURS) and getattr(module, _NAME, None) is time.monotonic:
            setattr(module, _NAME, simulated_seconds)
