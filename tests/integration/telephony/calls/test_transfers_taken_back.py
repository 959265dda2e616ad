"""What looked like a transfer and was none is no transfer in the ledger."""

from dataclasses import replace

from telephony.calls.store import LedgerWriter
from telephony.events import CallEnded, CallTransferred
from telephony.model import Transfer, TransferKind
from telephony.postgres.pool import Pool
from tests import stories
from tests.builders import after


async def test_parking_that_began_as_a_blind_transfer_leaves_none_and_a_real_one_stays(pool: Pool) -> None:
    call = stories.answered(stories.ringing(stories.started()))
    parking = Transfer(TransferKind.BLIND, "101", "700", after(5))
    real = Transfer(TransferKind.BLIND, "101", "102", after(9))
    ended = replace(stories.ended(call), transfers=(real,))
    writer = LedgerWriter("UA")
    async with pool.acquire() as connection:
        await writer.write(connection, [CallTransferred(replace(call, transfers=(parking,)), parking.at, parking)])
        assert await connection.fetchval("SELECT to_number FROM transfers") == "700"
        await writer.write(connection, [CallEnded(ended, after(60))])
        assert [row["to_number"] for row in await connection.fetch("SELECT to_number FROM transfers")] == ["102"]

        repaired = replace(ended, transfers=(), repaired=True)
        await writer.write(connection, [CallEnded(repaired, after(61))])
        assert await connection.fetchval("SELECT count(*) FROM transfers") == 1, (
            "a repaired call may have been told less"
        )
