"""Sending a kept recording: whole or a piece of it (206), conditional, never from outside the folder."""

import asyncio
import os
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from aiohttp import web

from crm_bridge.api.ports import Library
from crm_bridge.api.problems import Problem
from crm_bridge.api.values.ranges import ByteRange, OutsideFile, piece
from telephony.ports import Row

_BLOCK: Final = 256 * 1024
_TYPES: Final = {"mp3": "audio/mpeg", "opus": "audio/ogg"}
_MATCHES: Final = 100
"""So many tags of an If-None-Match are looked at."""


def etag_of(row: Row) -> str:
    """Give a file's tag: its own hash, so it never changes for the same sound."""
    return f'"{row["sha256"].hex()[:32]}"'


def wanted(request: web.Request, row: Row) -> ByteRange | None:
    """Tell what of the file is to be sent; None if the client has it already (304).

    Raises:
        Problem: 416, the range lies outside the file.
    """
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")[:_MATCHES]]
    if etag_of(row) in known or known == ["*"]:
        return None
    asked = request.headers.get("Range")
    if asked and not _still_the_same(request.headers.get("If-Range"), row):
        asked = None
    try:
        return piece(asked, row["bytes"])
    except OutsideFile:
        raise Problem(
            416,
            "outside-file",
            f"the file has {row['bytes']} bytes",
            headers={"Content-Range": f"bytes */{row['bytes']}"},
        ) from None


async def send(
    request: web.Request, row: Row, part: ByteRange | None, library: Library, *, attached: bool
) -> web.StreamResponse:
    """Send it."""
    headers = _headers(row, attached=attached)
    if part is None:
        return web.Response(status=304, headers=headers)
    if request.method == "HEAD":
        return web.Response(status=_code(part), headers=headers | _length(part))
    with library.opened(row["path"]) as handle:
        if os.fstat(handle).st_size != row["bytes"]:
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


def _still_the_same(if_range: str | None, row: Row) -> bool:
    """A range is only good for the file it was asked of; a weak tag or a date of another second is another file."""
    return if_range is None or if_range.strip() in {etag_of(row), _date(row["kept_at"])}


def _code(part: ByteRange) -> int:
    return 206 if part.partial else 200


def _length(part: ByteRange) -> dict[str, str]:
    told = {"Content-Length": str(part.length)}
    return told | {"Content-Range": part.content_range} if part.partial else told


def _headers(row: Row, *, attached: bool) -> dict[str, str]:
    # The name is made of our own numbers: nothing that a caller said gets into a header.
    name = f"recording-{row['recording_id']}.{row['format']}"
    return {
        "Content-Type": _TYPES[row["format"]],
        "Accept-Ranges": "bytes",
        "ETag": etag_of(row),
        "Last-Modified": _date(row["kept_at"]),
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'{"attachment" if attached else "inline"}; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }


def _date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
