"""``ringback``, with a clock that somebody steps: ``python -m tests.chaos.stepped FILE LEASE WORDS...``.

FILE holds by how many seconds the clock is wrong; it is looked at again and again. The clock is the port that the whole
product takes; monotonic time is right, as it is on a machine whose clock is set. LEASE is for how many seconds a daemon
has a message to itself: what a killed one had on its way goes out again after that. The product's two minutes are long
for a short run.
"""

import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

import service
from crm_bridge.outbox import dispatcher
from telephony.daemon import application

_LOOK_SECONDS = 0.2


class SteppedClock:
    """The time, and what the file adds to it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._wrong = timedelta()
        self._looked = float("-inf")

    def __call__(self) -> datetime:
        if monotonic() - self._looked > _LOOK_SECONDS:
            self._looked = monotonic()
            self._wrong = timedelta(seconds=float(self._file.read_text() or 0))
        return datetime.now(UTC) + self._wrong


def main() -> int:
    clock = SteppedClock(Path(sys.argv[1]))
    application.now = clock  # before anybody takes it by name: service.py does when a command runs
    application.Application.__init__.__kwdefaults__ = {
        **(application.Application.__init__.__kwdefaults__ or {}),
        "clock": clock,
    }
    lease = float(sys.argv[2])
    policy = partial(dispatcher.DispatchPolicy, lease_seconds=lease, send_seconds=lease / 2)
    setattr(dispatcher, "DispatchPolicy", policy)  # noqa: B010 - mypy does not let a class be assigned
    return service.main(sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
