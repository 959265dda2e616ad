"""Whoever asks: who they are, where they are signed in. A key has no account of a person, and is told so."""

from functools import partial
from typing import Final

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Endpoint, Nothing, P
from crm_bridge.api.people.sessions import SessionList, SessionParams, shape_of
from crm_bridge.api.problems import Problem
from crm_bridge.api.values.keys import Scope
from crm_bridge.people.access import Person, UserRole
from crm_bridge.people.sessions import Sessions

_NOT_A_PERSON: Final = "a key is nobody's account; sign in at /console, or ask for `/users`"


class MeShape(BaseModel):
    """Who asks."""

    kind: str = Field(description="`user` or `key`.")
    name: str
    key_id: str | None = Field(description="Of a key.")
    user_id: str | None = Field(description="Of a user, as all that follows.")
    role: UserRole | None
    manager_id: str | None = Field(description="Who they are in the directory.")
    session_id: int | None
    language: str | None
    theme: str | None
    scopes: list[Scope] = Field(description="What they may do.")
    sees_everything: bool = Field(description="False: only what is theirs.")
    may_listen: bool


class AccountHandlers:
    """The operations."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def me(self, asked: Asked[Nothing]) -> MeShape:
        """Tell who asks."""
        person, key = asked.person, asked.key
        scopes = sorted(key.scopes) if key else []
        return MeShape(
            kind="user" if person else "key",
            name=asked.by,
            key_id=key.key_id if key and person is None else None,
            user_id=person.user_id if person else None,
            role=person.role if person else None,
            manager_id=person.manager_id if person else None,
            session_id=person.session_id if person else None,
            language=person.language if person else None,
            theme=person.theme if person else None,
            scopes=scopes,
            sees_everything=asked.access.everything,
            may_listen=Scope.RECORDINGS_READ in scopes and asked.access.sound,
        )

    async def sessions(self, asked: Asked[Nothing]) -> SessionList:
        """List one's own."""
        person = somebody(asked)
        return SessionList(
            sessions=[shape_of(one, person.session_id) for one in await self._sessions.of(person.user_id)]
        )

    async def end(self, asked: Asked[SessionParams]) -> None:
        """End one of one's own."""
        await self._sessions.end(asked.params.session_id, somebody(asked).user_id)

    async def end_others(self, asked: Asked[Nothing]) -> None:
        """End all of one's own but this one."""
        person = somebody(asked)
        await self._sessions.end_all(person.user_id, but=person.session_id)

    def endpoints(self) -> list[Endpoint]:
        """Return them."""
        own = partial(Endpoint, scope=Scope.ACCOUNT, tag="people", narrow=True)
        return [
            own(
                method="GET",
                path="/me",
                operation="getMe",
                summary="Who asks: a user with their role, or a key; and what they may do.",
                handler=self.me,
                result=MeShape,
            ),
            own(
                method="GET",
                path="/me/sessions",
                operation="listMySessions",
                summary="Where one is signed in, used last first.",
                handler=self.sessions,
                result=SessionList,
            ),
            own(
                method="DELETE",
                path="/me/sessions",
                operation="endMyOtherSessions",
                summary="End all of one's own sessions but this one.",
                handler=self.end_others,
                result=None,
                success=204,
            ),
            own(
                method="DELETE",
                path="/me/sessions/{session_id}",
                operation="endMySession",
                summary="End a session of one's own.",
                handler=self.end,
                params=SessionParams,
                result=None,
                success=204,
                refusals=(404,),
            ),
        ]


def somebody(asked: Asked[P]) -> Person:
    """Return the person who asks.

    Raises:
        Problem: 403, it is a key.
    """
    if asked.person is None:
        raise Problem(403, "wants-a-person", _NOT_A_PERSON)
    return asked.person
