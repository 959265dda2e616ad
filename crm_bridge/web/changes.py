"""What has changed, for all open pages at once: one ear on the feed, one window, one set of words for everybody.

A page's stream sleeps until something is told that the page shows: fifty open pages cost what is told to them, not
fifty times what happens on the PBX.
"""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

from crm_bridge.api.resources.live import LiveFeed
from crm_bridge.web.windows import ToldWindows, window

KINDS: Final = {
    "call": ("calls", "notes"),
    "callback": ("callbacks",),
    "recording": ("calls", "alarms"),
    "phone": ("phones",),
}
"""The first word of an event's kind, and which parts of pages show such things."""
OTHER: Final = ("other",)
NAMES: Final = frozenset(name for names in (*KINDS.values(), OTHER) for name in names)


class PageEar:
    """What one open page has not been told yet."""

    def __init__(self, shown: Collection[str]) -> None:
        self._shown = shown
        self._waiting: dict[str, None] = {}
        self._something = asyncio.Event()
        self.over = False
        """The daemon stops, or forgets: the page reads all of it anew."""

    def tell(self, kinds: Collection[str]) -> None:
        """Note what has changed, of what the page shows."""
        found = [kind for kind in kinds if kind in self._shown]
        if found:
            self._waiting.update(dict.fromkeys(found))
            self._something.set()

    def end(self) -> None:
        """Note that it is over."""
        self.over = True
        self._something.set()

    async def hear(self) -> list[str]:
        """Wait for what has changed; nothing if it is over."""
        await self._something.wait()
        self._something.clear()
        found, self._waiting = list(self._waiting), {}
        return found


class Changes:
    """Hears the feed, gathers, tells the pages' ears."""

    def __init__(self, feed: LiveFeed) -> None:
        self._ears: set[PageEar] = set()
        self._gathering = ToldWindows()
        self._later: asyncio.TimerHandle | None = None
        self.versions: dict[str, int] = dict.fromkeys(sorted(NAMES), 0)
        """How often things of each kind have changed: what was read before is not good any more."""
        feed.join(self)

    def heard(self, kind: str) -> None:
        """Hear that something has happened; ``kind`` is an event's. Never waits."""
        names = KINDS.get(kind.partition(".")[0], OTHER)
        for name in names:
            self.versions[name] += 1
        if self._ears:
            self._gathering.hear(names)
            self._tell()

    def ended(self) -> None:
        """Hear that the feed is over."""
        if self._later is not None:
            self._later.cancel()
        for ear in self._ears:
            ear.end()

    def all_changed(self) -> None:
        """Note that somebody has ordered something: whoever asks from now on sees it."""
        for name in self.versions:
            self.versions[name] += 1

    @contextmanager
    def ear(self, shown: Collection[str]) -> Iterator[PageEar]:
        """Let a page hear what changes of the kinds that it shows."""
        ear = PageEar(shown)
        self._ears.add(ear)
        try:
            yield ear
        finally:
            self._ears.discard(ear)

    def _tell(self) -> None:
        loop, seconds = asyncio.get_running_loop(), window(len(self._ears))
        due = self._gathering.due(loop.time(), seconds)
        if due:
            for ear in self._ears:
                ear.tell(due)
        following = self._gathering.next_at(seconds)
        if following is not None and (self._later is None or self._later.cancelled()):
            self._later = loop.call_at(following, self._after_the_window)

    def _after_the_window(self) -> None:
        self._later = None
        self._tell()
