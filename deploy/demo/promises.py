"""The promises of the demo's night as lines: whom we call back when, and what became of it."""

import asyncio
from collections.abc import Callable
from zoneinfo import ZoneInfo

from telephony.daemon.terminal_text import plain
from telephony.postgres.pool import Pool

_LOOK_SECONDS = 0.5
_ALL = """
SELECT r.customer, r.name, p.promised_at, p.verdict FROM published.promises p
JOIN callback_requests r USING (request_id)
ORDER BY p.promised_at, r.request_id
"""


class PromiseList:
    """Follows the promises. ``zone``: whose times the callers are told."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.lines: list[str] = []
        self.all_settled = asyncio.Event()
        """Set while there is none that waits for its time."""

    async def follow(self, pool: Pool, tell: Callable[[str], None]) -> None:
        """Look again and again, until cancelled; ``tell`` is given each line that is new."""
        while True:
            rows = await pool.fetch(_ALL)
            lines = [
                f"promise     {row['promised_at'].astimezone(self._zone):%H:%M}  "
                f"{plain(row['name'] or row['customer'])}: {row['verdict'] or 'waits for its time'}"
                for row in rows
            ]
            for line in lines:
                if line not in self.lines:
                    tell(line)
            self.lines = lines
            if all(row["verdict"] for row in rows):
                self.all_settled.set()
            else:
                self.all_settled.clear()
            await asyncio.sleep(_LOOK_SECONDS)
