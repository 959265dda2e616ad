"""How each part is, asked now: for /healthz, for `systemctl status`, for the watchdog."""

from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

from telephony.postgres.patience import Board

_LONG_SECONDS: Final = 10.0
"""A loop that waits longer is not well; a lock that two daemons want is over sooner."""


class HealthCheck(NamedTuple):
    """One part's answer."""

    name: str
    healthy: bool
    said: str = ""
    """A few words: what it does, or why it is not healthy."""
    stuck: bool = False
    """True if it makes no progress by its own fault, so that only a restart helps."""


Probe = Callable[[], HealthCheck]


class Health:
    """Asks all parts; a probe looks at counters and flags, it never waits."""

    def __init__(self) -> None:
        self._probes: list[Probe] = []

    def watch(self, probe: Probe) -> None:
        """Ask this one, too."""
        self._probes.append(probe)

    def parts(self) -> list[HealthCheck]:
        """Ask every part, in the order of registration."""
        return [probe() for probe in self._probes]

    def stuck(self) -> str:
        """Name the first part that is stuck, or empty."""
        return next((f"{part.name}: {part.said}" for part in self.parts() if part.stuck), "")

    def summary(self) -> str:
        """One line for `systemctl status`."""
        return "; ".join(f"{part.name}: {part.said or ('ok' if part.healthy else 'not well')}" for part in self.parts())


def loops_part(board: Board) -> Probe:
    """Make the probe that names the loops that wait for the database, for how long, and why the first of them does."""

    def part() -> HealthCheck:
        waiting, now = board.waiting(), monotonic()
        if not waiting:
            return HealthCheck("loops", healthy=True)
        waits = ", ".join(f"{name} for {now - waited.since:.0f} s" for name, waited in waiting.items())
        first = min(waiting.values(), key=lambda waited: waited.since)
        return HealthCheck(
            "loops", healthy=now - first.since <= _LONG_SECONDS, said=f"waiting: {waits} ({first.reason})"
        )

    return part


# Noticing that something makes no progress though it should.
class StandstillWatch:
    """Watches a marker that changes with every bit of progress.

    Args:
        after_seconds: how long it may stand still while there is work.
        monotonic: a clock that never goes back, in seconds.
    """

    def __init__(self, after_seconds: float, monotonic: Callable[[], float]) -> None:
        self._after = after_seconds
        self._monotonic = monotonic
        self._marker: object = None
        self._since = monotonic()

    def stands_still(self, marker: object, *, at_work: bool) -> bool:
        """Return whether ``marker`` has been the same for too long; without work it may be."""
        if marker != self._marker or not at_work:
            self._marker, self._since = marker, self._monotonic()
        return self._monotonic() - self._since > self._after
