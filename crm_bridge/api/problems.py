"""Refusals as problem+json (RFC 9457), each with a stable ``error_id``; only here do our errors get HTTP codes."""

import json
import re
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from telephony.errors import DatabaseUnavailable, NotReady, Refused, RingbackError, UnexpectedTransition

_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""U+0000 as JSON writes it, and not a backslash before ``u0000``."""


class Complaint(BaseModel):
    """What is wrong with one field."""

    where: str = Field(description="`query.limit`, `body.comment` ...")
    what: str


class ProblemShape(BaseModel):
    """The body of every refusal."""

    type: str = Field(description="`urn:ringback:error:<error_id>`")
    title: str
    status: int
    detail: str
    error_id: str = Field(description="Stable; the texts may change.")
    complaints: tuple[Complaint, ...] = ()


class Problem(Exception):
    """A refusal with its HTTP code."""

    def __init__(
        self,
        code: int,
        error_id: str,
        detail: str,
        *,
        complaints: tuple[Complaint, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.error_id = error_id
        self.detail = detail
        self.complaints = complaints
        self.headers = headers or {}

    def response(self) -> web.Response:
        """Return it as HTTP."""
        shape = ProblemShape(
            type=f"urn:ringback:error:{self.error_id}",
            title=_TITLES.get(self.code, "Error"),
            status=self.code,
            detail=self.detail,
            error_id=self.error_id,
            complaints=self.complaints,
        )
        return web.Response(
            status=self.code,
            text=shape.model_dump_json(),
            content_type="application/problem+json",
            headers=self.headers,
        )


_NOT_THERE = frozenset({"not-found", "no-such-callback", "no-such-manager", "no-such-letter", "file-gone"})
_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    415: "Unsupported media type",
    416: "Range not satisfiable",
    422: "Invalid",
    429: "Too many requests",
    500: "Internal error",
    503: "Not available now",
}


def invalid(place: str, error: ValidationError) -> Problem:
    """Make a 422 of what pydantic found, without repeating the values (they may be secrets, or huge)."""
    complaints = tuple(
        Complaint(where=".".join([place, *map(str, fault["loc"])])[:200], what=fault["msg"][:500])
        for fault in error.errors(include_url=False, include_context=False, include_input=False)[:20]
    )
    detail = "; ".join(f"{complaint.where}: {complaint.what}" for complaint in complaints)
    return Problem(422, "invalid", detail, complaints=complaints)


def of(error: RingbackError) -> Problem:
    """Return one of our own errors its HTTP code."""
    match error:
        case DatabaseUnavailable():
            return away()
        case NotReady():
            return Problem(503, error.error_id, str(error), headers={"Retry-After": "5"})
        case Refused() | UnexpectedTransition():
            return Problem(409, error.error_id, str(error))
        case _:
            code = 404 if error.error_id in _NOT_THERE else 400
            return Problem(code, error.error_id, str(error))


def away() -> Problem:
    """Make a 503 for a database that is not there."""
    return Problem(
        503, DatabaseUnavailable.error_id, "the database is away; try again soon", headers={"Retry-After": "5"}
    )


def not_json(detail: str) -> Problem:
    """Make a 400 for a body that is not JSON."""
    return Problem(400, "not-json", detail)


def loads(text: bytes) -> Any:  # noqa: ANN401  (JSON is any)
    """Read JSON strictly: no NaN, no duplicate keys, no absurd depth, no U+0000, which no text that is kept may hold.

    Raises:
        Problem: it is not that.
    """
    try:
        found = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as error:
        raise not_json(f"the body is not JSON: {str(error)[:200]}") from None
    if _NUL.search(text):
        raise Problem(422, "invalid", "a text of the body holds the character U+0000, which cannot be kept")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found
