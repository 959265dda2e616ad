"""What telephony asks of others, as small Protocols; `service.py` plugs the concrete classes in."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol

from telephony.events import CallbackChanged, CallEvent, SurveyOver


class Row(Protocol):
    """One row that a query gave. A value has the Python type of its column, which no type checker knows."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401 - PostgreSQL's value
        """Return a column's value."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Return the values in the query's order."""
        ...

    def __len__(self) -> int:
        """Return how many columns there are."""
        ...

    def keys(self) -> Iterable[str]:
        """Return the columns' names."""
        ...

    def get(self, column: str, /) -> Any:  # noqa: ANN401 - PostgreSQL's value
        """Return a column's value; None if the query gives no such column."""
        ...

    def items(self) -> Iterable[tuple[str, Any]]:
        """Return the columns' names and values."""
        ...

    def values(self) -> Iterable[Any]:
        """Return the values."""
        ...


class Savepoint(Protocol):
    """A transaction, or a savepoint in one: an ``async with`` block, or begun and ended by hand."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> bool | None: ...

    async def start(self) -> None:
        """Begin it."""
        ...

    async def commit(self) -> None:
        """End it, kept."""
        ...

    async def rollback(self) -> None:
        """End it, as if nothing had been."""
        ...


class Transaction(Protocol):
    """An open connection inside a transaction, such as asyncpg's. Its name tells what a function needs."""

    async def execute(self, query: str, /, *values: object, timeout: float | None = None) -> str:  # noqa: ASYNC109 - asyncpg's
        """Run a query that gives nothing; return PostgreSQL's command tag."""
        ...

    async def executemany(self, query: str, rows: Iterable[Sequence[object]], /) -> None:
        """Run a query for each row of values."""
        ...

    async def fetch(self, query: str, /, *values: object) -> Sequence[Row]:
        """Run a query; return its rows."""
        ...

    async def fetchrow(self, query: str, /, *values: object) -> Row | None:
        """Run a query; return its first row."""
        ...

    async def fetchval(self, query: str, /, *values: object, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109 - PostgreSQL's value; asyncpg's argument
        """Run a query; return the first row's first value."""
        ...

    def transaction(self) -> Savepoint:
        """Open a transaction, or a savepoint in one."""
        ...

    def is_closed(self) -> bool:
        """Return whether the connection is gone."""
        ...


CallListener = Callable[[CallEvent], None]
"""Hears a call event as it happens. Must return at once and not raise: put work on a queue of your own."""

LedgerHook = Callable[[Transaction, CallEvent], Awaitable[None]]
"""Runs in the ledger's own transaction, after the call's rows are written: what it writes commits with the call or not
at all. It runs once for an event, however often the event is told. An exception rolls the event back; alone it is tried
again, then the call is written without the hooks and the event is a dead letter (see `telephony.calls.pump`)."""

CallbackHook = Callable[[Transaction, CallbackChanged], Awaitable[None]]
"""Runs in the transaction of every change of a callback request (but not when it only waits on for the same reason): a
message for the CRM that is written here commits with the change. An exception takes the change back."""

SurveyHook = Callable[[Transaction, SurveyOver], Awaitable[None]]
"""Runs in the transaction in which a survey ends. An exception takes the end back."""


class Clock(Protocol):
    """Now, as an aware UTC datetime."""

    def __call__(self) -> datetime:
        """Return the time."""
        ...


class Actions(Protocol):
    """Sends one AMI action and returns the headers of its response.

    Raises:
        PbxUnavailable: not connected, or the link dropped before the answer.
        ActionTimedOut: no answer in time.
        ActionRefused: the PBX said no; `NoSuchChannel`: it has no such channel.
        HostileText: a value held CR, LF or NUL.
    """

    async def __call__(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 5.0
    ) -> Mapping[str, str]:
        """Send ``action`` with ``headers``; a list value repeats its header (``Variable``)."""
        ...


class EventualActions(Protocol):
    """Sends AMI actions that are over only when an event says so."""

    async def until_event(
        self, action: str, event: str, /, headers: Mapping[str, str | list[str]], *, timeout_seconds: float
    ) -> Mapping[str, str]:
        """Send an action that is over when ``event`` tells so; return that event's headers.

        Raises:
            as `Actions`.
        """
        ...
