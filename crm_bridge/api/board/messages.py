"""What callers left to be heard out of hours: listed, and played from where the PBX keeps it."""

from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from crm_bridge.api import audio
from crm_bridge.api.endpoint import Asked, CallIdText, Endpoint, Params, RowId, Several
from crm_bridge.api.filters.callbacks import ManagerName
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.ports import MessageFiles
from crm_bridge.api.values import cursor
from crm_bridge.api.values.keys import Scope
from crm_bridge.errors import NoSuchThing
from crm_bridge.queries.sql_builder import any_of, compose
from crm_bridge.queries.statements import BOARD
from crm_bridge.schemas import Shape
from telephony.postgres.pool import Pool

_SHOWN = 500


class MessageListParams(PageParams):
    """What to list; filters are joined by "and"."""

    call_id: Several[CallIdText] = ()
    request_id: Several[RowId] = ()
    owner: Several[ManagerName] = Field((), description="Of the callback request, by the directory's id.")


class MessageParams(Params):
    """Which message."""

    message_id: RowId


class MessageAudioParams(MessageParams):
    """Which message, and what for."""

    download: bool = Field(default=False, description="True: to be saved as a file rather than played.")


class MessageShape(Shape):
    """What a caller left to be heard."""

    message_id: int
    request_id: int
    call_id: str
    left_at: datetime
    customer: str = Field(description="E.164.")
    name: str = Field(description="As the caller's side or the directory told it: never trust it as HTML.")
    did: str
    owner: str | None
    state: str = Field(description="The request's.")


class MessagePage(BaseModel):
    """A page of messages, newest first."""

    messages: list[MessageShape]
    next_cursor: str | None = NEXT


class MessageListening(Shape):
    """Somebody listened to a message."""

    by_whom: str = Field(description="The name of the key, or of the person.")
    at: datetime
    heard_until: datetime = Field(description="The last request of this listening.")


class MessageListenings(BaseModel):
    """Who listened, the last 500, newest first."""

    listenings: list[MessageListening]


class MessageHandlers:
    """The operations on callers' messages."""

    def __init__(self, pool: Pool, files: MessageFiles) -> None:
        self._pool = pool
        self._files = files

    async def page(self, asked: Asked[MessageListParams]) -> MessagePage:
        """List messages."""
        params = asked.params
        words = {
            "message_call": params.call_id,
            "message_request": params.request_id,
            "message_owner": params.owner,
        }
        found: dict[str, list[object]] = {name: any_of(given) for name, given in words.items() if given}
        if params.cursor is not None:
            found["message_before"] = [cursor.read_number(params.cursor)]
        statement, values = compose(BOARD.list_messages, BOARD, found, params.limit + 1, asked.access)
        rows = await self._pool.fetch(statement, *values)
        messages = [MessageShape.model_validate(dict(row)) for row in rows]
        shown, last = cut(messages, params.limit, lambda it: cursor.write_text(str(it.message_id)))
        return MessagePage(messages=shown, next_cursor=last)

    async def sound(self, asked: Asked[MessageAudioParams]) -> web.StreamResponse:
        """Play or download one; that is written down before its first byte."""
        row = await self._pool.fetchrow(BOARD.message_file, asked.params.message_id)
        if row is None:
            raise NoSuchThing(f"there is no message {asked.params.message_id}")
        with self._files.opened(row["pbx"], row["file"]) as handle:
            sound = audio.sound_of_message(row["message_id"], row["left_at"], handle)
            part = audio.wanted(asked.raw, sound)
            if part is not None and asked.raw.method != "HEAD":
                await self._write_down(asked, row["call_id"])
            return await audio.send(asked.raw, sound, part, handle, attached=asked.params.download)

    async def _write_down(self, asked: Asked[MessageAudioParams], call_id: str) -> None:
        message = asked.params.message_id
        if await self._pool.fetchval(BOARD.message_heard_on, message, asked.by, asked.now) is None:
            await self._pool.execute(BOARD.message_heard, message, call_id, asked.by, asked.now)

    async def listenings(self, asked: Asked[MessageParams]) -> MessageListenings:
        """Show who listened."""
        rows = await self._pool.fetch(BOARD.message_listenings, asked.params.message_id, _SHOWN)
        return MessageListenings(listenings=[MessageListening.model_validate(dict(row)) for row in rows])

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        sound: dict[str, Any] = {
            "path": "/messages/{message_id}/audio",
            "handler": self.sound,
            "params": MessageAudioParams,
            "result": web.StreamResponse,
            "media": ("audio/wav",),
            "scope": Scope.RECORDINGS_READ,
            "tag": "recordings",
            "others": {206: "The range that was asked for.", 304: "The client has it already (If-None-Match)."},
            "refusals": (404, 409, 410, 416),
        }
        return [
            Endpoint(
                method="GET",
                path="/messages",
                operation="listMessages",
                narrow=True,
                summary="What callers left to be heard out of hours, newest first.",
                handler=self.page,
                result=MessagePage,
                params=MessageListParams,
                scope=Scope.CALLBACKS_READ,
                tag="callbacks",
            ),
            Endpoint(method="GET", operation="getMessageAudio", summary="Its sound; Range is honoured.", **sound),
            Endpoint(method="HEAD", operation="headMessageAudio", summary="How much sound there is.", **sound),
            Endpoint(
                method="GET",
                path="/messages/{message_id}/listenings",
                operation="listMessageListenings",
                summary="Who listened to it.",
                handler=self.listenings,
                result=MessageListenings,
                params=MessageParams,
                scope=Scope.PRIVACY,
                tag="privacy",
            ),
        ]
