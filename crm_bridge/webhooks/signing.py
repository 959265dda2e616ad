"""The signature of Standard Webhooks: ``v1,`` and base64 of HMAC-SHA256 over ``id.timestamp.body``.

While a secret is being rotated the header holds one signature per secret, separated by a space: the receiver accepts
either, so nothing is lost between our change and theirs.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """Read a secret as Standard Webhooks writes it: ``whsec_`` and base64, 24 to 64 bytes.

    Raises:
        ValueError: it is not that; the text says what is wrong, never what the secret is.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("the secret is not base64 behind whsec_; make one with `openssl rand -base64 32`") from None
    if not 24 <= len(key) <= 64:  # noqa: PLR2004  (the bounds of the standard)
        raise ValueError(f"the secret has {len(key)} bytes, the standard asks for 24 to 64")
    return key


def headers(message_id: str, at: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """Make the headers of one delivery.

    Args:
        message_id: the same for every try of one message.
        at: when this try is made; receivers refuse what is too old.
        body: exactly the bytes that go out.
        secrets: the current secret first, then those that are being rotated out.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = " ".join(f"v1,{_sign(secret, signed)}" for secret in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signatures}


def _sign(secret: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
