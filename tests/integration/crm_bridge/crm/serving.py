"""A fake CRM on a real port, which can fail in every way that a real one does."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

Json = Any
Answered = tuple[int, Json]
Work = Callable[[web.Request, Json], Answered]


class AnyOf(str):
    """Is like each of some texts: for a field that names one thing, and is to mean several."""

    __slots__ = ("those",)

    def __new__(cls, *those: str) -> Self:
        made = super().__new__(cls, " or ".join(those))
        made.those = those
        return made

    those: tuple[str, ...]

    def __eq__(self, other: object) -> bool:
        return other in self.those

    __hash__ = str.__hash__


@dataclass(slots=True)
class Failure:
    """An answer to give instead of the next one."""

    code: int
    body: Json | str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Line:
    """What a fake has in common with every other: who may ask, what goes wrong, what was asked."""

    access: str = "good"
    """The only access token that is good."""
    refresh: str = "refresh-1"
    renewed: int = 0
    renewals: list[Json] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    drop_after: str = ""
    """``POST tasks``: it is carried out, and its answer is then lost once."""
    asked: list[str] = field(default_factory=list)

    def renew(self, told: Json) -> Answered:
        self.renewals.append(told)
        if told["refresh_token"] != self.refresh or told["client_secret"] != "client-secret":
            return 400, {"hint": "the token is not good", "error": "invalid_grant"}
        self.renewed += 1
        self.refresh, self.access = f"refresh-{self.renewed + 1}", f"access-{self.renewed}"
        return 200, {"access_token": self.access, "refresh_token": self.refresh, "expires_in": 86400}

    async def serve(self, request: web.Request, path: str, work: Work) -> web.StreamResponse:
        what = f"{request.method} {path}"
        self.asked.append(what)
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure.body, str):
                return web.Response(status=failure.code, text=failure.body, headers=failure.headers)
            return web.json_response(failure.body, status=failure.code, headers=failure.headers)
        if request.headers.get("Authorization") != f"Bearer {self.access}":
            return web.json_response({"title": "Unauthorized", "status": 401, "message": "expired"}, status=401)
        code, body = work(request, await request.json() if request.can_read_body else None)
        if self.drop_after == what:
            self.drop_after = ""
            assert request.transport is not None
            request.transport.close()
        return web.json_response(body, status=code) if code != 204 else web.Response(status=204)


@asynccontextmanager
async def serving(served: Sequence[web.RouteDef] | web.Application) -> AsyncIterator[str]:
    """Serve; gives the address."""
    app = served if isinstance(served, web.Application) else web.Application()
    app.add_routes([] if isinstance(served, web.Application) else served)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
