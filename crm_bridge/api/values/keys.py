"""Bearer keys: what they look like, what they may do, and how they are kept (hashed; the key itself is shown once).

A key is ``rbk_<8 characters of id>_<43 characters of secret>``. The secret has 256 bits of randomness, so a plain
SHA-256 is enough: there is nothing to guess, and each request must be cheap.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What a key may do."""

    CALLS_READ = "calls:read"
    CALLS_WRITE = "calls:write"
    RECORDINGS_READ = "recordings:read"
    CALLBACKS_READ = "callbacks:read"
    CALLBACKS_WRITE = "callbacks:write"
    DIRECTORY_READ = "directory:read"
    DIRECTORY_WRITE = "directory:write"
    CALENDAR_READ = "calendar:read"
    CALENDAR_WRITE = "calendar:write"
    DIAL = "dial"
    SURVEYS = "surveys"
    REVIEWS = "reviews"
    REVIEWS_SCORE = "reviews:score"
    PRIVACY = "privacy"
    DELIVERIES = "deliveries"
    ADMIN = "admin"
    ACCOUNT = "account"
    USERS = "users"


_KEY = re.compile(r"rbk_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key as a client sent it, cut into what we look up and what we compare."""

    key_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as we keep it."""

    key_id: str
    name: str
    secret_sha256: bytes
    scopes: frozenset[Scope]
    expires_at: datetime | None
    revoked_at: datetime | None
    per_minute: int


def parse(authorization: str | None) -> PresentedKey | None:
    """Read an Authorization header; None for anything that is not one of our keys."""
    scheme, _, token = (authorization or "").partition(" ")
    found = _KEY.fullmatch(token.strip()) if scheme.lower() == "bearer" else None
    return PresentedKey(found[1], found[2]) if found else None


def digest(secret: str) -> bytes:
    """Hash a secret as it is kept."""
    return hashlib.sha256(secret.encode()).digest()


def opens(kept: ApiKey, presented: PresentedKey, now: datetime) -> bool:
    """Return whether the presented key is this one, and still good."""
    fits = hmac.compare_digest(kept.secret_sha256, digest(presented.secret))
    return fits and lives(kept, now)


def lives(kept: ApiKey, now: datetime) -> bool:
    """Return whether a key is neither revoked nor over."""
    return kept.revoked_at is None and (kept.expires_at is None or now < kept.expires_at)


def show(key_id: str, secret: str) -> str:
    """Write a key as its owner gets it, once."""
    return f"rbk_{key_id}_{secret}"
