"""The queries of surveys.sql, and rows as values."""

from pathlib import Path
from typing import Final, NamedTuple

from telephony.model import PbxName
from telephony.numbers import Canonical
from telephony.ports import Row
from telephony.postgres.queries import load
from telephony.surveys.policy.model import HalfDay, Survey, SurveyId, SurveyReason, SurveyState


class SurveySql(NamedTuple):
    """The queries."""

    plan_first_talks: str
    last_route: str
    asked_since: str
    said_never: str
    name_of: str
    plan: str
    alone: str
    is_due: str
    under_way: str
    callbacks_wait: str
    rung_since: str
    claim: str
    facts: str
    postpone: str
    ring: str
    try_again: str
    by_channel: str
    picked_up: str
    keep: str
    keep_answer: str
    answers_of: str
    refuse: str
    allow: str
    finish: str
    requested: str
    cancel_of: str
    cancel_planned: str
    forgotten: str


SQL: Final = load(Path(__file__).with_name("surveys.sql"), SurveySql)


def survey_from(row: Row) -> Survey:
    """Read a row of ``surveys``."""
    return Survey(
        survey_id=SurveyId(row["survey_id"]),
        pbx=PbxName(row["pbx"]),
        customer=Canonical(row["customer"]),
        heard_number=row["heard_number"],
        name=row["name"],
        did=row["did"],
        trunk=row["trunk"],
        because=SurveyReason(row["because"]),
        anchor_at=row["anchor_at"],
        state=SurveyState(row["state"]),
        not_before=row["not_before"],
        half=HalfDay(row["half"]),
        expires_at=row["expires_at"],
        tries=row["tries"],
        channel_id=row["channel_id"],
        rang_at=row["rang_at"],
    )
