"""Bitrix24's REST: a method a request or many in one, two ways of signing in, and its two limits."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from crm_bridge.crm.bitrix24 import batch
from crm_bridge.crm.bitrix24.batch import Command
from crm_bridge.crm.errors import CrmBroken, CrmDenied, CrmError, CrmMissing, CrmRefused, CrmThrottled
from crm_bridge.crm.transport.gathering import Gathering
from crm_bridge.crm.transport.http import held, nonsense
from crm_bridge.crm.transport.oauth import AccessToken
from crm_bridge.outbox.pace import Pace
from telephony.net import bounded

OAUTH = "https://oauth.bitrix24.tech/oauth/token/"
"""Asked by GET, as Bitrix24's page on renewing tokens tells it."""
BURST = 20
"""So many requests may come before their turn (see `SharedPace`): Bitrix24 bears 50 at once, we send 40 at most."""
_FINE, _SERVER = 200, 500
_TOO_FAST = timedelta(seconds=2)
_TOO_LONG = timedelta(minutes=2)
_LONGEST = timedelta(minutes=10)
"""The span that Bitrix24 counts a method's time over."""
_TOLD = 300
_EXPIRED = frozenset({"expired_token", "invalid_token"})
_DENIED = frozenset(
    {
        "NO_AUTH_FOUND",
        "INVALID_CREDENTIALS",
        "WRONG_AUTH_TYPE",
        "insufficient_scope",
        "ACCESS_DENIED",
        "user_access_error",
        "authorization_error",
        "invalid_grant",
        "invalid_client",
        "PAYMENT_REQUIRED",
        "INVALID_REQUEST",
        "OVERLOAD_LIMIT",
        "PORTAL_DELETED",
        "ERROR_METHOD_NOT_FOUND",
    }
)
"""What a person must mend: the key, its rights, the plan, a block by Bitrix24, a portal that is closed."""
_SIGN_IN = 401
_NOT_LET_IN = frozenset({_SIGN_IN, 403})
_ONE_CARD = "ACCESS_DENIED"
"""Of a method of ``crm`` it says that this card is not ours to touch; of any other, that the key lacks the right."""
_PLAN = "commercial plan"
"""``ACCESS_DENIED`` with these words, or with HTTP 401, is of the whole portal."""
_FAILED = frozenset({"INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER"})
"""Within a ``batch`` they come with HTTP 200."""
_MISSING = frozenset({"ERROR_NOT_FOUND", "NOT_FOUND", "OWNER_NOT_FOUND"})
_NO_USERS = ("user ", "пользователь", "користувач", "benutzer", "użytkownik", "usuario")
"""``ERROR_CORE: User is not found or is not active``: a colleague who left, and no card that is gone."""
_ITS_OWN_TROUBLE = "server returns http error code"
"""``ERROR_CORE`` with these words: Bitrix24 could not fetch a recording just now."""
_NOT_THERE = ("not found", "не найден", "не знайден", "nicht gefunden", "nie znaleziono", "no se encontr")
"""Activities and cards that are not there may have no error code, only words, in the language of the portal."""
_UNNAMED = frozenset({"", "0", "ERROR_CORE"})
_CURES = {
    "OVERLOAD_LIMIT": "; Bitrix24 has blocked this portal's REST by hand: ask its support",
    "PORTAL_DELETED": "; the portal's public part is closed: open it in its settings",
    "ERROR_METHOD_NOT_FOUND": "; give the webhook or application the rights telephony and crm, or update the portal",
    "WRONG_AUTH_TYPE": "; this method wants a local application: set client_id, client_secret and refresh_token",
    "insufficient_scope": "; give the webhook or application the rights telephony and crm",
}


