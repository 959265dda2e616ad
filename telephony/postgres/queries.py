"""SQL in files, with names, read into a typed value.

A file holds queries, each under a line ``-- name: close_call``; the lines above the first name are the file's
comment. The type that receives them is a NamedTuple of `str` fields: a query without a field, or a field without a
query, is an error when the module is imported, and mypy knows every name::

    class CallSql(NamedTuple):
        newest: str
        one: str

    SQL = load(Path(__file__).with_name("calls.sql"), CallSql)
"""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from telephony.errors import RingbackError

_NAME = re.compile(r"^-- name: *([a-z][a-z0-9_]*) *$", re.MULTILINE)

Queries = TypeVar("Queries")


class QueryFileError(RingbackError):
    """A file of named queries and the type that reads it do not fit each other: correct one of them."""

    error_id = "query-file"


def parse(text: str) -> dict[str, str]:
    """Cut a file's text into its queries by name.

    Raises:
        QueryFileError: a name comes twice, or a query is empty.
    """
    parts = _NAME.split(text)[1:]
    found: dict[str, str] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in found:
            raise QueryFileError(f"query {name} is there twice")
        if not body.strip():
            raise QueryFileError(f"query {name} is empty")
        found[name] = body.strip().rstrip(";")
    return found


def load(path: Path, shape: Callable[..., Queries]) -> Queries:
    """Read the queries of ``path`` into ``shape``.

    Raises:
        QueryFileError: names and fields differ; the message tells which.
    """
    found = parse(path.read_text(encoding="utf-8"))
    if different := set(found) ^ set(inspect.signature(shape).parameters):
        raise QueryFileError(f"{path.name} and {shape} differ in: {', '.join(sorted(different))}")
    return shape(**found)
