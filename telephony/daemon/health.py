"""How each part is, asked now: for /healthz, for `systemctl status`, for the watchdog."""

from collections.abc import Callable
from typing import NamedTuple


class Part(NamedTuple):
    """One part's answer."""

    name: str
    healthy: bool
    said: str = ""
    """A few words: what it does, or why it is not healthy."""
    stuck: bool = False
    """True if it makes no progress by its own fault, so that only a restart helps."""


Probe = Callable[[], Part]


class Health:
    """Asks all parts; a probe looks at counters and flags, it never waits."""

    def __init__(self) -> None:
        self._probes: list[Probe] = []

    def watch(self, probe: Probe) -> None:
        """Ask this one, too."""
        self._probes.append(probe)

    def parts(self) -> list[Part]:
        """Ask every part, in the order of registration."""
        return [probe() for probe in self._probes]

    def stuck(self) -> str:
        """Name the first part that is stuck, or empty."""
        return next((f"{part.name}: {part.said}" for part in self.parts() if part.stuck), "")

    def summary(self) -> str:
        """One line for `systemctl status`."""
        return "; ".join(f"{part.name}: {part.said or ('ok' if part.healthy else 'not well')}" for part in self.parts())
