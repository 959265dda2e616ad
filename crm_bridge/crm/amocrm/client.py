"""amoCRM's API v4: at most seven requests a second; who goes on asking too fast is blocked by address.

What is made, changed or read by id shares requests with what else waits for the same turn (`arrays`).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

import aiohttp

from crm_bridge.crm.amocrm import arrays
from crm_bridge.crm.amocrm.arrays import NotValid, PartlyAdded, Row
from crm_bridge.crm.errors import CrmDenied, CrmError, CrmMissing, CrmRefused, CrmThrottled
from crm_bridge.crm.transport.gathering import Gathering
from crm_bridge.crm.transport.http import JsonApi, failure
from crm_bridge.crm.transport.oauth import AccessToken
from crm_bridge.outbox.pace import Pace
from telephony.net.bounded import Json

_TOO_FAST = timedelta(seconds=10)
_BLOCKED = timedelta(minutes=15)
_PAY, _FORBIDDEN = 402, 403
_TOLD = 300
_OF_ONE: Final = re.compile(r"/\d+(/|$)")
"""A path of one card, note or task."""


_ACCOUNT = "account"
"""Whoever may ask anything may ask for this."""
_PAGE = 250


class _Forbidden(CrmDenied):
    """HTTP 403 in JSON."""


class AmoClient:
    """One account; ``url`` is ``https://NAME.amocrm.ru`` or ``https://NAME.kommo.com``. All raise as `JsonApi.ask`."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: AccessToken, pace: Pace) -> None:
        self._api = JsonApi(http, f"{url.rstrip('/')}/api/v4", token, pace, _error)
        self._pace = pace
        self._making: dict[tuple[str, str], Gathering[Row, Row]] = {}
        self._changing: dict[str, Gathering[Row, Row]] = {}
        self._reading: dict[tuple[str, str], Gathering[str, Row]] = {}

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Json:
        """Read; nothing found (HTTP 204) is an empty object."""
        return await self._ask("GET", path, params=params)

    async def post(self, path: str, body: Json) -> Json:
        """Make something, in a request of its own."""
        return await self._ask("POST", path, body=body)

    async def patch(self, path: str, body: Json) -> Json:
        """Change something, in a request of its own."""
        return await self._ask("PATCH", path, body=body)

    async def make(self, path: str, name: str, body: Row) -> Row:
        """Make one thing at an address, whose answers call it so; gives what was made.

        Raises:
            NoCard: a call's number is on no card.
        """
        where = (path, name)
        if where not in self._making:
            self._making[where] = Gathering(partial(self._make, path, name), self._pace, most=arrays.MOST)
        return await self._making[where].ask(body)

    async def _make(self, path: str, name: str, bodies: Sequence[Row]) -> list[Row | CrmError]:
        try:
            answer = await self._ask("POST", path, body=arrays.with_ids(bodies), has_turn=True)
        except PartlyAdded as error:
            answer = error.told
        except NotValid as error:
            return await self._but_for(error, bodies, partial(self._make, path, name))
        return arrays.made(answer, name, len(bodies))

    async def change(self, kind: str, number: str, body: Row) -> None:
        """Change a thing.

        Raises:
            CrmMissing: there is none.
        """
        if kind not in self._changing:
            self._changing[kind] = Gathering(partial(self._change, kind), self._pace, most=arrays.MOST)
        await self._changing[kind].ask({**body, "id": int(number)})

    async def _change(self, kind: str, bodies: Sequence[Row]) -> list[Row | CrmError]:
        """Change some; who changes the same thing later has the last word."""
        merged: dict[int, Row] = {}
        for body in bodies:
            merged[body["id"]] = merged.get(body["id"], {}) | body
        answers = dict(zip(merged, await self._change_each(kind, list(merged.values())), strict=True))
        return [answers[body["id"]] for body in bodies]

    async def _change_each(self, kind: str, bodies: Sequence[Row]) -> list[Row | CrmError]:
        """Change each of some things once; where amoCRM takes not all of them, each is tried alone."""
        if len(bodies) > 1:
            try:
                answer = await self._ask("PATCH", kind, body=list(bodies), has_turn=True)
            except CrmDenied:
                raise
            except CrmRefused:
                await self._pace.turn()
            else:
                rows = arrays.found(answer, kind.rpartition("/")[2], [str(body["id"]) for body in bodies])
                return [rows.get(str(body["id"])) or CrmMissing(f"{kind}: not changed") for body in bodies]
        answers: list[Row | CrmError] = []
        for body in bodies:
            if answers:
                await self._pace.turn()
            answers.append(await self._change_one(kind, body))
        return answers

    async def _change_one(self, kind: str, body: Row) -> Row | CrmError:
        values = {name: value for name, value in body.items() if name != "id"}
        try:
            answer = await self._ask("PATCH", f"{kind}/{body['id']}", body=values, has_turn=True)
        except CrmRefused as error:
            return error
        return answer if isinstance(answer, dict) else {}

    async def read(self, kind: str, number: str, having: str = "") -> Row:
        """Read a card or a task by its id; ``having`` names what is to be told with it.

        Raises:
            CrmMissing: there is none.
        """
        if (kind, having) not in self._reading:
            self._reading[kind, having] = Gathering(partial(self._read, kind, having), self._pace, most=arrays.MOST)
        return await self._reading[kind, having].ask(number)

    async def _read(self, kind: str, having: str, numbers: Sequence[str]) -> list[Row | CrmError]:
        also: dict[str, str | int] = {"with": having} if having else {}
        if len(numbers) == 1:
            answer = await self._ask("GET", f"{kind}/{numbers[0]}", params=also, has_turn=True)
            return [answer if isinstance(answer, dict) else {}]
        ids: dict[str, str | int] = {
            f"filter[id][{place}]": number for place, number in enumerate(dict.fromkeys(numbers))
        }
        answer = await self._ask("GET", kind, params={**ids, **also, "limit": _PAGE}, has_turn=True)
        rows = arrays.found(answer, kind, numbers)
        return [rows.get(number) or CrmMissing(f"{kind}/{number} is not there") for number in numbers]

    async def _but_for(self, error: NotValid, bodies: Sequence[Row], again: "partial[Any]") -> list[Row | CrmError]:
        """Return what was not valid its words, and do the rest once more: nothing of it was done."""
        answers: dict[int, Row | CrmError] = {
            place: CrmRefused(error.wrong[str(place)]) for place in range(len(bodies)) if str(place) in error.wrong
        }
        if not answers:
            if len(bodies) == 1:
                raise error
            answers = {place: each for place, body in enumerate(bodies) for each in await self._turn(again, [body])}
        rest = [place for place in range(len(bodies)) if place not in answers]
        if rest:
            answers |= dict(zip(rest, await self._turn(again, [bodies[place] for place in rest]), strict=True))
        return [answers[place] for place in range(len(bodies))]

    async def _turn(self, again: "partial[Any]", bodies: Sequence[Row]) -> list[Row | CrmError]:
        """Do some once more, in a turn of their own; one alone that is refused is its own answer."""
        await self._pace.turn()
        try:
            answers: list[Row | CrmError] = await again(bodies)
        except CrmRefused as error:
            if len(bodies) > 1:
                raise
            return [error]
        return answers

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Json = None,
        has_turn: bool = False,
    ) -> Json:
        """Ask; of one card amoCRM says 403 for it and for a key in the same words, so the key is tried."""
        try:
            return await self._api.ask(method, path, params=params, body=body, has_turn=has_turn)
        except _Forbidden as error:
            await self._api.ask("GET", _ACCOUNT)
            raise CrmRefused(str(error)) from None


def _error(what: str, response: aiohttp.ClientResponse, answer: Json) -> CrmError:
    if arrays.has_no_card(answer):
        return PartlyAdded(f"{what}: no card has this number", answer)
    if response.status == _PAY:
        return CrmDenied(f"{what}: HTTP 402: the account's subscription is over")
    if response.status == _FORBIDDEN and answer is None:  # a right that lacks is told in JSON, a block is not
        return CrmThrottled(f"{what}: HTTP 403: our address is blocked for asking too fast", _BLOCKED)
    if response.status == _FORBIDDEN and (not what.startswith("GET") or _OF_ONE.search(what)):
        return _Forbidden(f"{what}: HTTP 403: {_words(answer)[:_TOLD]}")
    wrong = arrays.wrong_of(answer)
    if wrong:
        return NotValid(f"{what}: HTTP {response.status}: {_words(answer)[:_TOLD]}", wrong)
    return failure(what, response, _words(answer), wait=_TOO_FAST)


def _words(answer: Json) -> str:
    return arrays.words_of(answer) if isinstance(answer, dict) else "no JSON"
