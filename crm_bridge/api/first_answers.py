"""``Idempotency-Key``: a request that is sent twice is done once, and answered twice alike.

The row in PostgreSQL decides who is the first, over all daemons. What was refused has changed nothing, so its name is
free again; where nobody knows whether it was done, the name stays taken and the repeat is told so.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from weakref import WeakValueDictionary

from aiohttp import web

from crm_bridge.api.endpoint import NO_CONTENT, Asked
from crm_bridge.api.problems import Problem, of
from telephony.errors import ActionTimedOut, AnswerLost, NotReady, RingbackError
from telephony.ports import Clock
from telephony.postgres.pool import Pool
from telephony.postgres.queries import load

HEADER: Final = "Idempotency-Key"
LONGEST: Final = 255
LIFE: Final = timedelta(hours=24)
_EXPIRED_AT_A_TIME: Final = 100
_NAME: Final = re.compile(rf"[!-~]{{1,{LONGEST}}}")
_FIRST_REFUSAL, _FIRST_OUTAGE = 400, 500


class AnswerSql(NamedTuple):
    """The queries of answers.sql."""

    begin: str
    kept: str
    finish: str
    withdraw: str
    expire: str


SQL = load(Path(__file__).with_name("answers.sql"), AnswerSql)


class FirstAnswers:
    """Keeps the first answers of all keys for `LIFE`."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._under_way: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def answer(
        self, asked: Asked[Any], do: Callable[[], Awaitable[web.Response]], *, keep: bool = True
    ) -> web.Response:
        """Do what is asked, or give the first answer to it.

        Args:
            asked: the request.
            do: does it.
            keep: False where neither the answer nor what was asked may be kept: then a repeat learns only that it was
                done.

        Raises:
            Problem: the header is no name (422), names another request (422), one whose end nobody knows, or one whose
                answer is not kept (409).
        """
        name = _name_of(asked.raw)
        if not name or asked.key is None:
            return await do()
        key_id = asked.key.key_id
        async with self._under_way.setdefault((key_id, name), asyncio.Lock()):
            now = self._clock()
            await self._pool.execute(SQL.expire, now - LIFE, _EXPIRED_AT_A_TIME)
            digest = _digest(asked, whole=keep)
            values = (key_id, name, digest, now, now - LIFE, asked.raw.path)
            if await self._pool.fetchval(SQL.begin, *values):
                return await self._first(key_id, name, do, keep=keep)
            return await self._again(key_id, name, digest)

    async def _first(
        self, key_id: str, name: str, do: Callable[[], Awaitable[web.Response]], *, keep: bool
    ) -> web.Response:
        try:
            made = await do()
        except (Problem, RingbackError) as error:
            if _changed_nothing(error):
                await self._pool.execute(SQL.withdraw, key_id, name)
            raise
        body = made.body if keep and isinstance(made.body, bytes) else b""
        await self._pool.execute(SQL.finish, key_id, name, made.status, body)
        return made

    async def _again(self, key_id: str, name: str, digest: bytes) -> web.Response:
        kept = await self._pool.fetchrow(SQL.kept, key_id, name)
        if kept is None or (kept["code"] is None and kept["digest"] == digest):
            detail = "the first request of this name has not ended, or its daemon died: look what became of it"
            raise Problem(409, "idempotency-unfinished", detail, headers={"Retry-After": "5"})
        if kept["digest"] != digest:
            raise Problem(422, "idempotency-key-reused", f"this {HEADER} came with another request before")
        if not kept["answer"] and kept["code"] != NO_CONTENT:
            raise Problem(409, "idempotency-done", "that was done before; its answer is not kept: look it up")
        content = {"body": kept["answer"], "content_type": "application/json"} if kept["answer"] else {}
        return web.Response(status=kept["code"], headers={"Idempotent-Replayed": "true"}, **content)


def _name_of(request: web.Request) -> str:
    given = request.headers.getall(HEADER, [])
    if not given:
        return ""
    if len(given) > 1 or not _NAME.fullmatch(given[0]):
        raise Problem(422, "invalid", f"{HEADER} is one name of 1 to {LONGEST} printable ASCII characters")
    return given[0]


def _digest(asked: Asked[Any], *, whole: bool) -> bytes:
    body = asked.body.model_dump_json() if whole and asked.body is not None else ""
    return hashlib.sha256(f"{asked.raw.method} {asked.raw.path_qs}\n{body}".encode()).digest()


def _changed_nothing(error: Problem | RingbackError) -> bool:
    """Return whether it was surely not done; a PBX that was asked and did not answer may have done it."""
    if isinstance(error, NotReady):
        return not isinstance(error, ActionTimedOut | AnswerLost)
    problem = error if isinstance(error, Problem) else of(error)
    return _FIRST_REFUSAL <= problem.code < _FIRST_OUTAGE
