"""Recordings: listed, drawn, heard, linked to; and orders about the recording of a call that goes on."""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from crm_bridge.api import audio
from crm_bridge.api.endpoint import PREFIX, Asked, Body, CallIdText, Endpoint, Params, RowId
from crm_bridge.api.ports import Library, RecordingOrders
from crm_bridge.api.problems import Problem
from crm_bridge.api.resources.listening import Listening
from crm_bridge.api.server import KeyRing
from crm_bridge.api.values.keys import ApiKey, Scope
from crm_bridge.api.values.signatures import Grant
from crm_bridge.errors import NoSuchThing
from crm_bridge.people.rights import is_person
from crm_bridge.queries.statements import RECORDINGS
from crm_bridge.schemas import RecordingShape, RecordingVerdict, Shape
from telephony.model import CallId
from telephony.ports import Row
from telephony.postgres.pool import Pool

_LONGEST_LINK = 7 * 24 * 3600


class CallRecordingsParams(Params):
    """Which call."""

    call_id: CallIdText


class RecordingParams(Params):
    """Which recording."""

    recording_id: RowId


class AudioParams(RecordingParams):
    """Which recording, and what for."""

    download: bool = Field(default=False, description="True: to be saved as a file rather than played.")


class LinkParams(RecordingParams):
    """A link, as we made it."""

    key: str = Field(pattern=r"^[a-z0-9]{8}$")
    expires: int = Field(ge=0, le=2**40)
    signature: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    download: bool = False


class LinkBody(Body):
    """For how long."""

    seconds: int = Field(900, ge=10, le=_LONGEST_LINK, description="How long the link opens.")


class LinkShape(BaseModel):
    """A link for a player without a key."""

    url: str = Field(description="A path on this server.")
    expires_at: datetime


class CallRecordings(BaseModel):
    """The recordings of one call."""

    verdict: RecordingVerdict | None = Field(description="Null if none was wanted and none was made.")
    recordings: list[RecordingShape]


class WaveformShape(BaseModel):
    """How a recording looks."""

    seconds: float | None
    peaks: list[list[int]] = Field(
        description="For each side (left, the customer, first) 1,000 values, 0 to 255, over its whole length; none "
        "once the sound is deleted."
    )


class ListeningShape(Shape):
    """Somebody listened."""

    by_whom: str = Field(description="The name of the key, or of the user.")
    key_id: str
    way: str = Field(description="`key`, `link` (made by that key), or `session` (of a person).")
    at: datetime
    heard_until: datetime = Field(description="The last request of this listening.")
    from_byte: int = Field(description="Where it began.")


class Listenings(BaseModel):
    """Who listened, the last 500, newest first."""

    listenings: list[ListeningShape]


class RecordingAction(StrEnum):
    """What to do with the recording of a call that goes on."""

    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"


class OrderBody(Body):
    """What to do."""

    order: RecordingAction = Field(strict=False)


