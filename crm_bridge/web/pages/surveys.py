"""Surveys by phone: what customers said, how far they went, who is asked next."""

from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from crm_bridge.api import problems
from crm_bridge.api.listing import cut
from crm_bridge.api.surveys import SurveyListParams, survey_filters
from crm_bridge.api.values import cursor
from crm_bridge.people.access import ACCESS, PERSON, UserRole
from crm_bridge.people.deeds import ABOUT
from crm_bridge.surveys.reader import SurveyReader
from crm_bridge.surveys.sounds import SpokenAnswers
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import fields
from crm_bridge.web.pages.given import ConsoleGiven, author
from crm_bridge.web.surface import HEADERS, Surface
from crm_bridge.web.views.chips import chips_of, kept_of
from crm_bridge.web.views.periods import PeriodName, period
from telephony.errors import Refused

_PAGE: Final = 50
_PERIODS: Final = tuple(name for name in PeriodName if name is not PeriodName.CUSTOM)
_DAYS: Final = ("period", "since", "until")
_FILTERS: Final = tuple(
    name for name in SurveyListParams.model_fields if name not in {"since", "until", "cursor", "limit"}
)
_LONGEST_NUMBER: Final = 40
_ENABLED: Final = "survey.enabled"
_LONG_AGO: Final = timedelta(days=36_500)


class SurveyPages:
    """The handlers; surveys are for heads and administrators."""

    def __init__(self, surface: Surface, given: ConsoleGiven) -> None:
        self._surface = surface
        self._given = given
        self._reader = SurveyReader(given.pool)
        self._sounds = SpokenAnswers(given.pool, given.services.messages)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        one = r"/surveys/{survey_id:\d{1,18}}"
        return [
            web.get("/surveys", self.page),
            web.post("/surveys", self.ask),
            web.post(f"{one}/cancel", self.cancel),
            web.get(rf"{one}/answers/{{question:[123]}}/audio", self.sound),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show what was said in a period, and the list."""
        return await self._page(request)

    async def _page(
        self, request: web.Request, status: int = 200, *, error: str = "", number: str = ""
    ) -> web.Response:
        _for_heads(request)
        now = self._surface.clock()
        named, first, last = (request.query.get(name, "") for name in _DAYS)
        chosen = period(named, first, last, now.astimezone(self._surface.zone).date(), PeriodName.MONTH)
        since, until = chosen.since(self._surface.zone) or now - _LONG_AGO, chosen.until(self._surface.zone) or now
        kept = kept_of(request.query, (*_FILTERS, *_DAYS))
        params = _params(request, since, until)
        rows = await self._reader.page(survey_filters(params, self._given.region), _PAGE + 1, request[ACCESS])
        shown, following = cut(rows, _PAGE, lambda it: cursor.write_text(str(it.survey_id)))
        return self._surface.page(
            request,
            "surveys/surveys.html",
            status=status,
            rows=shown,
            following=following,
            period=chosen,
            periods=_PERIODS,
            funnel=await self._reader.funnel(since, until),
            nps=await self._reader.score(since, until),
            planned=await self._reader.planned(),
            enabled=self._enabled(),
            kept=kept,
            chips=chips_of(kept, _DAYS),
            error=error,
            number=number,
        )

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Have a customer asked."""
        _for_heads(request)
        form = await fields(request)
        number = form.get("number", "").strip()[:_LONGEST_NUMBER]
        try:
            planned = await self._given.services.surveys.ask_now(number, author(request).name)
        except Refused as error:
            return await self._page(request, 422, error=str(error), number=number)
        request[ABOUT] = planned.customer
        raise web.HTTPSeeOther(f"{PREFIX}/surveys", headers=HEADERS)

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """Call a planned survey off."""
        _for_heads(request)
        await fields(request)
        try:
            await self._given.services.surveys.cancel(int(request.match_info["survey_id"]), author(request).name)
        except Refused as error:
            return await self._page(request, 409, error=str(error))
        raise web.HTTPSeeOther(f"{PREFIX}/surveys", headers=HEADERS)

    async def sound(self, request: web.Request) -> web.StreamResponse:
        """Play what a customer answered."""
        _for_heads(request)
        if not request[PERSON].may_listen:
            raise web.HTTPForbidden
        asked = request.match_info
        survey_id, question = int(asked["survey_id"]), int(asked["question"])
        return await self._sounds.send(
            request, survey_id, question, author(request).name, self._surface.clock(), attached=False
        )

    def _enabled(self) -> bool:
        return any(one.name == _ENABLED and one.value == "true" for one in self._given.services.settings)


def _for_heads(request: web.Request) -> None:
    if request[PERSON].role is UserRole.MANAGER:
        raise web.HTTPForbidden


def _params(request: web.Request, since: datetime, until: datetime) -> SurveyListParams:
    several = SurveyListParams.several()
    kept = kept_of(request.query, (*_FILTERS, "cursor"))
    answer: dict[str, Any] = {
        name: (value if isinstance(value, tuple) else (value,)) if name in several else value
        for name, value in kept.items()
    }
    if not answer.get("state"):
        answer |= {"since": since, "until": max(until, since + timedelta(days=1))}
    try:
        return SurveyListParams.model_validate(answer)
    except ValidationError as error:
        raise problems.invalid("query", error) from None
