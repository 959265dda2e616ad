"""What is told of a survey that is over."""

from pydantic import Field

from crm_bridge.schemas import Shape


class SurveyEventShape(Shape):
    """A survey by phone that is over."""

    survey_id: int
    customer: str
    name: str
    did: str
    because: str = Field(description="`sale`, `first_call` or `by_hand`.")
    end: str = Field(description="`finished`, `hung_up`, `no_consent`, `never_again`, `not_reached` ...")
    call_id: str = Field(description="The last call; empty if nobody was rung.")
    consented: bool
    score: int | None = Field(description="0 to 10: how likely they would recommend us.")
    answers: tuple[int, ...] = Field(description="The questions, 1 to 3, that they answered aloud.")
    person_wanted: bool
    request_id: int | None = Field(description="The callback that they asked for.")
