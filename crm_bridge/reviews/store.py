"""Reviews in the database: reading them, picking calls, the form that is asked, the weeks."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import Access
from crm_bridge.queries.sql_builder import Filters, compose
from crm_bridge.queries.visible import narrowed
from crm_bridge.reviews.agreement import alpha
from crm_bridge.reviews.cards import ScoreCard
from crm_bridge.reviews.default_card import DEFAULT_CARD
from crm_bridge.reviews.model import (
    CalibrationShape,
    DisputeShape,
    ReviewCardShape,
    ReviewDetail,
    ReviewShape,
    WeekShape,
)
from crm_bridge.reviews.selection import SHORTEST_FIRST, ReviewWhy
from crm_bridge.reviews.statements import SQL
from telephony.events import CallEnded, CallEvent, CallMerged
from telephony.model import Direction, Disposition
from telephony.ports import Row, Transaction
from telephony.postgres.pool import Pool

_OUTSIDE: Final = (Direction.INBOUND, Direction.OUTBOUND)
_MOST_COUNTED: Final = 100_000
_RINGBACK: Final = "Ringback"


class Reviews:
    """Reads them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, filters: Filters, limit: int, access: Access) -> list[ReviewShape]:
        """List reviews, the newest calls first."""
        return await self._listed(SQL.list_reviews, filters, limit, access)

    async def waiting(self, filters: Filters, limit: int, access: Access) -> list[ReviewShape]:
        """List what waits to be heard, the most urgent first; it is for those who see everything."""
        return await self._listed(SQL.list_waiting, filters, limit, access)

    async def count(self, filters: Filters, access: Access) -> int:
        """Count reviews."""
        statement, values = compose(SQL.count_reviews, SQL, filters, _MOST_COUNTED, access)
        return int(await self._pool.fetchval(statement, *values))

    async def one(self, review_id: int, key_id: str = "") -> ReviewDetail:
        """Return one whole, as somebody sees it: of an open calibration they see no card but their own.

        Raises:
            NoSuchThing: there is none.
        """
        row = await self._pool.fetchrow(SQL.one, review_id)
        if row is None:
            raise NoSuchThing(f"there is no review {review_id}")
        cards = [ReviewCardShape.model_validate(dict(each)) for each in await self._pool.fetch(SQL.scores, review_id)]
        disputes = [DisputeShape.model_validate(dict(each)) for each in await self._pool.fetch(SQL.disputes, review_id)]
        calibration = await self._calibration(review_id, key_id)
        return ReviewDetail.model_validate(
            {**dict(row), "cards": cards, "disputes": disputes, "calibration": calibration}
        )

    async def of_call(self, call_id: str, access: Access) -> int | None:
        """Return the review of a call, if there is one that may be seen."""
        statement, values = narrowed(f"{SQL.of_call}\n-- access review review_items.review_id", access, [call_id])
        found: int | None = await self._pool.fetchval(statement, *values)
        return found

    async def draft(self, review_id: int) -> dict[str, str]:
        """Return what whoever holds it has filled in so far, as the form has it."""
        return await self._pool.fetchval(SQL.draft, review_id) or {}

    async def form(self) -> tuple[int, ScoreCard]:
        """Return the form that is asked now, and its version."""
        async with self._pool.acquire() as tx, tx.transaction():
            return await form_now(tx)

    async def form_of(self, version: int) -> ScoreCard:
        """Return a version of the form.

        Raises:
            NoSuchThing: there is none.
        """
        card = await self._pool.fetchval(SQL.form_of, version)
        if card is None:
            raise NoSuchThing(f"the form has no version {version}")
        return ScoreCard.model_validate(card)

    async def weeks(self, limit: int) -> list[WeekShape]:
        """Return the newest weeks' draws."""
        return [_week(row) for row in await self._pool.fetch(SQL.weeks, limit)]

    async def _calibration(self, review_id: int, key_id: str) -> CalibrationShape | None:
        row = await self._pool.fetchrow(SQL.calibration, review_id)
        if row is None:
            return None
        rows = await self._pool.fetch(SQL.blind_scores, row["calibration_id"])
        is_over = row["closed_at"] is not None
        seen = [ReviewCardShape.model_validate(dict(each)) for each in rows if is_over or each["by_key"] == key_id]
        found = await self._agreement(seen) if is_over else None
        return CalibrationShape.model_validate({**dict(row), "cards": seen, "alpha": found})

    async def _agreement(self, cards: Sequence[ReviewCardShape]) -> object:
        """Return alpha over the questions of cards of the same version, each as a share of its best choice."""
        if not cards:
            return None
        form = await self.form_of(cards[0].version)
        same = [card for card in cards if card.version == cards[0].version]
        units = [
            [one.share(choice) for card in same if (choice := card.answers.get(one.question_id)) is not None]
            for one in form.questions()
        ]
        return alpha(units)

    async def _listed(self, statement: str, filters: Filters, limit: int, access: Access) -> list[ReviewShape]:
        text, values = compose(statement, SQL, filters, limit, access)
        return [ReviewShape.model_validate(dict(row)) for row in await self._pool.fetch(text, *values)]


async def form_now(tx: Transaction) -> tuple[int, ScoreCard]:
    """Return the newest version of the form; the first is the one that we bring, kept from its first use on."""
    row = await tx.fetchrow(SQL.form)
    if row is None:
        await tx.execute(
            SQL.write_form, 1, DEFAULT_CARD.model_dump(mode="json"), await tx.fetchval("select now()"), _RINGBACK
        )
        row = await tx.fetchrow(SQL.form)
    assert row is not None  # noqa: S101 - it was just written
    return row["version"], ScoreCard.model_validate(row["card"])


async def pick(tx: Transaction, call_id: str, why: ReviewWhy, at: datetime, by: str = "", wanted: str = "") -> int:
    """Put a call into the queue, and return its review; an answered call that is over and has a manager.

    Raises:
        NoSuchThing: there is no such call.
    """
    await tx.execute(SQL.pick, call_id, why.value, at, by, wanted)
    found = await tx.fetchval(SQL.of_call, call_id)
    if found is None:
        raise NoSuchThing("there is no such call that somebody of ours answered and that is over")
    return int(found)


async def ledger_hook(tx: Transaction, event: CallEvent, *, first_calls: bool) -> None:
    """Pick a customer's first talk when it ends, if that is wished; let reviews follow a call that is taken in."""
    call = event.call
    if isinstance(event, CallMerged):
        await tx.execute(SQL.follow, event.absorbed, call.call_id, call.started_at)
    elif (
        first_calls
        and isinstance(event, CallEnded)
        and call.disposition is Disposition.ANSWERED
        and call.direction in _OUTSIDE
        and call.talk >= SHORTEST_FIRST
    ):
        await tx.execute(SQL.pick_first, call.call_id, event.at)


async def forget(tx: Transaction, calls: Sequence[str]) -> None:
    """Forget what reviews hold of calls whose number is being erased; what a manager was given for them stays."""
    await tx.execute(SQL.forget_open, list(calls))
    await tx.execute(SQL.forget_words, list(calls))


def _week(row: Row) -> WeekShape:
    seed: bytes = row["seed"]
    return WeekShape(
        week=row["week"].isoformat(),
        seed=seed.hex() if row["drawn_at"] else None,
        seed_sha256=sha256(seed).hexdigest(),
        each=row["each"],
        calls=row["calls"],
        drawn_at=row["drawn_at"],
    )
