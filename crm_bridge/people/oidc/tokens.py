"""Whether an ID token is good: signed by the provider, meant for us, fresh, and the answer to our question. No I/O.

The algorithms are those of public keys; `none`, and those whose key is a shared secret, are not among them, whatever
the token's head says.
"""

from datetime import datetime
from typing import Any, Final, NamedTuple

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from crm_bridge.people.oidc.errors import OidcRefused

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
_LONGEST: Final = 64 * 1024
_OLDEST_SECONDS: Final = 600.0


class KeyUnknown(OidcRefused):
    """No key that we know has signed it: the provider may have new ones."""


class OidcAnswer(NamedTuple):
    """What the token must answer."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str


def claims_of(token: str, keys: KeySet, asked: OidcAnswer, now: datetime, skew_seconds: int) -> dict[str, Any]:
    """Return a good token's claims.

    Args:
        token: as the provider sent it.
        keys: the provider's.
        asked: what it must answer.
        now: the time.
        skew_seconds: by how much the provider's clock may differ from ours.

    Raises:
        KeyUnknown: none of ``keys`` has signed it.
        OidcRefused: it is not good.
    """
    if not token or len(token) > _LONGEST:
        raise OidcRefused("no ID token, or too long a one")
    try:
        decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
        at = int(now.timestamp())
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"essential": True, "value": asked.issuer}, "aud": {"essential": True, "value": asked.client_id}},
            {"nonce": asked.nonce, "client_id": asked.client_id, "access_token": asked.access_token},
        )
        claims.validate(at, skew_seconds)
    except (InvalidKeyIdError, BadSignatureError) as error:
        raise KeyUnknown(f"ID token: {error}") from None
    except JoseError as error:
        raise OidcRefused(f"ID token: {error}") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise OidcRefused(f"ID token: {error}") from None
    issued = claims["iat"]
    if not isinstance(issued, int | float) or abs(at - issued) > _OLDEST_SECONDS + skew_seconds:
        raise OidcRefused("ID token: issued long ago, or later than now")
    return dict(claims)
