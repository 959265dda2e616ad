"""Users: listed, invited, made something else, let in no longer."""

from datetime import datetime
from functools import partial
from typing import Literal

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Line, Nothing, Params
from crm_bridge.api.values.keys import Scope
from crm_bridge.people.access import UserRole
from crm_bridge.people.deeds import ABOUT
from crm_bridge.people.store import INVITATION, Purpose, UserStore
from crm_bridge.schemas import Shape
from crm_bridge.web import PREFIX
from telephony.errors import Refused


class UserShape(Shape):
    """Somebody who may sign in."""

    user_id: str
    name: str
    role: UserRole
    manager_id: str | None = Field(description="Who they are in the directory.")
    may_listen: bool = Field(description="False: an administrator who hears no recordings.")
    language: str
    has_password: bool = Field(description="False until an invitation was used.")
    created_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None = Field(description="When a session of theirs was last used; to the minute.")


class UserList(BaseModel):
    """Everybody, by their user names."""

    users: list[UserShape]


class InvitationShape(BaseModel):
    """A link that lets somebody in, once. It is shown this once and kept nowhere."""

    user_id: str
    link: str = Field(description="A path on this server.")
    expires_at: datetime


class UserParams(Params):
    """Which user."""

    user_id: Line = Field(min_length=1, max_length=64)


class RoleBody(Body):
    """What somebody is."""

    role: UserRole = Field(strict=False)
    manager_id: Line | None = Field(None, min_length=1, max_length=64, description="A manager must have one.")
    may_listen: bool = Field(default=True, description="Of an administrator: whether they hear recordings.")


class UserBody(RoleBody):
    """Somebody new."""

    user_id: str = Field(pattern=r"^[a-z0-9][a-z0-9._@-]{0,63}$", description="What they sign in with.")
    name: Line | None = Field(None, min_length=1, max_length=64, description="How they are shown.")
    language: Literal["en", "ru", "uk"] = "en"


class InvitationBody(Body):
    """What the link is for."""

    purpose: Purpose = Field(
        Purpose.PASSWORD, strict=False, description="`password`: to choose one; `sign_in`: to come in at once."
    )


class UserHandlers:
    """The operations."""

    def __init__(self, users: UserStore) -> None:
        self._users = users

    async def page(self, asked: Asked[Nothing]) -> UserList:
        """List everybody."""
        del asked
        return UserList(users=[UserShape.model_validate(user) for user in await self._users.all()])

    async def one(self, asked: Asked[UserParams]) -> UserShape:
        """Show one."""
        return UserShape.model_validate(await self._users.one(asked.params.user_id))

    async def add(self, asked: Asked[Nothing]) -> InvitationShape:
        """Add somebody, with a link for their password."""
        body: UserBody = asked.body
        await self._users.add(
            body.user_id,
            body.name or body.user_id,
            body.role,
            manager_id=body.manager_id,
            may_listen=body.role is not UserRole.ADMIN or body.may_listen,
            language=body.language,
        )
        asked.raw[ABOUT] = body.user_id
        return await self._invited(body.user_id, Purpose.PASSWORD, asked.now)

    async def invite(self, asked: Asked[UserParams]) -> InvitationShape:
        """Make a new link."""
        return await self._invited(asked.params.user_id, asked.body.purpose, asked.now)

    async def _invited(self, user_id: str, purpose: Purpose, now: datetime) -> InvitationShape:
        token = await self._users.invite(user_id, purpose)
        return InvitationShape(user_id=user_id, link=f"{PREFIX}/invitation/{token}", expires_at=now + INVITATION)

    async def set_role(self, asked: Asked[UserParams]) -> UserShape:
        """Make somebody something else."""
        body: RoleBody = asked.body
        _not_oneself(asked)
        may_listen = body.role is not UserRole.ADMIN or body.may_listen
        await self._users.set_role(asked.params.user_id, body.role, manager_id=body.manager_id, may_listen=may_listen)
        return await self.one(asked)

    async def disable(self, asked: Asked[UserParams]) -> UserShape:
        """Let somebody in no longer."""
        _not_oneself(asked)
        await self._users.disable(asked.params.user_id)
        return await self.one(asked)

    async def enable(self, asked: Asked[UserParams]) -> UserShape:
        """Let them in again."""
        await self._users.enable(asked.params.user_id)
        return await self.one(asked)

    def endpoints(self) -> list[Endpoint]:
        """Return them."""
        of_all = partial(Endpoint, scope=Scope.USERS, tag="people")
        one = partial(of_all, params=UserParams, refusals=(404, 409))
        return [
            of_all(
                method="GET",
                path="/users",
                operation="listUsers",
                summary="Who may sign in.",
                handler=self.page,
                result=UserList,
            ),
            of_all(
                method="POST",
                path="/users",
                operation="createUser",
                summary="Add somebody; gives the link, this once, by which they choose a password.",
                handler=self.add,
                body=UserBody,
                result=InvitationShape,
                success=201,
                refusals=(409,),
            ),
            one(
                method="GET",
                path="/users/{user_id}",
                operation="getUser",
                summary="One of them.",
                handler=self.one,
                result=UserShape,
            ),
            one(
                method="POST",
                path="/users/{user_id}/invitations",
                operation="inviteUser",
                summary="A new link; those of before open nothing any more.",
                handler=self.invite,
                body=InvitationBody,
                result=InvitationShape,
                success=201,
            ),
            one(
                method="PUT",
                path="/users/{user_id}/role",
                operation="putUserRole",
                summary="Make somebody something else; their sessions end.",
                handler=self.set_role,
                body=RoleBody,
                result=UserShape,
            ),
            one(
                method="POST",
                path="/users/{user_id}/disable",
                operation="disableUser",
                summary="Let somebody in no longer; their sessions and links end.",
                handler=self.disable,
                result=UserShape,
            ),
            one(
                method="POST",
                path="/users/{user_id}/enable",
                operation="enableUser",
                summary="Let them in again, with the password they had.",
                handler=self.enable,
                result=UserShape,
            ),
        ]


def _not_oneself(asked: Asked[UserParams]) -> None:
    if asked.person is not None and asked.person.user_id == asked.params.user_id:
        raise Refused("nobody locks themselves out: ask another administrator, or use `ringback users`")
