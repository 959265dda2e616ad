"""An OpenID provider that keeps to the letter of OpenID Connect Core 1.0, Discovery 1.0 and RFC 7636.

It answers 400 to whatever those say that a client must not do. Tokens are signed by hand with RSA (RFC 7515), so that a
mistake of the library that reads them does not hide in the one that wrote them. `Lies` make it one of the providers
(or men in the middle) that a client must refuse.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "ringback:console", "s3cret & more"
Claims = dict[str, Any]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class SigningKey:
    kid: str
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    @property
    def public(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        parts = {
            name: b64(n.to_bytes((n.bit_length() + 7) // 8, "big")) for name, n in (("n", numbers.n), ("e", numbers.e))
        }
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, **parts}

    def sign(self, claims: Claims, **head: object) -> str:
        header = {"alg": "RS256", "kid": self.kid, **head}
        text = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
        if header["alg"] == "none":
            return f"{text}."
        return f"{text}.{b64(self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@dataclass
class Provider:
    """Whom it signs in, what it says of them, and how it lies."""

    redirect_uri: str
    issuer: str = ""
    person: Claims = field(default_factory=dict)
    signing: SigningKey = field(default_factory=lambda: SigningKey("one"))
    published: list[SigningKey] = field(default_factory=list)
    lie: Callable[[Claims], Claims] = lambda claims: claims
    token: Callable[[str, Claims], str] = lambda token, _: token
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key_fetches: int = 0
    issuer_told: str = ""
    away: bool = False

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/.well-known/openid-configuration", self.configuration),
            web.get("/authorize", self.authorize),
            web.post("/token", self.exchange),
            web.get("/keys", self.keys),
        ]

    async def configuration(self, _: web.Request) -> web.Response:
        if self.away:
            raise web.HTTPServiceUnavailable
        return web.json_response(
            {
                "issuer": self.issuer_told or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def authorize(self, request: web.Request) -> web.Response:
        """Core 3.1.2.1 and RFC 7636 4.3: whoever comes is the person, and consents."""
        asked = request.query
        wrong = [
            name
            for name, fits in {
                "response_type": asked.get("response_type") == "code",
                "client_id": asked.get("client_id") == CLIENT,
                "redirect_uri": asked.get("redirect_uri") == self.redirect_uri,
                "scope": "openid" in asked.get("scope", "").split(),
                "state": bool(asked.get("state")),
                "nonce": len(asked.get("nonce", "")) >= 16,
                "code_challenge": len(asked.get("code_challenge", "")) == 43,
                "code_challenge_method": asked.get("code_challenge_method") == "S256",
                "once": len(set(asked)) == len(asked),
            }.items()
            if not fits
        ]
        if wrong:
            raise web.HTTPBadRequest(text=f"wrong: {wrong}")
        code = secrets.token_urlsafe(24)
        self.codes[code] = dict(asked)
        back = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return web.Response(status=302, headers={"Location": f"{self.redirect_uri}?{back}"})

    async def exchange(self, request: web.Request) -> web.Response:
        """Core 3.1.3.2, RFC 6749 2.3.1 (name and secret are form-encoded in Basic), RFC 7636 4.6."""
        form = {name: values[0] for name, values in parse_qs(await request.text()).items() if len(values) == 1}
        scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
        told = base64.b64decode(pair).decode() if scheme == "Basic" else ":"
        if tuple(map(unquote_plus, told.split(":"))) != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form.get("grant_type") != "authorization_code":
            return web.json_response({"error": "invalid_grant"}, status=400)
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if form.get("redirect_uri") != asked["redirect_uri"] or challenge != asked["code_challenge"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
        }
        claims = self.lie(claims)
        token = self.token(self.signing.sign(claims), claims)
        return web.json_response({"access_token": "at", "token_type": "Bearer", "expires_in": 300, "id_token": token})

    async def keys(self, _: web.Request) -> web.Response:
        self.key_fetches += 1
        odd = {"kty": "OKP", "crv": "X9", "kid": "odd", "x": "AA"}
        return web.json_response({"keys": [odd, *(key.public for key in self.published or [self.signing])]})


@asynccontextmanager
async def provide(redirect_uri: str) -> AsyncIterator[Provider]:
    """Run one."""
    provider = Provider(redirect_uri)
    app = web.Application()
    app.add_routes(provider.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield provider
    await runner.cleanup()