class RecordingHandlers:
    """The operations on recordings."""

    def __init__(self, pool: Pool, orders: RecordingOrders, library: Library, key_ring: KeyRing) -> None:
        self._pool = pool
        self._orders = orders
        self._library = library
        self._keys = key_ring
        self._listening = Listening(pool)

    async def of_call(self, asked: Asked[CallRecordingsParams]) -> CallRecordings:
        """List a call's recordings."""
        call_id = asked.params.call_id
        if await self._pool.fetchval(RECORDINGS.call_known, call_id) is None:
            raise NoSuchThing(f"there is no call {call_id!r}")
        verdict = await self._pool.fetchrow(RECORDINGS.call_verdict, call_id)
        rows = await self._pool.fetch(RECORDINGS.of_call, call_id)
        return CallRecordings(
            verdict=RecordingVerdict.model_validate(dict(verdict)) if verdict else None,
            recordings=[RecordingShape.model_validate(dict(row)) for row in rows],
        )

    async def one(self, asked: Asked[RecordingParams]) -> RecordingShape:
        """Show one recording."""
        return RecordingShape.model_validate(dict(await self._row(asked.params.recording_id)))

    async def waveform(self, asked: Asked[RecordingParams]) -> WaveformShape:
        """Draw one recording."""
        row = await self._row(asked.params.recording_id)
        peaks = await self._pool.fetchval(RECORDINGS.peaks, asked.params.recording_id)
        return WaveformShape(seconds=row["seconds"], peaks=[list(side) for side in peaks or ()])

    async def audio(self, asked: Asked[AudioParams]) -> web.StreamResponse:
        """Play or download one recording."""
        if asked.key is None:
            raise NoSuchThing("no key")  # the server lets nobody through without one
        way = "session" if is_person(asked.key) else "key"
        return await self._send(asked, asked.key, way, attached=asked.params.download)

    async def linked(self, asked: Asked[LinkParams]) -> web.StreamResponse:
        """Play one recording by a link."""
        params = asked.params
        grant = Grant(params.recording_id, params.key, params.expires)
        kept = await self._keys.find(params.key)
        key = await self._listening.admit(grant, params.signature, kept, asked.now)
        return await self._send(asked, key, "link", attached=params.download)

    async def _send(self, asked: Asked[Any], key: ApiKey, way: str, *, attached: bool) -> web.StreamResponse:
        row = await self._listening.file_of(asked.params.recording_id)
        sound = audio.sound_of_recording(row)
        part = audio.wanted(asked.raw, sound)
        if part is not None and asked.raw.method != "HEAD":
            await self._listening.write_down(row, key, way, asked.now, part.first)
        with self._library.opened(row["path"]) as handle:
            return await audio.send(asked.raw, sound, part, handle, attached=attached)

    async def link(self, asked: Asked[RecordingParams]) -> LinkShape:
        """Make a link."""
        if asked.key is None:
            raise NoSuchThing("no key")
        if is_person(asked.key):
            raise Problem(
                403, "wants-a-key", "a link lives as long as the key that made it; your session plays it itself"
            )
        row = await self._listening.file_of(asked.params.recording_id)
        expires_at = (asked.now + timedelta(seconds=asked.body.seconds)).replace(microsecond=0)
        query = await self._listening.link(row["recording_id"], asked.key, expires_at)
        return LinkShape(url=f"{PREFIX}/recordings/{row['recording_id']}/listen?{query}", expires_at=expires_at)

    async def listenings(self, asked: Asked[RecordingParams]) -> Listenings:
        """Show who listened."""
        await self._row(asked.params.recording_id)
        rows = await self._pool.fetch(RECORDINGS.listenings, asked.params.recording_id, 500)
        return Listenings(listenings=[ListeningShape.model_validate(dict(row)) for row in rows])

    async def order(self, asked: Asked[CallRecordingsParams]) -> None:
        """Start, stop, pause or resume."""
        orders = {
            RecordingAction.START: self._orders.start,
            RecordingAction.STOP: self._orders.stop,
            RecordingAction.PAUSE: self._orders.pause,
            RecordingAction.RESUME: self._orders.resume,
        }
        await orders[asked.body.order](CallId(asked.params.call_id), asked.by)

    async def _row(self, recording_id: int) -> Row:
        row: Row | None = await self._pool.fetchrow(RECORDINGS.one, recording_id)
        if row is None:
            raise NoSuchThing(f"there is no recording {recording_id}")
        return row

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        read = partial(Endpoint, method="GET", scope=Scope.RECORDINGS_READ, tag="recordings")
        one = partial(Endpoint, params=RecordingParams, refusals=(404,))
        return [
            read(
                path="/calls/{call_id}/recordings",
                operation="listRecordings",
                summary="The recordings of one call, and what became of them.",
                handler=self.of_call,
                result=CallRecordings,
                params=CallRecordingsParams,
                refusals=(404,),
            ),
            Endpoint(
                path="/calls/{call_id}/recording",
                operation="orderRecording",
                summary="Start, stop, pause or resume the recording of a call that goes on.",
                handler=self.order,
                result=None,
                success=204,
                method="POST",
                scope=Scope.CALLS_WRITE,
                tag="recordings",
                params=CallRecordingsParams,
                body=OrderBody,
                refusals=(404, 409),
            ),
            one(
                path="/recordings/{recording_id}",
                operation="getRecording",
                summary="One recording.",
                handler=self.one,
                result=RecordingShape,
                method="GET",
                scope=Scope.RECORDINGS_READ,
                tag="recordings",
            ),
            one(
                path="/recordings/{recording_id}/waveform",
                operation="getWaveform",
                summary="Its peaks, for drawing.",
                handler=self.waveform,
                result=WaveformShape,
                method="GET",
                scope=Scope.RECORDINGS_READ,
                tag="recordings",
            ),
            *self._sound("/recordings/{recording_id}/audio", "Audio", self.audio, AudioParams, Scope.RECORDINGS_READ),
            *self._sound("/recordings/{recording_id}/listen", "Link", self.linked, LinkParams, None),
            Endpoint(
                path="/recordings/{recording_id}/links",
                operation="createLink",
                summary="A short-lived link for a player that has no key, for this one recording.",
                handler=self.link,
                result=LinkShape,
                success=201,
                method="POST",
                scope=Scope.RECORDINGS_READ,
                tag="recordings",
                params=RecordingParams,
                body=LinkBody,
                refusals=(404, 409, 410),
            ),
            one(
                path="/recordings/{recording_id}/listenings",
                operation="listListenings",
                summary="Who listened to it.",
                handler=self.listenings,
                result=Listenings,
                method="GET",
                scope=Scope.PRIVACY,
                tag="privacy",
            ),
        ]

    def _sound(self, path: str, name: str, handler: Any, params: type[Params], scope: Scope | None) -> list[Endpoint]:  # noqa: ANN401
        by = "by a key" if scope else "by a link that `createLink` gave"
        shared = partial(
            Endpoint,
            path=path,
            handler=handler,
            params=params,
            scope=scope,
            result=web.StreamResponse,
            media=("audio/mpeg", "audio/ogg"),
            tag="recordings",
            others={206: "The range that was asked for.", 304: "The client has it already (If-None-Match)."},
            refusals=(403, 404, 409, 410, 416) if scope is None else (404, 409, 410, 416),
        )
        return [
            shared(method="GET", operation=f"get{name}", summary=f"The sound, {by}; Range is honoured."),
            shared(method="HEAD", operation=f"head{name}", summary="How much sound there is, and its tag."),
        ]
