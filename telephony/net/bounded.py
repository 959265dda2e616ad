"""What strangers send, read within bounds: bytes after decompression, seconds in all, values of JSON.

Theory: an answer of 2 MB can unpack to 4 GB, drip in for a day, or hold a million empty lists whose parsing stops all
calls for seconds. So an answer is unpacked piece by piece and given up at the first byte too many; its time counts from
its first byte to its last; and JSON is only parsed when a count of its commas and brackets says that this is quick.
What comes out is text that PostgreSQL takes and numbers that end: no NUL, no lone surrogate, no infinity.
"""

import asyncio
import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

import aiohttp

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of an answer, unpacked: a page of 250 contacts with all their fields has less than one."""
MOST_VALUES: Final = 100_000
"""Of one JSON text; so many are parsed in 50 ms, in which nothing else is done."""
SECONDS: Final = 20.0
"""For one answer's body, however it drips."""
_PIECE: Final = 65_536
MOST_DEEP: Final = 64
"""Levels of JSON; deeper ones would end our own walks through it, `str` among them."""
_UNSAVED: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_BAD_LETTERS: Final = re.compile("[\x00\ud800-\udfff]")

Json = Any


class TooMuch(ValueError):
    """An answer is larger, slower or more nested than we read."""


class TooSlow(TooMuch):
    """It was not whole in time."""


async def read(stream: aiohttp.StreamReader, *, most: int, seconds: float) -> bytes:
    """Read what a stranger sends to its end; bytes are counted unpacked.

    Raises:
        TooMuch, TooSlow: it has more bytes, or took longer.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            # Not `read()`: that takes off aiohttp's own limit of what one piece may unpack to.
            async for piece in stream.iter_chunked(_PIECE):
                body += piece
                if len(body) > most:
                    raise TooMuch(f"it has more than {most:,} bytes")
    except TimeoutError:
        raise TooSlow(f"it was not whole after {seconds:g} s") from None
    return bytes(body)


async def body_of(response: aiohttp.ClientResponse, *, most: int = MOST_BYTES, seconds: float = SECONDS) -> bytes:
    """Read an answer's body.

    Args:
        response: the answer; its connection is closed if it is given up.
        most: bytes, unpacked.
        seconds: for the whole of it.

    Raises:
        TooMuch: it has more bytes, or took longer.
        aiohttp.ClientError: it broke off, or is not packed as it says.
    """
    try:
        return await read(response.content, most=most, seconds=seconds)
    except TooMuch:
        response.close()
        raise


async def json_of(response: aiohttp.ClientResponse, *, most: int = MOST_BYTES, seconds: float = SECONDS) -> Json:
    """Read an answer's JSON; see `body_of` and `loads`, which raise."""
    return loads(await body_of(response, most=most, seconds=seconds))


def loads(text: bytes, *, most_values: int = MOST_VALUES) -> Json:
    """Parse JSON that a stranger wrote.

    Raises:
        ValueError: it is none, or has NaN, infinity or numbers without end.
        TooMuch: it has more values than ``most_values``, or is nested too deeply.
    """
    if text.count(b",") + text.count(b"[") + text.count(b"{") > most_values:
        raise TooMuch(f"JSON of more than {most_values:,} values")
    letters = text.decode("utf-8-sig", "replace")
    try:
        found = json.loads(letters, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise TooMuch(f"JSON of more than {MOST_DEEP} levels") from None
    _check_depth(found)
    return _cleaned(found) if _UNSAVED.search(letters) else found


def clean(text: str) -> str:
    """Replace what no PostgreSQL text can hold: NUL and lone surrogates."""
    return _BAD_LETTERS.sub("�", text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number without end")
    return number


def _check_depth(found: Json) -> None:
    level = [found]
    for _ in range(MOST_DEEP + 1):
        level = [each for value in level for each in _inside(value)]
        if not level:
            return
    raise TooMuch(f"JSON of more than {MOST_DEEP} levels")


def _inside(value: Json) -> Iterator[Json]:
    """Return what is in a value and may have something in it."""
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (each for each in within if isinstance(each, dict | list))


def _cleaned(found: Json) -> Json:
    """Clean every text of a JSON value."""
    match found:
        case str():
            return clean(found)
        case list():
            return [_cleaned(value) for value in found]
        case dict():
            return {clean(name): _cleaned(value) for name, value in found.items()}
        case _:
            return found
