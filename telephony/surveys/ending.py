"""A survey ends: its row, what follows from it, and who is told, in one transaction.

A customer who gave a low score and wants a person is called back today: that is an urgent callback request like any
other. Everybody else who follows a survey (webhooks, cases of unhappy customers) hears it by a `SurveyHook`.
"""

from collections.abc import Sequence
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter

from telephony.callback.policy import transitions
from telephony.callback.policy.lifecycle import Verb
from telephony.callback.policy.model import NewRequest, WaitReason
from telephony.callback.repository import CallbackRepository
from telephony.events import SurveyOver
from telephony.model import CallId, PbxName
from telephony.numbers import Canonical
from telephony.ports import Clock, Row, SurveyHook, Transaction
from telephony.surveys.policy.model import SurveyEnd, SurveyId
from telephony.surveys.rows import SQL

_log = structlog.get_logger(__name__)

UNHAPPY_PRIORITY: Final = 30
"""Of a customer who is not content and asks for a person: before a promised time, which counts as 20."""


class SurveyEnding:
    """See the module."""

    def __init__(
        self, book: CallbackRepository, hooks: Sequence[SurveyHook], clock: Clock, registry: CollectorRegistry
    ) -> None:
        self._book = book
        self._hooks = tuple(hooks)
        self._clock = clock
        self._ended = Counter(
            "ringback_surveys", "Surveys by phone that are over, by how they ended.", ("end",), registry=registry
        )

    async def end(self, transaction: Transaction, survey_id: SurveyId, end: SurveyEnd) -> None:
        """End a survey, once; a second end changes nothing."""
        row = await transaction.fetchrow(SQL.finish, survey_id, self._clock(), end)
        if row is None:
            return
        request_id = await self._call_back(transaction, row) if row["person_wanted"] else None
        answers = await transaction.fetch(SQL.answers_of, survey_id)
        for hook in self._hooks:
            await hook(transaction, _over(row, [answer["question"] for answer in answers], request_id))
        self._ended.labels(end.value).inc()
        _log.info("survey.over", survey=survey_id, end=end.value, tries=row["tries"])

    async def _call_back(self, transaction: Transaction, row: Row) -> int:
        """Open an urgent callback request, or make the open one urgent; return its id."""
        now, customer = self._clock(), Canonical(row["customer"])
        new = NewRequest(
            pbx=PbxName(row["pbx"]),
            customer=customer,
            heard_number=row["heard_number"],
            name=row["name"],
            did=row["did"],
            trunk=row["trunk"],
            at=now,
            due_at=now,
            waits_for=WaitReason.BY_HAND,
            misses=0,
        )
        request = await self._book.lock_open(transaction, customer)
        request = request or await self._book.open(transaction, new, Verb.REQUEST, "survey")
        request = request or await self._book.lock_open(transaction, customer)  # opened between the two statements
        if request is None:
            raise RuntimeError("a customer has no open request, and none can be opened")
        if request.priority < UNHAPPY_PRIORITY:
            await self._book.write(transaction, transitions.rank(request, UNHAPPY_PRIORITY, now, "survey"))
        await transaction.execute(SQL.requested, row["survey_id"], request.request_id)
        return request.request_id


def _over(row: Row, answered: Sequence[int], request_id: int | None) -> SurveyOver:
    channel = row["channel_id"]
    return SurveyOver(
        survey_id=row["survey_id"],
        customer=row["customer"],
        name=row["name"],
        did=row["did"],
        because=row["because"],
        at=row["ended_at"],
        end=row["ended_for"],
        call_id=CallId(f"{row['pbx']}:{channel}") if channel else CallId(""),
        consented=row["consented_at"] is not None,
        score=row["score"],
        answers=tuple(answered),
        person_wanted=row["person_wanted"],
        request_id=request_id,
    )
