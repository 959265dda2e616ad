"""Passwords: what is one, how it is kept, and that to compare one takes as long whoever it is for.

One is hashed at a time, in a thread: each takes 64 MiB and a good part of a second. Who comes when many wait is asked
to come back, so a flood of tries costs a bounded time.
"""

import asyncio
import secrets
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final, TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from telephony.errors import NotReady, Refused

SHORTEST: Final = 12
"""Letters."""
_LONGEST: Final = 200
_FEWEST_DIFFERENT: Final = 5
_MOST_WAITING: Final = 20

Result = TypeVar("Result")


class WeakPassword(Refused):
    """That is too easily guessed, or too long."""

    error_id: ClassVar[str] = "weak-password"


class ManySignIn(NotReady):
    """Too many sign in at this moment: try again in a few seconds."""

    error_id: ClassVar[str] = "many-sign-in"


def check(password: str, user_id: str) -> None:
    """Refuse what is too short, too long, one letter over and over, or the person's own name.

    Raises:
        WeakPassword: it says what to do.
    """
    letters = normalize("NFKC", password)
    if len(letters) < SHORTEST:
        raise WeakPassword(f"a password has at least {SHORTEST} letters")
    if len(letters) > _LONGEST:
        raise WeakPassword(f"a password has at most {_LONGEST} letters")
    if len(set(letters)) < _FEWEST_DIFFERENT or letters.casefold().replace(user_id, "") == "":
        raise WeakPassword("that is guessed at once: take several words that do not belong together")


class Passwords:
    """Hashes and compares."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._one = asyncio.Lock()
        self._waiting = 0
        self._nobodys: str | None = None

    async def hashed(self, password: str) -> str:
        """Return it as it is kept.

        Raises:
            ManySignIn: too many are at it.
        """
        return await self._apart(partial(self._hash, password))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Return whether it is the kept one; with None for nobody's, which takes as long.

        Raises:
            ManySignIn: too many are at it.
        """
        return await self._apart(partial(self._compare, kept, password))

    async def _apart(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= _MOST_WAITING:
            raise ManySignIn("many people sign in at this moment; try again in a few seconds")
        self._waiting += 1
        try:
            async with self._one:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(normalize("NFKC", password)[: _LONGEST + 1])

    def _compare(self, kept: str | None, password: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(secrets.token_urlsafe(16))
        try:
            self._hasher.verify(kept or self._nobodys, normalize("NFKC", password)[: _LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None
