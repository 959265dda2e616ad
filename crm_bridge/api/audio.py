"""Sending a kept recording: whole or a piece of it (206), conditional, never from outside the folder."""

import asyncio
import os
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final, NamedTuple

from aiohttp import web

from crm_bridge.api.problems import Problem
from crm_bridge.api.values.ranges import ByteRange, OutsideFile, piece
from telephony.ports import Row

_BLOCK: Final = 256 * 1024
_TYPES: Final = {"mp3": "audio/mpeg", "opus": "audio/ogg"}
_MATCHES: Final = 100
"""So many tags of an If-None-Match are looked at."""


class SoundFile(NamedTuple):
    """What the headers tell of a file of sound. Its name is made of our own numbers, never of a caller's words."""

    name: str
    media: str
    bytes: int
    etag: str
    """Changes with the sound, and with nothing else."""
    kept_at: datetime


def sound_of_recording(row: Row) -> SoundFile:
    """Describe a kept recording; its tag is its own hash."""
    name = f"recording-{row['recording_id']}.{row['format']}"
    return SoundFile(name, _TYPES[row["format"]], row["bytes"], f'"{row["sha256"].hex()[:32]}"', row["kept_at"])


def sound_of_message(message_id: int, left_at: datetime, handle: int) -> SoundFile:
    """Describe a caller's message by its open file, which the PBX has written once."""
    return _sound_of_pbx("message", message_id, left_at, handle)


def sound_of_answer(answer_id: int, said_at: datetime, handle: int) -> SoundFile:
    """Describe what a customer answered aloud in a survey."""
    return _sound_of_pbx("answer", answer_id, said_at, handle)


def _sound_of_pbx(what: str, row_id: int, at: datetime, handle: int) -> SoundFile:
    found = os.fstat(handle)
    tag = f'"{row_id:x}-{found.st_size:x}-{found.st_mtime_ns:x}"'
    return SoundFile(f"{what}-{row_id}.wav", "audio/wav", found.st_size, tag, at)


def wanted(request: web.Request, sound: SoundFile) -> ByteRange | None:
    """Return what of the file is to be sent; None if the client has it already (304).

    Raises:
        Problem: 416, the range lies outside the file.
    """
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")[:_MATCHES]]
    if sound.etag in known or known == ["*"]:
        return None
    asked = request.headers.get("Range")
    if asked and not _still_the_same(request.headers.get("If-Range"), sound):
        asked = None
    try:
        return piece(asked, sound.bytes)
    except OutsideFile:
        raise Problem(
            416,
            "outside-file",
            f"the file has {sound.bytes} bytes",
            headers={"Content-Range": f"bytes */{sound.bytes}"},
        ) from None


async def send(
    request: web.Request, sound: SoundFile, part: ByteRange | None, handle: int, *, attached: bool
) -> web.StreamResponse:
    """Send it from its open file."""
    headers = _headers(sound, attached=attached)
    if part is None:
        return web.Response(status=304, headers=headers)
    if request.method == "HEAD":
        return web.Response(status=_code(part), headers=headers | _length(part))
    if os.fstat(handle).st_size != sound.bytes:
        raise Problem(410, "file-changed", "the file is not what was kept; see the recording's alarms")
    response = web.StreamResponse(status=_code(part), headers=headers | _length(part))
    await response.prepare(request)
    at = part.first
    while at <= part.last:
        block = await asyncio.to_thread(os.pread, handle, min(_BLOCK, part.last + 1 - at), at)
        if not block:
            break  # cut off behind our back: the client sees a short body
        await response.write(block)
        at += len(block)
    await response.write_eof()
    return response


def _still_the_same(if_range: str | None, sound: SoundFile) -> bool:
    """A range is only good for the file it was asked of; a weak tag or a date of another second is another file."""
    return if_range is None or if_range.strip() in {sound.etag, _date(sound.kept_at)}


def _code(part: ByteRange) -> int:
    return 206 if part.partial else 200


def _length(part: ByteRange) -> dict[str, str]:
    headers = {"Content-Length": str(part.length)}
    return headers | {"Content-Range": part.content_range} if part.partial else headers


def _headers(sound: SoundFile, *, attached: bool) -> dict[str, str]:
    return {
        "Content-Type": sound.media,
        "Accept-Ranges": "bytes",
        "ETag": sound.etag,
        "Last-Modified": _date(sound.kept_at),
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'{"attachment" if attached else "inline"}; filename="{sound.name}"',
        "X-Content-Type-Options": "nosniff",
    }


def _date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
