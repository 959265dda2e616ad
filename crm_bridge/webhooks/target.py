"""One webhook target: a message goes out as a signed POST, and the HTTP answer comes back as an outbox answer."""

import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from crm_bridge.errors import TargetRefused
from crm_bridge.outbox.lifecycle import Answer, Delivered, Discard, Retry
from crm_bridge.outbox.store import Message
from crm_bridge.schemas import VERSION
from crm_bridge.webhooks import guard, signing

_TOLD = 500
"""How many bytes of a refusal we keep for the delivery log."""
_LONGEST_WISH = timedelta(hours=6)
"""A Retry-After beyond this is somebody's mistake."""
_GONE = 410


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses addresses inside our own network, at the moment of each connection."""

    def __init__(self, inner: AbstractResolver, *, private_allowed: bool) -> None:
        self._inner = inner
        self._private_allowed = private_allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve as the inner resolver does; one bad address refuses them all."""
        found = await self._inner.resolve(host, port, family)
        for result in found:
            guard.check_address(result["host"], private_allowed=self._private_allowed)
        return found

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


def open_http(*, private_allowed: bool, seconds: float = 15) -> aiohttp.ClientSession:
    """Make the client for webhook targets: guarded, without cookies, with a time-out in seconds for a whole request."""
    resolver = GuardedResolver(aiohttp.DefaultResolver(), private_allowed=private_allowed)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, limit_per_host=50, use_dns_cache=False),
        timeout=aiohttp.ClientTimeout(total=seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "Ringback"},
    )


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Sends messages to one URL. Its client must resolve names by a `GuardedResolver` (see `open_http`)."""

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
            told = (await response.content.read(_TOLD)).decode(errors="replace")
            return answer_of(response.status, response.headers.get("Retry-After"), told, now)


def envelope(message: Message) -> bytes:
    """Make the body: type, time of the event's writing, version and the message's own data."""
    frame = {
        "type": message.kind,
        "timestamp": message.created_at.isoformat(),
        "version": VERSION,
        "data": json.loads(message.body),
    }
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()


def answer_of(code: int, retry_after: str | None, told: str, now: datetime) -> Answer:
    """Read an HTTP answer: 2xx is delivered, 410 is never again, all else is later."""
    if code // 100 == 2:  # noqa: PLR2004
        return Delivered(f"HTTP {code}")
    reason = f"HTTP {code}: {told}".strip()
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
