"""From a list of endpoints to an aiohttp application: the checks that every request meets, in one place."""

import math
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import structlog
from aiohttp import web
from multidict import MultiMapping
from pydantic import BaseModel, TypeAdapter, ValidationError

from crm_bridge.api import problems
from crm_bridge.api.cors import CrossOrigin
from crm_bridge.api.endpoint import NO_CONTENT, PREFIX, Asked, Endpoint
from crm_bridge.api.first_answers import FirstAnswers
from crm_bridge.api.problems import Problem
from crm_bridge.api.values import keys
from crm_bridge.api.values.keys import ApiKey
from crm_bridge.api.values.rates import WrongKeys
from crm_bridge.people.access import Access, Person
from crm_bridge.people.deeds import Deeds
from crm_bridge.people.door import comes_from_us
from crm_bridge.people.rights import as_key
from crm_bridge.people.sessions import TokenHolder
from crm_bridge.queries.visible import LOOKED_AFTER, ThingKind
from telephony.errors import RingbackError
from telephony.net import bounded
from telephony.ports import Clock
from telephony.postgres.outages import is_outage

_log = structlog.get_logger(__name__)

LARGEST_BODY = 64 * 1024
"""Bytes of a JSON body; our largest honest one (a CSV of customers goes elsewhere) has a few hundred."""

BODY_SECONDS = 10.0
"""For a whole body, however it drips."""


class KeyRing(Protocol):
    """Finds a key by its id."""

    async def find(self, key_id: str) -> ApiKey | None:
        """Return the key, or None."""
        ...

    def knows(self, key_id: str) -> bool:
        """Tell, without asking anybody, whether there was such a key when it was last used."""
        ...


class Rates(Protocol):
    """Counts a key's requests."""

    def take(self, key: ApiKey, now: datetime) -> float:
        """Take one; 0 if it may pass, else the seconds until it may."""
        ...


class PeopleAtTheDoor(Protocol):
    """Knows people by their sessions, and what each may see."""

    async def holder(self, request: web.Request) -> TokenHolder | None:
        """Return whose session a request bears; None if it bears none."""
        ...

    async def check(self, access: Access, kind: ThingKind, row_id: object) -> None:
        """Raise `NoSuchThing` for a thing that may not be seen."""
        ...


class _Admitted(NamedTuple):
    """Who was let in."""

    key: ApiKey | None
    access: Access
    person: Person | None


