"""The demo's webhook receiver wired to the daemon: its secret, its API key, its lines for the terminal."""

import asyncio
import contextlib
import secrets
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import aiohttp
from pydantic import SecretStr

from crm_bridge.api.key_store import KeyStore, new_key_id
from crm_bridge.api.values.keys import Scope
from crm_bridge.settings import WebhookSettings
from deploy.demo.api_reader import ApiReader
from deploy.demo.inbox import Line
from deploy.demo.sink import Sink
from telephony.daemon.application import now
from telephony.daemon.supervisor import Supervisor
from telephony.daemon.terminal_text import plain
from telephony.postgres.pool import Pool

_EVENTS = ("call.ended", "call.missed", "callback.*", "recording.*")
_SCOPES = (Scope.RECORDINGS_READ, Scope.DIRECTORY_READ)
_A_MINUTE = 6000
_API_SECONDS = 5
_DRAIN_SECONDS = 10
_LOOK_SECONDS = 0.2
_LINES = 4
_LINK = "http://"
_WAITING: Final = """
SELECT (SELECT count(*) FROM outbox_messages WHERE state IN ('waiting', 'sending'))
     + (SELECT count(*) FROM recorded_calls WHERE stage IN ('open', 'ended'))
"""


class Receiving:
    """The receiver and what it and the daemon know of each other.

    Args:
        zone: whose times its page shows.
        record: the file to which each delivery is written.
    """

    def __init__(self, zone: ZoneInfo, record: Path) -> None:
        self._secret = secrets.token_bytes(32)
        self._zone = zone
        self._record = record
        self._sink: Sink | None = None
        self._http: aiohttp.ClientSession | None = None
        self.key_id = new_key_id(secrets.token_urlsafe)
        """Of the API key that it reads with, and that links in CRMs are made with."""
        self.lines: deque[str] = deque(maxlen=_LINES)
        """The last deliveries, for the live table."""
        self.page_url = ""

    async def open(self, supervisor: Supervisor, tell: Callable[[str], None]) -> WebhookSettings:
        """Listen, until the supervisor's end; give what the daemon is to be told of it.

        Args:
            supervisor: owns it.
            tell: given each delivery as a line.
        """
        record = self._record.open("w", encoding="utf-8")
        supervisor.on_stop("demo webhook record", record.close)
        self._sink = sink = Sink(self._secret, now, self._zone, record)
        await sink.open()
        supervisor.on_stop("demo webhook receiver", sink.close)
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_API_SECONDS))
        supervisor.on_stop("demo webhook receiver's client", self._http.close)
        sink.heard = lambda line: self._hear(line, tell)
        self.page_url = sink.page_url
        return WebhookSettings(
            name="demo",
            url=sink.target_url,
            secret=SecretStr(f"whsec_{b64encode(self._secret).decode()}"),
            events=_EVENTS,
            private=True,  # it is on this machine
        )

    async def admit(self, pool: Pool, url: str) -> None:
        """Make the API key, and let the receiver read at ``url``."""
        key = await KeyStore(pool, now).create(
            "demo",
            _SCOPES,
            expires_at=None,
            per_minute=_A_MINUTE,
            random_text=secrets.token_urlsafe,
            key_id=self.key_id,
        )
        if self._sink is not None and self._http is not None:
            self._sink.reader = ApiReader(self._http, url, key)

    async def drained(self, pool: Pool) -> None:
        """Return when every recording was made and everybody was told everything, or after 10 s."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                while await pool.fetchval(_WAITING):  # noqa: ASYNC110 - other rows' writers tell nobody
                    await asyncio.sleep(_LOOK_SECONDS)

    def _hear(self, line: Line, tell: Callable[[str], None]) -> None:
        if line.said.startswith(_LINK):  # too long for a line
            line = line._replace(said="to be heard in the console")
        tell(f"          ⇢  {plain(line.text())}")
        self.lines.append(f"webhook     {plain(line.text())}")
