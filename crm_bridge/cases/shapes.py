"""A case as others read it: in the API, in webhooks, on pages. Pure."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from crm_bridge.cases.lifecycle import CaseState, CaseWhy
from crm_bridge.schemas import Shape


class CaseReasonShape(Shape):
    """Why a customer may be unhappy."""

    why: CaseWhy
    call_id: str = Field(description="The call that shows it; empty if none does.")
    words: str = Field(description="What was said or written; never trust it as HTML.")
    at: datetime


class CaseShape(Shape):
    """An unhappy customer: one open case each."""

    case_id: int
    state: CaseState
    customer: str = Field(description="E.164.")
    name: str = Field(description="As the directory has it.")
    owner: str = Field(description="A manager by the directory's id; empty: the heads of sales.")
    opened_at: datetime
    due_at: datetime | None = Field(
        description="By when somebody must have done something: `cases.first_action_minutes` of working time. "
        "Null if the hours never open."
    )
    acted_at: datetime | None = Field(description="When somebody first did; a talk with the customer counts.")
    escalated_at: datetime | None = Field(description="When the heads were told that nobody had.")
    closed_at: datetime | None
    closed_by: str
    cause: str = Field(
        description="Once it is closed: `not_answered`, `late`, `talk`, `order`, `product`, `price`, `nothing` "
        "or `other`."
    )
    done: str = Field(description="What was done for the customer.")
    changed: str = Field(description="What was changed so that it does not happen again; empty if nothing was.")
    reasons: tuple[CaseReasonShape, ...]


def case_of(row: Mapping[str, Any]) -> CaseShape:
    """Read a row of `cases.sql`."""
    return CaseShape.model_validate({**row, "reasons": json.loads(row["reasons"] or "[]")})