class Server:
    """Turns endpoints into routes."""

    def __init__(
        self,
        key_ring: KeyRing,
        rates: Rates,
        clock: Clock,
        answers: FirstAnswers | None = None,
        people: PeopleAtTheDoor | None = None,
        deeds: Deeds | None = None,
        *,
        cors_origins: Collection[str] = (),
    ) -> None:
        """Begin; without ``answers`` nothing is done once only, without ``people`` only keys open.

        ``deeds`` writes down what is done.
        """
        self._cross_origin = CrossOrigin(cors_origins)
        self._people = people
        self._deeds = deeds
        self._keys = key_ring
        self._rates = rates
        self._clock = clock
        self._answers = answers
        self._wrong = WrongKeys()

    def application(self, endpoints: Sequence[Endpoint]) -> web.Application:
        """Make the application, to be mounted under `PREFIX`; every answer that is not a success is problem+json."""
        app = web.Application(middlewares=[_problems])
        self._cross_origin.install(app)
        for endpoint in endpoints:
            app.router.add_route(endpoint.method, endpoint.path, self._route(endpoint))
        return app

    def _route(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        answer: TypeAdapter[Any] | None = None if endpoint.streams else TypeAdapter(endpoint.result)

        async def serve(request: web.Request) -> web.StreamResponse:
            now = self._clock()
            key, access, person = await self._admit(request, endpoint, now)
            params = _params(request, endpoint)
            await self._check_things(endpoint, access, params)
            asked = Asked(params, await _body(request, endpoint), key, access, now, person, request)
            if self._deeds is not None and key is not None:
                await self._deeds.before(key, endpoint.operation, request)
            if answer is None:
                return await endpoint.handler(asked)  # type: ignore[no-any-return]  # a streaming handler answers by itself
            if self._answers is not None and endpoint.is_done_once:
                return await self._answers.answer(
                    asked, lambda: self._done(endpoint, asked, answer), keep=endpoint.keeps_answer
                )
            return await self._done(endpoint, asked, answer)

        return serve

    async def _done(self, endpoint: Endpoint, asked: Asked[Any], answer: TypeAdapter[Any]) -> web.Response:
        result = await endpoint.handler(asked)
        if self._deeds is not None and asked.key is not None:
            await self._deeds.after(asked.key, endpoint.operation, asked.raw, person=asked.person is not None)
        if endpoint.success == NO_CONTENT:
            return web.Response(status=NO_CONTENT)
        return web.Response(status=endpoint.success, body=answer.dump_json(result), content_type="application/json")

    async def _admit(self, request: web.Request, endpoint: Endpoint, now: datetime) -> _Admitted:
        if endpoint.scope is None:
            return _Admitted(None, Access.ALL, None)
        key, access, person = await self._known(request, now)
        wait = self._rates.take(key, now)
        if wait > 0:
            raise Problem(
                429,
                "too-many-requests",
                f"this key may ask {key.per_minute} times a minute",
                headers={"Retry-After": str(math.ceil(wait))},
            )
        if endpoint.scope not in key.scopes:
            raise Problem(403, "scope-missing", f"this key lacks the scope {endpoint.scope.value}")
        return _Admitted(key, access, person)

    async def _known(self, request: web.Request, now: datetime) -> tuple[ApiKey, Access, Person | None]:
        """Return whose key a request bears, or whose session."""
        if self._people is not None and "Authorization" not in request.headers:
            found = await self._people.holder(request)
            if found is not None:
                if not comes_from_us(request):
                    raise Problem(403, "from-elsewhere", "this was asked from another page than ours")
                return as_key(found.person), found.access, found.person
        presented = keys.parse(request.headers.get("Authorization"))
        address = request.remote or ""
        if presented is not None and not self._keys.knows(presented.key_id):
            self._check_tries(address, now)
        kept = await self._keys.find(presented.key_id) if presented else None
        if presented is None or kept is None or not keys.opens(kept, presented, now):
            self._wrong.note(address, now)
            raise Problem(
                401,
                "not-authenticated",
                "send `Authorization: Bearer rbk_...` with a valid key; see `ringback keys`",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return kept, Access.ALL, None

    async def _check_things(self, endpoint: Endpoint, access: Access, params: BaseModel) -> None:
        """Let somebody who may not see everything ask of what is theirs only."""
        if access.everything:
            return
        things = [(kind, getattr(params, name)) for name, kind in LOOKED_AFTER.items() if name in endpoint.path_names]
        if self._people is None or not (things or endpoint.narrow):
            raise Problem(403, "not-for-managers", "this is for heads of sales and administrators")
        for kind, row_id in things:
            await self._people.check(access, kind, row_id)

    def _check_tries(self, address: str, now: datetime) -> None:
        """Let nobody ask the database by trying one key after the other; a key that is known is not held up."""
        wait = self._wrong.wait(address, now)
        if wait > 0:
            raise Problem(
                429,
                "too-many-wrong-keys",
                "too many keys that are none came from this address",
                headers={"Retry-After": str(math.ceil(wait))},
            )


def _params(request: web.Request, endpoint: Endpoint) -> BaseModel:
    given = _given(request.query, endpoint.params.several()) | dict(request.match_info)
    try:
        return endpoint.params.model_validate(given)
    except ValidationError as error:
        raise problems.invalid("query", error) from None


def _given(query: MultiMapping[str], several: Collection[str]) -> dict[str, str | list[str]]:
    doubled = sorted({name for name in query if name not in several and len(query.getall(name)) > 1})
    if doubled:
        raise Problem(422, "invalid", f"given more than once: {', '.join(doubled)[:200]}")
    return {name: query.getall(name) if name in several else query[name] for name in query}


async def _body(request: web.Request, endpoint: Endpoint) -> BaseModel | None:
    if endpoint.body is None:
        return None
    if request.content_type != "application/json":
        raise Problem(415, "not-json", "send the body as application/json")
    text = await _read(request)
    problems.loads(text)  # strict JSON first: pydantic's reader accepts NaN and doubled keys
    try:
        return endpoint.body.model_validate_json(text)
    except ValidationError as error:
        raise problems.invalid("body", error) from None


async def _read(request: web.Request) -> bytes:
    """Read no more than a body may have: `client_max_size` of a mounted application is not heeded by aiohttp."""
    try:
        return await bounded.read(request.content, most=LARGEST_BODY, seconds=BODY_SECONDS)
    except bounded.TooSlow:
        raise Problem(408, "too-slow", f"a body must be whole within {BODY_SECONDS:g} seconds") from None
    except bounded.TooMuch:
        raise Problem(413, "too-large", f"a body may have {LARGEST_BODY} bytes") from None


@web.middleware
async def _problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except RingbackError as error:
        return problems.of(error).response()
    except web.HTTPException as error:
        return _of_aiohttp(error).response()
    except Exception as error:  # noqa: BLE001 - logged with its traceback, and the caller gets a 500
        if is_outage(error):
            return problems.away().response()
        _log.exception("api.handler_failed", method=request.method, path=request.path[:200])
        return Problem(500, "internal", "that failed on our side; it is in the log").response()


def _of_aiohttp(error: web.HTTPException) -> Problem:
    """Return in our words what aiohttp refused before a handler saw it."""
    match error:
        case web.HTTPRequestEntityTooLarge():
            return Problem(413, "too-large", f"a body may have {LARGEST_BODY} bytes")
        case web.HTTPNotFound():
            return Problem(404, "no-such-path", f"there is no such path; see {PREFIX}/openapi.json")
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            return Problem(405, "no-such-method", f"allowed here: {allowed}", headers={"Allow": allowed})
        case _:
            return Problem(error.status, "refused", error.reason)
