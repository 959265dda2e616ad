"""What one target's loop has in its hands: messages on their way, and answers that are not written down yet.

An answer is worth more than the statement that writes it: a target that has a message must not get it again because the
database was away just then. So answers stay in hand until they are written, however long that takes; until then nobody
of this process takes their messages' leases away, though their time is over.

An answer that cannot be written though the database is there (by what it says, or by a defect of ours) holds up no
other: it is written without its words, and if even that cannot be done it is set aside, told in the log, and its
message is not sent again by this process.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Protocol

import structlog

from crm_bridge.outbox.store import SendVerdict
from telephony.errors import reason
from telephony.postgres.outages import is_worldly

_log = structlog.get_logger(__name__)

Sending = asyncio.Task[SendVerdict]

_LAST_WORDS_SECONDS = 0.5
"""How long answers that are there may take to be written at a stop."""


class Writer(Protocol):
    """Writes answers down: the outbox's store."""

    async def answer(self, verdicts: Sequence[SendVerdict]) -> None:
        """Write them, all or none."""
        ...


class InHand:
    """See the module."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._sending: dict[Sending, int] = {}
        self._answers: list[SendVerdict] = []
        self._aside: set[int] = set()

    def __len__(self) -> int:
        """How many places are taken."""
        return len(self._sending) + len(self._answers)

    @property
    def sending(self) -> Sequence[Sending]:
        """Those on their way."""
        return list(self._sending)

    @property
    def aside(self) -> int:
        """How many answers were set aside: their messages are delivered or not, and no row says which."""
        return len(self._aside)

    def ids(self) -> list[int]:
        """Return the ids of all messages whose leases are ours."""
        return [*self._sending.values(), *(each.message.id for each in self._answers), *self._aside]

    def send(self, message_id: int, sending: Sending) -> None:
        """Have one more on its way."""
        self._sending[sending] = message_id

    async def until_answered(self, seconds: float) -> None:
        """Wait for an answer, or for so many seconds."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)

    async def write(self) -> int:
        """Write the answers that are there; gives how many.

        Raises:
            Exception: the database is away; the answers stay in hand.
        """
        self._take()
        answers = sorted(self._answers, key=lambda verdict: verdict.message.id)
        if not answers:
            return 0
        try:
            await self._writer.answer(answers)
        except Exception as error:
            if is_worldly(error):
                raise
            _log.warning("outbox.answers_refused", answers=len(answers), reason=reason(error))
            for verdict in answers:
                await self._write_alone(verdict)
        self._answers = []
        return len(answers)

    async def let_go(self) -> None:
        """End what is on its way, and write what is there if the database takes it now."""
        for task in self._sending:
            task.cancel()
        if self._sending:
            await asyncio.wait(self._sending)
        self._sending = {task: number for task, number in self._sending.items() if not task.cancelled()}
        try:
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                await self.write()
        except Exception as error:  # noqa: BLE001 - we stop, whatever it is
            _log.warning("outbox.answers_lost_at_stop", messages=self.ids(), reason=reason(error))

    def _take(self) -> None:
        done = [task for task in self._sending if task.done()]
        for task in done:
            del self._sending[task]
            self._answers.append(task.result())

    async def _write_alone(self, verdict: SendVerdict) -> None:
        wordless = replace(verdict, then=replace(verdict.then, reason="its words could not be written"))
        for attempt in (verdict, wordless):
            try:
                await self._writer.answer([attempt])
            except Exception as error:
                if is_worldly(error):
                    raise
                why = reason(error)
            else:
                break
        else:
            self._aside.add(verdict.message.id)
            _log.error("outbox.answer_set_aside", message=verdict.message.id, target=verdict.message.target, reason=why)
        self._answers.remove(verdict)


def held(hands: Sequence[InHand]) -> list[int]:
    """Return the ids of all messages that some hands have."""
    return list(chain.from_iterable(hand.ids() for hand in hands))
