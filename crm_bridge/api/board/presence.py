"""Managers' phones as they stand now, and managers who are away."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Instant, Line, Nothing, Params, RowId
from crm_bridge.api.ports import AbsenceOrders, Presences
from crm_bridge.api.values.keys import Scope
from crm_bridge.people.deeds import ABOUT
from crm_bridge.schemas import PresenceShape, Shape


class PresencePage(BaseModel):
    """All managers' phones, in the directory's order."""

    phones: list[PresenceShape]


class AbsenceShape(Shape):
    """A manager who is away, or will be."""

    absence_id: int
    manager_id: str
    since: datetime
    until: datetime | None = Field(description="Null is until further notice.")
    reason: str
    by: str = Field(description="Who said so.")


class AbsencePage(BaseModel):
    """Absences of now and those to come, by their begin."""

    absences: list[AbsenceShape]


class AbsenceBody(Body):
    """Who is away, and when."""

    manager: Line = Field(min_length=1, max_length=64, description="An id of the directory.")
    since: Instant | None = Field(None, description="Now, if it is left out.")
    until: Instant | None = Field(None, description="Until further notice, if it is left out.")
    reason: Line = Field("", max_length=80, description="For whoever asks: vacation, ill.")


class AbsenceParams(Params):
    """Which absence."""

    absence_id: RowId


class PresenceHandlers:
    """The operations on who is there."""

    def __init__(self, presences: Presences, absences: AbsenceOrders) -> None:
        self._presences = presences
        self._absences = absences

    async def phones(self, asked: Asked[Nothing]) -> PresencePage:
        """Show all phones; which call somebody else is in is not everybody's."""
        shown = [PresenceShape.model_validate(one) for one in self._presences.everybody()]
        if not asked.access.everything:
            theirs = asked.access.manager_id
            shown = [one if one.manager_id == theirs else one.model_copy(update={"call_id": None}) for one in shown]
        return PresencePage(phones=shown)

    async def absences(self, asked: Asked[Nothing]) -> AbsencePage:
        """List absences."""
        del asked
        return AbsencePage(absences=[AbsenceShape.model_validate(one) for one in await self._absences.standing()])

    async def announce(self, asked: Asked[Params]) -> AbsenceShape:
        """Let somebody be away."""
        body: AbsenceBody = asked.body
        made = await self._absences.announce(
            body.manager, since=body.since, until=body.until, reason=body.reason, by=asked.by
        )
        asked.raw[ABOUT] = body.manager
        return AbsenceShape.model_validate(made)

    async def end(self, asked: Asked[AbsenceParams]) -> AbsenceShape:
        """End an absence."""
        return AbsenceShape.model_validate(await self._absences.end(asked.params.absence_id, asked.by))

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        read: dict[str, Any] = {"method": "GET", "scope": Scope.DIRECTORY_READ, "tag": "directory"}
        write: dict[str, Any] = {"scope": Scope.DIRECTORY_WRITE, "tag": "directory", "result": AbsenceShape}
        return [
            Endpoint(
                path="/presence",
                operation="listPresence",
                narrow=True,
                summary="Managers' phones as they stand now; each change is `phone.changed` of the live events.",
                handler=self.phones,
                result=PresencePage,
                **read,
            ),
            Endpoint(
                path="/absences",
                operation="listAbsences",
                narrow=True,
                summary="Who is away, and who will be.",
                handler=self.absences,
                result=AbsencePage,
                **read,
            ),
            Endpoint(
                method="POST",
                path="/absences",
                operation="createAbsence",
                summary="Let a manager be away: not rung, but the deputy is, at once. Their customers stay theirs.",
                handler=self.announce,
                body=AbsenceBody,
                success=201,
                refusals=(409,),
                **write,
            ),
            Endpoint(
                method="DELETE",
                path="/absences/{absence_id}",
                operation="endAbsence",
                summary="They are here again; one that has not begun is taken back.",
                handler=self.end,
                params=AbsenceParams,
                refusals=(404,),
                **write,
            ),
        ]
