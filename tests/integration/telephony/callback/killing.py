"""A database and a PBX that kill the daemon at the n-th thing it does: before it, or before its answer is heard."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from telephony.postgres.pool import Pool
from tests.integration.telephony.callback.fake_pbx import FakePbx


class Killed(BaseException):
    """Like SIGKILL: nothing in the daemon may catch it and go on."""


class Killer:
    """Counts what the daemon does; kills at the given one. 0 kills never."""

    def __init__(self, at: int = 0, *, after: bool = False) -> None:
        self.at = at
        self.after = after
        self.done = 0
        self.last = ""
        self.dead = False

    def before(self, what: str) -> None:
        if self.dead:
            raise Killed(what)
        self.done += 1
        self.last = what
        if self.done == self.at and not self.after:
            self.dead = True
            raise Killed(what)

    def afterwards(self, what: str) -> None:
        if self.done >= self.at > 0 and self.after:
            self.dead = True
            raise Killed(what)

    @property
    def survived(self) -> bool:
        """Whether there was no such thing to kill at."""
        return self.at > self.done


class DeadlyConnection:
    """A connection that passes everything through the killer."""

    def __init__(self, inner: Any, killer: Killer) -> None:  # noqa: ANN401 - asyncpg's
        self._inner = inner
        self._killer = killer

    def transaction(self) -> Any:  # noqa: ANN401
        return self._inner.transaction()

    async def _do(self, name: str, query: str, *values: object) -> Any:  # noqa: ANN401
        self._killer.before(query)
        result = await getattr(self._inner, name)(query, *values)
        self._killer.afterwards(query)
        return result

    async def fetch(self, query: str, *values: object) -> Any:  # noqa: ANN401
        return await self._do("fetch", query, *values)

    async def fetchrow(self, query: str, *values: object) -> Any:  # noqa: ANN401
        return await self._do("fetchrow", query, *values)

    async def fetchval(self, query: str, *values: object) -> Any:  # noqa: ANN401
        return await self._do("fetchval", query, *values)

    async def execute(self, query: str, *values: object) -> Any:  # noqa: ANN401
        return await self._do("execute", query, *values)


class DeadlyPool(DeadlyConnection):
    """A pool of such connections; a killed transaction is one that the server rolls back."""

    def __init__(self, pool: Pool, killer: Killer) -> None:
        super().__init__(pool, killer)
        self._pool = pool

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[DeadlyConnection]:
        async with self._pool.acquire() as connection:
            yield DeadlyConnection(connection, self._killer)


class DeadlyPbx(FakePbx):
    """A PBX that outlives the daemon: it has done what it was asked, whether or not somebody lives to hear it."""

    def __init__(self, inner: FakePbx, killer: Killer) -> None:
        super().__init__()
        self.__dict__.update(inner.__dict__)
        self._killer = killer

    async def __call__(
        self, action: str, /, headers: Mapping[str, str | list[str]] | None = None, *, timeout_seconds: float = 5.0
    ) -> Mapping[str, str]:
        self._killer.before(action)
        answer = await super().__call__(action, headers, timeout_seconds=timeout_seconds)
        self._killer.afterwards(action)
        return answer

    async def until_event(
        self, action: str, event: str, /, headers: Mapping[str, str | list[str]], *, timeout_seconds: float
    ) -> Mapping[str, str]:
        self._killer.before(action)
        if self._killer.after and self._killer.done == self._killer.at:
            self.lose_answers = True
        try:
            return await super().until_event(action, event, headers, timeout_seconds=timeout_seconds)
        finally:
            self.lose_answers = False
            self._killer.afterwards(action)
