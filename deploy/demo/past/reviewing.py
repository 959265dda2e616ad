"""What people thought of the past's calls: drawn by the real keeper, scored by the real orders, as if it were then."""

import random
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from crm_bridge.people.access import Access
from crm_bridge.reviews.cards import CHOICES, Scale, ScoreCard
from crm_bridge.reviews.keeper import ReviewKeeper
from crm_bridge.reviews.model import Judge, ReviewShape
from crm_bridge.reviews.orders import FilledCard, ReviewOrders
from crm_bridge.reviews.selection import ReviewWhy
from crm_bridge.reviews.store import Reviews
from telephony.postgres.pool import Pool

_JUDGES: Final = (Judge("user:maria", "Марія Коваль"), Judge("user:olha", "Ольга"))
_WEEKS: Final = 5
_EACH: Final = 4
_BEST: Final = ("Сразу назвал цену и срок", "Повторив замовлення вголос", "Found the need in one question")
_IMPROVE: Final = ("Спросить, когда перезвонить", "Не перебивати", "Agree a date for the next step")
_NEWEST: Final = """
SELECT call_id FROM calls WHERE disposition = 'answered' AND customer <> '' AND manager <> '' AND talk >= interval '30 s'
ORDER BY started_at DESC LIMIT 6
"""


async def review_past(pool: Pool, now: datetime, zone: ZoneInfo, dice: random.Random) -> int:
    """Draw some weeks, have most of what was drawn scored, and leave some calls to be heard; returns how many."""
    clock = [now]
    keeper = ReviewKeeper(pool, lambda: clock[0], zone, each=_EACH, keep=timedelta(days=3000))
    for back in range(_WEEKS, -1, -1):
        clock[0] = now - timedelta(weeks=back)
        while await keeper.work():
            pass
    reviews, orders = Reviews(pool), ReviewOrders(pool)
    version, form = await reviews.form()
    waiting = await reviews.waiting({}, 500, Access.ALL)
    for place, review in enumerate(waiting):
        if review.started_at < now - timedelta(days=5) and place % 7:
            await _score(orders, review, FilledCard(version, *_opinion(form, dice)), dice)
    newest = [row["call_id"] for row in await pool.fetch(_NEWEST)]
    for call_id, why in zip(newest, (ReviewWhy.FIRST_CALL, ReviewWhy.UNHAPPY, ReviewWhy.ASKED) * 2, strict=False):
        wanted = "Клиент остался недоволен ценой" if why is ReviewWhy.ASKED else ""
        await orders.ask(call_id, why, Judge("", "Иван Петренко" if wanted else ""), now, wanted)
    return len(waiting)


async def _score(orders: ReviewOrders, review: ReviewShape, card: FilledCard, dice: random.Random) -> None:
    judge = dice.choice(_JUDGES)
    at = review.started_at + timedelta(days=7, hours=dice.randint(1, 9), minutes=dice.randrange(60))
    await orders.claim(review.review_id, judge, at)
    await orders.score(review.review_id, card, judge, at + timedelta(minutes=4))
    if dice.random() < 0.12:
        manager = Judge("user:manager", "Иван Петренко")
        await orders.dispute(
            review.review_id, "Клієнт сам не захотів називати адресу", manager, at + timedelta(hours=3)
        )
        if dice.random() < 0.5:
            await orders.settle(review.review_id, "Послухала ще раз, згодна.", judge, at + timedelta(hours=5))


def _opinion(form: ScoreCard, dice: random.Random) -> tuple[dict[str, int | None], str, str]:
    answers: dict[str, int | None] = {}
    for question in form.questions():
        best = CHOICES[question.scale]
        if question.scale is Scale.FATAL:
            answers[question.question_id] = int(dice.random() < 0.01)
        elif question.may_not_apply and dice.random() < 0.2:
            answers[question.question_id] = None
        else:
            answers[question.question_id] = best[min(len(best) - 1, int(dice.triangular(0, len(best), len(best))))]
    return answers, dice.choice(_BEST), dice.choice(_IMPROVE)
