"""Reviews: what is to be heard, the score card beside the player, a manager's own cards."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from aiohttp import web

from crm_bridge.api.reviews.queue import ReviewFilterParams, review_filters
from crm_bridge.people.access import ACCESS, PERSON, UserRole
from crm_bridge.people.deeds import ABOUT
from crm_bridge.people.rights import as_key
from crm_bridge.queries.calls import CallQueries
from crm_bridge.queries.console import ConsoleQueries
from crm_bridge.reviews.cards import CHOICES, NOT_APPLICABLE, ScoreCard
from crm_bridge.reviews.lifecycle import HEARD, ReviewState, ReviewVerb, knows
from crm_bridge.reviews.model import Judge
from crm_bridge.reviews.orders import FilledCard
from crm_bridge.reviews.selection import ReviewWhy
from crm_bridge.reviews.store import Reviews
from crm_bridge.web import PREFIX
from crm_bridge.web.forms import FormRefused, fields, way_back
from crm_bridge.web.pages.given import ConsoleGiven
from crm_bridge.web.surface import HEADERS, Surface
from crm_bridge.web.views.chips import kept_of
from crm_bridge.web.views.periods import PeriodName, period

_MOST: Final = 100
_LISTED: Final = 200
_WEEKS: Final = 8
_LONGEST: Final = 2000
_LONGEST_REASON: Final = 100
_FASTER: Final = 1.5
"""As reviewers listen."""
_KEPT: Final = ("period", "since", "until", "manager", "why", "state", "drawn", "fatal")
_PERIODS: Final = (PeriodName.WEEK, PeriodName.MONTH, PeriodName.THIS_MONTH, PeriodName.LAST_MONTH, PeriodName.ALL)
_ORDERS: Final = (
    *("claim", "release", "skip", "reopen", "score", "correct", "dispute", "settle", "calibrate", "blind", "uncover"),
)
_ROW: Final = r"{review_id:\d{1,18}}"


class ReviewPages:
    """The handlers. The queue is for who scores; a manager sees own cards."""

    def __init__(self, surface: Surface, given: ConsoleGiven) -> None:
        self._surface = surface
        self._given = given
        self._orders = given.reviews
        self._reviews = Reviews(given.pool)
        self._calls = CallQueries(given.pool)
        self._console = ConsoleQueries(given.pool)

    def routes(self) -> list[web.RouteDef]:
        """Return them."""
        return [
            web.get("/reviews", self.page),
            web.post("/reviews/next", self.take_next),
            web.post("/calls/{call_id}/review", self.ask),
            web.get(f"/reviews/{_ROW}", self.one),
            web.post(f"/reviews/{_ROW}/draft", self.draft),
            *(web.post(f"/reviews/{_ROW}/{order}", partial(self.order, order)) for order in _ORDERS),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Show what waits and what was heard."""
        access, scores = request[ACCESS], _scores(request)
        kept = kept_of(request.query, _KEPT)
        today = self._surface.clock().astimezone(self._surface.zone).date()
        named, since, until = (request.query.get(name, "") for name in ("period", "since", "until"))
        chosen = period(named, since, until, today, PeriodName.MONTH)
        waiting = await self._reviews.waiting({}, _MOST, access) if scores else []
        state = kept.get("state") or tuple(HEARD)
        asked = {name: _tuple(value) for name, value in kept.items() if name in {"manager", "why"}}
        flags = {name: value for name in ("drawn", "fatal") if (value := request.query.get(name)) in {"true", "false"}}
        moments = {"since": chosen.since(self._surface.zone), "until": chosen.until(self._surface.zone)}
        try:
            params = ReviewFilterParams.model_validate({**asked, **flags, **moments, "state": _tuple(state)})
        except ValueError:
            raise web.HTTPBadRequest from None
        filters = review_filters(params)
        heard = await self._reviews.page(filters, _LISTED, access)
        return self._surface.page(
            request,
            "reviews/list.html",
            scores=scores,
            waiting=waiting,
            minutes=sum(each.talk_seconds or 0 for each in waiting) / 60 / _FASTER,
            heard=heard,
            total=await self._reviews.count(filters, access),
            kept=dict.fromkeys(_KEPT, "") | kept,
            period=chosen,
            periods=_PERIODS,
            whys=list(ReviewWhy),
            states=list(ReviewState),
            weeks=await self._reviews.weeks(_WEEKS) if scores else [],
            **await self._people([each.customer for each in (*waiting, *heard)]),
        )

    async def take_next(self, request: web.Request) -> web.StreamResponse:
        """Claim the most urgent and open it."""
        self._must_score(request)
        found = await self._orders.take_next(await self._judge(request), self._surface.clock())
        request[ABOUT] = str(found or "")
        raise web.HTTPSeeOther(f"{PREFIX}/reviews/{found}" if found else f"{PREFIX}/reviews", headers=HEADERS)

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Have a call heard."""
        form = await fields(request)
        call_id, wanted = request.match_info["call_id"], _words(form, "wanted", _LONGEST_REASON * 5)
        judge, now = await self._judge(request), self._surface.clock()
        await self._orders.ask(call_id, ReviewWhy.ASKED, judge, now, wanted)
        raise web.HTTPSeeOther(way_back(form.get("back", "")), headers=HEADERS)

    async def one(self, request: web.Request) -> web.Response:
        """Show one: the card to be filled, or those that were."""
        review_id, judge, now = int(request.match_info["review_id"]), await self._judge(request), self._surface.clock()
        if not request[ACCESS].everything:
            await self._orders.saw(review_id, now)
        review = await self._reviews.one(review_id, judge.key_id)
        call = await self._calls.one(review.call_id, request[ACCESS])
        mine = review.claimed_key == judge.key_id and review.state is ReviewState.CLAIMED
        version, form = await self._reviews.form()
        blind = review.calibration is not None and review.calibration.closed_at is None
        fills = _scores(request) and (mine or (blind and not (review.calibration and review.calibration.cards)))
        forms = {card.version: await self._reviews.form_of(card.version) for card in review.cards}
        return self._surface.page(
            request,
            "reviews/one.html",
            review=review,
            call=call,
            kept=[each for each in call.recordings if each.bytes and not each.deleted_at] if call else [],
            form=form,
            version=version,
            fills=fills,
            blind=blind,
            mine=mine,
            draft=await self._reviews.draft(review_id) if mine else {},
            forms=forms,
            scores=_scores(request),
            choices=CHOICES,
            skips=("wrong_number", "no_speech", "private"),
            may={verb.value: knows(review.state, verb) for verb in ReviewVerb},
            is_held=review.lease_until is not None and review.lease_until >= now,
            **await self._people([review.customer]),
        )

    async def draft(self, request: web.Request) -> web.StreamResponse:
        """Keep what is filled in so far."""
        self._must_score(request)
        form = await fields(request)
        kept = {name: value[:_LONGEST] for name, value in form.items() if name not in {"once", "back"}}
        judge, now = await self._judge(request), self._surface.clock()
        await self._orders.keep_draft(int(request.match_info["review_id"]), kept, judge, now)
        return web.Response(status=204, headers=HEADERS)

    async def order(self, order: str, request: web.Request) -> web.StreamResponse:
        """Do what a button says."""
        review_id = int(request.match_info["review_id"])
        form, now, judge = await fields(request), self._surface.clock(), await self._judge(request)
        if order != "dispute":
            self._must_score(request)
        await self._do(order, review_id, form, judge, now)
        where = f"{PREFIX}/reviews" if order in {"score", "skip", "release"} else f"{PREFIX}/reviews/{review_id}"
        if order == "score" and form.get("then") == "next":
            found = await self._orders.take_next(judge, now)
            where = f"{PREFIX}/reviews/{found}" if found else where
        raise web.HTTPSeeOther(where, headers=HEADERS)

    async def _do(self, order: str, review_id: int, form: dict[str, str], judge: Judge, now: datetime) -> None:
        orders = self._orders
        match order:
            case "claim":
                await orders.claim(review_id, judge, now)
            case "release" | "reopen":
                await orders.let_go(review_id, ReviewVerb(order), judge, now)
            case "skip":
                reason = _words(form, "reason", _LONGEST_REASON)
                await orders.let_go(review_id, ReviewVerb.SKIP, judge, now, reason or "private")
            case "score":
                await orders.score(review_id, await self._filled(form), judge, now)
            case "correct":
                await orders.correct(review_id, await self._filled(form), judge, now)
            case "blind":
                await orders.score_blind(review_id, await self._filled(form), judge, now)
            case "dispute":
                await orders.dispute(review_id, _some(form, "text"), judge, now)
            case "settle":
                await orders.settle(review_id, _some(form, "answer"), judge, now)
            case "calibrate":
                await orders.calibrate(review_id, judge, now)
            case _:
                await orders.end_calibration(review_id, now)

    async def _filled(self, form: Mapping[str, str]) -> FilledCard:
        version, card = await self._reviews.form()
        told = form.get("version", "")
        if told != str(version):
            raise FormRefused("the form was changed")
        return FilledCard(
            version, _answers(card, form), _words(form, "best", _LONGEST), _words(form, "improve", _LONGEST)
        )

    async def _judge(self, request: web.Request) -> Judge:
        person = request[PERSON]
        return await self._orders.judge(as_key(person).key_id, person.name, person.manager_id)

    def _must_score(self, request: web.Request) -> None:
        if not _scores(request):
            raise web.HTTPForbidden

    async def _people(self, customers: list[str | None]) -> dict[str, Any]:
        managers = await self._console.managers()
        return {
            "names": await self._console.names({each for each in customers if each}),
            "managers": {one.endpoint.partition("/")[2].partition("@")[0]: one for one in managers.values()},
        }


def _scores(request: web.Request) -> bool:
    """Return whether somebody scores calls, and is not only scored."""
    return request[PERSON].role is not UserRole.MANAGER


def _answers(card: ScoreCard, form: Mapping[str, str]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for question in card.questions():
        told = form.get(question.question_id)
        if told is None and question in card.fatal:
            told = "0"
        if told == NOT_APPLICABLE:
            found[question.question_id] = None
        elif told is not None and told.isascii() and told.isdecimal() and len(told) == 1:
            found[question.question_id] = int(told)
    return found


def _tuple(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _words(form: Mapping[str, str], name: str, most: int) -> str:
    text = form.get(name, "").strip()
    if len(text) > most:
        raise FormRefused(name)
    return text


def _some(form: Mapping[str, str], name: str) -> str:
    text = _words(form, name, _LONGEST)
    if not text:
        raise FormRefused(name)
    return text
