"""Telling a database that is away from a statement that is wrong.

The difference decides what happens to the work: after an *outage* the same work is done again later and will succeed; a
wrong statement would fail for ever. What came in a group is an outage if all of it is.
"""

import re
from typing import Final

import asyncpg

from telephony.errors import DatabaseUnavailable, leaves
from telephony.ports import Transaction

_OUTAGES: Final[tuple[type[BaseException], ...]] = (
    DatabaseUnavailable,
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
    asyncpg.InvalidCachedStatementError,  # somebody changed a table under us; the statement is prepared anew
)
_SERVERS_OWN: Final[tuple[type[BaseException], ...]] = (
    asyncpg.InternalServerError,  # class XX
    asyncpg.InvalidAuthorizationSpecificationError,  # class 28: somebody changes passwords or pg_hba.conf
    asyncpg.InvalidCatalogNameError,  # the database is restored just now
)
_CONNECTION_GONE: Final = re.compile(
    r"connection (is closed|has been released back to the pool)$|^pool is clos(ing|ed)$"
)
"""What asyncpg says if a connection broke under a statement, or under the ``async with`` that holds it."""


def is_outage(error: BaseException) -> bool:
    """Return whether trying the same again later can succeed."""
    return all(_is_outage(leaf) for leaf in leaves(error))


def is_worldly(error: BaseException) -> bool:
    """Return whether it is the server's doing and none of ours: an outage, or what only its operator can mend.

    A loop waits for that. Work of which one piece fails so is not stuck with it: the piece is set aside.
    """
    return all(_is_outage(leaf) or isinstance(leaf, _SERVERS_OWN) for leaf in leaves(error))


def breaks(connection: Transaction, error: BaseException) -> bool:
    """Return whether an error in the midst of work is the database's, where files and networks can fail, too.

    Args:
        connection: the one that the work has.
        error: what came up in the work.
    """
    if isinstance(error, OSError) and not isinstance(error, TimeoutError):
        return _is_gone(connection)
    return is_outage(error) or _is_gone(connection)


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, asyncpg.InterfaceError):  # its other reasons are wrong uses of asyncpg, or hostile values
        return not isinstance(error, asyncpg.DataError) and bool(_CONNECTION_GONE.search(str(error)))
    return isinstance(error, _OUTAGES)


def _is_gone(connection: Transaction) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:  # the pool took it back when it broke
        return True
