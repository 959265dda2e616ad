"""Which calls are to be heard, who hears them: the queue of reviews over HTTP."""

from functools import partial
from typing import Any

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import (
    Asked,
    Body,
    CallIdText,
    Endpoint,
    Instant,
    Line,
    Nothing,
    Params,
    Prose,
    RowId,
    Several,
)
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.problems import Problem
from crm_bridge.api.values import cursor
from crm_bridge.api.values.cursor import CursorPosition
from crm_bridge.api.values.keys import Scope
from crm_bridge.queries.sql_builder import any_of
from crm_bridge.queries.visible import ThingKind, check
from crm_bridge.reviews.lifecycle import ReviewState, ReviewVerb
from crm_bridge.reviews.model import Judge, ReviewDetail, ReviewShape
from crm_bridge.reviews.orders import ReviewOrders
from crm_bridge.reviews.selection import ReviewWhy
from crm_bridge.reviews.store import Reviews
from telephony.postgres.pool import Pool

ReviewManager = Line
"""An extension, as the ledger has it."""


class ReviewFilterParams(Params):
    """Which reviews; filters are joined by "and"."""

    state: Several[ReviewState] = ()
    why: Several[ReviewWhy] = ()
    drawn: bool | None = Field(None, description="Those of a week's draw: only these make averages.")
    fatal: bool | None = None
    manager: Several[ReviewManager] = Field((), description="The extension of who talked.")
    call_id: CallIdText | None = None
    since: Instant | None = Field(None, description="Calls that began at or after it; ISO 8601 with a zone.")
    until: Instant | None = Field(None, description="Calls that began before it.")


class ReviewListParams(ReviewFilterParams, PageParams):
    """Which reviews, and which page of them."""


class ReviewParams(Params):
    """Which review."""

    review_id: RowId


class ReviewAskBody(Body):
    """Which call is to be heard, and why."""

    call_id: CallIdText
    why: ReviewWhy = Field(ReviewWhy.ASKED, strict=False, description="`asked`, or `unhappy` of a customer who is.")
    wanted: Prose = Field("", max_length=500, description="What whoever asks wants to know.")


class SkipBody(Body):
    """Why a call is not to be heard."""

    reason: Line = Field(min_length=1, max_length=100, description="`wrong_number`, `no_speech`, `private` ...")


class ReviewPage(BaseModel):
    """A page of reviews."""

    reviews: list[ReviewShape]
    next_cursor: str | None = NEXT


class NextReview(BaseModel):
    """The review that was claimed."""

    review: ReviewDetail | None = Field(description="Null if none waits.")


async def judge_of(orders: ReviewOrders, asked: Asked[Any]) -> Judge:
    """Return who scores."""
    person = asked.person
    return await orders.judge(asked.key.key_id if asked.key else "", asked.by, person.manager_id if person else None)


