"""Copies a made-up past into the ledger's tables."""

import io
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from deploy.demo.past.model import Past
from telephony.ports import Transaction

_GO_ON: Final = """
SELECT setval(pg_get_serial_sequence('callback_requests', 'request_id'), (SELECT max(request_id) FROM callback_requests))
"""


async def remember(transaction: Any, past: Past) -> None:  # noqa: ANN401 - asyncpg's connection, whose COPY no port has
    """Copy a past into the ledger."""
    known = await _columns(transaction)
    for table, rows in past.rows.items():
        columns = [column for column in rows[0] if column in known[table]]
        text = "".join(",".join(_cell(row[column]) for column in columns) + "\n" for row in rows)
        await transaction.copy_to_table(table, columns=columns, source=io.BytesIO(text.encode()), format="csv")
    await transaction.execute(_GO_ON)
    await transaction.execute("ANALYZE")


def _cell(value: object) -> str:
    """Write a value as COPY reads CSV: empty is null, and all else is quoted."""
    match value:
        case None:
            return ""
        case bytes():
            text = f"\\x{value.hex()}"
        case list():
            text = (
                "{" + ",".join(f'"\\\\x{each.hex()}"' if isinstance(each, bytes) else str(each) for each in value) + "}"
            )
        case date():
            text = value.isoformat()
        case timedelta():
            text = f"{value.total_seconds()} seconds"
        case _:
            text = str(value)
    return '"' + text.replace('"', '""') + '"'


async def _columns(transaction: Transaction) -> Mapping[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in await transaction.fetch("SELECT table_name, column_name FROM information_schema.columns"):
        found[row["table_name"]].add(row["column_name"])
    return found
