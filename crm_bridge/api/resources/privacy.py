"""By number: give everything, forget everything, or keep it from being forgotten."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, Body, Endpoint, Line, Nothing, Number, Params, RowId
from crm_bridge.api.listing import NEXT, PageParams, cut
from crm_bridge.api.ports import PrivacyOrders
from crm_bridge.api.problems import Problem
from crm_bridge.api.values import cursor
from crm_bridge.api.values.keys import Scope
from crm_bridge.errors import NoSuchThing
from crm_bridge.privacy import crm_copies, everything
from crm_bridge.queries.statements import PRIVACY
from crm_bridge.schemas import Shape
from telephony.numbers import canonical
from telephony.postgres.pool import Pool

_NEWEST = 2**63 - 1


class NumberBody(Body):
    """Whose."""

    number: Number = Field(description="In any spelling.")


class ReasonBody(NumberBody):
    """Whose, and why."""

    reason: Line = Field(min_length=1, max_length=500, description="Who asked for it, and by what right.")


class PrivacyNumberParams(Params):
    """Whose."""

    number: Number = Field(description="In any spelling.")


class Everything(BaseModel):
    """All that is known of a number, in sections; each is a list of rows as the ledger has them."""

    number: str
    customer: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    legs: list[dict[str, Any]]
    transfers: list[dict[str, Any]]
    recordings: list[dict[str, Any]]
    callbacks: list[dict[str, Any]]
    callback_history: list[dict[str, Any]]
    comments: list[dict[str, Any]]
    tags: list[dict[str, Any]]
    results: list[dict[str, Any]]
    listenings: list[dict[str, Any]]
    deeds: list[dict[str, Any]] = Field(description="Who opened or changed what, of the journal.")
    transcripts: list[dict[str, Any]] = Field(description="What was said, where recordings were made into text.")
    reviews: list[dict[str, Any]] = Field(description="What people who heard its calls wrote and scored.")
    caller_messages: list[dict[str, Any]] = Field(description="What they left to be heard.")
    surveys: list[dict[str, Any]] = Field(description="When they were asked by phone how it was, and what came of it.")
    survey_answers: list[dict[str, Any]] = Field(description="What they answered aloud.")
    survey_refusals: list[dict[str, Any]] = Field(description="That they are never to be asked again.")
    cases: list[dict[str, Any]] = Field(description="That they were unhappy.")
    case_reasons: list[dict[str, Any]]
    case_history: list[dict[str, Any]]
    nudges: list[dict[str, Any]] = Field(description="What was done for them in their first hundred days.")
    messages: list[dict[str, Any]] = Field(description="What was told of it to webhooks and CRMs.")
    crm_links: list[dict[str, Any]] = Field(description="What CRMs keep of it, by their own ids.")


class CrmCopy(Shape):
    """Something that a CRM kept, and what became of it there."""

    crm: str
    key: str = Field(description="The call's id; empty for what belongs to the number itself.")
    role: str = Field(
        description="`call`, `notes`, `recording`, `task`, `review`, `finished` (Bitrix24's activity of the call); "
        "`record`, `entity`: the card that it stands on."
    )
    crm_id: str = Field(description="The CRM's own; empty where it told none and is searched.")
    state: str = Field(
        description="`pending`; `deleted`; `gone`: was not there any more; `blanked`: its text is gone, the entry "
        "cannot be deleted; `kept`: for a human; `refused`: by the CRM; `failed`: given up, see the dead letters."
    )
    why: str = Field(description="Why it stays, or the CRM's last words.")
    changed_at: datetime


class LeftFile(Shape):
    """A file of the PBX that could not be deleted."""

    pbx: str
    path: str = Field(description="By the PBX's own path.")
    why: str


class ErasedShape(Shape):
    """What was forgotten."""

    erasure: int = Field(description="Its number in the log.")
    pseudonym: str = Field(description="What stands where the number stood.")
    calls: int
    callbacks: int
    recordings: int = Field(description="Files deleted.")
    messages_left: list[str] = Field(description="Caller's messages that could not be deleted, by the PBX's path.")
    originals_left: list[LeftFile] = Field(
        description="The PBX's own recordings that could not be deleted: to be deleted there; tried again each night."
    )
    outside: list[str] = Field(description="What Ringback does not reach: the PBX's records and logs, backups ...")
    still_not_called: bool = Field(description="The bare number stays in the do-not-call list.")
    crm_copies: list[CrmCopy] = Field(
        description="What CRMs were told before; what is `pending` goes soon, see `GET /privacy/erasures/{erasure}`."
    )


class ErasureParams(Params):
    """Which erasure."""

    erasure: RowId = Field(description="As the erasure told it.")


class ErasureShape(Shape):
    """An erasure, and what became of the copies; no number is in here, but in the names of files that stay."""

    erasure: int
    at: datetime
    by_whom: str
    reason: str
    crm_copies: list[CrmCopy]
    originals_left: list[LeftFile] = Field(description="The PBX's own recordings that are still there, by their paths.")


class HoldShape(Shape):
    """One held number."""

    number: str
    reason: str
    by_whom: str
    at: datetime


class Holds(BaseModel):
    """All legal holds."""

    holds: list[HoldShape]


class LogLine(Shape):
    """What was done; no number is in here."""

    id: int
    at: datetime
    action: str = Field(description="`erase`, `export`, `hold` or `release`.")
    by_whom: str
    reason: str
    calls: int
    recordings: int
    callbacks: int
    crm_copies: dict[str, int] = Field(description="How many copies in CRMs are in which state; empty if none were.")


class LogPage(BaseModel):
    """A page of the log, newest first."""

    log: list[LogLine]
    next_cursor: str | None = NEXT


class PrivacyHandlers:
    """The operations by number. ``forget`` makes live streams forget, too."""

    def __init__(self, pool: Pool, orders: PrivacyOrders, region: str, forget: Callable[[], None]) -> None:
        self._pool = pool
        self._orders = orders
        self._region = region
        self._forget = forget

    async def export(self, asked: Asked[Nothing]) -> Everything:
        """Return everything."""
        number = self._canonical(asked.body.number)
        found = await everything(self._pool, number)
        await self._orders.exported(asked.by, len(found["calls"]))
        return Everything(number=number, **found)

    async def erase(self, asked: Asked[Nothing]) -> ErasedShape:
        """Forget it."""
        number = self._canonical(asked.body.number)
        done = await self._orders.erase(number, reason=asked.body.reason, by=asked.by)
        self._forget()
        return ErasedShape(
            erasure=done.erasure,
            pseudonym=done.pseudonym,
            calls=len(done.calls),
            callbacks=len(done.requests),
            recordings=done.recordings,
            messages_left=list(done.messages_left),
            originals_left=[LeftFile.model_validate(file) for file in done.originals_left],
            outside=list(done.outside),
            still_not_called=done.still_not_called,
            crm_copies=await self._copies(done.erasure),
        )

    async def erasure(self, asked: Asked[ErasureParams]) -> ErasureShape:
        """Return what became of an erasure."""
        row = await self._pool.fetchrow(PRIVACY.erased, asked.params.erasure)
        if row is None:
            raise NoSuchThing(f"there is no erasure {asked.params.erasure}")
        return ErasureShape(
            erasure=row["id"],
            at=row["at"],
            by_whom=row["by_whom"],
            reason=row["reason"],
            crm_copies=await self._copies(row["id"]),
            originals_left=[
                LeftFile.model_validate(dict(file)) for file in await self._pool.fetch(PRIVACY.leftovers, row["id"])
            ],
        )

    async def _copies(self, erasure: int) -> list[CrmCopy]:
        return [CrmCopy.model_validate(copy) for copy in await crm_copies(self._pool, erasure)]

    async def hold(self, asked: Asked[Nothing]) -> None:
        """Keep it from being forgotten."""
        number = self._canonical(asked.body.number)
        await self._orders.hold(number, reason=asked.body.reason, by=asked.by)

    async def release(self, asked: Asked[PrivacyNumberParams]) -> None:
        """End a hold."""
        if not await self._orders.release(self._canonical(asked.params.number), by=asked.by):
            raise NoSuchThing("that number is not held")

    async def holds(self, _: Asked[Nothing]) -> Holds:
        """List holds."""
        return Holds(holds=[HoldShape.model_validate(dict(row)) for row in await self._pool.fetch(PRIVACY.holds)])

    async def log(self, asked: Asked[PageParams]) -> LogPage:
        """Show what was done."""
        before = cursor.read_number(asked.params.cursor) if asked.params.cursor else _NEWEST
        rows = await self._pool.fetch(PRIVACY.log, before, asked.params.limit + 1)
        lines = [LogLine.model_validate(dict(row)) for row in rows]
        shown, last = cut(lines, asked.params.limit, lambda line: cursor.write_text(str(line.id)))
        return LogPage(log=shown, next_cursor=last)

    def _canonical(self, number: str) -> str:
        found = canonical(number, self._region)
        if not found.lstrip("+").isdigit():
            raise Problem(422, "invalid", "number: that is no phone number")
        return found

    def endpoints(self) -> list[Endpoint]:
        """Return the operations."""
        common = partial(Endpoint, scope=Scope.PRIVACY, tag="privacy")
        return [
            common(
                method="POST",
                path="/privacy/export",
                operation="exportNumber",
                summary="Everything that is known of a number.",
                handler=self.export,
                body=NumberBody,
                result=Everything,
                makes=False,
            ),
            common(
                method="POST",
                path="/privacy/erase",
                operation="eraseNumber",
                summary="Forget a number: recordings are deleted, names and numbers blanked, statistics kept.",
                handler=self.erase,
                body=ReasonBody,
                result=ErasedShape,
                refusals=(409,),
            ),
            common(
                method="GET",
                path="/privacy/erasures/{erasure}",
                operation="getErasure",
                summary="What became of an erasure: each copy in a CRM, deleted or not, and why.",
                handler=self.erasure,
                params=ErasureParams,
                result=ErasureShape,
                refusals=(404,),
            ),
            common(
                method="GET",
                path="/privacy/holds",
                operation="listHolds",
                summary="Numbers under a legal hold.",
                handler=self.holds,
                result=Holds,
            ),
            common(
                method="POST",
                path="/privacy/holds",
                operation="holdNumber",
                summary="Keep a number from being erased, and its recordings from being deleted by age.",
                handler=self.hold,
                body=ReasonBody,
                result=None,
                success=204,
            ),
            common(
                method="DELETE",
                path="/privacy/holds/{number}",
                operation="releaseNumber",
                summary="End a legal hold.",
                handler=self.release,
                params=PrivacyNumberParams,
                result=None,
                success=204,
                refusals=(404,),
            ),
            common(
                method="GET",
                path="/privacy/log",
                operation="listPrivacyLog",
                summary="Who exported, erased, held or released, and how much; no numbers.",
                handler=self.log,
                params=PageParams,
                result=LogPage,
            ),
        ]