class ReviewHandlers:
    """The operations on the queue."""

    def __init__(self, reviews: Reviews, orders: ReviewOrders, pool: Pool) -> None:
        self._reviews = reviews
        self._orders = orders
        self._pool = pool

    async def page(self, asked: Asked[ReviewListParams]) -> ReviewPage:
        """List reviews."""
        params = asked.params
        filters = review_filters(params)
        if params.cursor is not None:
            place = cursor.read(params.cursor)
            filters["before"] = [place.started_at, cursor.row_number(place.call_id)]
        found = await self._reviews.page(filters, params.limit + 1, asked.access)
        shown, last = cut(
            found, params.limit, lambda it: cursor.write(CursorPosition(it.started_at, str(it.review_id)))
        )
        return ReviewPage(reviews=shown, next_cursor=last)

    async def one(self, asked: Asked[ReviewParams]) -> ReviewDetail:
        """Show one; the manager whose call it is has seen it then."""
        if not asked.access.everything:
            await self._orders.saw(asked.params.review_id, asked.now)
        return await self._shown(asked)

    async def ask(self, asked: Asked[Nothing]) -> ReviewDetail:
        """Have a call heard."""
        body: ReviewAskBody = asked.body
        if body.why not in {ReviewWhy.ASKED, ReviewWhy.UNHAPPY}:
            raise Problem(422, "invalid", "first calls and draws are Ringback's own: write `asked` or `unhappy`")
        await check(self._pool, asked.access, ThingKind.CALL, body.call_id)
        by = await judge_of(self._orders, asked)
        review_id = await self._orders.ask(body.call_id, body.why, by, asked.now, body.wanted)
        return await self._reviews.one(review_id)

    async def take_next(self, asked: Asked[Nothing]) -> NextReview:
        """Claim the most urgent."""
        by = await judge_of(self._orders, asked)
        found = await self._orders.take_next(by, asked.now)
        return NextReview(review=None if found is None else await self._reviews.one(found, by.key_id))

    async def claim(self, asked: Asked[ReviewParams]) -> ReviewDetail:
        """Claim one."""
        await self._orders.claim(asked.params.review_id, await judge_of(self._orders, asked), asked.now)
        return await self._shown(asked)

    async def release(self, asked: Asked[ReviewParams]) -> ReviewDetail:
        """Give a claim back."""
        return await self._let_go(asked, ReviewVerb.RELEASE)

    async def skip(self, asked: Asked[ReviewParams]) -> ReviewDetail:
        """Leave one unheard."""
        return await self._let_go(asked, ReviewVerb.SKIP, asked.body.reason)

    async def reopen(self, asked: Asked[ReviewParams]) -> ReviewDetail:
        """Have one heard that was skipped."""
        return await self._let_go(asked, ReviewVerb.REOPEN)

    async def _let_go(self, asked: Asked[ReviewParams], verb: ReviewVerb, why: str = "") -> ReviewDetail:
        by = await judge_of(self._orders, asked)
        await self._orders.let_go(asked.params.review_id, verb, by, asked.now, why)
        return await self._shown(asked)

    async def _shown(self, asked: Asked[ReviewParams]) -> ReviewDetail:
        return await self._reviews.one(asked.params.review_id, asked.key.key_id if asked.key else "")

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        every = partial(Endpoint, tag="reviews")
        read = partial(every, scope=Scope.REVIEWS)
        one = partial(every, method="POST", result=ReviewDetail, params=ReviewParams, refusals=(404, 409))
        score = partial(one, scope=Scope.REVIEWS_SCORE)
        return [
            read(
                method="GET",
                path="/reviews",
                operation="listReviews",
                narrow=True,
                summary="Calls that are to be heard or were scored, newest first; a manager's own cards only.",
                handler=self.page,
                result=ReviewPage,
                params=ReviewListParams,
            ),
            read(
                method="POST",
                path="/reviews",
                operation="askReview",
                narrow=True,
                summary="Have a call heard: an answered one that is over.",
                handler=self.ask,
                body=ReviewAskBody,
                result=ReviewDetail,
                success=201,
                refusals=(404,),
            ),
            every(
                method="POST",
                path="/review-queue/next",
                operation="takeNextReview",
                summary="Claim the most urgent review that nobody holds, for 15 minutes.",
                handler=self.take_next,
                result=NextReview,
                scope=Scope.REVIEWS_SCORE,
            ),
            read(
                method="GET",
                path="/reviews/{review_id}",
                operation="getReview",
                summary="One review with its cards, disputes and calibration.",
                handler=self.one,
                result=ReviewDetail,
                params=ReviewParams,
                refusals=(404,),
            ),
            score(
                path="/reviews/{review_id}/claim",
                operation="claimReview",
                summary="Claim one, for 15 minutes.",
                handler=self.claim,
            ),
            score(
                path="/reviews/{review_id}/release",
                operation="releaseReview",
                summary="Give a claim back.",
                handler=self.release,
            ),
            score(
                path="/reviews/{review_id}/skip",
                operation="skipReview",
                summary="Leave a call unheard, and say why.",
                handler=self.skip,
                body=SkipBody,
            ),
            score(
                path="/reviews/{review_id}/reopen",
                operation="reopenReview",
                summary="Have a call heard that was skipped.",
                handler=self.reopen,
            ),
        ]


def review_filters(params: ReviewFilterParams) -> dict[str, list[object]]:
    """Turn parameters into the list's filters."""
    words = {"state": params.state, "manager": params.manager, "why": params.why}
    found = {name: any_of([str(value) for value in given]) for name, given in words.items() if given}
    found |= {"call": [params.call_id]} if params.call_id else {}
    for name, wanted in (("drawn", params.drawn), ("fatal", params.fatal)):
        if wanted is not None:
            found[name if wanted else f"not_{name}"] = []
    times = {"since": params.since, "until": params.until}
    found |= {name: [value] for name, value in times.items() if value is not None}
    return found
