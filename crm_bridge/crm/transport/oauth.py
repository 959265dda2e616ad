"""New OAuth tokens for a refresh token: the request is the same everywhere, but for where and how it is posted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import aiohttp

from crm_bridge.crm.errors import CrmBroken, CrmDenied
from crm_bridge.crm.transport.tokens import Tokens
from telephony.net import bounded

_SERVER = 500
_TOO_MANY = 429
_BEFORE = timedelta(minutes=1)
"""A token is renewed so long before its end."""


class Posting(StrEnum):
    """How an OAuth server is asked."""

    FORM = "form"
    JSON = "json"
    QUERY = "query"
    """By GET."""


class AccessToken(Protocol):
    """Gives a token that is good now; see `crm_bridge.crm.transport.tokens.TokenStore.access`."""

    def __call__(self, *, rejected: str = "") -> Awaitable[str]:
        """Return it."""
        ...


class FixedToken:
    """A long-lived token, which a person made and a person must replace."""

    def __init__(self, token: str, cure: str) -> None:
        self._token = token
        self._cure = cure

    async def __call__(self, *, rejected: str = "") -> str:
        """Return it.

        Raises:
            CrmDenied: the CRM refused it.
        """
        if rejected:
            raise CrmDenied(f"the token is not good: {self._cure}")
        return self._token


@dataclass(frozen=True, slots=True)
class OAuthApplication:
    """Ours, as it is registered at the CRM."""

    client_id: str
    client_secret: str
    redirect: str = ""
    """The address told when it was registered, where the CRM asks for it again."""


class Renewal:
    """Asks an OAuth server for new tokens; see `crm_bridge.crm.transport.tokens.Renew`.

    Without a refresh token it asks by the application's own id and secret (client credentials).
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        server: str,
        application: OAuthApplication,
        now: Callable[[], datetime],
        *,
        how: Posting = Posting.FORM,
    ) -> None:
        self._http = http
        self._server = server
        self._application = application
        self._now = now
        self._how = how

    async def __call__(self, refresh: str) -> Tokens:
        """Renew.

        Raises:
            CrmDenied: the refresh token, the id or the secret is wrong.
            CrmBroken: the server failed.
        """
        known = self._application
        asked = {"grant_type": "refresh_token" if refresh else "client_credentials"}
        asked |= {"refresh_token": refresh} if refresh else {}
        asked |= {"client_id": known.client_id, "client_secret": known.client_secret}
        asked |= {"redirect_uri": known.redirect} if known.redirect else {}
        async with self._http.request(
            "GET" if self._how is Posting.QUERY else "POST",
            self._server,
            params=asked if self._how is Posting.QUERY else None,
            json=asked if self._how is Posting.JSON else None,
            data=asked if self._how is Posting.FORM else None,
            allow_redirects=False,
        ) as response:
            return await self._tokens(response, refresh)

    async def _tokens(self, response: aiohttp.ClientResponse, refresh: str) -> Tokens:
        """Read the answer; a server that leaves the refresh token out keeps the one that was used."""
        try:
            answer = await bounded.json_of(response)
            if not isinstance(answer, dict):
                raise TypeError(answer)
            if "access_token" in answer:
                lives = timedelta(seconds=int(answer["expires_in"]))
                return Tokens(
                    str(answer["access_token"]), str(answer.get("refresh_token") or refresh), self._now() + lives
                )
        except (ValueError, KeyError, TypeError, OverflowError):
            raise CrmBroken(f"OAuth: HTTP {response.status} without tokens") from None
        if response.status >= _SERVER or response.status == _TOO_MANY:
            raise CrmBroken(f"OAuth: HTTP {response.status}")
        reason = next(
            (str(answer[key]) for key in ("error", "message", "hint", "title") if answer.get(key)), "no reason"
        )
        cure = "connect the CRM anew and tell its refresh_token" if refresh else "look at client_id and client_secret"
        raise CrmDenied(f"OAuth: {reason[:200]}; {cure}")


class ClientCredentials:
    """Gives a token for our own id and secret; it is kept in memory as long as it lives."""

    def __init__(self, renewal: Renewal, now: Callable[[], datetime]) -> None:
        self._renewal = renewal
        self._now = now
        self._tokens: Tokens | None = None
        self._asking = asyncio.Lock()

    async def __call__(self, *, rejected: str = "") -> str:
        """Return it, or a new one if it is over or was refused.

        Raises:
            CrmDenied: the id or the secret is wrong.
            CrmBroken: the server failed.
        """
        async with self._asking:
            kept = self._tokens
            if kept is None or kept.access == rejected or kept.expires_at - _BEFORE < self._now():
                kept = self._tokens = await self._renewal("")
            return kept.access
