"""Whether a delivery is from whom it says: the receiver's half of Standard Webhooks, as any shop's server has it.

Written from the standard alone, and not with the code that signs: so the demo shows what a stranger's server needs.
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from telephony.errors import Refused

_TOLERANCE = timedelta(minutes=5)
"""What is older was perhaps heard on the way and is sent again by somebody else."""


class NotSigned(Refused):
    """No delivery of ours: its signature, its time or a header is wrong."""

    error_id = "not-signed"


def verified(headers: Mapping[str, str], body: bytes, key: bytes, now: datetime) -> str:
    """Check a delivery's three headers and give its ``webhook-id``, which is the same for every try.

    Args:
        headers: by names in small letters, or in any if they are aiohttp's.
        body: exactly the bytes that came.
        key: the secret behind ``whsec_``, decoded.
        now: when it came.

    Raises:
        NotSigned: with what is wrong.
    """
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not (sent_at.isascii() and sent_at.isdigit()):
        raise NotSigned("webhook-id or webhook-timestamp is missing")
    if abs(now.timestamp() - int(sent_at[:15])) > _TOLERANCE.total_seconds():
        raise NotSigned(f"sent at {sent_at[:15]}, which is not now")
    signed = f"{message_id}.{sent_at}.".encode() + body
    ours = base64.b64encode(hmac.digest(key, signed, "sha256"))
    theirs = [one.partition(",") for one in headers.get("webhook-signature", "").split(" ")]
    if not any(hmac.compare_digest(ours, text.encode()) for version, _, text in theirs if version == "v1"):
        raise NotSigned("the signature does not fit")
    return message_id
