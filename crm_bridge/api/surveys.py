"""Surveys by phone: ordered, listed, counted, heard; and who is never to be asked again."""

from datetime import datetime
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import NO_CONTENT, Asked, Body, Endpoint, Instant, Number, Params, RowId, Several
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.ports import MessageFiles, SurveyAsking
from crm_bridge.api.values import cursor
from crm_bridge.api.values.keys import Scope
from crm_bridge.errors import NoSuchThing
from crm_bridge.queries.sql_builder import any_of
from crm_bridge.schemas import Shape
from crm_bridge.surveys.reader import (
    SURVEYS,
    SurveyCause,
    SurveyFunnel,
    SurveyReader,
    SurveyShape,
    SurveyStateName,
)
from crm_bridge.surveys.sounds import SpokenAnswers
from telephony.numbers import canonical
from telephony.postgres.pool import Pool

ScoreMark = Annotated[int, Field(ge=0, le=10)]
"""How likely somebody would recommend us."""
EndWord = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z_]+$")]
"""How a survey ended, by its word."""
QuestionNumber = Annotated[int, Field(ge=1, le=3)]
"""1 to 3."""


class SurveyListParams(PageParams):
    """What to list; filters are joined by "and"."""

    state: Several[SurveyStateName] = ()
    ended_for: Several[EndWord] = Field((), description="`finished`, `hung_up`, ...; docs/surveys.md has all.")
    because: Several[SurveyCause] = ()
    customer: Number | None = None
    score_from: ScoreMark | None = None
    score_to: ScoreMark | None = None
    since: Instant | None = Field(None, description="Ended (else planned) at or after.")
    until: Instant | None = Field(None, description="Ended (else planned) before.")


class SurveyParams(Params):
    """Which survey."""

    survey_id: RowId


class SpokenParams(SurveyParams):
    """Which answer, and what for."""

    question: QuestionNumber
    download: bool = Field(default=False, description="True: to be saved as a file rather than played.")


class SurveySpanParams(Params):
    """Of which time."""

    since: Instant
    until: Instant


class SurveyCustomerParams(Params):
    """Whom."""

    number: Number


class SurveyOrder(Body):
    """Whom to ask."""

    number: Number


class PlannedShape(Shape):
    """A survey that stands in the plan."""

    survey_id: int
    customer: str
    not_before: datetime


class SurveyPage(BaseModel):
    """A page of surveys, newest first."""

    surveys: list[SurveyShape]
    next_cursor: str | None = NEXT


class ScoreShape(Shape):
    """The Net Promoter Score of a span."""

    answers: int
    promoters: int
    passives: int
    detractors: int
    score: int | None = Field(description="-100 to 100; null with fewer than ten answers.")
    low: int | None = Field(description="In nine of ten such samples the true score lies between these two.")
    high: int | None


class SurveySummary(BaseModel):
    """What came of the surveys that ended in a span."""

    funnel: SurveyFunnel
    nps: ScoreShape


class RefusalShape(Shape):
    """Somebody who is never to be asked."""

    customer: str
    by_whom: str = Field(description="`key 9`, or who wrote it down.")
    at: datetime


def survey_filters(params: SurveyListParams, region: str) -> dict[str, list[object]]:
    """Return the list's filters."""
    several = {"state": params.state, "ended_for": params.ended_for, "because": params.because}
    found: dict[str, list[object]] = {name: any_of(given) for name, given in several.items() if given}
    if params.customer is not None:
        found["customer"] = [canonical(params.customer, region)]
    single = {name: getattr(params, name) for name in ("score_from", "score_to", "since", "until")}
    found |= {name: [value] for name, value in single.items() if value is not None}
    if params.cursor is not None:
        found["before"] = [cursor.read_number(params.cursor)]
    return found


