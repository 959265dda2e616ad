"""What happened in one seed, line by line, and what was found wrong."""

import asyncio
import hashlib
from collections.abc import Iterator
from typing import Any

import structlog

_NEVER = frozenset({"ledger.event_lost", "ledger.dead_letter", "ledger.listener_raised", "outbox.target_failed"})
"""What the daemon says only of defects of its own: nothing of that kind is simulated."""


_OF_THIS_MACHINE = frozenset({"folder", "waited_seconds", "away_seconds"})
"""What is measured by a real clock, or named by chance."""


class Story:
    """Collects lines; each has its simulated moment. ``found`` is what was wrong."""

    def __init__(self, seed: int, *, hurried: bool = False) -> None:
        self.seed = seed
        self.hurried = hurried
        """Whether the first wrong thing is enough."""
        self.found: list[str] = []
        self.counts: dict[str, int] = {}
        self.is_over = False
        """What is heard after its end is of no account."""
        self._lines: list[tuple[float, str, str]] = []

    def tell(self, who: str, what: str) -> None:
        if not self.is_over:
            self._lines.append((asyncio.get_running_loop().time(), who, what))

    def count(self, what: str, by: int = 1) -> None:
        """For the sum over all seeds: how often it came to this."""
        if by:
            self.counts[what] = self.counts.get(what, 0) + by

    def wrong(self, what: str) -> None:
        """Note that an invariant does not hold; the simulation goes on."""
        if len(self.found) < 50:
            self.found.append(what)
            self.tell("WRONG", what)

    def lines(self) -> Iterator[str]:
        for at, who, what in self._lines:
            minutes, seconds = divmod(at, 60)
            yield f"{int(minutes):4}:{seconds:06.3f}  {who:<10} {what}"

    def digest(self) -> str:
        """The same story has the same one."""
        return hashlib.sha256("\n".join(self.lines()).encode()).hexdigest()[:16]


class Enough(Exception):
    """A hurried story has something wrong."""


class Log:
    """A processor of structlog's: the daemon's own words become lines of the story."""

    def __init__(self) -> None:
        self.story: Story | None = None

    def __call__(self, _logger: object, level: str, event: Any) -> Any:  # noqa: ANN401
        if self.story is not None:
            said = str(event.pop("event"))
            words = (f"{name}={str(it)[:120]}" for name, it in event.items() if name not in _OF_THIS_MACHINE)
            self.story.tell("log", " ".join([level, said, *words]))
            self.story.count(f"log {said}")
            if said in _NEVER:
                self.story.wrong(f"the daemon says {said}")
        raise structlog.DropEvent


LOG = Log()


def listen_to_the_daemon() -> None:
    """Send all of structlog to the story that is being told."""
    structlog.configure(processors=[LOG], cache_logger_on_first_use=False)
