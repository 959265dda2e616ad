"""Comments, tags and result codes on a call: what people and CRMs write back."""

from decimal import Decimal
from functools import partial

from pydantic import Field

from crm_bridge.api.endpoint import Asked, Body, CallIdText, Endpoint, Line, Params, Prose, RowId
from crm_bridge.api.values.keys import Scope
from crm_bridge.errors import NoSuchThing
from crm_bridge.notes import Notes
from crm_bridge.schemas import CommentShape


class NotedCallParams(Params):
    """Which call."""

    call_id: CallIdText


class CommentParams(NotedCallParams):
    """Which comment."""

    comment_id: RowId


class TagParams(NotedCallParams):
    """Which tag."""

    tag: Line = Field(min_length=1, max_length=64, description="Any words; compared letter by letter.")


class CommentBody(Body):
    """What to write."""

    text: Prose = Field(min_length=1, max_length=4000)


class ResultBody(Body):
    """How it went."""

    code: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", description="Your own: `sold`, `wrong-number`.")
    amount: str | None = Field(
        None,
        pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?$",
        description="What it brought, in the company's currency, as text: `1299.50`.",
    )


class NoteHandlers:
    """The operations on notes."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def comment(self, asked: Asked[NotedCallParams]) -> CommentShape:
        """Write a comment."""
        return await self._notes.comment(asked.params.call_id, asked.body.text, asked.by, asked.now)

    async def uncomment(self, asked: Asked[CommentParams]) -> None:
        """Take a comment back."""
        if not await self._notes.uncomment(asked.params.call_id, asked.params.comment_id, asked.by, asked.now):
            raise NoSuchThing(f"that call has no comment {asked.params.comment_id}")

    async def tag(self, asked: Asked[TagParams]) -> None:
        """Put a tag on."""
        await self._notes.tag(asked.params.call_id, asked.params.tag, asked.by, asked.now)

    async def untag(self, asked: Asked[TagParams]) -> None:
        """Take a tag off."""
        if not await self._notes.untag(asked.params.call_id, asked.params.tag, asked.by, asked.now):
            raise NoSuchThing("that call has no such tag")

    async def result(self, asked: Asked[NotedCallParams]) -> None:
        """Say how it went."""
        body: ResultBody = asked.body
        amount = None if body.amount is None else Decimal(body.amount)
        await self._notes.result(asked.params.call_id, body.code, asked.by, asked.now, amount)

    async def no_result(self, asked: Asked[NotedCallParams]) -> None:
        """Take it back."""
        if not await self._notes.no_result(asked.params.call_id, asked.by, asked.now):
            raise NoSuchThing("that call has no result")

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        write = partial(Endpoint, scope=Scope.CALLS_WRITE, tag="notes", refusals=(404,))
        silent = partial(write, result=None, success=204)
        return [
            write(
                method="POST",
                path="/calls/{call_id}/comments",
                operation="createComment",
                summary="Write a comment on a call.",
                handler=self.comment,
                params=NotedCallParams,
                body=CommentBody,
                result=CommentShape,
                success=201,
            ),
            silent(
                method="DELETE",
                path="/calls/{call_id}/comments/{comment_id}",
                operation="deleteComment",
                summary="Take a comment back.",
                handler=self.uncomment,
                params=CommentParams,
            ),
            silent(
                method="PUT",
                path="/calls/{call_id}/tags/{tag}",
                operation="putTag",
                summary="Put a tag on a call; `listCalls` filters by it.",
                handler=self.tag,
                params=TagParams,
            ),
            silent(
                method="DELETE",
                path="/calls/{call_id}/tags/{tag}",
                operation="deleteTag",
                summary="Take a tag off.",
                handler=self.untag,
                params=TagParams,
            ),
            silent(
                method="PUT",
                path="/calls/{call_id}/result",
                operation="putResult",
                summary="Say how the call went, by your own code; replaces the one before.",
                handler=self.result,
                params=NotedCallParams,
                body=ResultBody,
            ),
            silent(
                method="DELETE",
                path="/calls/{call_id}/result",
                operation="deleteResult",
                summary="Take the result back.",
                handler=self.no_result,
                params=NotedCallParams,
            ),
        ]
