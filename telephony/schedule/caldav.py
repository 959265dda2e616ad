"""A calendar asked over HTTP: a link that answers GET with iCalendar, or a CalDAV collection (RFC 4791).

Which of the two it is, its answers tell: what GET says is taken if it is iCalendar; else the same address is asked with
REPORT (calendar-query), and a 207 makes it a collection. Neither is trusted: bytes, redirects and seconds are counted
here, and what the bytes mean is found out in a process of its own (`unrolling`).
"""

import asyncio
import base64
from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

import aiohttp
from yarl import URL

from telephony.net import bounded, public_http
from telephony.schedule.errors import CalendarAway
from telephony.schedule.rules.icalendar_files import MOST_BYTES, PlannedDays
from telephony.settings import CalendarSettings

_OK, _MULTISTATUS, _NOT_MODIFIED = 200, 207, 304
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 4
_LONGEST_ETAG: Final = 200
_DENIED: Final = frozenset({401, 403})
_LATER: Final = frozenset({408, 425, 429, 500, 502, 503, 504})

_QUERY: Final = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="{first}T000000Z" end="{last}T235959Z"/>
</C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>
"""


class Fetched(NamedTuple):
    """What a calendar says now: iCalendar or a multistatus."""

    body: bytes
    etag: str
    """Empty if it cannot be asked by one."""


class _Answer(NamedTuple):
    code: int
    kind: str
    """The content type, without parameters."""
    body: bytes
    etag: str

    @property
    def is_calendar(self) -> bool:
        start = self.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").upper()
        return self.code == _OK and start.startswith(b"BEGIN:VCALENDAR")

    def __str__(self) -> str:
        return f"HTTP {self.code}, {self.kind or 'no content type'}"


class CalendarServer:
    """One calendar. ``http``'s own time-outs do not matter."""

    def __init__(self, http: aiohttp.ClientSession, settings: CalendarSettings) -> None:
        self._http = http
        self._settings = settings
        self._secret = _basic(settings.user, settings.password.get_secret_value())
        self._is_collection = False
        """As it was the last time: then GET is not tried first."""

    async def fetch(self, window: PlannedDays, etag: str = "") -> Fetched | None:
        """Ask what it says; None if it still says what ``etag`` stands for.

        Raises:
            CalendarAway: it cannot be reached, refuses us, or has no calendar there; the text tells the cure.
        """
        try:
            async with asyncio.timeout(self._settings.seconds):
                return await self._fetch(window, etag)
        except TimeoutError:
            raise CalendarAway(f"no answer within {self._settings.seconds:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise CalendarAway(f"cannot be reached: {_without_address(error)}") from None

    async def _fetch(self, window: PlannedDays, etag: str) -> Fetched | None:
        if self._is_collection:
            return await self._reported(window, None)
        answer = await self._ask("GET", {"Accept": "text/calendar", **({"If-None-Match": etag} if etag else {})})
        if answer.code == _NOT_MODIFIED and etag:
            return None
        if answer.is_calendar:
            return Fetched(answer.body, answer.etag)
        _refuse(answer)
        return await self._reported(window, answer)

    async def _reported(self, window: PlannedDays, got: _Answer | None) -> Fetched:
        answer = await self._ask(
            "REPORT", {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}, query(window).encode()
        )
        self._is_collection = answer.code == _MULTISTATUS
        if self._is_collection:
            return Fetched(answer.body, "")
        _refuse(answer)
        answers = f"GET was answered with {got}, REPORT with {answer}" if got else f"REPORT was answered with {answer}"
        raise CalendarAway(
            f"{answers}: no calendar is there. Tell the link that a browser downloads as .ics, or a CalDAV "
            "collection's own address; a page to log in is neither"
        )

    async def _ask(self, method: str, headers: Mapping[str, str], body: bytes | None = None) -> _Answer:
        """Ask, and follow redirects; the password goes to nobody but the server that the settings name."""
        first = url = URL(self._settings.url.get_secret_value())
        async with aiohttp.ClientSession(
            connector=public_http.connector(_inside), cookie_jar=aiohttp.DummyCookieJar()
        ) as public:
            for _ in range(_MOST_REDIRECTS + 1):
                secret = self._secret if url.origin() == first.origin() else {}
                http = self._http if url.host == first.host else public  # what a stranger names is not in our network
                async with http.request(
                    method, url, headers={**headers, **secret}, data=body, allow_redirects=False
                ) as response:
                    if response.status not in _REDIRECTS or "Location" not in response.headers:
                        return _Answer(
                            response.status,
                            response.content_type,
                            await _read(response),
                            _etag(response.headers.get("ETag", "")),
                        )
                    url = _followed(url, response.headers["Location"])
        raise CalendarAway(f"redirects more than {_MOST_REDIRECTS} times: tell the address where it ends")


def _inside(_address: str) -> CalendarAway:
    return CalendarAway("redirects into a network of our own: tell the address where it ends")


def _basic(user: str, password: str) -> Mapping[str, str]:
    """Write Basic auth (RFC 7617) as headers; nothing if there is nobody."""
    if not user and not password:
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def query(window: PlannedDays) -> str:
    """Write the question for all events of these days."""
    return _QUERY.format(first=_written(window.first), last=_written(window.last))


def _written(day: date) -> str:
    return f"{day:%Y%m%d}"


def _followed(url: URL, location: str) -> URL:
    following = url.join(URL(location))
    if following.scheme not in {"http", "https"} or (url.scheme == "https" and following.scheme != "https"):
        raise CalendarAway("redirects from https to something less: tell the address where it ends")
    return following


def _refuse(answer: _Answer) -> None:
    if answer.code in _DENIED:
        raise CalendarAway(f"refuses us ({answer}): correct `user` and `password` (many want one for applications)")
    if answer.code in _LATER:
        raise CalendarAway(f"is not well ({answer}); it is asked again")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Read no more than a calendar may have, whatever the answer says of its length."""
    try:
        return await bounded.body_of(response, most=MOST_BYTES)
    except bounded.TooMuch:
        raise CalendarAway(f"says more than {MOST_BYTES:,} bytes: that is no calendar of holidays") from None


def _etag(header: str) -> str:
    """Return an ETag that we may send back; one that is too long, or not of plain characters, is none."""
    return header if len(header) <= _LONGEST_ETAG and header.isascii() and header.isprintable() else ""


def _without_address(error: Exception) -> str:
    """Return why without the address, which may be a secret; some errors' text is the address."""
    cause = error.os_error.strerror if isinstance(error, aiohttp.ClientConnectorError) else None
    return cause or type(error).__name__
