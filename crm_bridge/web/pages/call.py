"""One call: why it went as it did, its legs, its sound, what people wrote on it; and the writing."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from crm_bridge.api import audio
from crm_bridge.api.resources.listening import Listening
from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import ACCESS
from crm_bridge.queries.calls import CallDetail, CallQueries
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.queries.statements import RECORDINGS
from crm_bridge.reviews.store import Reviews
from crm_bridge.transcripts.keeper import SQL as TRANSCRIPTS
from crm_bridge.web.forms import FormRefused, fields, way_back
from crm_bridge.web.pages.given import ConsoleGiven, author
from crm_bridge.web.surface import HEADERS, Surface, by_htmx
from crm_bridge.web.views.shares import shares
from crm_bridge.web.views.strip import strip
from crm_bridge.why_missed import why_missed

_LONGEST_COMMENT: Final = 4000
_LONGEST_WORD: Final = 64
_AT: Final = re.compile(r"\[(\d{1,3}):([0-5]\d)\]\s*")
_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?")
_RESULTS: Final = ("sale", "offer", "later", "no_interest")
_ROW: Final = r"{recording_id:\d{1,18}}"


class OneCallPages:
    """The handlers."""

    def __init__(self, surface: Surface, given: ConsoleGiven) -> None:
        self._surface = surface
        self._given = given
        self._calls = CallQueries(given.pool)
        self._console = ConsoleQueries(given.pool)
        self._listening = Listening(given.pool)
        self._reviews = Reviews(given.pool)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/calls/{call_id}", self.page),
            web.post("/calls/{call_id}/comment", self.comment),
            web.post("/calls/{call_id}/tag", self.tag),
            web.post("/calls/{call_id}/untag", self.untag),
            web.post("/calls/{call_id}/result", self.result),
            web.get(f"/recordings/{_ROW}/waveform", self.waveform),
            web.get(f"/recordings/{_ROW}/audio", self.audio),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show it."""
        return await self._shown(request)

    async def _shown(self, request: web.Request, part: str = "") -> web.Response:
        call = await self._one(request)
        now = self._surface.clock()
        peaks = await self._console.peaks(call.call_id)
        kept = [recording for recording in call.recordings if recording.bytes and not recording.deleted_at]
        drawn = (one for one in kept if one.recording_id in peaks)
        speech = next((shares(peaks[one.recording_id], one.seconds or 0) for one in drawn), None)
        why = why_missed(call)
        return self._surface.page(
            request,
            "calls/one.html",
            now=now,
            part=part,
            sentence=why.text(self._surface.viewer(request).tongue) if why else "",
            call=call,
            strip=strip(call.legs, call.started_at, call.ended_at or now, is_over=call.ended_at is not None),
            kept=kept,
            speech=speech,
            comments=[(each, *_moment(each.text)) for each in call.comments],
            names=await self._console.names({call.customer} - {""}),
            managers=await self._console.managers(),
            listened=await self._console.listened(call.call_id),
            results=_RESULTS,
            said=await self._given.pool.fetch(TRANSCRIPTS.of_call, call.call_id) if request[ACCESS].sound else (),
            review=await self._reviews.of_call(call.call_id, request[ACCESS]),
            currency=self._given.money.currency,
        )

    async def waveform(self, request: web.Request) -> web.Response:
        """Return a recording's drawing, for the player."""
        row = await self._given.pool.fetchrow(RECORDINGS.one, int(request.match_info["recording_id"]))
        if row is None:
            raise web.HTTPNotFound
        peaks = await self._given.pool.fetchval(RECORDINGS.peaks, row["recording_id"])
        drawn = [list(side) for side in peaks or ()]
        return web.json_response({"seconds": row["seconds"], "peaks": drawn}, headers=HEADERS)

    async def audio(self, request: web.Request) -> web.StreamResponse:
        """Send its sound, and write down who listens."""
        row = await self._listening.file_of(int(request.match_info["recording_id"]))
        sound = audio.sound_of_recording(row)
        part = audio.wanted(request, sound)
        listener = author(request)
        if part is not None and request.method != "HEAD":
            await self._listening.write_down(row, listener, "session", self._surface.clock(), part.first)
        attached = request.query.get("download") == "true"
        with self._given.services.library.opened(row["path"]) as handle:
            return await audio.send(request, sound, part, handle, attached=attached)

    # --- what people write --------------------------------------------------------------------------------------------

    async def comment(self, request: web.Request) -> web.StreamResponse:
        """Write a comment."""

        async def write(call_id: str, form: dict[str, str], by: str, at: datetime) -> None:
            await self._given.notes.comment(call_id, _text(form, "text", _LONGEST_COMMENT), by, at)

        return await self._written(request, write)

    async def tag(self, request: web.Request) -> web.StreamResponse:
        """Put a tag on."""

        async def write(call_id: str, form: dict[str, str], by: str, at: datetime) -> None:
            await self._given.notes.tag(call_id, _text(form, "tag", _LONGEST_WORD), by, at)

        return await self._written(request, write)

    async def untag(self, request: web.Request) -> web.StreamResponse:
        """Take a tag off."""

        async def write(call_id: str, form: dict[str, str], by: str, at: datetime) -> None:
            await self._given.notes.untag(call_id, _text(form, "tag", _LONGEST_WORD), by, at)

        return await self._written(request, write)

    async def result(self, request: web.Request) -> web.StreamResponse:
        """Return how it went, or take that back."""

        async def write(call_id: str, form: dict[str, str], by: str, at: datetime) -> None:
            code = form.get("code", "").strip()
            if code:
                amount = _amount(form)
                await self._given.notes.result(call_id, _text(form, "code", _LONGEST_WORD), by, at, amount)
            else:
                await self._given.notes.no_result(call_id, by, at)

        return await self._written(request, write)

    async def _written(
        self, request: web.Request, write: Callable[[str, dict[str, str], str, datetime], Awaitable[Any]]
    ) -> web.StreamResponse:
        call_id = request.match_info["call_id"]
        form = await fields(request)
        await write(call_id, form, author(request).name, self._surface.clock())
        if by_htmx(request):
            return await self._shown(request, "notes")
        raise web.HTTPSeeOther(way_back(form.get("back", "")), headers=HEADERS)

    async def _one(self, request: web.Request) -> CallDetail:
        call = await self._calls.one(request.match_info["call_id"], request[ACCESS])
        if call is None:
            raise NoSuchThing("there is no such call")
        return call


def _text(form: dict[str, str], name: str, most: int) -> str:
    text = form.get(name, "").strip()
    if not text or len(text) > most:
        raise FormRefused(f"{name}: 1 to {most} letters")
    return text


def _amount(form: dict[str, str]) -> Decimal | None:
    """Read what a call brought: hundredths behind a point or a comma; thousands may be parted by spaces."""
    text = "".join(form.get("amount", "").split()).replace(",", ".")
    if text and not _AMOUNT.fullmatch(text):
        raise FormRefused("amount: 1299.50")
    return Decimal(text) if text else None


def _moment(text: str) -> tuple[int | None, str]:
    """Read a comment that is about a second of the recording: ``[1:05] ...``."""
    found = _AT.match(text)
    if found is None:
        return None, text
    return int(found[1]) * 60 + int(found[2]), text[found.end() :]