class BitrixClient:
    """One portal. ``url`` ends in ``/rest`` (OAuth) or ``/rest/<user>/<code>`` (inbound webhook, then no token)."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, token: AccessToken | None, now: Callable[[], datetime], pace: Pace
    ) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._token = token
        self._now = now
        self._pace = pace
        self._gathering: Gathering[Command, Any] = Gathering(self._together, pace, most=batch.MOST)

    async def call(self, method: str, **arguments: Any) -> Any:  # noqa: ANN401  (methods give any JSON)
        """Call a method and give its ``result``.

        Raises:
            CrmThrottled, CrmDenied, CrmRefused, CrmBroken: as Bitrix24 answered.
            aiohttp.ClientError, TimeoutError: it could not be reached.
        """
        if batch.may_be_shared(arguments):
            return await self._gathering.ask((method, arguments))
        await self._pace.turn()
        return await self._alone(method, arguments)

    async def _together(self, commands: Sequence[Command]) -> Sequence[Any]:
        """Call some methods in one request; gives each one's ``result``, or its error."""
        if len(commands) == 1:
            return [await self._alone(*commands[0])]
        answered = await self._alone("batch", batch.batch(commands))
        answers = batch.answers(answered, len(commands))
        return [
            self._error(method, _FINE, answer) if "error" in answer else answer["result"]
            for (method, _), answer in zip(commands, answers, strict=True)
        ]

    async def _alone(self, method: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 (as above)
        """Call one method, for which the turn is taken, and give its ``result``."""
        token = await self._token() if self._token else ""
        code, answer = await self._post(method, arguments, token)
        if self._token and answer.get("error") in _EXPIRED:
            await self._pace.turn()
            token = await self._token(rejected=token)
            code, answer = await self._post(method, arguments, token)
        if "error" in answer:
            raise await held(self._pace, self._error(method, code, answer))
        return answer["result"]

    async def _post(self, method: str, arguments: Mapping[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        body = {**arguments, **({"auth": token} if token else {})}
        async with self._http.post(f"{self._url}/{method}.json", json=body, allow_redirects=False) as response:
            try:
                answer = await bounded.json_of(response)
            except bounded.TooMuch as error:
                raise CrmBroken(f"{method}: HTTP {response.status}: {error}") from None
            except ValueError:
                raise await held(self._pace, nonsense(method, response)) from None
            if not isinstance(answer, dict) or not {"error", "result"} & answer.keys():
                raise await held(self._pace, nonsense(method, response))
            return response.status, answer

    def _error(self, method: str, code: int, answer: Mapping[str, Any]) -> CrmError:
        name = str(answer["error"])
        text = f"{method}: {name}: {str(answer.get('error_description', ''))[:_TOLD]}{_CURES.get(name, '')}"
        if name == "QUERY_LIMIT_EXCEEDED":
            return CrmThrottled(text, _TOO_FAST)
        if name == "OPERATION_TIME_LIMIT":
            return CrmThrottled(text, self._until_reset(answer))
        words = str(answer.get("error_description", "")).lower()
        if name == _ONE_CARD and method.startswith("crm.") and code != _SIGN_IN and _PLAN not in words:
            return CrmRefused(text)
        if name in _DENIED or name in _EXPIRED or code in _NOT_LET_IN:
            return CrmDenied(text)
        if code >= _SERVER or name in _FAILED or _ITS_OWN_TROUBLE in words:
            return CrmBroken(text)
        missing = name in _MISSING or (name in _UNNAMED and _says_not_there(words))
        return CrmMissing(text) if missing else CrmRefused(text)

    def _until_reset(self, answer: Mapping[str, Any]) -> timedelta:
        time = answer.get("time")
        at = time.get("operating_reset_at") if isinstance(time, dict) else None
        if not isinstance(at, int | float):
            return _TOO_LONG
        now = self._now().timestamp()
        return timedelta(seconds=min(max(at, now + _TOO_FAST.total_seconds()), now + _LONGEST.total_seconds()) - now)


def _says_not_there(words: str) -> bool:
    return not words.startswith(_NO_USERS) and any(each in words for each in _NOT_THERE)
