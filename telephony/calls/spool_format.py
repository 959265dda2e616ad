r"""Call events as lines of a spool file and back. Pure.

A file begins with a line that tells its format; each line after it is one event::

    ringback-spool 1\n
    <crc32 of the rest of the line, 8 hex digits> <kind> <JSON>\n

JSON escapes every control character, so a line's end is an event's end, and what follows a damaged line can be read.
"""

from typing import Final
from zlib import crc32

from telephony.calls.dead_letters import UnreadableLetter, decode, encode
from telephony.errors import RingbackError
from telephony.events import CallEvent

HEADER: Final = b"ringback-spool 1\n"
_SUM: Final = 8


class DamagedRecord(RingbackError):
    """A spooled event cannot be read: it was damaged on the disk, or another version wrote it."""

    error_id = "damaged-record"


def line_of(event: CallEvent) -> bytes:
    """Write one event."""
    kind, text = encode(event)
    body = f"{kind} {text}".encode("ascii")
    return b"%08x %b\n" % (crc32(body), body)


def event_of(line: bytes) -> CallEvent:
    """Read what `line_of` wrote; the newline may be missing.

    Raises:
        DamagedRecord: it is not what was written.
    """
    checksum, body = line[:_SUM], line[_SUM + 1 :].removesuffix(b"\n")
    if checksum != b"%08x" % crc32(body) or line[_SUM : _SUM + 1] != b" ":
        raise DamagedRecord("the checksum is wrong")
    kind, _, text = body.decode("ascii", "replace").partition(" ")
    try:
        return decode(kind, text)
    except UnreadableLetter as error:
        raise DamagedRecord(str(error)) from error
