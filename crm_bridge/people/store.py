"""Who there is: the users, and the links by which they choose a password. Orders of administrators and of the CLI."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from crm_bridge.errors import NoSuchThing
from crm_bridge.people.access import UserRole
from crm_bridge.people.tokens import digest_of, new_token
from telephony.errors import Refused
from telephony.ports import Clock, Transaction
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

USER_ID: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
INVITATION: Final = timedelta(days=3)
"""How long a link opens."""


class PeopleSql(NamedTuple):
    """The queries of people.sql."""

    add_user: str
    users: str
    password_of: str
    set_password: str
    disable: str
    enable: str
    set_role: str
    begin_session: str
    session: str
    seen: str
    sessions_of: str
    end_session: str
    end_token: str
    end_sessions: str
    forget_sessions: str
    one_at_a_time: str
    tries: str
    try_anew: str
    forgive: str
    forget_tries: str
    withdraw_invitations: str
    invite: str
    invitation: str
    use_invitation: str


SQL: Final = load(Path(__file__).with_name("people.sql"), PeopleSql)


class UserRefused(Refused):
    """That cannot be a user, or is one already."""

    error_id: ClassVar[str] = "user-refused"


class Purpose(StrEnum):
    """What a link is for."""

    PASSWORD = "password"  # noqa: S105 - no password
    """To choose one, and sign in."""
    SIGN_IN = "sign_in"
    """To sign in at once."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    user_id: str
    name: str
    role: UserRole
    manager_id: str | None
    may_listen: bool
    language: str
    theme: str
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None
    """When one of their sessions was last used, to the minute."""


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom a link lets in."""

    user_id: str
    name: str
    language: str
    purpose: Purpose


class UserStore:
    """Adds, changes and invites."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def all(self) -> list[User]:
        """List everybody."""
        return [_user(dict(row)) for row in await self._pool.fetch(SQL.users, None)]

    async def one(self, user_id: str) -> User:
        """Return one.

        Raises:
            NoSuchThing: there is none of that name.
        """
        row = await self._pool.fetchrow(SQL.users, user_id)
        if row is None:
            raise _nobody(user_id)
        return _user(dict(row))

    async def add(
        self, user_id: str, name: str, role: UserRole, *, manager_id: str | None, may_listen: bool, language: str
    ) -> None:
        """Add somebody, who cannot sign in before they used an invitation.

        Raises:
            UserRefused: there is one of that name, it is no name, or a manager without an id of the directory.
        """
        _check_manager(role, manager_id)
        if not USER_ID.fullmatch(user_id):
            raise UserRefused(
                "a user name has up to 64 small letters, digits and . _ - @, and begins with one of the first two"
            )
        values = (user_id, name, role, manager_id, may_listen, language, self._clock())
        if await self._pool.fetchval(SQL.add_user, *values) is None:
            raise UserRefused(f"there is a user {user_id!r} already")

    async def invite(self, user_id: str, purpose: Purpose = Purpose.PASSWORD) -> str:
        """Make a link's token, once; links that were made before open no longer.

        Raises:
            NoSuchThing: there is no such user, or they are disabled.
        """
        token, now = new_token(), self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.withdraw_invitations, user_id, now)
            values = (digest_of(token), user_id, purpose, now, now + INVITATION)
            if await connection.fetchval(SQL.invite, *values) is None:
                raise _nobody(user_id)
        return token

    async def invited(self, token: str) -> Invited | None:
        """Return whom a link lets in; it stays good."""
        row = await self._pool.fetchrow(SQL.invitation, digest_of(token), self._clock())
        return Invited(row["user_id"], row["name"], row["language"], Purpose(row["purpose"])) if row else None

    async def accept(self, token: str, password_hash: str | None) -> bool:
        """Use a link up; with a new password all sessions end. False if it is used or over."""
        now = self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            user_id = await connection.fetchval(SQL.use_invitation, digest_of(token), now)
            if user_id is not None and password_hash is not None:
                await self._change(connection, SQL.set_password, user_id, password_hash)
        return user_id is not None

    async def set_password(self, user_id: str, password_hash: str) -> None:
        """Keep a new password; all sessions end.

        Raises:
            NoSuchThing: there is no such user, or they are disabled.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await self._change(connection, SQL.set_password, user_id, password_hash)

    async def disable(self, user_id: str) -> None:
        """Let somebody in no longer, from this moment on.

        Raises:
            NoSuchThing: there is no such user, or they are disabled already.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await self._change(connection, SQL.disable, user_id, self._clock())
            await connection.execute(SQL.withdraw_invitations, user_id, self._clock())

    async def enable(self, user_id: str) -> None:
        """Let them in again, with the password they had.

        Raises:
            NoSuchThing: there is no such user, or they are not disabled.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await self._change(connection, SQL.enable, user_id)

    async def set_role(self, user_id: str, role: UserRole, *, manager_id: str | None, may_listen: bool) -> None:
        """Make somebody something else; their sessions end.

        Raises:
            NoSuchThing: there is no such user.
            UserRefused: a manager without an id of the directory.
        """
        _check_manager(role, manager_id)
        async with self._pool.acquire() as connection, connection.transaction():
            await self._change(connection, SQL.set_role, user_id, role, manager_id, may_listen)

    async def _change(self, tx: Transaction, statement: str, user_id: str, *values: object) -> None:
        """Change somebody and end their sessions."""
        if not await tx.fetch(statement, user_id, *values):
            raise _nobody(user_id)
        await tx.execute(SQL.end_sessions, user_id, self._clock(), 0)


def _check_manager(role: UserRole, manager_id: str | None) -> None:
    if role is UserRole.MANAGER and not manager_id:
        raise UserRefused("a manager is somebody of the directory: tell their id (`ringback directory list`)")


def _user(row: dict[str, object]) -> User:
    return User(**{**row, "role": UserRole(str(row["role"]))})  # type: ignore[arg-type]  # the query's columns are the fields


def _nobody(user_id: str) -> NoSuchThing:
    return NoSuchThing(f"there is no such user {user_id!r} to do that with; `ringback users list` shows them")
