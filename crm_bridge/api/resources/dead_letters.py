"""Call events that the ledger could not take: seen, and tried again."""

from datetime import datetime
from functools import partial

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Endpoint, Params, RowId
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.ports import DeadLetterOrders
from crm_bridge.api.values import cursor
from crm_bridge.api.values.keys import Scope
from crm_bridge.schemas import Shape


class DeadLetterListParams(PageParams):
    """Which page."""


class LetterParams(Params):
    """Which dead letter."""

    letter_id: RowId


class DeadLetterShape(Shape):
    """A call event that could not be written."""

    id: int
    call_id: str
    kind: str = Field(description="The event's kind: `CallEnded`.")
    reason: str = Field(description="Why it could not be written, in PostgreSQL's or the hook's words.")
    written: bool = Field(description="The call itself is in the ledger; only what follows from it failed.")
    died_at: datetime
    revive_asked_at: datetime | None = Field(description="Since when somebody wants it tried again.")
    tries: int = Field(description="How often it was tried again.")
    tried_at: datetime | None


class DeadLetterDetail(DeadLetterShape):
    """One of them whole."""

    event: str = Field(description="The event as JSON text.")


class DeadLetterPage(BaseModel):
    """A page, newest first."""

    dead_letters: list[DeadLetterShape]
    next_cursor: str | None = NEXT


class DeadLetterHandlers:
    """The operations on dead letters."""

    def __init__(self, letters: DeadLetterOrders) -> None:
        self._letters = letters

    async def page(self, asked: Asked[DeadLetterListParams]) -> DeadLetterPage:
        """List dead letters."""
        limit, before = asked.params.limit, asked.params.cursor
        found = await self._letters.page(limit + 1, cursor.read_number(before) if before else None)
        letters = [DeadLetterShape.model_validate(letter) for letter in found]
        shown, last = cut(letters, limit, lambda letter: cursor.write_text(str(letter.id)))
        return DeadLetterPage(dead_letters=shown, next_cursor=last)

    async def one(self, asked: Asked[LetterParams]) -> DeadLetterDetail:
        """Show one dead letter."""
        letter = await self._letters.one(asked.params.letter_id)
        return DeadLetterDetail.model_validate(letter)

    async def revive(self, asked: Asked[LetterParams]) -> None:
        """Have one tried again."""
        await self._letters.ask(asked.params.letter_id, asked.by)

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        common = partial(Endpoint, scope=Scope.ADMIN, tag="dead letters")
        return [
            common(
                method="GET",
                path="/dead-letters",
                operation="listDeadLetters",
                summary="Call events that could not be written, newest first.",
                handler=self.page,
                result=DeadLetterPage,
                params=DeadLetterListParams,
            ),
            common(
                method="GET",
                path="/dead-letters/{letter_id}",
                operation="getDeadLetter",
                summary="One of them with its event.",
                handler=self.one,
                result=DeadLetterDetail,
                params=LetterParams,
                refusals=(404,),
            ),
            common(
                method="POST",
                path="/dead-letters/{letter_id}/revive",
                operation="reviveDeadLetter",
                summary="Have it tried again within seconds: it is gone if it was written, else `tries` counts on.",
                handler=self.revive,
                result=None,
                success=204,
                params=LetterParams,
                refusals=(404,),
            ),
        ]
