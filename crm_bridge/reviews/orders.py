"""What people do with reviews: each order is one transaction, its event told in it; what is refused changed nothing."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from crm_bridge.errors import NoSuchThing
from crm_bridge.events import Published, publish_score
from crm_bridge.reviews.cards import Answers, CardScore, ScoreCard, score
from crm_bridge.reviews.lifecycle import LEASE, ReviewState, ReviewVerb, after
from crm_bridge.reviews.model import Judge
from crm_bridge.reviews.selection import ReviewWhy
from crm_bridge.reviews.statements import SQL
from crm_bridge.reviews.store import form_now, pick
from crm_bridge.schemas import ScoredShape
from telephony.errors import Refused
from telephony.ports import Row, Transaction
from telephony.postgres.pool import Pool

TellScore = Callable[[Transaction, str, Published], Awaitable[None]]
"""Tells others of a score, by the call's id, in its transaction."""


class ClaimRefused(Refused):
    """Somebody else holds that review, or it is of your own call: take the next one."""

    error_id: ClassVar[str] = "review-taken"


class FormChanged(Refused):
    """The form was changed meanwhile: look at the new one and write the card again."""

    error_id: ClassVar[str] = "form-changed"


@dataclass(frozen=True, slots=True)
class FilledCard:
    """Answers, and the two free words."""

    version: int
    answers: Answers
    best: str = ""
    improve: str = ""


async def _nobody(_tx: Transaction, _call_id: str, _published: Published) -> None:
    """Where nobody wants to know."""


