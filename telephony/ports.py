"""What telephony asks of others, as small Protocols; `service.py` plugs the concrete classes in."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from telephony.events import CallbackChanged, CallEvent

Transaction = Any
"""An open asyncpg connection inside a transaction; named so that signatures say what they need."""

CallListener = Callable[[CallEvent], None]
"""Hears a call event as it happens. Must return at once and not raise: put work on a queue of your own."""

LedgerHook = Callable[[Transaction, CallEvent], Awaitable[None]]
"""Runs in the ledger's own transaction, after the call's rows are written: what it writes commits with the call or not
at all. It runs once for an event, however often the event is told. An exception rolls the event back; alone it is tried
again, then the call is written without the hooks and the event is a dead letter (see `telephony.calls.pump`)."""

CallbackHook = Callable[[Transaction, CallbackChanged], Awaitable[None]]
"""Runs in the transaction of every change of a callback request (but not when it only waits on for the same reason): a
message for the CRM that is written here commits with the change. An exception takes the change back."""


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
        ActionRefused: the PBX said no.
        HostileText: a value held CR, LF or NUL.
    """

    async def __call__(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 5.0
    ) -> Mapping[str, str]:
        """Send ``action`` with ``headers``; a list value repeats its header (``Variable``)."""
        ...
