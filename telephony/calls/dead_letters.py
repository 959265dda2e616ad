"""Call events as JSON text and back: what a dead letter holds. Pure."""

import json
import traceback
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from telephony.calls.backlog import SHED_ORDER
from telephony.errors import RingbackError
from telephony.events import CallEvent

_KINDS = {kind.__name__: kind for kind in SHED_ORDER}


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    """Made when a letter is first written or read: they are rare, and making them all costs the start 20 ms."""
    return TypeAdapter(_KINDS[kind])


class UnreadableLetter(RingbackError):
    """A dead letter cannot be read by this version: look at it by hand."""

    error_id = "unreadable-letter"


def encode(event: CallEvent) -> tuple[str, str]:
    """Return the event's class name and its JSON; any text survives, NUL and half surrogates too (as escapes)."""
    kind = type(event).__name__
    return kind, json.dumps(_adapter(kind).dump_python(event, mode="python"), default=_plain)


def decode(kind: str, text: str) -> CallEvent:
    """Read what `encode` wrote.

    Raises:
        UnreadableLetter: it was written by another version, or by hand.
    """
    try:
        event: CallEvent = _adapter(kind).validate_python(json.loads(text), strict=False)
    except (KeyError, ValueError, ValidationError) as error:
        raise UnreadableLetter(f"{kind}: {error}") from error
    return event


def _plain(value: Any) -> Any:  # noqa: ANN401 - json.dumps asks so
    """Times as ISO 8601, durations in seconds."""
    return value.isoformat() if hasattr(value, "isoformat") else value.total_seconds()


# What the log says of an exception: in one line where.
def where(error: BaseException) -> str:
    """The line that raised. A whole traceback, printed prettily, can hold up the loop for seconds: once an event."""
    frames = traceback.extract_tb((error.__cause__ or error).__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""


def name(function: object) -> str:
    """The name of a hook or a listener."""
    return str(getattr(function, "__qualname__", type(function).__qualname__))
