"""Telling a database that is away from a statement that is wrong.

The difference decides what happens to the work: after an *outage* the same work is done again later and will succeed; a
wrong statement would fail for ever.
"""

import asyncpg

_OUTAGES: tuple[type[Exception], ...] = (
    OSError,  # refused, reset, no such socket; TimeoutError is one, too
    asyncpg.InternalClientError,  # the server's bytes stopped in the middle
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.OperatorInterventionError,  # class 57: shutting down, starting up, cancelled by the administrator
    asyncpg.InsufficientResourcesError,  # class 53: disk full, too many connections
    asyncpg.TransactionRollbackError,  # class 40: deadlock, serialization: nothing wrong with us
    asyncpg.PostgresSystemError,  # class 58: the server cannot read its own files
    asyncpg.ReadOnlySQLTransactionError,  # failing over: we still talk to the standby
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


def is_outage(error: BaseException) -> bool:
    """Tell whether trying the same again later can succeed."""
    if isinstance(error, asyncpg.InterfaceError):
        return "closed" in str(error)  # under the statement; its other reasons are wrong uses of asyncpg
    return isinstance(error, _OUTAGES)
