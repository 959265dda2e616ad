"""A CRM that speaks JSON over HTTP with bearer tokens and keeps to HTTP's own codes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final, TypeVar

import aiohttp

from crm_bridge.crm.errors import CrmBroken, CrmDenied, CrmError, CrmMissing, CrmRefused, CrmThrottled
from crm_bridge.crm.transport.oauth import AccessToken
from crm_bridge.outbox.pace import Pace
from telephony.net import bounded
from telephony.net.bounded import Json

_SIGN_IN = 401
_DENIED = frozenset({_SIGN_IN, 402, 403})
_MISSING = 404
_LATER: Final = frozenset({408, 423, 425})
"""The CRM had no time, the record is locked, it is too early: the same request may be good in a moment."""
_TOO_MANY = 429
_SERVER = 500
_AWAY = 503
_GOOD_CODES, _ELSEWHERE = 2, 3
"""The first digits of what is well, and of what stands somewhere else (a page to sign in, a page of maintenance)."""
_OVERLOADED = timedelta(seconds=30)
_LONGEST = 24 * 3600
_MOST_DIGITS = 10
_MOST_PAGES: Final = 1000
"""More than any list of ours has: who gives a next one for ever is broken."""
_GOOD: Final = (dict, list)
_WHEN_DELETED: Final = (*_GOOD, bool)
"""Some answer ``true`` to that."""
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_TOLD = 300
"""So much of what a CRM says is kept."""

AnyError = TypeVar("AnyError", bound=Exception)
Failure = Callable[[str, aiohttp.ClientResponse, Json], CrmError]
"""Makes the error of an answer that is none of the good ones; the JSON is None if there was none."""


def failure(what: str, response: aiohttp.ClientResponse, words: str, *, wait: timedelta = _OVERLOADED) -> CrmError:
    """Make the error of an answer by its HTTP code.

    Args:
        what: which request it was.
        response: the answer.
        words: the CRM's own words.
        wait: for how long we keep away after a 429 without Retry-After.
    """
    text = f"{what}: HTTP {response.status}: {words[:_TOLD]}"
    wish = _wish(response.headers)
    if response.status == _TOO_MANY:
        return CrmThrottled(text, wait if wish is None else wish)
    if response.status == _AWAY and wish is not None:  # it says itself when it will be back
        return CrmThrottled(text, wish)
    if response.status in _DENIED:
        return CrmDenied(text)
    if response.status >= _SERVER or response.status in _LATER or response.status // 100 == _ELSEWHERE:
        return CrmBroken(text)
    return CrmMissing(text) if response.status == _MISSING else CrmRefused(text)


def _wish(headers: Mapping[str, str]) -> timedelta | None:
    """Read Retry-After: seconds, or a date by the CRM's own clock; None if there is none or it is nonsense."""
    wished = headers.get("Retry-After", "").strip()
    if wished.isascii() and wished.isdecimal():
        seconds = float(wished) if len(wished) < _MOST_DIGITS else None
    else:
        seconds = _seconds_until(wished, headers.get("Date", ""))
    return None if seconds is None else timedelta(seconds=min(max(seconds, 0.0), _LONGEST))


def _seconds_until(date: str, now: str) -> float | None:
    try:
        return (parsedate_to_datetime(date) - parsedate_to_datetime(now)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def nonsense(what: str, response: aiohttp.ClientResponse, *, wait: timedelta = _OVERLOADED) -> CrmError:
    """Make the error of an answer that should be JSON and is none (a proxy's page, a page of maintenance).

    Its code says whether we are locked out or too fast. Whether a card is there, or a request good, no such page knows.
    """
    error = failure(what, response, "without JSON of a meaning", wait=wait)
    return CrmBroken(str(error)) if isinstance(error, CrmRefused) else error


async def json_of(response: aiohttp.ClientResponse) -> Json:
    """Read an answer's JSON: an empty body is an empty object, no JSON is None.

    Raises:
        CrmBroken: it is larger, slower or more nested than an answer may be.
    """
    try:
        body = await bounded.body_of(response)
        return bounded.loads(body) if body.strip() else {}
    except bounded.TooMuch as error:
        raise CrmBroken(f"HTTP {response.status}: {error}") from None
    except ValueError:
        return None


def pages() -> Iterator[int]:
    """Count pages from 1.

    Raises:
        CrmBroken: there is no end of them.
    """
    yield from range(1, _MOST_PAGES + 1)
    raise CrmBroken(f"more than {_MOST_PAGES} pages")


async def held(pace: Pace, error: AnyError) -> AnyError:
    """Keep everybody away for a while if we were too fast; gives the error, to be raised."""
    if isinstance(error, CrmThrottled):
        await pace.hold(error.after)
    return error


class JsonApi:
    """One account's API. The HTTP session's time-out is the caller's choice.

    ``header`` bears ``scheme`` and the token: ``Authorization: Bearer TOKEN``, if nothing else is told.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        token: AccessToken,
        pace: Pace,
        failure: Failure,
        *,
        header: str = "Authorization",
        scheme: str = "Bearer ",
    ) -> None:
        self._http = http
        self._header = header
        self._scheme = scheme
        self._url = url.rstrip("/")
        self._token = token
        self._pace = pace
        self._failure = failure

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Json = None,
        headers: Mapping[str, str] = _NO_HEADERS,
        has_turn: bool = False,
    ) -> Json:
        """Send one request; a token that is refused is renewed once.

        ``has_turn``: whether the turn of the pace is taken already (`crm_bridge.crm.transport.gathering`).

        Raises:
            CrmThrottled, CrmDenied, CrmRefused, CrmBroken: as the CRM answered.
            aiohttp.ClientError, TimeoutError: it could not be reached.
        """
        token = await self._token()
        if not has_turn:
            await self._pace.turn()
        code, answer = await self._once(method, path, self._signed(token, headers), params, body)
        if code == _SIGN_IN:
            await self._pace.turn()
            fresh = await self._token(rejected=token)
            code, answer = await self._once(method, path, self._signed(fresh, headers), params, body)
        if code == _SIGN_IN:
            raise CrmDenied(f"{method} {path}: HTTP 401 with a fresh token: {str(answer)[:_TOLD]}")
        return answer

    def _signed(self, token: str, headers: Mapping[str, str]) -> Mapping[str, str]:
        return {**headers, self._header: f"{self._scheme}{token}"}

    async def _once(
        self, method: str, path: str, headers: Mapping[str, str], params: Mapping[str, str | int] | None, body: Json
    ) -> tuple[int, Json]:
        what = f"{method} {path}"
        async with self._http.request(
            method, f"{self._url}/{path}", params=params, json=body, headers=headers, allow_redirects=False
        ) as response:
            answer = await json_of(response)
            if response.status != _SIGN_IN and response.status // 100 != _GOOD_CODES:
                error = self._failure(what, response, answer)
                if answer is None and isinstance(error, CrmRefused) and not response.content_type.endswith("json"):
                    error = nonsense(what, response)
                raise await held(self._pace, error)
            good = _WHEN_DELETED if method == "DELETE" else _GOOD
            if response.status != _SIGN_IN and not isinstance(answer, good):
                raise nonsense(what, response)
            return response.status, answer
