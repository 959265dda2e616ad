"""Secrets that a browser or a link holds: 256 bits of chance, of which we keep the hash."""

import hashlib
import re
import secrets
from typing import Final

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """Make one, as URL-safe text."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes | None:
    """Return what is kept of one; None for text that is none."""
    return hashlib.sha256(token.encode()).digest() if _TOKEN.fullmatch(token) else None
