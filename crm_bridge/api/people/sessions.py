"""Everybody's sessions: listed, ended."""

from datetime import datetime
from functools import partial

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Endpoint, Line, Params, RowId
from crm_bridge.api.values.keys import Scope
from crm_bridge.people.sessions import Session, Sessions
from crm_bridge.schemas import Shape


class SessionShape(Shape):
    """Somebody is signed in."""

    session_id: int
    user_id: str
    made_at: datetime
    seen_at: datetime = Field(description="To the minute.")
    ends_at: datetime = Field(description="In any case; it ends earlier if it is not used for 12 hours.")
    address: str
    agent: str = Field(description="What the browser says it is: never trust it as HTML.")
    this: bool = Field(default=False, description="It is the one that asks.")


class SessionList(BaseModel):
    """Sessions that live, used last first; at most 1,000."""

    sessions: list[SessionShape]


class SessionParams(Params):
    """Which session."""

    session_id: RowId


class SessionListParams(Params):
    """Whose."""

    user: Line | None = Field(None, max_length=64, description="A `user_id`; everybody's if it is left out.")


def shape_of(session: Session, this: int) -> SessionShape:
    """Return a session as it is published; ``this`` is the one that asks."""
    shape = SessionShape.model_validate(session)
    return shape.model_copy(update={"this": session.session_id == this})


class SessionHandlers:
    """The operations."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def page(self, asked: Asked[SessionListParams]) -> SessionList:
        """List everybody's, or one's."""
        this = asked.person.session_id if asked.person else 0
        return SessionList(sessions=[shape_of(one, this) for one in await self._sessions.of(asked.params.user)])

    async def end(self, asked: Asked[SessionParams]) -> None:
        """End one."""
        await self._sessions.end(asked.params.session_id)

    def endpoints(self) -> list[Endpoint]:
        """Return them."""
        of_all = partial(Endpoint, scope=Scope.USERS, tag="people")
        return [
            of_all(
                method="GET",
                path="/sessions",
                operation="listSessions",
                summary="Who is signed in, and from where.",
                handler=self.page,
                params=SessionListParams,
                result=SessionList,
            ),
            of_all(
                method="DELETE",
                path="/sessions/{session_id}",
                operation="endSession",
                summary="End somebody's session: they are out with their next request, a stream within ten seconds.",
                handler=self.end,
                params=SessionParams,
                result=None,
                success=204,
                refusals=(404,),
            ),
        ]
