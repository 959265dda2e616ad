"""Requests that wait for the same turn go to a CRM together.

What is urgent is asked alone and at once. Of a backlog many messages are told at a time, and each request of theirs
waits for a turn of the CRM's pace. Where the CRM takes many in one request, all who wait for the same turn share it.
Each has an answer of its own: what the CRM refuses of it is refused alone. When the answer to all of it is lost, nobody
knows what was done; each message then looks before it makes anything again (`Links.once`).

A request that fails as a whole may have been too much for the CRM: the next ones are half as large, and grow again with
each that is answered. One that the CRM refuses as a whole, without saying of which thing, is asked again in
halves, until the thing that is wrong is alone: it is refused, and nobody else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from crm_bridge.crm.errors import CrmBroken, CrmError, CrmRefused
from crm_bridge.outbox.pace import Pace, is_urgent

_UNDER_WAY: Final = 4
"""So many shared requests are under way at a time: enough to keep a pace with a CRM that takes seconds for each."""

Asked = TypeVar("Asked")
Told = TypeVar("Told")
Send = Callable[[Sequence[Asked]], Awaitable[Sequence[Told | CrmError]]]
"""Asks the CRM, in one request, and gives the answers in the order of what was asked; the turn for it is taken already.

Raises:
    CrmError, aiohttp.ClientError, TimeoutError: of the request as a whole.
"""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting(Generic[Asked, Told]):
    asked: Asked
    answer: "asyncio.Future[Told]"


class Gathering(Generic[Asked, Told]):
    """Gathers the requests of one sort.

    Args:
        send: asks the CRM.
        pace: whose turns are waited for.
        most: the most that the CRM takes in one request.
    """

    def __init__(self, send: Send[Asked, Told], pace: Pace, *, most: int) -> None:
        self._send = send
        self._pace = pace
        self._most = most
        self._size = most
        self._line: list[_Waiting[Asked, Told]] = []
        self._leader: asyncio.Task[None] | None = None
        self._shared: dict[asyncio.Task[None], Sequence[_Waiting[Asked, Told]]] = {}

    async def ask(self, asked: Asked) -> Told:
        """Ask one thing, with whatever else waits for the same turn.

        Raises:
            CrmError, aiohttp.ClientError, TimeoutError: as the CRM answered.
        """
        if is_urgent():
            await self._pace.turn()
            (answer,) = await self._send([asked])
            if isinstance(answer, CrmError):
                raise answer
            return answer
        waiting: _Waiting[Asked, Told] = _Waiting(asked, asyncio.get_running_loop().create_future())
        self._line.append(waiting)
        if self._leader is None or self._leader.done():
            self._leader = asyncio.create_task(self._lead(), name="crm requests")
        try:
            return await waiting.answer
        finally:
            self._leave(waiting)

    async def _lead(self) -> None:
        """Take turns for as long as somebody waits."""
        while self._line:
            while len(self._shared) >= _UNDER_WAY:
                await asyncio.wait(self._shared, return_when=asyncio.FIRST_COMPLETED)
            try:
                await self._pace.turn()
            except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told
                _fail(self._line, error)
                self._line.clear()
                return
            together, self._line = self._line[: self._size], self._line[self._size :]
            if together:
                task = asyncio.create_task(self._share(together), name="crm request for many")
                self._shared[task] = together
                task.add_done_callback(self._shared.pop)

    async def _share(self, together: Sequence[_Waiting[Asked, Told]]) -> None:
        try:
            answers = await self._send([each.asked for each in together])
            if len(answers) != len(together):
                raise CrmBroken(f"{len(answers)} answers to {len(together)} requests")
        except CrmRefused as error:
            await self._share_halves(together, error)
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, those who asked are told
            if isinstance(error, CrmBroken) or not isinstance(error, CrmError):
                self._size = max(1, len(together) // 2)
            _fail(together, error)
            return
        self._size = min(self._most, self._size + max(1, self._size // 4))
        for waiting, answer in zip(together, answers, strict=True):
            if waiting.answer.done():
                continue
            if isinstance(answer, CrmError):
                waiting.answer.set_exception(answer)
            else:
                waiting.answer.set_result(answer)

    async def _share_halves(self, together: Sequence[_Waiting[Asked, Told]], error: CrmRefused) -> None:
        """Ask again in halves what was refused as a whole, each in a turn of its own; one alone has its answer."""
        middle = len(together) // 2
        if not middle:
            _fail(together, error)
            return
        for half in (together[:middle], together[middle:]):
            try:
                await self._pace.turn()
            except Exception as away:  # noqa: BLE001 - as above
                _fail(half, away)
            else:
                await self._share(half)

    def _leave(self, waiting: _Waiting[Asked, Told]) -> None:
        """End what nobody waits for any more."""
        if waiting in self._line:
            self._line.remove(waiting)
        if not self._line and self._leader is not None:
            self._leader.cancel()
            self._leader = None
        for task, together in list(self._shared.items()):
            if all(each.answer.done() for each in together):
                task.cancel()


def _fail(those: Sequence[_Waiting[Asked, Told]], error: Exception) -> None:
    for each in those:
        if not each.answer.done():
            each.answer.set_exception(error)
