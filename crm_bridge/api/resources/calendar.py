"""Days on which other hours hold, told from outside: closed, shortened or specially open; and whether we are open."""

import re
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Final, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Instant, Line, Number, Params
from crm_bridge.api.ports import CalendarOrders, Value
from crm_bridge.api.problems import Problem
from crm_bridge.api.values.keys import Scope
from crm_bridge.errors import NoSuchThing
from crm_bridge.schemas import Shape
from telephony.numbers import canonical

_DAY: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_SPAN = r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
_MOST_DAYS: Final = 3_700
_YEAR: Final = 366


def _day(given: object) -> object:
    """Refuse what pydantic would also take for a day: seconds since 1970, times."""
    if isinstance(given, date) or (isinstance(given, str) and _DAY.fullmatch(given)):
        return given
    raise ValueError("write the day as 2026-12-25")


CalendarDay = Annotated[date, BeforeValidator(_day)]
"""A day of this century."""


class ScopeParams(Params):
    """Whose; without either, everybody's."""

    did: Number | None = Field(None, description="Only for this number of ours, in any spelling.")
    group: Line | None = Field(None, min_length=1, max_length=64, description="Only for this group of managers.")

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if self.did is not None and self.group is not None:
            raise ValueError("tell did or group, not both")
        return self


class DayParams(ScopeParams):
    """Which day, and whose."""

    day: CalendarDay = Field(description="`2026-12-25`.")


class SpanParams(Params):
    """Which days."""

    since: CalendarDay | None = Field(None, alias="from", description="The first; today, if it is left out.")
    until: CalendarDay | None = Field(None, alias="to", description="The last; a year later, if it is left out.")


class MomentParams(ScopeParams):
    """When, and whose."""

    at: Instant | None = Field(None, description="Now, if it is left out.")


class DayBody(Body):
    """What holds on that day."""

    hours: str = Field(
        "",
        max_length=160,
        pattern=rf"^({_SPAN}(,{_SPAN})*)?$",
        description="`10:00-14:00`, or `09:00-13:00,14:00-18:00`, until `24:00` at most; empty is closed.",
    )
    note: Line = Field("", max_length=80, description="What it is, for whoever asks why.")


class DayShape(Shape):
    """A day that was told."""

    day: date
    hours: str = Field(description="Empty is closed.")
    note: str
    did: str = Field(description="E.164, if it is only this number's; else empty.")
    group: str = Field(description="The group, if it is only theirs; else empty.")
    by: str = Field(description="The name of the key that told it.")
    changed_at: datetime
    because: str = Field(description="The rule that decides over that day now: another one, if it overrides this one.")
    promises: int = Field(description="Callers who were told a time on that day and wait for it.")
    promises_when_closed: int = Field(description="Those of them whose time is none of the working hours (any more).")


class Days(BaseModel):
    """The days that were told, in order."""

    days: list[DayShape]


class HoursShape(Shape):
    """Open or closed, and why."""

    at: datetime
    timezone: str = Field(description="The zone of the hours.")
    open: bool
    because: str = Field(description="The rule that decides over that day.")
    next_opening: datetime | None = Field(description="`at` itself if open; null if there is none.")
    next_change: datetime | None = Field(description="When it opens or closes next; null if never.")
    promises: int = Field(description="Callers who were told a time on that day and wait for it.")
    promises_when_closed: int = Field(description="Those of them whose time is none of the working hours.")


class CalendarHandlers:
    """The operations on the calendar."""

    def __init__(self, orders: CalendarOrders, region: str) -> None:
        self._orders = orders
        self._region = region

    async def days(self, asked: Asked[SpanParams]) -> Days:
        """List the days told."""
        first = asked.params.since or asked.now.date()
        last = asked.params.until or date.fromordinal(first.toordinal() + _YEAR)
        if not 0 <= (last - first).days <= _MOST_DAYS:
            raise Problem(422, "invalid", f"query.to: no earlier than `from`, and at most {_MOST_DAYS} days later")
        return Days(days=[DayShape.model_validate(one) for one in await self._orders.days(first, last)])

    async def put(self, asked: Asked[DayParams]) -> DayShape:
        """Return a day."""
        params, body = asked.params, asked.body
        did, group = self._scope(params)
        promises = await self._orders.put(
            params.day, hours=body.hours, note=body.note, did=did, group=group, by=asked.by
        )
        return DayShape.model_validate(promises)

    async def take_back(self, asked: Asked[DayParams]) -> None:
        """Take a day back."""
        did, group = self._scope(asked.params)
        if not await self._orders.take_back(asked.params.day, did=did, group=group):
            raise NoSuchThing("nothing was told of that day for that scope")

    async def hours(self, asked: Asked[MomentParams]) -> HoursShape:
        """Return whether we work."""
        did, group = self._scope(asked.params)
        return hours_of(await self._orders.at(asked.params.at, did=did, group=group))

    def _scope(self, params: ScopeParams) -> tuple[str, str]:
        did = canonical(params.did, self._region) if params.did else ""
        if did and not (did.isascii() and did.lstrip("+").isdigit()):
            raise Problem(422, "invalid", "query.did: that is no phone number")
        return did, params.group or ""

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        read = partial(Endpoint, method="GET", scope=Scope.CALENDAR_READ, tag="calendar")
        write = partial(
            Endpoint, path="/calendar/days/{day}", scope=Scope.CALENDAR_WRITE, tag="calendar", params=DayParams
        )
        return [
            read(
                path="/calendar/hours",
                operation="getHours",
                narrow=True,
                summary="Whether we work at a moment, by which rule, and when that changes.",
                handler=self.hours,
                result=HoursShape,
                params=MomentParams,
            ),
            read(
                path="/calendar/days",
                operation="listCalendarDays",
                narrow=True,
                summary="The days told by this API, with how many callers were promised a time on each.",
                handler=self.days,
                result=Days,
                params=SpanParams,
            ),
            write(
                method="PUT",
                operation="putCalendarDay",
                summary="Close a day, shorten it, or open it specially; for everybody, a number of ours, or a group.",
                handler=self.put,
                result=DayShape,
                body=DayBody,
                refusals=(409,),
            ),
            write(
                method="DELETE",
                operation="deleteCalendarDay",
                summary="Let a day be as it is without.",
                handler=self.take_back,
                result=None,
                success=204,
                refusals=(404,),
            ),
        ]


def hours_of(found: Value) -> HoursShape:
    """Give open or closed as others read it."""
    answer = found.answer
    return HoursShape(
        at=answer.at.astimezone(UTC),
        timezone=found.timezone,
        open=answer.open,
        because=answer.because,
        next_opening=_utc(answer.next_opening),
        next_change=_utc(answer.next_change),
        promises=found.told.promises,
        promises_when_closed=found.told.when_closed,
    )


def _utc(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at else None
