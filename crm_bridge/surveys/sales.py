"""A sale, told as a call's result, plans the survey of it."""

from collections.abc import Collection

from crm_bridge.api.ports import SurveyAsking
from crm_bridge.notes import Noted
from crm_bridge.surveys.reader import SURVEYS
from telephony.ports import Transaction


async def plan_for_sale(tx: Transaction, noted: Noted, sold_codes: Collection[str], surveys: SurveyAsking) -> None:
    """Plan it in the transaction that tells of the result; any other note, or result, plans nothing."""
    result = noted.notes.result
    if noted.notes.verb != "result" or result is None or result.code not in sold_codes:
        return
    customer = await tx.fetchval(SURVEYS.customer_of, noted.call_id)
    if customer:
        await surveys.sold(tx, customer, noted.at)
