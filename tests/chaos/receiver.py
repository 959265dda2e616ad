"""The honest webhook receiver behind the door: it takes everything, and remembers how often."""

from collections import Counter

from aiohttp import web


class Receiver:
    """Counts each message by its id. The same id again is a repeat: its answer was lost."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def take(self, request: web.Request) -> web.Response:
        await request.read()
        self.taken[request.headers["webhook-id"]] += 1
        return web.Response(status=204)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/hook", self.take)]

    @property
    def repeats(self) -> int:
        return sum(times - 1 for times in self.taken.values())
