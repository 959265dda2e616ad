"""What was said in a call, as text, over HTTP."""

from pydantic import BaseModel, Field

from crm_bridge.api.endpoint import Asked, CallIdText, Endpoint, Params
from crm_bridge.api.values.keys import Scope
from crm_bridge.schemas import Shape
from crm_bridge.transcripts.keeper import SQL
from telephony.postgres.pool import Pool


class TranscriptParams(Params):
    """Which call."""

    call_id: CallIdText


class TranscriptLine(Shape):
    """Some words of one side."""

    recording_id: int
    side: int = Field(description="0 is the customer, 1 the manager.")
    start: float = Field(description="Seconds of the recording.")
    text: str = Field(description="As a program understood it: never trust it as HTML.")


class TranscriptShape(BaseModel):
    """All that was said, in order; empty where no text was made."""

    lines: list[TranscriptLine]


class TranscriptHandlers:
    """The one operation."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def one(self, asked: Asked[TranscriptParams]) -> TranscriptShape:
        """Give a call's."""
        rows = await self._pool.fetch(SQL.of_call, asked.params.call_id)
        return TranscriptShape(lines=[TranscriptLine.model_validate(dict(row)) for row in rows])

    def endpoints(self) -> list[Endpoint]:
        """Return it."""
        return [
            Endpoint(
                method="GET",
                path="/calls/{call_id}/transcript",
                operation="getTranscript",
                summary="What was said in a call, as text; whoever may hear it may read it.",
                handler=self.one,
                result=TranscriptShape,
                params=TranscriptParams,
                scope=Scope.RECORDINGS_READ,
                tag="recordings",
            )
        ]
