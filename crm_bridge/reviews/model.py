"""What a review is, as everybody reads it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import Field

from crm_bridge.reviews.lifecycle import ReviewState
from crm_bridge.reviews.selection import ReviewWhy
from crm_bridge.schemas import Shape


@dataclass(frozen=True, slots=True)
class Judge:
    """Who does something with a review."""

    key_id: str
    name: str
    extension: str = ""
    """Theirs, if they are a manager: nobody scores their own calls."""


class ReviewShape(Shape):
    """A call that is to be heard, or was, with the card that stands."""

    review_id: int
    call_id: str
    manager: str = Field(description="The extension of who talked.")
    started_at: datetime = Field(description="When the call began.")
    why: ReviewWhy
    drawn: bool = Field(description="It came out of its week's draw: only such reviews make averages.")
    state: ReviewState
    asked_by: str
    asked_for: str = Field(description="What whoever asked for it wants to know.")
    made_at: datetime
    claimed_by: str
    lease_until: datetime | None = Field(description="Until then it is kept for who claimed it.")
    skipped_for: str
    score: Decimal | None = Field(description="0 to 100; null while nobody heard it.")
    fatal: bool
    scored_at: datetime | None
    scored_by: str
    seen_at: datetime | None = Field(description="When the manager saw the card.")
    customer: str | None = Field(description="E.164; null of a call that is not there any more.")
    direction: str | None
    caller_name: str | None = Field(description="As the caller's side sent it: never trust it as HTML.")
    talk_seconds: float | None
    claimed_key: str = Field(exclude=True)


class ReviewCardShape(Shape):
    """A filled card; it never changes."""

    score_id: int
    version: int = Field(description="Of the form.")
    score: Decimal
    fatal: bool
    answers: dict[str, int | None] = Field(description="A question's id and the choice; null is not applicable.")
    best: str
    improve: str
    at: datetime
    by_whom: str
    supersedes: int | None = Field(description="The card that this one corrects.")
    seen_at: datetime | None


class DisputeShape(Shape):
    """What a manager said to a card, and what came of it."""

    at: datetime
    by_whom: str
    text: str
    answer: str
    settled_at: datetime | None
    settled_by: str


class CalibrationShape(Shape):
    """A call that several people score without seeing each other's cards."""

    calibration_id: int
    made_at: datetime
    made_by: str
    closed_at: datetime | None
    cards: tuple[ReviewCardShape, ...] = Field((), description="Empty until it is closed, but for one's own.")
    alpha: Decimal | None = Field(None, description="Krippendorff's alpha over the questions; null if nothing shows.")


class ReviewDetail(ReviewShape):
    """One review whole."""

    cards: tuple[ReviewCardShape, ...] = Field(description="The newest first: it is the one that stands.")
    disputes: tuple[DisputeShape, ...]
    calibration: CalibrationShape | None


class WeekShape(Shape):
    """A week's draw."""

    week: str = Field(description="Its Monday.")
    seed: str | None = Field(description="64 hexadecimal digits; null until the week is over.")
    seed_sha256: str = Field(description="Of the seed's bytes: known from the week's first day.")
    each: int = Field(description="So many calls of each manager were to be drawn.")
    calls: int = Field(description="So many could be.")
    drawn_at: datetime | None
