"""Settings of surveys by phone."""

from typing import Self

from pydantic import Field, model_validator

from telephony.settings.fields import Seconds, Section


class SurveySettings(Section):
    """Asking customers by phone how it was, two to four weeks after a purchase or a first talk; docs/surveys.md."""

    enabled: bool = Field(
        default=False,
        description="True: customers are rung and asked. Look first whether the law where they live allows it.",
    )
    company: str = Field("", max_length=60, description="Who asks, as it is spoken: `Garden and House`. Needed.")
    hours: str = Field(
        "Mo-Fr 11:00-13:00,15:00-19:00",
        description="When customers are asked, in OSM opening_hours syntax; their waking hours and ours hold besides.",
    )
    first_calls: bool = Field(
        default=True, description="Ask after the first talk, too; False: only where a purchase is known."
    )
    per_day: int = Field(20, ge=1, le=1000, description="So many customers are rung in 24 hours.")
    every_days: int = Field(180, ge=1, le=3650, description="A customer is asked at most once in so many days.")
    ring_seconds: Seconds = Field(30, gt=0, le=120, description="How long a customer's phone rings.")
    keep_free_managers: int = Field(1, ge=0, description="Nobody is asked unless more managers than that are free.")
    poll_seconds: Seconds = Field(5, gt=0, description="How often it is looked whether somebody is to be asked.")

    @model_validator(mode="after")
    def _somebody_asks(self) -> Self:
        if self.enabled and not self.company.strip():
            raise ValueError("surveys need survey.company: who asks is the first thing that a customer hears")
        return self