class ReviewOrders:
    """Carries them out."""

    def __init__(self, pool: Pool, tell: TellScore = _nobody) -> None:
        self._pool = pool
        self._tell = tell

    async def ask(self, call_id: str, why: ReviewWhy, by: Judge, at: datetime, wanted: str = "") -> int:
        """Have a call heard; return its review."""
        async with self._pool.acquire() as tx, tx.transaction():
            return await pick(tx, call_id, why, at, by.name, wanted)

    async def judge(self, key_id: str, name: str, manager_id: str | None) -> Judge:
        """Return who scores; of a manager their extension, too."""
        found = await self._pool.fetchval(SQL.extension, manager_id) if manager_id else ""
        return Judge(key_id, name, found or "")

    async def take_next(self, by: Judge, at: datetime) -> int | None:
        """Claim the most urgent review, or return the one that is held already; None if none waits."""
        async with self._pool.acquire() as tx, tx.transaction():
            found = await tx.fetchval(SQL.held, by.key_id, at)
            if found is None:
                found = await tx.fetchval(SQL.next, at, by.extension)
                if found is not None:
                    await self._claim(tx, found, by, at)
        return found if found is None else int(found)

    async def claim(self, review_id: int, by: Judge, at: datetime) -> None:
        """Hold one for a while.

        Raises:
            ClaimRefused: somebody else holds it, or it is of their own call.
        """
        async with self._pool.acquire() as tx, tx.transaction():
            row = await _locked(tx, review_id)
            _check_hold(row, by, at)
            after(ReviewState(row["state"]), ReviewVerb.CLAIM)
            await self._claim(tx, review_id, by, at)

    async def let_go(self, review_id: int, verb: ReviewVerb, by: Judge, at: datetime, why: str = "") -> None:
        """Release, skip or reopen one."""
        async with self._pool.acquire() as tx, tx.transaction():
            row = await _locked(tx, review_id)
            _check_hold(row, by, at)
            await tx.execute(SQL.let_go, review_id, after(ReviewState(row["state"]), verb).value, why)

    async def keep_draft(self, review_id: int, draft: Mapping[str, str], by: Judge, at: datetime) -> None:
        """Keep what is filled in so far; the claim begins anew."""
        async with self._pool.acquire() as tx, tx.transaction():
            row = await _locked(tx, review_id)
            if row["state"] != ReviewState.CLAIMED or row["claimed_key"] != by.key_id:
                raise ClaimRefused(f"review {review_id} is not yours now")
            await tx.execute(SQL.keep_draft, review_id, dict(draft), at + LEASE)

    async def score(self, review_id: int, card: FilledCard, by: Judge, at: datetime) -> CardScore:
        """Write the first card of a claimed review."""
        async with self._pool.acquire() as tx, tx.transaction():
            row = await _locked(tx, review_id)
            state = after(ReviewState(row["state"]), ReviewVerb.SCORE)
            if row["claimed_key"] != by.key_id:
                raise ClaimRefused(f"{row['claimed_by']} holds review {review_id}")
            return await self._write(tx, row, card, by, at, state)

    async def correct(self, review_id: int, card: FilledCard, by: Judge, at: datetime) -> CardScore:
        """Write a further card, which supersedes the one that stands."""
        async with self._pool.acquire() as tx, tx.transaction():
            row = await _locked(tx, review_id)
            if row["manager"] == by.extension:
                raise ClaimRefused("nobody scores their own calls")
            state = after(ReviewState(row["state"]), ReviewVerb.CORRECT)
            return await self._write(tx, row, card, by, at, state)

    async def dispute(self, review_id: int, text: str, by: Judge, at: datetime) -> None:
        """Say what is wrong with a card."""
        async with self._pool.acquire() as tx, tx.transaction():
            row = await _locked(tx, review_id)
            state = after(ReviewState(row["state"]), ReviewVerb.DISPUTE)
            await tx.execute(SQL.write_dispute, review_id, at, by.name, text)
            await tx.execute(SQL.heard, review_id, state.value)

    async def settle(self, review_id: int, answer: str, by: Judge, at: datetime) -> None:
        """Answer a dispute; the card stands as it is then."""
        async with self._pool.acquire() as tx, tx.transaction():
            row = await _locked(tx, review_id)
            state = after(ReviewState(row["state"]), ReviewVerb.SETTLE)
            await tx.execute(SQL.settle_dispute, review_id, answer, at, by.name)
            await tx.execute(SQL.heard, review_id, state.value)

    async def saw(self, review_id: int, at: datetime) -> None:
        """Write that the manager saw the card."""
        await self._pool.execute(SQL.seen, review_id, at)

    async def calibrate(self, review_id: int, by: Judge, at: datetime) -> None:
        """Let several people score a call without seeing each other's cards."""
        async with self._pool.acquire() as tx, tx.transaction():
            row = await _locked(tx, review_id)
            after(ReviewState(row["state"]), ReviewVerb.CORRECT)  # only of what was heard
            if await tx.fetchval(SQL.open_calibration, review_id, at, by.name) is None:
                raise Refused(f"review {review_id} is being calibrated already")

    async def score_blind(self, review_id: int, card: FilledCard, by: Judge, at: datetime) -> CardScore:
        """Write somebody's card of a calibration; each writes one."""
        async with self._pool.acquire() as tx, tx.transaction():
            row = await _locked(tx, review_id)
            opened = await self._opened(tx, review_id)
            if any(each["by_key"] == by.key_id for each in await tx.fetch(SQL.blind_scores, opened)):
                raise Refused("you have scored this call already")
            worth = score(await _form(tx, card.version), card.answers)
            await _write_score(tx, row, card, worth, by, at, calibration_id=opened)
            return worth

    async def end_calibration(self, review_id: int, at: datetime) -> None:
        """Close it: from now on all cards of it are shown."""
        async with self._pool.acquire() as tx, tx.transaction():
            await _locked(tx, review_id)
            await tx.execute(SQL.close_calibration, await self._opened(tx, review_id), at)

    async def change_form(self, card: ScoreCard, by: Judge, at: datetime) -> int:
        """Ask another card from now on; return its version. Cards that were written keep theirs."""
        async with self._pool.acquire() as tx, tx.transaction():
            version, _ = await form_now(tx)
            made = await tx.fetchval(SQL.write_form, version + 1, card.model_dump(mode="json"), at, by.name)
            if made is None:
                raise FormChanged("somebody changed the form at this moment")
            return int(made)

    async def _opened(self, tx: Transaction, review_id: int) -> int:
        found = await tx.fetchrow(SQL.calibration, review_id)
        if found is None or found["closed_at"] is not None:
            raise NoSuchThing(f"review {review_id} is not being calibrated")
        return int(found["calibration_id"])

    async def _claim(self, tx: Transaction, review_id: int, by: Judge, at: datetime) -> None:
        await tx.execute(SQL.claim, review_id, ReviewState.CLAIMED.value, by.name, by.key_id, at, at + LEASE)

    async def _write(
        self, tx: Transaction, row: Row, card: FilledCard, by: Judge, at: datetime, state: ReviewState
    ) -> CardScore:
        worth = score(await _form(tx, card.version), card.answers)
        stands = await tx.fetchrow(SQL.scores, row["review_id"])
        await _write_score(tx, row, card, worth, by, at, supersedes=stands["score_id"] if stands else None)
        await tx.execute(SQL.heard, row["review_id"], state.value)
        told = ScoredShape(
            review_id=row["review_id"],
            call_id=row["call_id"],
            manager=row["manager"],
            why=row["why"],
            drawn=row["week"] is not None,
            score=worth.score,
            fatal=worth.fatal,
            by=by.name,
            corrects=stands is not None,
        )
        await self._tell(tx, row["call_id"], publish_score(told, at))
        return worth


async def _write_score(
    tx: Transaction,
    row: Row,
    card: FilledCard,
    worth: CardScore,
    by: Judge,
    at: datetime,
    **of: Any,  # noqa: ANN401 - ids
) -> None:
    await tx.fetchval(
        SQL.write_score, row["review_id"], card.version, worth.score, worth.fatal, dict(card.answers), card.best,
        card.improve, at, by.name, by.key_id, of.get("supersedes"), of.get("calibration_id"),
    )  # fmt: skip


async def _form(tx: Transaction, version: int) -> ScoreCard:
    """Return the form that is asked now, if it is the one that was filled."""
    now, card = await form_now(tx)
    if version != now:
        raise FormChanged(f"the card is of version {version} and the form's is {now}")
    return card


async def _locked(tx: Transaction, review_id: int) -> Row:
    row = await tx.fetchrow(SQL.lock, review_id)
    if row is None:
        raise NoSuchThing(f"there is no review {review_id}")
    return row


_HELD: Final = ReviewState.CLAIMED


def _check_hold(row: Row, by: Judge, at: datetime) -> None:
    if row["manager"] == by.extension:
        raise ClaimRefused("nobody scores their own calls")
    if row["state"] == _HELD and row["claimed_key"] != by.key_id and row["lease_until"] >= at:
        raise ClaimRefused(f"{row['claimed_by']} holds review {row['review_id']}")
