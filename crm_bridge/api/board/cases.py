"""Unhappy customers: listed, opened by hand, worked on, given, closed."""

from functools import partial
from secrets import token_hex

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, CallIdText, Endpoint, Number, Params, Prose, RowId
from crm_bridge.api.listing import NEXT, cut
from crm_bridge.api.values.keys import Scope
from crm_bridge.cases.book import LONGEST_WORDS, CaseBook, CaseReason
from crm_bridge.cases.lifecycle import CaseCause, CaseWhy
from crm_bridge.cases.listing import CaseListParams, CaseQueries, CaseStep, OwnerName, case_filters, case_place
from crm_bridge.cases.shapes import CaseShape
from telephony.numbers import canonical
from telephony.postgres.pool import Pool


class CasePage(BaseModel):
    """A page of cases, the newest first."""

    cases: list[CaseShape]
    next_cursor: str | None = NEXT


class WholeCase(BaseModel):
    """A case with what happened to it."""

    case: CaseShape
    history: list[CaseStep]


class CaseParams(Params):
    """Which case."""

    case_id: RowId


class OpenCaseBody(Body):
    """Who is unhappy, and why."""

    customer: Number = Field(description="In any spelling.")
    words: Prose = Field(min_length=1, max_length=LONGEST_WORDS, description="Why, in somebody's words.")
    call_id: CallIdText | None = Field(None, description="The call that shows it.")


class ActBody(Body):
    """What was done."""

    words: Prose = Field(min_length=1, max_length=LONGEST_WORDS)


class GiveBody(Body):
    """Whose it is from now on."""

    owner: OwnerName = Field(description="A manager of the directory; empty: the heads of sales.")


class CloseBody(Body):
    """Why it was, and what was done."""

    cause: CaseCause = Field(strict=False)
    done: Prose = Field(min_length=1, max_length=LONGEST_WORDS, description="What was done for the customer.")
    changed: Prose = Field(
        "", max_length=LONGEST_WORDS, description="What was changed so that it does not happen again; empty if nothing."
    )


class CaseHandlers:
    """The operations on cases."""

    def __init__(self, pool: Pool, book: CaseBook, region: str) -> None:
        self._pool = pool
        self._book = book
        self._region = region
        self._queries = CaseQueries(pool)

    async def page(self, asked: Asked[CaseListParams]) -> CasePage:
        """List cases."""
        params = asked.params
        found = await self._queries.newest(case_filters(params, self._region), params.limit + 1, asked.access)
        shown, last = cut(found, params.limit, case_place)
        return CasePage(cases=shown, next_cursor=last)

    async def one(self, asked: Asked[CaseParams]) -> WholeCase:
        """Show one."""
        case = await self._queries.one(asked.params.case_id, asked.access)
        return WholeCase(case=case, history=list(await self._queries.history(case.case_id)))

    async def open(self, asked: Asked[Params]) -> CaseShape:
        """Open one by hand, or add a reason to the open one."""
        body: OpenCaseBody = asked.body
        customer = canonical(body.customer, self._region)
        reason = CaseReason(CaseWhy.BY_HAND, token_hex(8), customer, body.call_id or "", body.words)
        async with self._pool.acquire() as connection, connection.transaction():
            case_id = await self._book.open(connection, reason, asked.by)
        return await self._queries.one(case_id or 0, asked.access)

    async def act(self, asked: Asked[CaseParams]) -> CaseShape:
        """Write down what was done."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._book.act(connection, asked.params.case_id, asked.by, asked.body.words)
        return await self._queries.one(asked.params.case_id, asked.access)

    async def give(self, asked: Asked[CaseParams]) -> CaseShape:
        """Give it to somebody."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._book.give(connection, asked.params.case_id, asked.body.owner, asked.by)
        return await self._queries.one(asked.params.case_id, asked.access)

    async def close(self, asked: Asked[CaseParams]) -> CaseShape:
        """Close it."""
        body: CloseBody = asked.body
        async with self._pool.acquire() as connection, connection.transaction():
            words = body.done, body.changed
            await self._book.close(connection, asked.params.case_id, body.cause, words, asked.by)
        return await self._queries.one(asked.params.case_id, asked.access)

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        read = partial(Endpoint, method="GET", scope=Scope.CALLBACKS_READ, tag="cases")
        write = partial(Endpoint, method="POST", scope=Scope.CALLBACKS_WRITE, tag="cases", result=CaseShape)
        of_one = partial(write, params=CaseParams, refusals=(404, 409))
        return [
            read(
                path="/cases",
                operation="listCases",
                narrow=True,
                summary="Unhappy customers, the newest first.",
                handler=self.page,
                result=CasePage,
                params=CaseListParams,
            ),
            read(
                path="/cases/{case_id}",
                operation="getCase",
                summary="One, with what happened to it.",
                handler=self.one,
                result=WholeCase,
                params=CaseParams,
                refusals=(404,),
            ),
            write(
                path="/cases",
                operation="openCase",
                summary="Say that a customer is unhappy: opens a case, or adds a reason to the one that is open.",
                handler=self.open,
                body=OpenCaseBody,
                success=201,
            ),
            of_one(
                path="/cases/{case_id}/act",
                operation="actOnCase",
                summary="Write down what was done for the customer.",
                handler=self.act,
                body=ActBody,
            ),
            of_one(
                path="/cases/{case_id}/give",
                operation="giveCase",
                summary="Give it another owner.",
                handler=self.give,
                body=GiveBody,
            ),
            of_one(
                path="/cases/{case_id}/close",
                operation="closeCase",
                summary="Close it with its cause and with what was done.",
                handler=self.close,
                body=CloseBody,
            ),
        ]
