"""Short-lived links to one recording: what is signed, and how a signature is checked. Pure.

A link holds the recording's number, the key that made it, and when it ends; the signature binds the three together.
HMAC-SHA256 with a secret of 32 random bytes that lives in the database: all daemons know it, nobody else does.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may listen to what until when (seconds since 1970)."""

    recording_id: int
    key_id: str
    expires: int


def sign(grant: Grant, secret: bytes) -> str:
    """Return the signature: 43 characters that need no escaping in a URL."""
    text = f"recording:{grant.recording_id}:{grant.key_id}:{grant.expires}"
    return base64.urlsafe_b64encode(hmac.digest(secret, text.encode(), hashlib.sha256)).decode().rstrip("=")


def good(grant: Grant, signature: str, secret: bytes) -> bool:
    """Return whether the signature is ours and of just this grant."""
    return hmac.compare_digest(sign(grant, secret).encode(), signature.encode())
