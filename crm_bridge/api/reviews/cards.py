"""Score cards over HTTP: the form, scores and their corrections, disputes, calibration, the weeks' draws."""

from functools import partial

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Nothing, Params, Prose
from crm_bridge.api.reviews.queue import ReviewParams, judge_of
from crm_bridge.api.values.keys import Scope
from crm_bridge.reviews.cards import CardScore, ScoreCard
from crm_bridge.reviews.model import ReviewDetail, WeekShape
from crm_bridge.reviews.orders import FilledCard, ReviewOrders
from crm_bridge.reviews.store import Reviews


class ScoreBody(Body):
    """A filled card."""

    version: int = Field(ge=1, description="Of the form that was filled: it must be the one that is asked now.")
    answers: dict[str, int | None] = Field(
        max_length=60, description="Each question's id and the choice; null is not applicable."
    )
    best: Prose = Field("", max_length=2000, description="The best moment.")
    improve: Prose = Field("", max_length=2000, description="What to do better.")

    def filled(self) -> FilledCard:
        """Return it as the rooms behind know it."""
        return FilledCard(self.version, self.answers, self.best, self.improve)


class DisputeBody(Body):
    """What is wrong with a card."""

    text: Prose = Field(min_length=1, max_length=2000)


class SettleBody(Body):
    """What came of a dispute."""

    answer: Prose = Field(min_length=1, max_length=2000)


class FormBody(Body):
    """A form."""

    card: ScoreCard = Field(strict=False)


class FormShape(BaseModel):
    """The form that is asked now."""

    version: int
    card: ScoreCard


class WeeksParams(Params):
    """How many weeks."""

    limit: int = Field(12, ge=1, le=200)


class WeekList(BaseModel):
    """Weeks' draws, newest first."""

    weeks: list[WeekShape]


class ReviewCardHandlers:
    """The operations on cards."""

    def __init__(self, reviews: Reviews, orders: ReviewOrders) -> None:
        self._reviews = reviews
        self._orders = orders

    async def score(self, asked: Asked[ReviewParams]) -> CardScore:
        """Score a claimed call."""
        by = await judge_of(self._orders, asked)
        return await self._orders.score(asked.params.review_id, asked.body.filled(), by, asked.now)

    async def correct(self, asked: Asked[ReviewParams]) -> CardScore:
        """Supersede a card."""
        by = await judge_of(self._orders, asked)
        return await self._orders.correct(asked.params.review_id, asked.body.filled(), by, asked.now)

    async def dispute(self, asked: Asked[ReviewParams]) -> ReviewDetail:
        """Say what is wrong with a card."""
        by = await judge_of(self._orders, asked)
        await self._orders.dispute(asked.params.review_id, asked.body.text, by, asked.now)
        return await self._reviews.one(asked.params.review_id, by.key_id)

    async def settle(self, asked: Asked[ReviewParams]) -> ReviewDetail:
        """Answer a dispute."""
        by = await judge_of(self._orders, asked)
        await self._orders.settle(asked.params.review_id, asked.body.answer, by, asked.now)
        return await self._reviews.one(asked.params.review_id, by.key_id)

    async def calibrate(self, asked: Asked[ReviewParams]) -> ReviewDetail:
        """Have a call scored by several people."""
        by = await judge_of(self._orders, asked)
        await self._orders.calibrate(asked.params.review_id, by, asked.now)
        return await self._reviews.one(asked.params.review_id, by.key_id)

    async def score_blind(self, asked: Asked[ReviewParams]) -> CardScore:
        """Write one's card of a calibration."""
        by = await judge_of(self._orders, asked)
        return await self._orders.score_blind(asked.params.review_id, asked.body.filled(), by, asked.now)

    async def end_calibration(self, asked: Asked[ReviewParams]) -> ReviewDetail:
        """Show all cards of a calibration."""
        by = await judge_of(self._orders, asked)
        await self._orders.end_calibration(asked.params.review_id, asked.now)
        return await self._reviews.one(asked.params.review_id, by.key_id)

    async def form(self, asked: Asked[Nothing]) -> FormShape:
        """Show the form."""
        del asked
        version, card = await self._reviews.form()
        return FormShape(version=version, card=card)

    async def change_form(self, asked: Asked[Nothing]) -> FormShape:
        """Ask another form from now on."""
        by = await judge_of(self._orders, asked)
        version = await self._orders.change_form(asked.body.card, by, asked.now)
        return FormShape(version=version, card=asked.body.card)

    async def weeks(self, asked: Asked[WeeksParams]) -> WeekList:
        """List draws."""
        return WeekList(weeks=await self._reviews.weeks(asked.params.limit))

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        every = partial(Endpoint, tag="reviews")
        of_review = partial(every, method="POST", params=ReviewParams, refusals=(404, 409))
        score = partial(of_review, scope=Scope.REVIEWS_SCORE)
        return [
            score(
                path="/reviews/{review_id}/score",
                operation="scoreReview",
                summary="Score a call that you claimed; the score never changes.",
                handler=self.score,
                body=ScoreBody,
                result=CardScore,
                success=201,
            ),
            score(
                path="/reviews/{review_id}/corrections",
                operation="correctReview",
                summary="Write a further card, which supersedes the one that stands and keeps it.",
                handler=self.correct,
                body=ScoreBody,
                result=CardScore,
                success=201,
            ),
            of_review(
                path="/reviews/{review_id}/dispute",
                operation="disputeReview",
                summary="Say what is wrong with a card; managers with their own.",
                handler=self.dispute,
                body=DisputeBody,
                result=ReviewDetail,
                scope=Scope.REVIEWS,
            ),
            score(
                path="/reviews/{review_id}/settle",
                operation="settleReview",
                summary="Answer a dispute: the card stands as it is then.",
                handler=self.settle,
                body=SettleBody,
                result=ReviewDetail,
            ),
            score(
                path="/reviews/{review_id}/calibration",
                operation="openCalibration",
                summary="Have a heard call scored by several people who do not see each other's cards.",
                handler=self.calibrate,
                result=ReviewDetail,
            ),
            score(
                path="/reviews/{review_id}/calibration/cards",
                operation="scoreBlind",
                summary="Write one's card of a calibration; it counts in no average.",
                handler=self.score_blind,
                body=ScoreBody,
                result=CardScore,
                success=201,
            ),
            score(
                path="/reviews/{review_id}/calibration/close",
                operation="closeCalibration",
                summary="Show all cards of a calibration, and how far they agree.",
                handler=self.end_calibration,
                result=ReviewDetail,
            ),
            every(
                method="GET",
                path="/review-form",
                operation="getReviewForm",
                narrow=True,
                summary="The score card that is asked now.",
                handler=self.form,
                result=FormShape,
                scope=Scope.REVIEWS,
            ),
            every(
                method="PUT",
                path="/review-form",
                operation="putReviewForm",
                summary="Ask another score card from now on: a new version; cards that were written keep theirs.",
                handler=self.change_form,
                body=FormBody,
                result=FormShape,
                scope=Scope.REVIEWS_SCORE,
                refusals=(409,),
            ),
            every(
                method="GET",
                path="/review-weeks",
                operation="listReviewWeeks",
                narrow=True,
                summary="Weeks' draws: with a week's seed anybody can work out which calls were drawn.",
                handler=self.weeks,
                result=WeekList,
                params=WeeksParams,
                scope=Scope.REVIEWS,
            ),
        ]
