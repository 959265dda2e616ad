"""What the checks ask again and again."""

from collections.abc import Awaitable
from typing import Any, Final

from crm_bridge.crm.conformance.other_side import ContractBroken, Trial
from crm_bridge.crm.plugin.gateway import CallCards
from crm_bridge.crm.policy.types import Contact
from crm_bridge.schemas import CallShape

NUMBER: Final = "+380671234567"
ANOTHER: Final = "+380501234567"


def must(true: object, words: str) -> None:
    """Raise `ContractBroken` with the words if it is not true."""
    if not true:
        raise ContractBroken(words)


async def raises(expected: type[Exception] | tuple[type[Exception], ...], work: Awaitable[Any], words: str) -> None:
    """Raise `ContractBroken` if the work does not raise this; ``words`` say what it means."""
    try:
        await work
    except expected:
        return
    except Exception as error:
        raise ContractBroken(f"{words}, not {type(error).__name__}: {error}") from error
    raise ContractBroken(f"{words}, and nothing was raised")


async def known(side: Trial, number: str = NUMBER) -> Contact:
    """Make somebody known, and find them."""
    await side.other.add_person(number, side.other.users[0], "Olena")
    found = await side.gateway.find(number)
    if found is None:
        raise ContractBroken(f"a person with the number {number} is not found")
    return found


async def written(side: Trial, answer: CallShape, about: str) -> str:
    """Write a call as Ringback does; gives the CRM's id of it."""
    user = side.other.users[0]
    if isinstance(side.gateway, CallCards):
        opened = await side.gateway.open_call(answer, user, lead=True)
        await side.gateway.finish_call(answer, opened.crm_id, user)
        await side.gateway.ended(answer, opened.crm_id)
        return opened.crm_id
    return await side.gateway.put_call(answer, about, user)


def is_id(crm_id: str, of: str) -> None:
    """Raise `ContractBroken` if this is no id."""
    must(crm_id and " " not in crm_id, f"the id of {of} is {crm_id!r}: an id is text without spaces")
