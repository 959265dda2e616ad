"""Signing in with a name and a password: bounded tries, and no hint whether there is such a name.

A try is counted before the password is compared, in the database: neither many at once nor a restart gives more of
them. Counted are the name from one address, the address, and the name from anywhere; the last two allow more, for an
office shares an address, and nobody is to be kept out by strangers who try their name.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import ClassVar, Final

from crm_bridge.people.passwords import Passwords
from crm_bridge.people.store import SQL
from telephony.errors import NotReady, Refused
from telephony.ports import Clock
from telephony.postgres.pool import Pool

WINDOW: Final = timedelta(minutes=15)
TRIES: Final = 5
"""Of a name from an address within the window."""
_OF_ADDRESS: Final = 50
_OF_NAME: Final = 100
_NETWORK: Final = 64
"""Bits: an IPv6 network of so many is one address."""


class WrongPassword(Refused):
    """Nobody has that name and password: correct one of them."""

    error_id: ClassVar[str] = "wrong-password"


class TooManyTries(NotReady):
    """Too many tries: wait for a quarter of an hour."""

    error_id: ClassVar[str] = "too-many-tries"


@dataclass(frozen=True, slots=True)
class _Subject:
    digest: bytes
    most: int


class SigningIn:
    """Compares names and passwords."""

    def __init__(self, pool: Pool, clock: Clock, passwords: Passwords) -> None:
        self._pool = pool
        self._clock = clock
        self._passwords = passwords

    async def sign_in(self, name: str, password: str, address: str) -> str:
        """Return the user's id.

        Raises:
            WrongPassword: it is not theirs, or there is nobody of that name, or they are disabled.
            TooManyTries: wait.
        """
        user_id = name.strip().casefold()
        subjects = _subjects(user_id, address)
        await self._count(subjects)
        row = await self._pool.fetchrow(SQL.password_of, user_id) if _is_writable(user_id) else None
        kept = row["password_hash"] if row else None
        if not await self._passwords.fits(kept, password):
            raise WrongPassword("nobody has that name and password")
        await self._pool.execute(SQL.forgive, subjects[0].digest)
        return user_id

    async def _count(self, subjects: tuple[_Subject, ...]) -> None:
        now = self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL.one_at_a_time)
            await connection.execute(SQL.forget_tries, now - WINDOW)
            for subject in subjects:
                if await connection.fetchval(SQL.tries, subject.digest) >= subject.most:
                    raise TooManyTries("too many tries: wait for a quarter of an hour, or ask for a new link")
            await connection.execute(SQL.try_anew, [subject.digest for subject in subjects], now)


def _subjects(user_id: str, address: str) -> tuple[_Subject, ...]:
    """Return what is counted, hashed: people type passwords into the field of the name. The first is forgiven."""
    network = _network(address)
    answer = ((f"both {network} {user_id}", TRIES), (f"address {network}", _OF_ADDRESS), (f"name {user_id}", _OF_NAME))
    return tuple(_Subject(hashlib.sha256(text.encode(errors="replace")).digest(), most) for text, most in answer)


def _network(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _NETWORK), strict=False)) if found.ipv4_mapped is None else str(found.ipv4_mapped)
    return str(found)


def _is_writable(user_id: str) -> bool:
    """Return whether it may stand in a row: no NUL, no half of a letter."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in user_id)
