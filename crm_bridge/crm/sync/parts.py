"""One message in parts: what is done is not done again, what is refused does not take the rest with it.

The end of a call is several things for a CRM: whose it is (a lead, perhaps), the call itself, what it leaves to do.
Each is done by itself. A part that the CRM refuses is written down with its words, the others go on, and at the end the
message becomes a dead letter that names the refused parts. What is done has its link, so a replay does only the rest.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from crm_bridge.crm.errors import CrmMissing, CrmRefused
from crm_bridge.crm.links import Links

Made = TypeVar("Made")


class Parts:
    """The parts of one message about one of our things."""

    def __init__(self, links: Links, key: str) -> None:
        self._links = links
        self._key = key
        self._done: list[str] = []
        self._refused: dict[str, str] = {}

    async def do(self, part: str, work: Callable[[], Awaitable[Made]]) -> Made | None:
        """Do one part; None if the CRM refused it, which is written down."""
        try:
            made = await work()
        except CrmRefused as error:
            self._refused[part] = str(error)
            await self._links.refused(self._key, part, str(error))
            return None
        self._done.append(part)
        return made

    async def settle(self) -> None:
        """Take back what was refused before and is done now; end the message as a dead letter if a part is refused.

        Raises:
            CrmRefused: the refused parts with the CRM's words.
        """
        await self._links.accepted(self._key, self._done)
        if self._refused:
            raise CrmRefused("; ".join(f"{part}: {words}" for part, words in self._refused.items()))


async def with_somebody(owners: Sequence[str], make: Callable[[str], Awaitable[Made]]) -> Made:
    """Make a thing for the first owner whom the CRM takes: a colleague who left is refused, the next is asked.

    Raises:
        CrmRefused: it takes none of them; the words are those for the first.
    """
    first: CrmRefused | None = None
    for owner in dict.fromkeys(owners):
        try:
            return await make(owner)
        except CrmMissing:
            raise
        except CrmRefused as error:
            first = first or error
    raise first or CrmRefused("there is nobody to own it")
