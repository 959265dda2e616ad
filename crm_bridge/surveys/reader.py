"""Reads surveys: lists, one, the funnel and the scores of a span."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field

from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import Access
from crm_bridge.queries.sql_builder import Filters, compose
from crm_bridge.schemas import Shape
from crm_bridge.surveys.nps import NetPromoterScore, net_promoter_score
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load


class SurveyViewSql(NamedTuple):
    """The queries of surveys.sql."""

    list_surveys: str
    filter_before: str
    filter_state: str
    filter_ended_for: str
    filter_customer: str
    filter_because: str
    filter_score_from: str
    filter_score_to: str
    filter_since: str
    filter_until: str
    one: str
    answers: str
    answer_file: str
    funnel: str
    scores: str
    planned: str
    refusal: str
    customer_of: str
    heard_on: str
    heard: str


SURVEYS: Final = load(Path(__file__).with_name("surveys.sql"), SurveyViewSql)


class SurveyStateName(StrEnum):
    """Where a survey stands."""

    PLANNED = "planned"
    RINGING = "ringing"
    TALKING = "talking"
    OVER = "over"


class SurveyCause(StrEnum):
    """Why a customer is asked."""

    SALE = "sale"
    FIRST_CALL = "first_call"
    BY_HAND = "by_hand"


class SpokenAnswerShape(Shape):
    """An answer that was spoken."""

    question: int = Field(description="1: what they liked; 2: what not; 3: what could have been better.")
    seconds: float


class SurveyShape(Shape):
    """A survey by phone."""

    survey_id: int
    customer: str = Field(description="E.164.")
    name: str = Field(description="As the caller's side or the directory told it: never trust it as HTML.")
    did: str
    because: SurveyCause
    anchor_at: datetime = Field(description="The purchase, or the first talk; of one by hand, the order.")
    planned_by: str
    state: SurveyStateName
    not_before: datetime
    tries: int
    call_id: str = Field(description="The last call; empty if nobody was rung.")
    rang_at: datetime | None
    answered_at: datetime | None
    consented_at: datetime | None
    score: int | None = Field(description="0 to 10: how likely they would recommend us.")
    person_wanted: bool
    request_id: int | None = Field(description="The callback that they asked for.")
    ended_at: datetime | None
    ended_for: str | None = Field(description="docs/surveys.md has the words.")
    answers: tuple[SpokenAnswerShape, ...] = ()


class SurveyFunnel(Shape):
    """How far the customers went whose surveys ended in a span."""

    over: int
    rung: int
    picked_up: int
    agreed: int
    scored: int
    finished: int
    person_wanted: int
    never_again: int


class SurveyReader:
    """Reads them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, filters: Filters, limit: int, access: Access) -> list[SurveyShape]:
        """List surveys, newest first."""
        text, values = compose(SURVEYS.list_surveys, SURVEYS, filters, limit, access)
        return await self._whole(await self._pool.fetch(text, *values))

    async def one(self, survey_id: int) -> SurveyShape:
        """Read one.

        Raises:
            NoSuchThing: there is none.
        """
        rows = await self._pool.fetch(SURVEYS.one, survey_id)
        for found in await self._whole(rows):
            return found
        raise NoSuchThing(f"there is no survey {survey_id}")

    async def _whole(self, rows: Sequence[Any]) -> list[SurveyShape]:
        spoken: dict[int, list[Mapping[str, Any]]] = {}
        for row in await self._pool.fetch(SURVEYS.answers, [row["survey_id"] for row in rows]):
            spoken.setdefault(row["survey_id"], []).append({"question": row["question"], "seconds": row["seconds"]})
        return [SurveyShape.model_validate(dict(row) | {"answers": spoken.get(row["survey_id"], [])}) for row in rows]

    async def funnel(self, since: datetime, until: datetime) -> SurveyFunnel:
        """Count how far those went whose surveys ended in [since, until)."""
        row = await self._pool.fetchrow(SURVEYS.funnel, since, until)
        return SurveyFunnel.model_validate(dict(row.items()) if row is not None else {})

    async def score(self, since: datetime, until: datetime) -> NetPromoterScore:
        """Reckon the score of a span."""
        rows = await self._pool.fetch(SURVEYS.scores, since, until)
        return net_promoter_score((row["score"], row["answers"]) for row in rows)

    async def planned(self) -> int:
        """Count those that are not over."""
        count: int = await self._pool.fetchval(SURVEYS.planned)
        return count
