"""The named SQL of reviews."""

from pathlib import Path
from typing import Final, NamedTuple

from telephony.postgres.queries import load


class ReviewSql(NamedTuple):
    """The queries of reviews.sql."""

    pick: str
    pick_first: str
    pick_unhappy: str
    follow: str
    of_call: str
    list_reviews: str
    count_reviews: str
    list_waiting: str
    filter_before: str
    filter_since: str
    filter_until: str
    filter_manager: str
    filter_state: str
    filter_why: str
    filter_drawn: str
    filter_not_drawn: str
    filter_fatal: str
    filter_not_fatal: str
    filter_call: str
    one: str
    lock: str
    next: str
    held: str
    extension: str
    claim: str
    let_go: str
    keep_draft: str
    draft: str
    heard: str
    write_score: str
    scores: str
    seen: str
    write_dispute: str
    settle_dispute: str
    disputes: str
    form: str
    form_of: str
    forms: str
    write_form: str
    open_calibration: str
    calibration: str
    close_calibration: str
    blind_scores: str
    forget_open: str
    forget_words: str
    week: str
    weeks: str
    make_week: str
    undrawn: str
    alone: str
    drawable: str
    put_drawn: str
    drawn: str
    stale: str


SQL: Final = load(Path(__file__).with_name("reviews.sql"), ReviewSql)