class SurveyHandlers:
    """The operations."""

    def __init__(self, pool: Pool, orders: SurveyAsking, files: MessageFiles, region: str) -> None:
        self._pool = pool
        self._orders = orders
        self._sounds = SpokenAnswers(pool, files)
        self._region = region
        self._reader = SurveyReader(pool)

    async def page(self, asked: Asked[SurveyListParams]) -> SurveyPage:
        """List surveys."""
        limit = asked.params.limit
        rows = await self._reader.page(survey_filters(asked.params, self._region), limit + 1, asked.access)
        shown, last = cut(rows, limit, lambda it: cursor.write_text(str(it.survey_id)))
        return SurveyPage(surveys=shown, next_cursor=last)

    async def one(self, asked: Asked[SurveyParams]) -> SurveyShape:
        """Show one."""
        return await self._reader.one(asked.params.survey_id)

    async def ask(self, asked: Asked[Params]) -> PlannedShape:
        """Have a customer asked."""
        body: SurveyOrder = asked.body
        return PlannedShape.model_validate(await self._orders.ask_now(body.number, asked.by))

    async def cancel(self, asked: Asked[SurveyParams]) -> None:
        """Call one off."""
        await self._orders.cancel(asked.params.survey_id, asked.by)

    async def summary(self, asked: Asked[SurveySpanParams]) -> SurveySummary:
        """Count."""
        since, until = asked.params.since, asked.params.until
        score = await self._reader.score(since, until)
        return SurveySummary(funnel=await self._reader.funnel(since, until), nps=ScoreShape.model_validate(score))

    async def sound(self, asked: Asked[SpokenParams]) -> web.StreamResponse:
        """Play or download an answer."""
        params = asked.params
        return await self._sounds.send(
            asked.raw, params.survey_id, params.question, asked.by, asked.now, attached=params.download
        )

    async def refusal(self, asked: Asked[SurveyCustomerParams]) -> RefusalShape:
        """Tell whether somebody is never to be asked."""
        row = await self._pool.fetchrow(SURVEYS.refusal, canonical(asked.params.number, self._region))
        if row is None:
            raise NoSuchThing("this customer may be asked")
        return RefusalShape.model_validate(dict(row.items()))

    async def refuse(self, asked: Asked[SurveyCustomerParams]) -> None:
        """Never ask somebody again."""
        await self._orders.refuse(asked.params.number, asked.by)

    async def allow(self, asked: Asked[SurveyCustomerParams]) -> None:
        """Take that back."""
        await self._orders.allow(asked.params.number)

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        usual: Final[dict[str, Any]] = {"scope": Scope.SURVEYS, "tag": "surveys"}
        of_one = {"path": "/surveys/{survey_id}", "params": SurveyParams, **usual}
        refusal = {"path": "/customers/{number}/survey-refusal", "params": SurveyCustomerParams, **usual}
        sound = {
            "path": "/surveys/{survey_id}/answers/{question}/audio",
            "handler": self.sound,
            "params": SpokenParams,
            "result": web.StreamResponse,
            "media": ("audio/wav",),
            "others": {206: "The range that was asked for.", 304: "The client has it already (If-None-Match)."},
            "refusals": (404, 409, 410, 416),
            **usual,
        }
        return [
            Endpoint(
                method="GET",
                path="/surveys",
                operation="listSurveys",
                narrow=True,
                summary="Surveys by phone, planned, under way and over; newest first.",
                handler=self.page,
                result=SurveyPage,
                params=SurveyListParams,
                **usual,
            ),
            Endpoint(
                method="POST",
                path="/surveys",
                operation="askCustomer",
                summary="Have a customer asked as soon as hours and callbacks allow it.",
                handler=self.ask,
                result=PlannedShape,
                body=SurveyOrder,
                success=201,
                refusals=(409,),
                **usual,
            ),
            Endpoint(
                method="GET",
                path="/survey-summary",
                operation="getSurveySummary",
                summary="How far customers went whose surveys ended in a span, and the Net Promoter Score.",
                handler=self.summary,
                result=SurveySummary,
                params=SurveySpanParams,
                **usual,
            ),
            Endpoint(
                method="GET",
                operation="getSurvey",
                summary="One survey.",
                handler=self.one,
                result=SurveyShape,
                refusals=(404,),
                **of_one,
            ),
            Endpoint(
                method="DELETE",
                operation="cancelSurvey",
                summary="Call a planned survey off.",
                handler=self.cancel,
                result=None,
                success=NO_CONTENT,
                refusals=(404, 409),
                **of_one,
            ),
            Endpoint(method="GET", operation="getSurveyAnswerAudio", summary="What they said aloud.", **sound),
            Endpoint(method="HEAD", operation="headSurveyAnswerAudio", summary="How much sound there is.", **sound),
            Endpoint(
                method="GET",
                operation="getSurveyRefusal",
                summary="Whether a customer is never to be asked.",
                handler=self.refusal,
                result=RefusalShape,
                refusals=(404,),
                **refusal,
            ),
            Endpoint(
                method="PUT",
                operation="refuseSurveys",
                summary="Never ask a customer again.",
                handler=self.refuse,
                result=None,
                success=NO_CONTENT,
                refusals=(409,),
                **refusal,
            ),
            Endpoint(
                method="DELETE",
                operation="allowSurveys",
                summary="Take a refusal back.",
                handler=self.allow,
                result=None,
                success=NO_CONTENT,
                refusals=(409,),
                **refusal,
            ),
        ]
