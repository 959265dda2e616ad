"""One webhook target: a message goes out as a signed POST, and the HTTP answer comes back as an outbox answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from crm_bridge.errors import TargetRefused
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry
from crm_bridge.outbox.store import Message
from crm_bridge.schemas import VERSION
from crm_bridge.webhooks import guard, signing
from telephony.net import public_http

_TOLD = 500
"""How many bytes of a refusal we keep for the delivery log."""
_LONGEST_WISH = timedelta(hours=6)
"""A Retry-After beyond this is somebody's mistake."""
_GONE = 410
_MOST_CONNECTIONS = 50
"""To one host."""


def open_http(*, private_allowed: bool, seconds: float = 15) -> aiohttp.ClientSession:
    """Make the client for webhook targets: guarded, without cookies, with a time-out in seconds for a whole request."""
    connector = (
        aiohttp.TCPConnector(limit_per_host=_MOST_CONNECTIONS, use_dns_cache=False)
        if private_allowed
        else public_http.connector(guard.refusal, per_host=_MOST_CONNECTIONS)
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "Ringback"},
    )


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Sends messages to one URL. Its client must be made by `open_http`."""

    url: str
    secrets: Sequence[bytes]
    private_allowed: bool
    http: aiohttp.ClientSession

    async def send(self, message: Message, now: datetime) -> Answer:
        """Post one message; never raises for what the network or the target does."""
        try:
            guard.check_url(self.url)
            self._check_literal()
            return await self._post(message, now)
        except TargetRefused as error:
            return Discard(str(error))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            refused = _refusal_inside(error)
            return Discard(str(refused)) if refused else Retry(f"{type(error).__name__}: {error}")

    def _check_literal(self) -> None:
        # aiohttp does not ask the resolver about a host that is an address already.
        address = guard.literal_address(URL(self.url).host or "")
        if address is not None:
            guard.check_address(address, private_allowed=self.private_allowed)

    async def _post(self, message: Message, now: datetime) -> Answer:
        body = envelope(message)
        headers = signing.headers(f"msg_{message.id}", now, body, self.secrets) | {"content-type": "application/json"}
        async with self.http.post(self.url, data=body, headers=headers, allow_redirects=False) as response:
            answered = (await response.content.read(_TOLD)).decode(errors="replace")
            return answer_of(response.status, response.headers.get("Retry-After"), answered, now)


def envelope(message: Message) -> bytes:
    """Make the body: type, time of the event's writing, version and the message's own data."""
    frame = {
        "type": message.kind,
        "timestamp": message.created_at.isoformat(),
        "version": VERSION,
        "data": json.loads(message.body),
    }
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()


def answer_of(code: int, retry_after: str | None, body: str, now: datetime) -> Answer:
    """Read an HTTP answer: 2xx is delivered, 410 is never again, all else is later."""
    if code // 100 == 2:  # noqa: PLR2004
        return Delivered(f"HTTP {code}")
    reason = f"HTTP {code}: {body}".strip()
    if code == _GONE:
        return Discard(reason)
    return Retry(reason, after=_wish(retry_after, now))


def _wish(retry_after: str | None, now: datetime) -> timedelta | None:
    """Read Retry-After, seconds or a date; nonsense is no wish."""
    if not retry_after:
        return None
    try:
        wish = (
            timedelta(seconds=int(retry_after)) if retry_after.isdigit() else parsedate_to_datetime(retry_after) - now
        )
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wish, timedelta()), _LONGEST_WISH)


def _refusal_inside(error: BaseException) -> TargetRefused | None:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TargetRefused):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None
