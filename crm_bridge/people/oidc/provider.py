"""The company's provider over HTTP: what it says of itself, its keys, and the exchange of a code.

What it says of itself is believed only if it names the same issuer, and its addresses are TLS (or this machine, for
a trial). Both are kept for an hour; keys are fetched anew when a token bears an unknown one, at most every ten seconds.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from crm_bridge.console_settings import OidcSettings
from crm_bridge.errors import TargetRefused
from crm_bridge.people.oidc.errors import OidcAway, OidcRefused
from telephony.net import bounded

_KEPT_SECONDS: Final = 3600.0
_KEYS_EVERY_SECONDS: Final = 10.0
_SECONDS: Final = 10.0
_MOST_BYTES: Final = 512 * 1024
_MOST_KEYS: Final = 100
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_OK: Final = 200
_REFUSED: Final = frozenset({400, 401, 403})


class _Provider(NamedTuple):
    """What it says of itself."""

    authorize: str
    token: str
    keys: str
    by_basic: bool
    """It takes our secret as a name and password; else in the form."""


class CodeAnswer(NamedTuple):
    """What a code was exchanged for."""

    id_token: str
    access_token: str


class OidcProvider:
    """Asks it. ``monotonic`` gives seconds."""

    def __init__(self, settings: OidcSettings, http: aiohttp.ClientSession, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._http = http
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._known: tuple[float, _Provider] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def authorization_url(self, **asked: str) -> str:
        """Return where the browser is sent with these parameters.

        Raises:
            OidcAway: the provider does not say where.
        """
        where = (await self._provider()).authorize
        return f"{where}{'&' if urlsplit(where).query else '?'}{urlencode(asked)}"

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> CodeAnswer:
        """Exchange a code for tokens.

        Raises:
            OidcRefused: it takes the code no (longer).
            OidcAway: it does not answer.
        """
        provider, settings = await self._provider(), self._settings
        secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        form |= {"code_verifier": verifier}
        headers = {"Accept": "application/json"}
        if secret and provider.by_basic:
            pair = f"{quote_plus(settings.client_id)}:{quote_plus(secret)}"  # RFC 6749, 2.3.1
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": settings.client_id} | ({"client_secret": secret} if secret else {})
        answer = await self._asked("POST", provider.token, data=form, headers=headers)
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str) or str(answer.get("token_type", "")).lower() != "bearer":
            raise OidcRefused("the token endpoint gave no ID token")
        return CodeAnswer(id_token, access_token if isinstance(access_token, str) else "")

    async def keys(self, *, fresh: bool = False) -> KeySet:
        """Return its keys; ``fresh``: fetched anew, if they are not ten seconds old.

        Raises:
            OidcAway: it does not give them.
        """
        provider = await self._provider()
        async with self._lock:
            now = self._monotonic()
            longest = _KEYS_EVERY_SECONDS if fresh else _KEPT_SECONDS
            if self._keys is None or now - self._keys[0] >= longest:
                self._keys = now, _readable(await self._asked("GET", provider.keys))
            return self._keys[1]

    async def _provider(self) -> _Provider:
        async with self._lock:
            now = self._monotonic()
            if self._known is None or now - self._known[0] >= _KEPT_SECONDS:
                issuer = self._settings.issuer.rstrip("/")
                told = await self._asked("GET", f"{issuer}/.well-known/openid-configuration")
                self._known = now, self._believed(told)
            return self._known[1]

    def _believed(self, told: dict[str, Any]) -> _Provider:
        if told.get("issuer") != self._settings.issuer:
            raise OidcAway(f"the provider calls itself {str(told.get('issuer'))[:200]!r}; write that as `oidc.issuer`")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        authorize, token, keys = (_checked(name, told.get(name)) for name in names)
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return _Provider(authorize, token, keys, by_basic="client_secret_basic" in methods)

    async def _asked(self, method: str, url: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - aiohttp's own
        try:
            async with self._http.request(method, url, allow_redirects=False, **given) as response:
                status = response.status
                answer = await bounded.json_of(response, most=_MOST_BYTES, seconds=_SECONDS)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, TargetRefused) as error:
            raise OidcAway(
                f"the provider's {urlsplit(url).path} does not answer: {error or type(error).__name__}"
            ) from None
        if method == "POST" and status in _REFUSED:
            raise OidcRefused(f"the provider refused the code: {str(answer)[:200]}")
        if status != _OK or not isinstance(answer, dict):
            raise OidcAway(f"the provider's {urlsplit(url).path} answers {status}")
        return answer


def _checked(name: str, url: object) -> str:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        fits = bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        )
    except ValueError:
        fits = False
    if not fits or not isinstance(url, str) or parts.fragment:
        raise OidcAway(f"the provider's {name} is no https address: {str(url)[:200]!r}")
    return url


def _readable(told: dict[str, Any]) -> KeySet:
    """Return the keys that can be read; others are of kinds that we do not know."""
    keys: list[Any] = []
    given = told.get("keys")
    for each in given[:_MOST_KEYS] if isinstance(given, list) else ():
        try:
            if each.get("use", "sig") == "sig" and each.get("kty") != "oct":
                keys += KeySet.import_key_set({"keys": [each]}).keys
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
    return KeySet(keys)
